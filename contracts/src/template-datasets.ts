import { z } from 'zod'
import { kpiGrouping } from './kpi.ts'
import { datasetField, valueOrParameter } from './template-basics.ts'
import { balanceDataset, restatedDataset, signatureDataset, spcDataset, traceDataset } from './template-evidence.ts'

const row = z.record(z.string(), z.unknown())

/**
 * What a figure dataset asks for. The rows are those of `GET /api/kpi/{figure}`, one for each place and group.
 *
 * Columns: `equipment` (path), `equipmentName`, `key` (of the group; empty for the whole), `name` (in the language of
 * the run), `nameZh`, `nameEn`, `from`, `to` (instants), `value` (null with `missing`), `unit`, `numerator`,
 * `numeratorUnit`, `denominator`, `denominatorUnit`, `target` (null: none is set), `coverage`, `quality`, `sourceTime`,
 * `receivedTime`, `metric`, `version`; for `unit` also `unitName`, for `shift` `date` and `shift`, for `day` `date`; then
 * each part of the figure under its own name (`good`, `total`, `plannedMs`, …).
 */
export const kpiDatasetOptions = z.strictObject({
  /** Paths of places, or `param.<name>`; without it the sites the caller sees. */
  equipment: valueOrParameter.optional(),
  groupBy: kpiGrouping.default('none'),
  /** Each place below at this level is asked for on its own: `work-unit`, `line`, `area`. */
  each: z.enum(['work-unit', 'line', 'area']).optional(),
  /**
   * ISO date (production date of the site), instant, `param.<name>`, or `current-shift`. A range parameter gives both ends as `param.<name>`.
   */
  from: z.string().max(80).optional(),
  /** Inclusive when it is a date, else exclusive; without it the day of `from`. */
  to: z.string().max(80).optional(),
  /** Narrows to one of them, where the figure takes it: `material`, `supplier`, `customer`, `order`, `lot`, `source`. */
  filters: z.record(z.string(), valueOrParameter).optional(),
  /** Further figures of the same question: a column `value_<figure>` each. */
  also: z.array(z.string().max(60)).max(12).optional(),
})
export type KpiDatasetOptions = z.infer<typeof kpiDatasetOptions>

/** Rows of a kind that the caller may see; their columns are in `docs/report-datasets.md`. */
export const factDataset = z.object({
  kind: z.literal('fact'),
  fact: z.string().max(40),
  /** Column → value(s); all hold together. `param.<name>` is the value of a parameter, an empty one drops the condition. */
  where: z.record(z.string(), valueOrParameter).optional(),
  /** Bounds of the time of the row, as in `kpi`. */
  from: z.string().max(80).optional(),
  to: z.string().max(80).optional(),
  order: z
    .array(z.strictObject({ column: z.string(), dir: z.enum(['asc', 'desc']).default('asc') }))
    .max(4)
    .optional(),
  limit: z.int().min(1).max(200_000).optional(),
  fields: z.array(datasetField).optional(),
})
export type FactDataset = z.infer<typeof factDataset>

/** Rows of an uploaded file (`data-file`), as the caller may see them. */
export const fileDataset = z.object({
  kind: z.literal('file'),
  /** Id of the file. */
  asset: z.string(),
  /** Column → value(s); all hold together. `param.<name>` is the value of a parameter, an empty one drops the condition. */
  where: z.record(z.string(), valueOrParameter).optional(),
  fields: z.array(datasetField).optional(),
})
export type FileDataset = z.infer<typeof fileDataset>

/** Where rows come from. An array of rows is an inline dataset, as in a case file. */
export const datasetDefinition = z.union([
  z.array(row),
  z.object({ kind: z.literal('rows'), rows: z.array(row), fields: z.array(datasetField).optional() }),
  z.object({ kind: z.literal('sql'), sql: z.string(), fields: z.array(datasetField).optional() }),
  z.object({
    kind: z.literal('external'),
    source: z.string(),
    sql: z.string(),
    fields: z.array(datasetField).optional(),
  }),
  z.object({
    kind: z.literal('kpi'),
    figure: z.string(),
    options: kpiDatasetOptions.optional(),
    fields: z.array(datasetField).optional(),
  }),
  factDataset,
  traceDataset,
  balanceDataset,
  spcDataset,
  signatureDataset,
  restatedDataset,
  fileDataset,
])
/** `rows` stand in the template; all others are read when a report is run. */
export const datasetKind = z.enum([
  'rows',
  'kpi',
  'fact',
  'sql',
  'trace',
  'balance',
  'spc',
  'signature',
  'restated',
  'external',
  'file',
])
export type DatasetDefinition = z.infer<typeof datasetDefinition>
