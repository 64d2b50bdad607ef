import { z } from 'zod'

/** What a signature means (21 CFR 11.50). */
export const signatureMeaning = z.enum(['authorship', 'review', 'approval', 'responsibility'])
export type SignatureMeaning = z.infer<typeof signatureMeaning>

/** SHA-256 of the content of a record, hex. */
export const contentHash = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex')

/** `POST /api/signatures`. The signer proves anew who he is: by password or at the provider, and by the second factor when he has one. */
export const signRequest = z.strictObject({
  kind: z.string().regex(/^[a-z][a-z0-9-]{0,59}$/),
  id: z.string().min(1).max(200),
  contentHash,
  meaning: signatureMeaning,
  comment: z.string().trim().max(500).optional(),
  /** Needed where the password is kept here or in a directory. */
  password: z.string().min(1).max(500).optional(),
  code: z.string().min(1).max(40).optional(),
  /** Needed where a provider signs people in: that it asked anew, for this very signature. */
  proof: z.uuid().optional(),
})
export type SignRequest = z.infer<typeof signRequest>

export const signatureRow = z.object({
  id: z.string(),
  kind: z.string(),
  record: z.string(),
  contentHash: z.string(),
  meaning: signatureMeaning,
  comment: z.string().nullable(),
  signer: z.string(),
  /** The printed name at the time of signing. */
  signerName: z.object({ zh: z.string(), en: z.string() }),
  signedAt: z.int(),
  /** `valid`: the record is as it was signed. `void`: it was changed later. `gone`: it is no more. `forged`: the stored signature itself was changed. */
  state: z.enum(['valid', 'void', 'gone', 'forged']),
})
export type SignatureRow = z.infer<typeof signatureRow>

const cell = z.union([z.string(), z.number(), z.null()])

/** `GET /api/signatures?kind=&id=`: the record as it is now and all its signatures. */
export const signatureList = z.object({
  current: z
    .object({
      contentHash: z.string(),
      /** What the hash is made of: rows of named values, instants in ms; null where another page shows the record. */
      content: z.array(z.record(z.string(), cell)).nullable(),
    })
    .nullable(),
  signatures: z.array(signatureRow),
})
export type SignatureList = z.infer<typeof signatureList>

export const signatureQuery = z.strictObject({
  kind: z.string().min(1).max(60),
  id: z.string().min(1).max(200),
})

/** Kinds of records that can be found and signed on a page of their own. */
export const signableKind = z.enum(['inspection-lot', 'inspection-subgroup', 'stop-entry'])
export type SignableKind = z.infer<typeof signableKind>

export const signableQuery = z.strictObject({
  kind: signableKind,
  /** A part of the name of the record, its lot or its place. */
  search: z.string().trim().max(100).default(''),
})

/** A record that can be signed, with its signatures. */
export const signableEntry = z.object({
  id: z.string(),
  name: z.string(),
  lot: z.string().nullable(),
  unit: z.string(),
  at: z.int().nullable(),
  signatures: z.array(signatureRow),
})
export type SignableEntry = z.infer<typeof signableEntry>

/** `GET /api/signatures/records?kind=&search=`: the newest first. */
export const signableEntries = z.object({
  records: z.array(signableEntry),
  /** Whether older ones were left out. */
  more: z.boolean(),
})
export type SignableEntries = z.infer<typeof signableEntries>
