import type { CellStyle, FieldValue, LocalText, Sheet, TemplateCell } from '@gemba/contracts/template'
import { FormulaSyntaxError } from '../formula/lexer.ts'
import { parse } from '../formula/parser.ts'
import type { Node } from '../formula/syntax.ts'
import { FormulaError } from '../formula/values.ts'
import { positionOf } from './address.ts'
import { checkTemplate } from './checks.ts'
import {
  ROOT,
  type CompiledCell,
  type CompiledCondition,
  type CompiledField,
  type CompiledSub,
  type CompiledTemplate,
} from './compiled.ts'
import { DEFAULT_LIMITS, type Finding, type ReportLimits } from './findings.ts'
import { resolveParents } from './parents.ts'

/** The part of a template that the engine runs on; a case file has the same keys. */
export interface ReportTemplate {
  cells: readonly TemplateCell[]
  sheet?: Sheet | undefined
  dictionaries?: Readonly<Record<string, Readonly<Record<string, LocalText>>>> | undefined
  styles?: Readonly<Record<string, CellStyle>> | undefined
}

/** What is known of the data before it is there: the fields of a dataset, or undefined when they are not known. */
export type KnownFields = ReadonlyMap<string, readonly string[] | undefined>

export interface CompileOptions {
  fields?: KnownFields | undefined
  limits?: ReportLimits | undefined
}

/**
 * Reads the cells, resolves their parents, parses every expression and checks all of it. Never throws for what an
 * author can write: what is wrong is in `findings`.
 */
export function compileTemplate(template: ReportTemplate, options: CompileOptions = {}): CompiledTemplate {
  const findings: Finding[] = []
  const cells = readCells(template.cells, { findings, limits: options.limits ?? DEFAULT_LIMITS })
  const byAddress = new Map(cells.map((cell) => [cell.address, cell]))
  for (const cell of cells) readExpressions(cell, { byAddress, findings })
  const parents = resolveParents(cells, findings)
  const compiled: CompiledTemplate = {
    cells,
    byAddress,
    rows: cells.reduce((most, cell) => Math.max(most, cell.row + cell.rowSpan), 0),
    columns: cells.reduce((most, cell) => Math.max(most, cell.column + cell.columnSpan), 0),
    findings,
  }
  for (const cell of cells) {
    cell.left = parents.left[cell.index] as number
    cell.top = parents.top[cell.index] as number
  }
  if (findings.some((finding) => finding.key === 'cycle')) return compiled
  for (const cell of cells) cell.ancestors = ancestorsOf(cell, cells, new Map())
  for (const cell of cells) cell.rowDataset = rowDatasetOf(cell, cells)
  checkTemplate(compiled, template, options.fields)
  return compiled
}

function readCells(
  sources: readonly TemplateCell[],
  { findings, limits }: { findings: Finding[]; limits: ReportLimits },
): CompiledCell[] {
  const cells: CompiledCell[] = []
  const seen = new Set<string>()
  for (const source of sources) {
    const position = positionOf(source.at)
    const [rowSpan, columnSpan] = source.span ?? [1, 1]
    if (position === undefined || seen.has(source.at)) {
      const key = position === undefined ? 'badAddress' : 'twice'
      findings.push({ level: 'refuse', cells: [source.at], key, part: 'at' })
      continue
    }
    if (position.row + rowSpan > limits.templateRows || position.column + columnSpan > limits.templateColumns) {
      const details = { rows: String(limits.templateRows), columns: String(limits.templateColumns) }
      findings.push({ level: 'refuse', cells: [source.at], key: 'outsideSheet', details, part: 'at' })
      continue
    }
    seen.add(source.at)
    cells.push(emptyCell(source, { ...position, rowSpan, columnSpan, index: cells.length }))
  }
  return cells
}

function emptyCell(
  source: TemplateCell,
  place: Pick<CompiledCell, 'row' | 'column' | 'rowSpan' | 'columnSpan' | 'index'>,
): CompiledCell {
  return {
    ...place,
    address: source.at,
    source,
    expand: isInline(source) ? 'down' : (source.expand ?? 'none'),
    left: ROOT,
    top: ROOT,
    ancestors: new Set(),
    field: undefined,
    expression: undefined,
    sub: undefined,
    conditions: [],
    parts: new Map(),
    rowDataset: undefined,
  }
}

/** An inline sub-report expands down: each of its rows is an instance. */
const isInline = ({ value }: TemplateCell): boolean =>
  value !== undefined && 'sub' in value && value.sub.mode === 'inline'

interface Reading {
  byAddress: ReadonlyMap<string, CompiledCell>
  findings: Finding[]
}

function readExpressions(cell: CompiledCell, reading: Reading): void {
  const value = cell.source.value
  const read = (text: string, part: string): Node => parsed(text, { cell, part, findings: reading.findings })
  if (value !== undefined && 'field' in value) cell.field = readField(value, cell, { reading, read })
  if (value !== undefined && 'expr' in value) cell.expression = read(value.expr, 'value.expr')
  if (value !== undefined && 'code' in value) cell.expression = read(value.code.expr, 'value.code.expr')
  cell.conditions = (cell.source.when ?? []).map((condition, i): CompiledCondition => ({
    test: read(condition.if, `when[${i}].if`),
    scope: condition.scope ?? 'cell',
    set: condition.set,
  }))
  cell.parts = new Map(partsOf(cell.source).map(([part, text]) => [part, read(text, part)]))
  cell.sub = subOf(cell)
}

/** Expressions that are evaluated beside the value: of charts, images, sub-reports and links. */
function partsOf({ value, link }: TemplateCell): [part: string, text: string][] {
  const parts: [string, string | undefined][] = []
  if (value !== undefined && 'chart' in value) {
    const { category, values, target, lines, marked } = value.chart
    parts.push(['value.chart.category', category], ['value.chart.target.value', target?.value])
    parts.push(['value.chart.marked', marked])
    lines?.forEach((line, i) => parts.push([`value.chart.lines[${i}].value`, line.value]))
    values?.forEach((series, i) => parts.push([`value.chart.values[${i}].value`, series.value]))
  }
  if (value !== undefined && 'image' in value) parts.push(['value.image.expr', value.image.expr])
  if (value !== undefined && 'sub' in value)
    for (const [name, text] of Object.entries(value.sub.params ?? {})) parts.push([`${SUB_PARAMS}${name}`, text])
  for (const [name, text] of Object.entries(link?.params ?? {})) parts.push([`link.params.${name}`, text])
  return parts.filter((part): part is [string, string] => part[1] !== undefined)
}

const SUB_PARAMS = 'value.sub.params.'

function subOf({ source, parts }: CompiledCell): CompiledSub | undefined {
  const { value } = source
  if (value === undefined || !('sub' in value)) return undefined
  const params = [...parts].flatMap(([part, node]) =>
    part.startsWith(SUB_PARAMS) ? [{ name: part.slice(SUB_PARAMS.length), node }] : [],
  )
  return { template: value.sub.template, isInline: isInline(source), params }
}

type Read = (text: string, part: string) => Node

function readField(
  value: FieldValue,
  cell: CompiledCell,
  { reading, read }: { reading: Reading; read: Read },
): CompiledField {
  const point = value.field.indexOf('.')
  const use = value.as === 'group' || value.as === 'list' || value.as === 'bands' ? value.as : 'summary'
  const orders = value.order === undefined ? [] : Array.isArray(value.order) ? value.order : [value.order]
  return {
    source: value,
    dataset: value.field.slice(0, point),
    column: value.field.slice(point + 1),
    use,
    summary: use === 'summary' ? (value.as as CompiledField['summary']) : undefined,
    where: value.where === undefined ? undefined : read(value.where, 'value.where'),
    having: value.having === undefined ? undefined : read(value.having, 'value.having'),
    order: orders.map((order, i) => ({
      by: order.by === 'self' ? 'self' : read(order.by, `value.order[${i}].by`),
      descending: order.dir === 'desc',
    })),
    bands: (value.bands ?? []).map((band, i) => ({ label: band.label, test: read(band.if, `value.bands[${i}].if`) })),
    scope: scopeOf(value, cell, reading),
  }
}

function scopeOf(value: FieldValue, cell: CompiledCell, reading: Reading): number | undefined {
  if (value.scope === undefined) return undefined
  if (value.scope === 'report') return ROOT
  const target = reading.byAddress.get(value.scope)
  if (target !== undefined) return target.index
  const details = { name: value.scope }
  reading.findings.push({ level: 'refuse', cells: [cell.address], key: 'unknownCell', details, part: 'value.scope' })
  return undefined
}

/** A text that does not parse is the error #NAME? wherever it is evaluated; the rest of the report renders. */
function parsed(text: string, at: { cell: CompiledCell; part: string; findings: Finding[] }): Node {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof FormulaSyntaxError)) throw error
    const details = { problem: error.key, text, ...error.details }
    at.findings.push({ level: 'error', cells: [at.cell.address], key: 'syntax', details, part: at.part, at: error.at })
    return { kind: 'literal', value: new FormulaError('#NAME?', { key: 'syntax', details }) }
  }
}

function ancestorsOf(
  cell: CompiledCell,
  cells: readonly CompiledCell[],
  known: Map<number, ReadonlySet<number>>,
): ReadonlySet<number> {
  const found = known.get(cell.index)
  if (found !== undefined) return found
  const ancestors = new Set<number>()
  for (const parent of [cell.left, cell.top]) {
    if (parent === ROOT) continue
    ancestors.add(parent)
    for (const above of ancestorsOf(cells[parent] as CompiledCell, cells, known)) ancestors.add(above)
  }
  known.set(cell.index, ancestors)
  return ancestors
}

/** Its own dataset, else that of the nearest ancestor on the left, then above, else the only one of the template. */
function rowDatasetOf(cell: CompiledCell, cells: readonly CompiledCell[]): string | undefined {
  if (cell.field !== undefined) return cell.field.dataset
  for (const side of ['left', 'top'] as const) {
    for (let at = cell[side]; at !== ROOT; at = (cells[at] as CompiledCell)[side]) {
      const field = (cells[at] as CompiledCell).field
      if (field !== undefined) return field.dataset
    }
  }
  const all = new Set(cells.flatMap((other) => (other.field === undefined ? [] : [other.field.dataset])))
  return all.size === 1 ? [...all][0] : undefined
}
