import { z } from 'zod'

/** Address of one cell, e.g. `B12`: at most three letters, no dollar signs. */
export const cellAddress = z.string().regex(/^[A-Z]{1,3}[1-9][0-9]{0,6}$/, 'not a cell address such as B12')

export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
export const expression = z.string().min(1).max(8_192)
export const colour = z.string().regex(/^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$/, 'not a colour such as #1A2B3C')
export const identifier = z.string().regex(/^[\p{L}_][\p{L}\p{N}_-]{0,63}$/u, 'not a name')

const bilingual = z.strictObject({ 'zh-CN': z.string(), en: z.string() })

/** Words for a reader: one text, or one for each language. */
export const text = z.union([z.string(), bilingual])
export type LocalText = z.infer<typeof text>

/** A literal of a cell; words may come in both languages. */
export const literal = z.union([scalar, bilingual])

export const fieldType = z.enum(['boolean', 'integer', 'decimal', 'text', 'date', 'datetime', 'instant', 'bytes'])
export type FieldType = z.infer<typeof fieldType>

/** A column of a dataset as its template describes it. */
export const datasetField = z.object({ name: z.string(), type: fieldType.optional(), label: text.optional() })

/** A value, or `param.<name>`: the value of that parameter; an empty parameter drops what it stands for. */
export const valueOrParameter = z.union([z.string().max(200), z.array(z.string().max(200)).max(1_000)])

export const summaryKind = z.enum(['sum', 'avg', 'count', 'distinct', 'max', 'min', 'first', 'last'])
export type SummaryKind = z.infer<typeof summaryKind>
