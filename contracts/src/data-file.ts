import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { instantText } from './time.ts'

/**
 * Uploaded files that reports read as datasets (`{"kind": "file", "asset": "<id>"}`).
 *
 * | Route | Answer |
 * |---|---|
 * | `GET /api/data-files` | `dataFilesAnswer`: files of which the caller may see a row, or that the caller may change |
 * | `POST /api/data-files/uploads?fileName=` with the bytes of the file | `dataFileUpload`: what was read; in no dataset yet |
 * | `PUT /api/data-files/{file}` with `dataFileChange` | `dataFilesAnswer`: new, changed, or with an upload as its next version |
 * | `GET /api/data-files/{file}/rows` | `rowsPreview`: the first rows that the caller may see |
 * | `DELETE /api/data-files/{file}` | `dataFilesAnswer`; refused while a report reads it |
 */
export const dataFileId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/)

/** Limits of one file. `bytes` as uploaded, `unpackedBytes` of a workbook. */
export const DATA_FILE_LIMITS = {
  bytes: 8 * 1024 * 1024,
  unpackedBytes: 120_000_000,
  rows: 100_000,
  columns: 100,
  cellCharacters: 2_000,
} as const

export const fileColumnType = z.enum(['text', 'decimal', 'date', 'datetime', 'boolean'])
export type FileColumnType = z.infer<typeof fileColumnType>

/** A column as reports name it. `heading` is what the file says; `name` is the same where it can be a name. */
export const fileColumn = z.object({
  name: z.string(),
  heading: z.string(),
  type: fileColumnType,
  /** Rows with a value. */
  filled: z.int(),
  /** The first value that keeps a column of numbers or dates from being one, with its row in the file. */
  odd: z.object({ row: z.int(), text: z.string(), otherwise: z.enum(['decimal', 'date']) }).nullable(),
})
export type FileColumn = z.infer<typeof fileColumn>

/**
 * Who sees which rows, whoever runs a report. `granted`: who sees everything, and who holds a permission on the dataset
 * `file.<id>` by name without a limit of place, supplier or customer. `house`: everybody with a role that sees data and
 * is not limited to suppliers or customers. `fact`: each row is judged as a row of that fact, by scopes, row rules and
 * column rules; `columns` says which column of the file stands for which of the fact. What is missing hides the row.
 */
export const rowAudience = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('granted') }),
  z.strictObject({ kind: z.literal('house') }),
  z.strictObject({
    kind: z.literal('fact'),
    fact: z.string().max(40),
    columns: z.record(z.string().max(40), z.string().max(64)),
  }),
])
export type RowAudience = z.infer<typeof rowAudience>

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** Some rows as the caller sees them. */
export const rowsPreview = z.object({
  columns: z.array(z.object({ name: z.string(), heading: z.string(), type: z.string() })),
  rows: z.array(z.array(cell)),
  /** More rows are there than these. */
  isCut: z.boolean(),
  /** Codes of rules that narrowed them; `scope` = limited to a part of the organisation. */
  rules: z.array(z.string()),
  /** Columns that are not shown as they are. */
  masked: z.array(z.string()),
  asOf: instantText,
  /** Of a database: rules that its query said itself, and those that were judged after it. */
  inQuery: z.array(z.string()).optional(),
  inMemory: z.array(z.string()).optional(),
})
export type RowsPreview = z.infer<typeof rowsPreview>

/** A file as it was read. Only its uploader can make a version of it, within an hour. */
export const dataFileUpload = z.object({
  upload: z.uuid(),
  fileName: z.string(),
  format: z.enum(['csv', 'xlsx']),
  /** Of a text; null for a workbook. */
  encoding: z.enum(['UTF-8', 'GB18030']).nullable(),
  /** The sheet that was read, and how many others were not; null for a text. */
  sheet: z.object({ name: z.string(), others: z.int() }).nullable(),
  columns: z.array(fileColumn),
  rows: z.int(),
  sample: z.array(z.array(cell)),
})
export type DataFileUpload = z.infer<typeof dataFileUpload>

/** A file from now on. Without `upload` its rows stay. */
export const dataFileChange = z.strictObject({
  name: bilingual,
  audience: rowAudience,
  upload: z.uuid().optional(),
  /** Version that the change is made on; 0 = the file is new. */
  version: z.int().min(0),
})
export type DataFileChange = z.infer<typeof dataFileChange>

export const dataFile = z.object({
  id: dataFileId,
  name: bilingual,
  audience: rowAudience,
  /** Number of its uploads. */
  version: z.int().min(1),
  fileName: z.string(),
  columns: z.array(fileColumn),
  rows: z.int(),
  bytes: z.int(),
  uploadedBy: z.string(),
  uploadedAt: instantText,
  /** Reports that read it, as far as the caller may see them; `others` counts the rest. */
  usedBy: z.object({ reports: z.array(z.object({ id: z.string(), name: bilingual })), others: z.int() }),
  mayEdit: z.boolean(),
})
export type DataFile = z.infer<typeof dataFile>
export const dataFilesAnswer = z.object({
  files: z.array(dataFile),
  /** The caller may upload new ones. */
  mayAdd: z.boolean(),
})
export type DataFilesAnswer = z.infer<typeof dataFilesAnswer>
