import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { metricOwner } from './metric.ts'
import { folderPath } from './rights.ts'
import { datasetKind } from './template-datasets.ts'
import { instantText } from './time.ts'
import { quality } from './value.ts'

/**
 * Routes of reports. A report that may not be seen is as one that does not exist.
 *
 * | Route | Answer |
 * |---|---|
 * | `GET /api/reports` | `reportsAnswer` |
 * | `GET /api/reports/{report}` | `reportDetail` |
 * | `POST /api/reports/{report}/parameters` with `parametersRequest` | `parametersAnswer`: options and defaults that follow what was chosen |
 * | `POST /api/reports/{report}/runs` with `runRequest` | `reportRun`, 202 |
 * | `POST /api/reports` with `newReport`, `PUT /api/reports/{report}/draft` with `draftRequest` | `reportDraft` |
 * | `GET /api/reports/{report}/draft`, `GET …/versions/{version}` | `reportDraft`, `reportVersionDocument` |
 * | `GET …/versions` | `reportVersionsAnswer` |
 * | `POST …/draft/submit`, `…/draft/return`, `…/draft/publish` with `draftStep` | `reportDetail` |
 * | `GET /api/report-runs?report=` | `reportRunsAnswer`: own runs, newest first |
 * | `GET /api/report-runs/{run}` | `reportRun` |
 * | `POST /api/report-runs/{run}/cancel` | `reportRun` |
 * | `GET /api/report-runs/{run}/pages?from=1&to=3` | `reportPagesAnswer`: pages `from` … `to`, both inclusive, from 1 |
 * | `GET /api/report-runs/{run}/search?q=` | `reportSearchAnswer` |
 * | `GET /api/report-runs/{run}/lineage?page=1&cell=C5` | `cellLineage` |
 * | `GET /api/report-runs/{run}/rows?page=1&cell=C5&dataset=o&from=0&count=50` | `cellRows`: the rows behind a cell |
 * | `GET /api/report-runs/{run}/rows/csv?page=1&cell=C5&dataset=o` | the same as a file; needs the right to export |
 * | `GET /api/report-runs/{run}/files/{format}` | the file itself; needs the right to export; made when first asked for |
 */
export const reportId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/)
export const reportFormat = z.enum(['html', 'pdf', 'png', 'xlsx', 'csv', 'json'])
export type ReportFormat = z.infer<typeof reportFormat>
export const reportLocale = z.enum(['zh-CN', 'en'])
export type ReportLocale = z.infer<typeof reportLocale>

/** A value as JSON carries it; a list for multiple choice; a range of dates is `{from, to}`, `to` inclusive. */
export const parameterValue = z.union([
  z.string().max(2_000),
  z.number(),
  z.boolean(),
  z.null(),
  z.array(z.union([z.string().max(200), z.number()])).max(1_000),
  z.strictObject({ from: z.string().max(40), to: z.string().max(40) }),
])
export type ParameterValue = z.infer<typeof parameterValue>
export const parameterValues = z.record(z.string().max(60), parameterValue)
export type ParameterValues = z.infer<typeof parameterValues>

/** What the caller may do with a report. */
export const reportRights = z.object({
  run: z.boolean(),
  export: z.boolean(),
  edit: z.boolean(),
  publish: z.boolean(),
  /** Make links to it. */
  share: z.boolean(),
})
export type ReportRights = z.infer<typeof reportRights>

/** Where the working copy stands; `none` = there is none beside the published version. */
export const draftState = z.enum(['none', 'draft', 'review'])

/** One line of the library. */
export const reportEntry = z.object({
  id: reportId,
  name: bilingual,
  description: bilingual.nullable(),
  /** Folder in the tree of objects; null = not filed. */
  folder: folderPath.nullable(),
  /** Comes with the product: a newer product brings a new version, own versions stay. */
  ready: z.boolean(),
  /** Newest published version; null = never published, then only those who may edit see it. */
  version: z.int().min(1).nullable(),
  publishedAt: instantText.nullable(),
  draft: draftState,
  may: reportRights,
  /** The caller's last run that became ready. */
  lastRun: z.object({ id: z.uuid(), at: instantText }).nullable(),
})
export type ReportEntry = z.infer<typeof reportEntry>
export const reportsAnswer = z.object({
  reports: z.array(reportEntry),
  folders: z.array(z.object({ path: folderPath, name: bilingual })),
})
export type ReportsAnswer = z.infer<typeof reportsAnswer>

/** One choice; `parent` is the value of the option above it in a tree. */
export const parameterOption = z.object({
  value: z.union([z.string(), z.number(), z.boolean()]),
  label: bilingual,
  parent: z.string().nullable(),
})
export type ParameterOption = z.infer<typeof parameterOption>

/** A parameter as the panel draws it, with what it is set to now. */
export const parameterDescription = z.object({
  name: z.string(),
  label: bilingual,
  type: z.enum(['text', 'number', 'date', 'dateRange', 'boolean', 'equipment']),
  control: z.enum([
    'text',
    'number',
    'date',
    'dateRange',
    'select',
    'multiSelect',
    'tree',
    'checkbox',
    'radio',
    'hidden',
  ]),
  required: z.boolean(),
  /** Only options are taken; the server refuses anything else. */
  closed: z.boolean(),
  maxLength: z.int().nullable(),
  /** Given value, or the default as it is now; null = empty. */
  value: parameterValue,
  /** Null = free input. Places are only those the caller sees. */
  options: z.array(parameterOption).nullable(),
  /** More options exist than are listed. */
  optionsCut: z.boolean(),
  /** Names of parameters that its options or default follow. */
  dependsOn: z.array(z.string()),
  /** Given value was dropped since it is no option any more. */
  dropped: z.boolean(),
})
export type ParameterDescription = z.infer<typeof parameterDescription>
export const parametersRequest = z.strictObject({
  values: parameterValues.default({}),
  version: z.int().min(1).optional(),
})
export const parametersAnswer = z.object({ parameters: z.array(parameterDescription) })
export type ParametersAnswer = z.infer<typeof parametersAnswer>

/**
 * How pages and files of rows (Excel, CSV) of a template are made: row by row, or with all rows in memory because of
 * the cells named. A template of the kind `stream` with reasons has only its pages made in memory.
 */
export const reportTier = z.object({
  kind: z.enum(['stream', 'memory']),
  text: bilingual,
  reasons: z.array(z.object({ cells: z.array(z.string()), text: bilingual })),
})
export type ReportTier = z.infer<typeof reportTier>

/** `GET /api/reports/{report}`. */
export const reportDetail = reportEntry.extend({
  parameters: z.array(parameterDescription),
  /** Datasets by name and where their rows come from. */
  datasets: z.array(z.object({ name: z.string(), kind: datasetKind })),
  /** Whether who submitted a draft may not publish it. */
  fourEyes: z.boolean(),
  tier: reportTier,
})
export type ReportDetail = z.infer<typeof reportDetail>

/** A version never changes. */
export const reportVersion = z.object({
  version: z.int().min(1),
  publishedBy: z.string(),
  /** Who had submitted it; null = it came with the product. */
  submittedBy: z.string().nullable(),
  publishedAt: instantText,
  note: z.string(),
  /** SHA-256 of the document. */
  hash: z.string(),
})
export type ReportVersion = z.infer<typeof reportVersion>
export const reportVersionsAnswer = z.object({ versions: z.array(reportVersion) })
/** `template` is checked by `readTemplate` of the contract `template`. */
export const reportVersionDocument = reportVersion.extend({ template: z.unknown() })
export const reportDraft = z.object({
  report: reportId,
  state: draftState,
  /** Grows with each save; a save must name the one it changes. */
  revision: z.int().min(0),
  template: z.unknown(),
  changedBy: z.string().nullable(),
  changedAt: instantText.nullable(),
  submittedBy: z.string().nullable(),
  note: z.string(),
})
export type ReportDraft = z.infer<typeof reportDraft>
/**
 * What a chart of a page shows, as texts; on a page for the screen in the attribute `data-chart` of its cell. `texts`
 * of a series are as many as there are categories; '' = no value there.
 */
export const chartFigures = z.object({
  title: z.string(),
  categories: z.array(z.string()),
  series: z.array(z.object({ name: z.string(), texts: z.array(z.string()) })),
  /** Target and limits. */
  lines: z.array(z.object({ name: z.string(), text: z.string() })),
})
export type ChartFigures = z.infer<typeof chartFigures>

/** `folder`: one that is there, in which the caller may edit reports; absent = in none. */
export const newReport = z.strictObject({ id: reportId, folder: folderPath.optional(), template: z.unknown() })
export type NewReport = z.infer<typeof newReport>
export const draftRequest = z.strictObject({ revision: z.int().min(0), template: z.unknown() })
export const draftStep = z.strictObject({ revision: z.int().min(0), note: z.string().max(2_000).default('') })

/** What to run. Without `version` the published one; version 0 is the draft, for those who may edit. */
export const runRequest = z.strictObject({
  params: parameterValues.default({}),
  version: z.int().min(0).optional(),
  locale: reportLocale.default('zh-CN'),
  /** As it was known then, where datasets keep earlier versions; others are named in `cuts`. */
  knownAt: instantText.optional(),
})
export type RunRequest = z.infer<typeof runRequest>

export const runState = z.enum(['queued', 'fetching', 'computing', 'painting', 'ready', 'failed', 'cancelled'])
export type RunState = z.infer<typeof runState>

/** One dataset of a run. */
export const runDataset = z.object({
  name: z.string(),
  kind: datasetKind,
  rows: z.int(),
  /** Rows that were there; more than `rows` when a limit cut; null = not counted. */
  total: z.int().nullable(),
  /** Rows the warehouse read for it; null = unknown. */
  scanned: z.int().nullable(),
  /** SHA-256 of the rows as fetched. */
  hash: z.string(),
  /** Oldest source time of its rows; null = unknown or never. */
  sourceTime: instantText.nullable(),
  /** Known share of what should be known, fraction; null where it has no meaning. */
  coverage: z.number().nullable(),
  quality,
  /** Codes of row rules that narrowed it; `scope` = limited to a part of the organisation. */
  rules: z.array(z.string()),
  /** Columns that are masked for the caller. */
  masked: z.array(z.string()),
  /** Where rows of files and databases of others come from, by name; absent for rows of the product itself. */
  origin: bilingual.optional(),
})
export type RunDataset = z.infer<typeof runDataset>

/** Something the reader must know: rows cut, a format that could not hold all, a dataset without earlier versions. */
export const runNote = z.object({
  key: z.string(),
  text: bilingual,
  dataset: z.string().optional(),
  format: reportFormat.optional(),
})
export type RunNote = z.infer<typeof runNote>

/** What is wrong in the sheet: template warnings and cells that show an error. */
export const runFinding = z.object({
  level: z.enum(['warning', 'error']),
  /** Address in the template, e.g. `C5`. */
  cell: z.string(),
  text: z.string(),
  /** How many output cells show it. */
  count: z.int(),
})
export type RunFinding = z.infer<typeof runFinding>

export const runError = z.object({
  code: z.enum([
    'template-refused',
    'parameters-refused',
    'dataset-refused',
    'limit-exceeded',
    'worker-died',
    'timeout',
    'store-away',
    'interrupted',
    'internal',
  ]),
  cause: bilingual,
  remedy: bilingual,
  dataset: z.string().nullable(),
  /** Template cell, where one is to blame. */
  cell: z.string().nullable(),
})
export type RunError = z.infer<typeof runError>

/** A run and its result. It belongs to who started it, and dies when that one's rights change. */
export const reportRun = z.object({
  id: z.uuid(),
  report: reportId,
  name: bilingual,
  /** 0 = a draft. */
  version: z.int().min(0),
  state: runState,
  /** Done share, fraction in [0, 1]. */
  progress: z.number().min(0).max(1),
  /** Runs that will start before it; null once it has started. */
  ahead: z.int().nullable(),
  params: parameterValues,
  /** Parameters as they are written on paper, in the language of the run. */
  paramsText: z.array(z.object({ name: z.string(), label: bilingual, text: z.string() })),
  locale: reportLocale,
  timeZone: z.string(),
  knownAt: instantText.nullable(),
  by: z.string(),
  at: instantText,
  finishedAt: instantText.nullable(),
  /** Milliseconds; null until it is over. */
  fetchMs: z.number().nullable(),
  computeMs: z.number().nullable(),
  paintMs: z.number().nullable(),
  /** Those of sub-reports as `template/call.dataset`. */
  datasets: z.array(runDataset),
  /** Templates shown inside it, with the version that was in force and how many different calls it has; absent: none. */
  subReports: z.array(z.object({ report: reportId, version: z.int().min(1), calls: z.int().min(1) })).optional(),
  /** Sums over all fetched rows by dataset and numeric column, as decimal text. */
  controlTotals: z.array(z.object({ dataset: z.string(), column: z.string(), sum: z.string() })),
  /** SHA-256 over the displayed cells; equal for equal content. */
  contentHash: z.string().nullable(),
  pages: z.int().nullable(),
  /** Millimetres; null for a report without paper. */
  paper: z.object({ widthMm: z.number(), heightMm: z.number() }).nullable(),
  findings: z.array(runFinding),
  notes: z.array(runNote),
  error: runError.nullable(),
  /** Files made so far. */
  files: z.array(z.object({ format: reportFormat, bytes: z.int(), hash: z.string() })),
  /** Files that are being made: pages printed or rows written, of all; null where they are not counted before. */
  painting: z
    .array(
      z.object({
        format: reportFormat,
        unit: z.enum(['pages', 'rows']),
        done: z.int().min(0),
        of: z.int().min(0).nullable(),
      }),
    )
    .optional(),
  /** When the stored result is removed. */
  keptUntil: instantText,
  /** Definitions in force for figures have changed or values were restated since; null = not checked. */
  restated: z.boolean().nullable(),
})
export type ReportRun = z.infer<typeof reportRun>
export const reportRunsAnswer = z.object({ runs: z.array(reportRun) })
export type ReportRunsAnswer = z.infer<typeof reportRunsAnswer>

/**
 * Pages as markup without scripts: `<section>`s to be shown in a shadow root or frame with `css`. Each cell that has
 * a value carries `data-cell`, its address on the page, for `lineage`; inside the box of a sub-report `B7.C3`, the box
 * and the place in it.
 */
export const reportPagesAnswer = z.object({
  pages: z.array(z.object({ number: z.int().min(1), widthMm: z.number(), heightMm: z.number(), html: z.string() })),
  css: z.string(),
  count: z.int(),
  /** Where cells of the template that links of the report lead to stand first, by their address in the template. */
  places: z.record(z.string(), z.object({ page: z.int().min(1), cell: z.string() })).optional(),
})
export type ReportPagesAnswer = z.infer<typeof reportPagesAnswer>

export const reportSearchAnswer = z.object({
  hits: z.array(z.object({ page: z.int(), cell: z.string(), text: z.string() })),
  /** All hits, also those not listed. */
  total: z.int(),
})
export type ReportSearchAnswer = z.infer<typeof reportSearchAnswer>

const rawValue = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** Where a number of a run comes from; from the rows kept with the run, so it is always that of the paper. */
export const cellLineage = z.object({
  page: z.int(),
  /** Address on the page. */
  cell: z.string(),
  /** Address in the template. */
  templateCell: z.string(),
  text: z.string(),
  /** Unrounded; a number with all its digits is decimal text. */
  value: rawValue,
  type: z.enum(['number', 'text', 'boolean', 'date', 'datetime', 'instant', 'error', 'empty']),
  /** As the author wrote it, without equals sign; null for a field or a literal. */
  expression: z.string().nullable(),
  /** Field and how it is used, e.g. `p.good`, `sum`; null for expressions and literals. */
  field: z.object({ dataset: z.string(), column: z.string(), use: z.string() }).nullable(),
  /** Cells that it stands under, outermost first, with their values: the group it belongs to. */
  parents: z.array(z.object({ templateCell: z.string(), label: z.string(), text: z.string() })),
  /** Cells its expression names, with their values for this very instance (first ones). */
  inputs: z.array(z.object({ templateCell: z.string(), texts: z.array(z.string()), count: z.int() })),
  /** Rows below it, for each dataset that feeds it. */
  sources: z.array(
    z.object({
      dataset: z.string(),
      kind: runDataset.shape.kind,
      /** Condition of the slice, in words of columns: `unit = IM03`. */
      filter: z.array(z.object({ column: z.string(), text: z.string() })),
      rows: z.int(),
      columns: z.array(z.string()),
      /** The first rows. */
      sample: z.array(z.array(rawValue)),
      sourceTime: instantText.nullable(),
      coverage: z.number().nullable(),
      quality,
      rules: z.array(z.string()),
      masked: z.array(z.string()),
      origin: bilingual.optional(),
    }),
  ),
  /** Definition of the figure, where the rows are those of a figure. */
  metric: z
    .object({
      id: z.string(),
      version: z.int(),
      name: bilingual,
      definition: bilingual,
      formula: z.string(),
      owner: metricOwner,
      effectiveAt: instantText,
    })
    .nullable(),
  /** Why the cell shows an error; null when it does not. */
  why: z.string().nullable(),
})
export type CellLineage = z.infer<typeof cellLineage>

/** Rows of one dataset that a cell of a run was made of, as they were fetched, under the rights of the run. */
export const cellRows = z.object({
  dataset: z.string(),
  columns: z.array(z.string()),
  /** Rows `from` … `from + rows.length − 1` of `total`, from 0. */
  rows: z.array(z.array(rawValue)),
  from: z.int().min(0),
  total: z.int().min(0),
})
export type CellRows = z.infer<typeof cellRows>
