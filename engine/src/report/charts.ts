import type { ChartDefinition, ChartKind } from '@gemba/contracts/template-chart'
import { isNum, toNumber } from '../formula/decimal.ts'
import { formatValue } from '../formula/number-format.ts'
import { aggregate, type AggregateName } from '../formula/functions/aggregate.ts'
import { isArray, isError, keyOf, textOf, type Scalar, type Value } from '../formula/values.ts'
import { askingInstance } from './asking.ts'
import { cellExpression } from './cell-host.ts'
import type { CompiledCell } from './compiled.ts'
import type { ReportRun } from './run.ts'
import { wordsIn } from './words.ts'

/** One row of values of a chart; null is a gap, never zero. */
export interface ChartSeries {
  name: string
  as: 'bar' | 'line'
  axis: 'left' | 'right'
  color: string | undefined
  format: string | undefined
  labels: boolean
  values: (number | null)[]
  /** Values as they are printed. */
  texts: string[]
}

/** A line across the plot: a target or a limit. */
export interface ChartLine {
  value: number
  name: string
  /** The value as it is printed. */
  text: string
  color: string | undefined
}

/** A chart with all its values, ready to be drawn by any painter. */
export interface ReportChart {
  kind: ChartKind
  title: string
  categories: string[]
  series: ChartSeries[]
  /** The target, then the limits. */
  lines: ChartLine[]
  /** Indexes of categories whose points are alarms. */
  marked: number[]
  /** Without axes, the last point marked. */
  plain: boolean
  min: number | undefined
  max: number | undefined
  legend: boolean
  /** Indexes of categories that are drawn as an outline. */
  outlined: ReadonlySet<number>
  colors: readonly string[]
  /** What could not be computed, as error codes; the chart is then drawn without it. */
  errors: string[]
}

/** The chart of an instance, undefined if the cell holds none. Errors of its expressions are in `errors`. */
export function chartOf(run: ReportRun, cell: CompiledCell, instance: number): ReportChart | undefined {
  const { value } = cell.source
  if (value === undefined || !('chart' in value)) return undefined
  const { chart } = value
  const errors: string[] = []
  const read = (part: string): readonly Value[] => listOf(partValue(run, cell, { part, instance }), errors)
  const table = chart.rows === undefined ? fromCells(chart, { run, read }) : fromRows(chart, { run, cell, instance })
  const series = chart.kind === 'pareto' ? withShares(table.series) : table.series
  const outlined = (chart.outlined ?? []).map((words) => wordsIn(words, run.context.locale))
  return {
    kind: chart.kind,
    title: chart.title === undefined ? '' : wordsIn(chart.title, run.context.locale),
    categories: table.categories,
    series,
    lines: linesOf(chart, { run, read }),
    marked: chart.marked === undefined ? [] : markedOf(read('value.chart.marked').slice(0, table.categories.length)),
    plain: chart.plain ?? false,
    min: chart.min,
    max: chart.max,
    legend: chart.legend ?? (series.length > 1 && chart.kind !== 'pareto' && chart.plain !== true),
    outlined: new Set(table.categories.flatMap((name, i) => (outlined.includes(name) ? [i] : []))),
    colors: chart.colors ?? [],
    errors,
  }
}

/** An expression beside the value of a cell: of a chart, an image or a link. Null if the cell has no such part. */
export function partValue(
  run: ReportRun,
  cell: CompiledCell,
  { part, instance }: { part: string; instance: number },
): Value {
  const node = cell.parts.get(part)
  if (node === undefined) return null
  return cellExpression({ run, asking: askingInstance(run, cell) }, node)({ instance })
}

function listOf(value: Value, errors: string[]): readonly Value[] {
  const list = isArray(value) ? value : value === null ? [] : [value]
  for (const part of list) if (isError(part) && !errors.includes(part.code)) errors.push(part.code)
  return list
}

interface Table {
  categories: string[]
  series: ChartSeries[]
}

function seriesOf(
  run: ReportRun,
  chart: ChartDefinition,
  { name, values, from }: { name: string; values: readonly Value[]; from?: NonNullable<ChartDefinition['values']>[0] },
): ChartSeries {
  const format = from?.format ?? chart.format
  const text = (value: Value): string =>
    format === undefined ? textOf(value) : formatValue(value, format, run.context.locale).text
  return {
    name,
    as: from?.as ?? (chart.kind === 'line' ? 'line' : 'bar'),
    axis: from?.axis ?? 'left',
    color: from?.color,
    format,
    labels: from?.labels ?? chart.labels ?? false,
    values: values.map((value) => (isNum(value) ? toNumber(value) : null)),
    texts: values.map((value) => (isNum(value) ? text(value) : '')),
  }
}

type Reader = { run: ReportRun; read: (part: string) => readonly Value[] }

function fromCells(chart: ChartDefinition, { run, read }: Reader): Table {
  const categories = read('value.chart.category').map(textOf)
  const series = (chart.values ?? []).map((from, i) => {
    const values = read(`value.chart.values[${i}].value`)
    const name = from.name === undefined ? '' : wordsIn(from.name, run.context.locale)
    const padded = categories.map((_, place) => values[place] ?? null)
    return seriesOf(run, chart, { name, values: padded, from })
  })
  return { categories, series }
}

function linesOf(chart: ChartDefinition, { run, read }: Reader): ChartLine[] {
  const format = chart.values?.[0]?.format ?? chart.format
  const target = chart.target === undefined ? [] : [{ ...chart.target, color: undefined, part: 'target' }]
  const limits = (chart.lines ?? []).map((line, i) => ({ ...line, part: `lines[${i}]` }))
  return [...target, ...limits].flatMap(({ name, color, part }) => {
    const value = read(`value.chart.${part}.value`)[0]
    if (value === undefined || !isNum(value)) return []
    const text = format === undefined ? textOf(value) : formatValue(value, format, run.context.locale).text
    const words = name === undefined ? '' : wordsIn(name, run.context.locale)
    return [{ value: toNumber(value), name: words, text, color }]
  })
}

/** Places of a list at which a condition holds. */
const markedOf = (list: readonly Value[]): number[] => list.flatMap((value, i) => (value === true ? [i] : []))

/** Rows of the instance's slice, by category and series in order of first appearance. */
function fromRows(
  chart: ChartDefinition,
  { run, cell, instance }: { run: ReportRun; cell: CompiledCell; instance: number },
): Table {
  const rows = chart.rows as NonNullable<ChartDefinition['rows']>
  const dataset = run.dataset(rows.dataset)
  const { family, index } = run.viewOf(cell.index, rows.dataset)
  const slice = index[instance] as number
  const columns = [rows.category, rows.series, rows.value].map((name) =>
    name === undefined ? undefined : dataset.column(name),
  )
  const categories = new Map<string | number, Value>()
  const cells = new Map<string, Map<string | number, Scalar[]>>()
  for (let at = family.start[slice] as number; at < (family.end[slice] as number); at += 1) {
    const row = family.rows[at] as number
    const [category = null, series = null, value = null] = columns.map((column) => column?.at(row) ?? null)
    const key = keyOf(category)
    categories.set(key, category)
    const name = textOf(series)
    const own = cells.get(name) ?? new Map<string | number, Scalar[]>()
    cells.set(name, own)
    const list = own.get(key) ?? []
    own.set(key, list)
    list.push(value as Scalar)
  }
  const name = { sum: 'SUM', avg: 'AVG', count: 'COUNT', distinct: 'DISTINCT', max: 'MAX', min: 'MIN' } as const
  const by = (rows.as === 'first' ? 'FIRST' : rows.as === 'last' ? 'LAST' : name[rows.as]) as AggregateName
  const series = [...cells].map(([title, own]) => {
    const values = [...categories.keys()].map((key) => {
      const list = own.get(key)?.filter((value) => value !== null) ?? []
      return list.length === 0 ? null : aggregate(by, list)
    })
    return seriesOf(run, chart, { name: title, values })
  })
  return { categories: [...categories.values()].map(textOf), series }
}

/** Adds the cumulative share of the first series, in [0, 1], as a line on the right axis. */
function withShares(series: ChartSeries[]): ChartSeries[] {
  const [first] = series
  if (first === undefined || series.length > 1) return series
  const total = first.values.reduce<number>((all, value) => all + (value ?? 0), 0)
  let running = 0
  const values = first.values.map((value) => {
    running += value ?? 0
    return total > 0 ? running / total : null
  })
  const texts = values.map((value) => (value === null ? '' : `${Math.round(value * 1000) / 10}%`))
  const line: ChartSeries = {
    ...first,
    name: '',
    as: 'line',
    axis: 'right',
    format: '0%',
    values,
    texts,
    labels: false,
  }
  return [first, line]
}
