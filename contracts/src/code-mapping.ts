import { z } from 'zod'
import { instantText } from './time.ts'

/** Kinds of codes that can be mapped: stop reasons, materials, work centres. */
export const mappedDomain = z.enum(['reason', 'material', 'work-center'])
export type MappedDomain = z.infer<typeof mappedDomain>

const sourceCode = z.string().min(1).max(200)

/**
 * Body of `POST /api/catalog/mappings`: from `validFrom` on a source's code means `target`; null withdraws what the code
 * was mapped to, so that it stands for itself where the catalog knows it, and is unmapped where not.
 */
export const codeMappingRequest = z.object({
  domain: mappedDomain,
  source: z.string().min(1).max(60),
  code: sourceCode,
  target: z.string().min(1).max(200).nullable(),
  validFrom: z.iso.datetime({ offset: true }),
  reason: z.string().trim().min(1).max(1000),
})
export type CodeMappingRequest = z.infer<typeof codeMappingRequest>

/** What a new meaning of a code says, without the reason for it. */
export const codeMappingDocument = codeMappingRequest.omit({ reason: true })
export type CodeMappingDocument = z.infer<typeof codeMappingDocument>

/** One recorded version of the meaning of a code; never edited. */
export const codeMappingVersion = z.object({
  id: z.int(),
  domain: mappedDomain,
  source: z.string(),
  code: sourceCode,
  target: z.string().nullable(),
  validFrom: instantText,
  recordedAt: instantText,
  by: z.string(),
  reason: z.string(),
  /** When stored figures had been derived again by it; null = still to do. */
  appliedAt: instantText.nullable(),
})
export type CodeMappingVersion = z.infer<typeof codeMappingVersion>

export const codeMappingsAnswer = z.object({ versions: z.array(codeMappingVersion) })
export type CodeMappingsAnswer = z.infer<typeof codeMappingsAnswer>

/** A code that no mapping and no catalog row explains. Its rows are kept with it and stand in every total. */
export const unmappedCode = z.object({
  /** Conformed key of what is not mapped. */
  key: z.literal(-1),
  domain: mappedDomain,
  source: z.string(),
  code: z.string(),
  rows: z.int(),
  firstSeenAt: instantText,
  lastSeenAt: instantText,
  /** Equipment it was seen on, or tables it was seen in. */
  seenIn: z.array(z.string()),
})
export type UnmappedCode = z.infer<typeof unmappedCode>

/** Answer of `GET /api/catalog/unmapped`, most rows first. */
export const unmappedAnswer = z.object({
  codes: z.array(unmappedCode),
  /** What a code of each domain can be mapped to. */
  targets: z.record(mappedDomain, z.array(z.string())),
})
export type UnmappedAnswer = z.infer<typeof unmappedAnswer>
