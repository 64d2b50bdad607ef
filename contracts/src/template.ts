import { z } from 'zod'
import { cellAddress, colour, expression, identifier, literal, scalar, summaryKind, text } from './template-basics.ts'
import { chartValue } from './template-chart.ts'
import { datasetDefinition } from './template-datasets.ts'

export {
  datasetDefinition,
  datasetKind,
  type DatasetDefinition,
  type FactDataset,
  type FileDataset,
  type KpiDatasetOptions,
} from './template-datasets.ts'
export {
  type BalanceDataset,
  type RestatedDataset,
  type SignatureDataset,
  type SpcDataset,
  type TraceDataset,
} from './template-evidence.ts'
export {
  cellAddress,
  fieldType,
  summaryKind,
  type FieldType,
  type LocalText,
  type SummaryKind,
} from './template-basics.ts'

/** Newest version of the stored form. Older ones are upgraded before they are checked. */
export const TEMPLATE_FORMAT_VERSION = 1

const span = z.tuple([z.int().min(1).max(10_000), z.int().min(1).max(1_000)])
const parentChoice = z.union([z.literal('auto'), z.literal('none'), cellAddress])
/** `dataset.column`. The column may be any text; the first full stop ends the dataset. */
const fieldName = z.string().regex(/^[^.]+\..+$/su, 'not a field such as orders.amount')

/** By the key itself (`self`) or by an aggregate over the rows of the group, such as `SUM(row.amount)`. */
const order = z.object({
  by: expression,
  dir: z.enum(['asc', 'desc']).default('asc'),
  collation: z.string().optional(),
})

/** A dataset field and how it is used: partitioned into instances, or summed up. */
export const fieldValue = z.strictObject({
  field: fieldName,
  as: z.union([z.enum(['group', 'list', 'bands']), summaryKind]),
  where: expression.optional(),
  having: expression.optional(),
  order: z.union([order, z.array(order).min(1).max(8)]).optional(),
  top: z.int().min(1).optional(),
  /** Label of one more instance that holds the rows below `top`. */
  others: text.optional(),
  adjacent: z.boolean().optional(),
  bands: z.array(z.object({ label: text, if: expression })).optional(),
  keepEmpty: z.boolean().optional(),
  padTo: z.int().min(1).max(100_000).optional(),
  dict: z.string().optional(),
  emptyAs: scalar.optional(),
  /** Summaries only: an ancestor whose slice is summed up, or the whole report. */
  scope: z.union([z.literal('report'), cellAddress]).optional(),
})
export type FieldValue = z.infer<typeof fieldValue>

const imageValue = z.strictObject({
  image: z.strictObject({
    asset: z.string().optional(),
    expr: expression.optional(),
    url: z.string().optional(),
    fit: z.enum(['contain', 'cover', 'stretch']).default('contain'),
    alt: text.optional(),
  }),
})

const codeValue = z.strictObject({
  code: z.strictObject({
    kind: z.enum(['qr', 'code128', 'code39', 'ean13', 'datamatrix']),
    expr: expression,
    level: z.enum(['L', 'M', 'Q', 'H']).optional(),
    caption: z.boolean().optional(),
  }),
})

const subValue = z.strictObject({
  sub: z.strictObject({
    template: z.string(),
    params: z.record(z.string(), expression).optional(),
    mode: z.enum(['boxed', 'inline']).default('boxed'),
  }),
})

export const cellValue = z.union([
  z.strictObject({ lit: literal, dict: z.string().optional() }),
  z.strictObject({ expr: expression, dict: z.string().optional(), emptyAs: scalar.optional() }),
  z.strictObject({ slash: z.array(text).min(1).max(8) }),
  fieldValue,
  chartValue,
  imageValue,
  codeValue,
  subValue,
])
export type CellValue = z.infer<typeof cellValue>

const borderLine = z.object({
  style: z.enum(['none', 'thin', 'medium', 'thick', 'dashed', 'dotted', 'double', 'hair']),
  color: colour.optional(),
})

/** What a cell looks like. Every property may stand in a style, in a cell and in a conditional setting. */
export const cellStyle = z.object({
  fg: colour.optional(),
  bg: colour.optional(),
  bold: z.boolean().optional(),
  italic: z.boolean().optional(),
  underline: z.boolean().optional(),
  strike: z.boolean().optional(),
  font: z.string().optional(),
  size: z.number().min(1).max(400).optional(),
  align: z.enum(['left', 'center', 'right', 'justify']).optional(),
  valign: z.enum(['top', 'middle', 'bottom']).optional(),
  wrap: z.boolean().optional(),
  indent: z.int().min(0).max(15).optional(),
  rotate: z.int().min(-90).max(90).optional(),
  /** False leaves the cell open for input on a protected sheet. */
  locked: z.boolean().optional(),
  border: z
    .object({
      top: borderLine.optional(),
      right: borderLine.optional(),
      bottom: borderLine.optional(),
      left: borderLine.optional(),
    })
    .optional(),
})
export type CellStyle = z.infer<typeof cellStyle>

/**
 * Target of a click. Parameters are expressions, evaluated at the instance, as actual values. `dialog`, and `report` with
 * the window `dialog`, open a report in a panel beside this one; `place` leads to the cell of this report that `target`
 * names in the template; `rows` shows the rows that the cell was made of.
 */
export const link = z.object({
  to: z.enum(['report', 'url', 'place', 'dialog', 'rows']),
  target: z.string().optional(),
  /** Charts only: names of the parameters that get the category, the series and the value of the point clicked on. */
  point: z
    .strictObject({ category: identifier.optional(), series: identifier.optional(), value: identifier.optional() })
    .optional(),
  window: z.enum(['same', 'new', 'dialog']).optional(),
  params: z.record(z.string(), expression).optional(),
})

/** What a condition sets; properties that the engine does not know are styles and pass through. */
export const conditionSettings = z.looseObject({
  ...cellStyle.shape,
  format: z.string().optional(),
  display: literal.optional(),
  value: literal.optional(),
  hideRow: z.boolean().optional(),
  hideCol: z.boolean().optional(),
  rowHeight: z.number().positive().optional(),
  colWidth: z.number().positive().optional(),
  pageBreakBefore: z.boolean().optional(),
  pageBreakAfter: z.boolean().optional(),
  link: link.optional(),
  icon: z.string().optional(),
  dataBar: z.object({ min: z.number().optional(), max: z.number().optional(), color: colour.optional() }).optional(),
})
export type ConditionSettings = z.infer<typeof conditionSettings>

export const condition = z.strictObject({
  if: expression,
  scope: z.enum(['cell', 'row', 'column']).optional(),
  set: conditionSettings,
})
export type Condition = z.infer<typeof condition>

export const rowBand = z.enum(['title', 'headerRepeat', 'body', 'footerRepeat', 'summary', 'leftRepeat'])
export type RowBand = z.infer<typeof rowBand>

export const templateCell = z.strictObject({
  at: cellAddress,
  span: span.optional(),
  value: cellValue.optional(),
  expand: z.enum(['none', 'down', 'right']).optional(),
  left: parentChoice.optional(),
  top: parentChoice.optional(),
  inherit: z.strictObject({ left: z.boolean().optional(), top: z.boolean().optional() }).optional(),
  format: z.string().max(255).optional(),
  band: rowBand.optional(),
  keepFormula: z.boolean().optional(),
  onEmpty: z.enum(['blank', 'remove']).optional(),
  when: z.array(condition).max(64).optional(),
  /** False keeps the cell at its first output row (`v`) or column (`h`). */
  stretch: z.strictObject({ v: z.boolean().optional(), h: z.boolean().optional() }).optional(),
  /** Several output cells of one instance: one merge, the value in the first only, or in each. */
  merge: z.enum(['merge', 'first', 'repeat']).optional(),
  repeatOnSplit: z.boolean().optional(),
  keepTogether: z.boolean().optional(),
  keepWith: z.enum(['next', 'prev']).optional(),
  /**
   * The row is printed again on each page that its block reaches. Outside all groups the block is the table below, up
   * to the next such row or to a cell that says false.
   */
  repeatOnPage: z.boolean().optional(),
  collapsible: z.object({ level: z.int().min(1).max(7), open: z.boolean().optional() }).optional(),
  /** A named style, an own one, or several of them, the later ones winning property by property. */
  style: z.union([z.string(), cellStyle, z.array(z.union([z.string(), cellStyle])).max(8)]).optional(),
  link: link.optional(),
  /** Free text of the author; never shown. */
  note: z.string().optional(),
})
export type TemplateCell = z.infer<typeof templateCell>

const margins = z.object({
  top: z.number().min(0),
  right: z.number().min(0),
  bottom: z.number().min(0),
  left: z.number().min(0),
})

/**
 * `{page}`, `{pages}`, `{name}`, `{param.x}` and `{B12}`, what the cell B12 of the template shows, are filled in; a line
 * break makes a second line.
 */
const pageLine = z.union([
  text,
  z.strictObject({ left: text.optional(), center: text.optional(), right: text.optional() }),
])
export type PageLine = z.infer<typeof pageLine>

/** Lengths are millimetres. */
export const paging = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('continuous') }),
  z.object({ mode: z.literal('breaks') }),
  z.object({ mode: z.literal('fixedRows'), rows: z.int().min(1) }),
  z.object({
    mode: z.literal('paper'),
    size: z.union([z.enum(['A3', 'A4', 'A5', 'Letter', 'Legal']), z.tuple([z.number(), z.number()])]).default('A4'),
    orientation: z.enum(['portrait', 'landscape']).default('portrait'),
    margins: margins.optional(),
    scale: z.number().min(0.1).max(4).optional(),
    fitToWidth: z.boolean().optional(),
    order: z.enum(['downThenOver', 'overThenDown']).default('downThenOver'),
    header: pageLine.optional(),
    footer: pageLine.optional(),
  }),
])
export type Paging = z.infer<typeof paging>

const lengthBy = z.record(z.string(), z.number().positive())

export const sheet = z.object({
  name: text.optional(),
  paging: paging.optional(),
  /** Template row number → height, template column letters → width, in millimetres. */
  rowHeights: lengthBy.optional(),
  columnWidths: lengthBy.optional(),
  defaultRowHeight: z.number().positive().optional(),
  defaultColumnWidth: z.number().positive().optional(),
  freeze: z.object({ rows: z.int().min(0).optional(), columns: z.int().min(0).optional() }).optional(),
  columnsPerPage: z.int().min(1).max(12).optional(),
  gridLines: z.boolean().optional(),
  /** Spreadsheets are protected against change, without a password; it is no secret. */
  protect: z.boolean().optional(),
})
export type Sheet = z.infer<typeof sheet>

/** Actual value as text → display text. */
export const dictionary = z.record(z.string(), text)

const parameterOptions = z.union([
  z.object({ list: z.array(z.object({ value: scalar, label: text.optional() })) }),
  z.object({ dictionary: z.string() }),
  z.object({ dataset: z.string(), value: z.string(), label: z.string().optional(), parent: z.string().optional() }),
])

export const reportParameter = z.object({
  name: identifier,
  label: text.optional(),
  type: z.enum(['text', 'number', 'date', 'dateRange', 'boolean', 'equipment']).default('text'),
  control: z
    .enum(['text', 'number', 'date', 'dateRange', 'select', 'multiSelect', 'tree', 'checkbox', 'radio', 'hidden'])
    .optional(),
  default: expression.optional(),
  required: z.boolean().optional(),
  maxLength: z.int().min(1).optional(),
  options: parameterOptions.optional(),
  /** Values outside the options are refused by the server. */
  closed: z.boolean().optional(),
})
export type ReportParameter = z.infer<typeof reportParameter>

export const template = z.strictObject({
  formatVersion: z.literal(TEMPLATE_FORMAT_VERSION),
  name: text,
  description: text.optional(),
  locale: z.enum(['zh-CN', 'en']).optional(),
  timeZone: z.string().optional(),
  datasets: z.record(identifier, datasetDefinition).optional(),
  dictionaries: z.record(z.string(), dictionary).optional(),
  parameters: z.array(reportParameter).max(100).optional(),
  styles: z.record(z.string(), cellStyle).optional(),
  sheet: sheet.optional(),
  cells: z.array(templateCell).max(20_000),
  /** Free text of the author; never shown. */
  note: z.string().optional(),
})
export type Template = z.infer<typeof template>

/** What is wrong with a stored template, in words for its author. `cell` is missing when no cell is concerned. */
export interface TemplateProblem {
  cell?: string
  /** Path inside the document, e.g. `cells[3].value.where`. */
  path: string
  message: string
}

export type TemplateReading = { ok: true; template: Template } | { ok: false; problems: TemplateProblem[] }

/**
 * Reads a stored template of any known format version. Never throws: what is wrong comes back as problems, each with
 * the address of its cell where there is one. A version of the future is one problem, not a hundred.
 */
export function readTemplate(input: unknown): TemplateReading {
  const version = versionOf(input)
  if (version !== undefined && version > TEMPLATE_FORMAT_VERSION) {
    const message = `format version ${version} is newer than ${TEMPLATE_FORMAT_VERSION}; update this program`
    return { ok: false, problems: [{ path: 'formatVersion', message }] }
  }
  const result = template.safeParse(input)
  if (result.success) return { ok: true, template: result.data }
  return { ok: false, problems: result.error.issues.flatMap((issue) => problemsOf(issue, input)) }
}

function versionOf(input: unknown): number | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const version = (input as { formatVersion?: unknown }).formatVersion
  return typeof version === 'number' ? version : undefined
}

function problemsOf(issue: z.core.$ZodIssue, input: unknown): TemplateProblem[] {
  const nested = issue.code === 'invalid_union' ? nearestAlternative(issue.errors) : []
  if (nested.length > 0) {
    return nested.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, input))
  }
  const cell = addressAt(issue.path, input)
  return [{ ...(cell === undefined ? {} : { cell }), path: pathText(issue.path), message: issue.message }]
}

/** Of a union the alternative that came furthest: unknown keys count most, since they mean another alternative. */
function nearestAlternative(alternatives: z.core.$ZodIssue[][]): z.core.$ZodIssue[] {
  const weight = (issues: z.core.$ZodIssue[]): number =>
    issues.reduce(
      (sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 10 : 0) + (issue.path.length > 0 ? 1 : 5),
      0,
    )
  return alternatives.toSorted((a, b) => weight(a) - weight(b))[0] ?? []
}

function addressAt(path: PropertyKey[], input: unknown): string | undefined {
  if (path[0] !== 'cells' || typeof path[1] !== 'number') return undefined
  const cells = (input as { cells?: unknown }).cells
  const cell: unknown = Array.isArray(cells) ? cells[path[1]] : undefined
  const at = typeof cell === 'object' && cell !== null ? (cell as { at?: unknown }).at : undefined
  return typeof at === 'string' ? at : undefined
}

function pathText(path: PropertyKey[]): string {
  return path.reduce<string>((whole, part) => {
    if (typeof part === 'number') return `${whole}[${part}]`
    return whole === '' ? String(part) : `${whole}.${String(part)}`
  }, '')
}
