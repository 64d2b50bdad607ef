import { keyOf } from '../formula/values.ts'
import { compileTemplate, type ReportTemplate } from './compile.ts'
import type { CompiledTemplate } from './compiled.ts'
import { datasetWith, fieldReader, fieldsIn, type ColumnFacts, type Row } from './dataset.ts'
import { Looks } from './look.ts'
import { ReportResult } from './report-result.ts'
import { PlainRows, RowProgram } from './row-program.ts'
import { Carried, type RunPortion } from './run-portion.ts'
import { ReportRun, runnableTemplate, type RunInput } from './run.ts'
import { tierOf, type StreamPlan } from './tier.ts'

/** Rows in their order, some at a time. */
export type RowBatches = Iterable<readonly Row[]> | AsyncIterable<readonly Row[]>

/** What a streamed run is given beside the template. */
export interface StreamInput extends Omit<RunInput, 'datasets' | 'portion'> {
  /** Gives all rows of the dataset from the beginning, each time it is asked. */
  rows: () => RowBatches
  facts?: ColumnFacts
  /** About how many rows are held at a time; whole groups are never cut. */
  portionRows?: number
  /** Fields that portions hold beside those that the template names, in their order. */
  fields?: readonly string[] | undefined
}

/** Consecutive rows of a report, with the run that computes them. */
export interface ReportPortion {
  /** Made when somebody asks for it, where rows are plain. */
  readonly result: ReportResult
  /** All rows of the portion, if they are rows of a plain list: they can be had without a run. */
  plain?: PlainRows
  /** Rows of its continuous grid that belong to the report: `from` … `to` − 1. */
  from: number
  to: number
  /** Rows of the report before them, hidden ones included. */
  before: number
  isLast: boolean
}

/** The same with the rows of the dataset that went into it. */
export interface StreamedPortion extends ReportPortion {
  rows: readonly Row[]
}

/** Cells that a portion has about; fewer cost time. */
const PORTION_CELLS = 6_000

/**
 * A report computed while its rows go by. Each portion is a run of its own over the rows of whole instances of the
 * list, so that a cell is computed by the same code as in memory; what reaches beyond a portion is carried along:
 * totals, running sums, ordinals, positions. Memory: one portion, or the largest group if that is larger.
 */
export class StreamedReport {
  readonly template: CompiledTemplate
  readonly plan: StreamPlan
  /** The first portion: head, column widths and print layout are those of the whole report. */
  readonly first: ReportResult
  private readonly source: ReportTemplate
  private readonly input: StreamInput
  private readonly fields: ReadonlySet<string>
  private readonly looks: Looks

  private constructor(source: ReportTemplate, input: StreamInput, known: Known) {
    this.source = source
    this.input = input
    this.fields = known.fields
    this.looks = new Looks(source.styles)
    const named = datasetWith(known.plan.dataset, [], { ...input.facts, fields: known.fields })
    this.template = runnableTemplate(source, { ...input, datasets: new Map([[known.plan.dataset, named]]) })
    // The nodes of a plan are those of the template that it was made from.
    this.plan = planOf(this.template, source) as StreamPlan
    const { rows, isLast } = known.first
    this.first = this.result(rows, new Carried(this.template, this.plan).portion(isLast))
  }

  /**
   * Undefined if the template needs all rows at once, or if rows of a group lie apart. Throws TemplateRefusedError and
   * ReportLimitError.
   */
  static async open(source: ReportTemplate, input: StreamInput): Promise<StreamedReport | undefined> {
    const plan = planOf(compileTemplate(source), source)
    if (plan === undefined || (plan.mustLieTogether && !(await lieTogether(input, plan)))) return undefined
    let first: RowPortion = { rows: [], isLast: true }
    for await (const portion of rowPortions(input, plan)) {
      first = portion
      break
    }
    const fields = fieldsIn(first.rows, input.facts ?? {})
    // A field that only later rows have is no unknown field.
    if (!first.isLast && [...plan.fields].some((field) => !fields.has(field)))
      for await (const rows of input.rows()) for (const field of fieldsIn(rows, {})) fields.add(field)
    return new StreamedReport(source, input, { plan, first, fields })
  }

  /** All portions in order, computed as they are asked for. */
  async *portions(): AsyncGenerator<StreamedPortion> {
    const carried = new Carried(this.template, this.plan)
    const { from, to } = this.plan
    let program: RowProgram | undefined
    let before = 0
    for await (const { rows, isLast } of rowPortions(this.input, this.plan)) {
      if (program !== undefined && !isLast) {
        program.steps = carried.usedSteps
        const state = carried.portion(false)
        const portion = new PlainPortion(new PlainRows(program, rows), before, () => this.result(rows, state))
        yield portion
        before += rows.length
        carried.takeRows(portion.plain)
        continue
      }
      const result = this.result(rows, carried.portion(isLast))
      const size = result.run.placements.rows
      const tail = this.template.rows - to
      const portion = { result, from: before === 0 ? 0 : from, to: isLast ? size : size - tail, before, isLast, rows }
      yield portion
      if (before === 0 && !isLast) program = this.program()
      before += portion.to - portion.from
      if (!isLast) carried.take(result.run, size - from - tail)
    }
  }

  /** Rows of the report over that many rows of the dataset; undefined if groups decide. */
  rowsFor(datasetRows: number): number | undefined {
    const { from, to, isFlat, expander } = this.plan
    if (!isFlat) return undefined
    const none = this.template.cells[expander]?.source.onEmpty === 'remove' ? 0 : 1
    return this.template.rows - (to - from) + Math.max(datasetRows, none) * (to - from)
  }

  /** A number that the rows of the report do not exceed; undefined if cells may grow by more than the rows. */
  mostRowsFor(datasetRows: number): number | undefined {
    const { from, to } = this.plan
    const grows = this.template.cells.some(
      ({ expand, field }) =>
        expand === 'down' &&
        (field === undefined || field.source.padTo !== undefined || field.source.keepEmpty === true),
    )
    return grows ? undefined : this.template.rows + Math.max(datasetRows, 1) * (to - from)
  }

  private program(): RowProgram | undefined {
    const { plan, fields, input } = this
    return RowProgram.of(this.first, { plan, fields, facts: input.facts ?? {} })
  }

  private result(rows: readonly Row[], portion: RunPortion): ReportResult {
    const needed = this.input.fields ?? [...this.fields].filter((field) => this.plan.fields.has(field))
    const fields = needed.length === 0 ? this.fields : needed
    const dataset = datasetWith(this.plan.dataset, rows, { ...this.input.facts, fields })
    const datasets = new Map([[this.plan.dataset, dataset]])
    const run = new ReportRun(this.source, { ...this.input, datasets, portion })
    return new ReportResult(run, this.source, { looks: this.looks })
  }
}

/** Rows of a plain list between the first portion and the last. */
class PlainPortion implements StreamedPortion {
  readonly plain: PlainRows
  readonly rows: readonly Row[]
  readonly isLast = false
  readonly from: number
  readonly to: number
  readonly before: number
  private readonly make: () => ReportResult
  private made: ReportResult | undefined

  constructor(plain: PlainRows, before: number, make: () => ReportResult) {
    this.plain = plain
    this.rows = plain.rows
    this.from = plain.program.line
    this.to = this.from + plain.rows.length
    this.before = before
    this.make = make
  }

  get result(): ReportResult {
    return (this.made ??= this.make())
  }
}

interface Known {
  plan: StreamPlan
  first: RowPortion
  fields: ReadonlySet<string>
}

function planOf(compiled: CompiledTemplate, source: ReportTemplate): StreamPlan | undefined {
  const tier = tierOf(compiled, source)
  return tier.kind === 'stream' ? tier.plan : undefined
}

/** Whether the rows of each group follow each other, so that the group is known when its last row has gone by. */
async function lieTogether(input: StreamInput, { groupBy }: StreamPlan): Promise<boolean> {
  const read = fieldReader(groupBy ?? '', input.facts ?? {})
  const seen = new Set<string | number>()
  let keyBefore: string | number | undefined
  for await (const batch of input.rows()) {
    for (const row of batch) {
      const key = keyOf(read(row))
      if (key === keyBefore) continue
      if (seen.has(key)) return false
      seen.add(key)
      keyBefore = key
    }
  }
  return true
}

interface RowPortion {
  rows: readonly Row[]
  isLast: boolean
}

/** Deals rows out into portions that end where a group ends. There is always one, and only the last is marked so. */
async function* rowPortions(input: StreamInput, { groupBy, listCells }: StreamPlan): AsyncGenerator<RowPortion> {
  const portionRows = input.portionRows ?? Math.ceil(PORTION_CELLS / listCells)
  const read = groupBy === undefined ? undefined : fieldReader(groupBy, input.facts ?? {})
  let open: Row[] = []
  let keyBefore: string | number | undefined
  for await (const batch of input.rows()) {
    for (const row of batch) {
      const keyNow = read === undefined ? undefined : keyOf(read(row))
      if (open.length >= portionRows && (read === undefined || keyNow !== keyBefore)) {
        yield { rows: open, isLast: false }
        open = []
      }
      keyBefore = keyNow
      open.push(row)
    }
  }
  yield { rows: open, isLast: true }
}
