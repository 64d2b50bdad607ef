import type { Num } from '../formula/decimal.ts'
import type { CallNode, Node } from '../formula/syntax.ts'
import type { FormulaError, Value } from '../formula/values.ts'
import type { Box } from './address.ts'
import { unknownField } from './cell-values.ts'
import type { CompiledCell, CompiledTemplate } from './compiled.ts'
import { fieldReader } from './dataset.ts'
import { packPoints } from './excel-ranges.ts'
import { Fold, RunningSum } from './folds.ts'
import { columnOf } from './row-host.ts'
import type { PlainRows, ProgramColumn } from './row-program.ts'
import type { ReportRun } from './run.ts'
import type { RunState } from './run-state.ts'
import type { StreamPlan } from './tier.ts'

/** What a run over a portion of the rows knows of the portions before it. */
export interface RunPortion {
  template: CompiledTemplate
  stepsBefore: number
  /** The cell that grows with the rows, and how many of its instances lie before this portion. */
  list: number
  instancesBefore: number
  /** Rows of the report that are missing in the grid of this run, from its row `listFrom` on. */
  rowsBefore: number
  listFrom: number
  /** Template row below the list. */
  listTo: number
  /** No portion follows: its tail is that of the report. */
  isLast: boolean
  /** Values of cells outside of the list, by cell. */
  values: ReadonlyMap<number, Value>
  /** Sums of a field over all rows, by cell of the tail. */
  summaries: ReadonlyMap<number, (run: RunState) => Value>
  /** Aggregates over the whole list: this portion and those before. */
  totals: ReadonlyMap<Node, (run: RunState) => Value>
  /** What a running sum has come to before this portion. */
  sumBefore: (node: CallNode) => Num | FormulaError
  /** Places of a cell's instances before this portion, one column of runs; more than a formula holds are not kept. */
  boxesBefore: (cell: number) => readonly Box[]
}

/** A formula of Excel holds 255 arguments; beyond them it only counts that there are more. */
const MOST_BOXES = 300

/** Everything that passes from one portion of a streamed report to the next. */
export class Carried {
  private readonly plan: StreamPlan
  private readonly template: CompiledTemplate
  private readonly folds: Fold[]
  private readonly summaries: Map<number, Fold>
  private readonly sums: Map<CallNode, RunningSum>
  private readonly boxes: Map<number, Box[]>
  private values: Map<number, Value> | undefined
  private steps = 0
  private instances = 0
  private rows = 0

  constructor(template: CompiledTemplate, plan: StreamPlan) {
    this.template = template
    this.plan = plan
    this.folds = plan.totals.map(({ name }) => new Fold(name))
    this.summaries = new Map([...plan.summaries].map(([cell, name]) => [cell, new Fold(name)]))
    this.sums = new Map(plan.running.map(({ node }) => [node, new RunningSum()]))
    this.boxes = new Map(plan.tracked.map((cell) => [cell, []]))
  }

  /** Steps of all portions so far. */
  get usedSteps(): number {
    return this.steps
  }

  /** What the next portion starts from. Only in the last one do cells below the list have their values. */
  portion(isLast: boolean): RunPortion {
    const values = new Map(this.values)
    // A page is painted when later portions have gone by.
    const sums = new Map([...this.sums].map(([node, { value }]) => [node, value]))
    if (!isLast) for (const cell of this.plan.late) values.set(cell, null)
    return {
      template: this.template,
      stepsBefore: this.steps,
      list: this.plan.expander,
      instancesBefore: this.instances,
      rowsBefore: this.rows,
      listFrom: this.plan.from,
      listTo: this.plan.to,
      isLast,
      values,
      summaries: new Map([...this.summaries.keys()].map((cell) => [cell, (run) => this.summaryOf(cell, run)])),
      totals: new Map(this.plan.totals.map(({ node, target }, i) => [node, this.total(i, target)])),
      sumBefore: (node) => sums.get(node) ?? 0,
      boxesBefore: (cell) => this.boxes.get(cell) ?? [],
    }
  }

  /** Takes over what a portion leaves to the next; `rows` is how many it has of the list. */
  take(run: ReportRun, rows: number): void {
    this.plan.totals.forEach(({ target }, i) => addInstances(this.folds[i] as Fold, run, target))
    for (const [cell, fold] of this.summaries) addField(fold, run, this.template.cells[cell] as CompiledCell)
    for (const { node, target } of this.plan.running) {
      const sum = this.sums.get(node) as RunningSum
      for (const value of valuesIn(run, target)) sum.add(value)
    }
    for (const [cell, boxes] of this.boxes) growBoxes(boxes, boxesIn(run, cell))
    this.values ??= new Map(this.plan.early.map((cell) => [cell, run.valueOf(cell, 0)]))
    this.steps = run.used.steps
    this.instances += run.instancesOf(this.plan.expander).count
    this.rows += rows
  }

  /** The same for rows of a plain list that nobody made a run over. */
  takeRows(plain: PlainRows): void {
    const { program, rows } = plain
    const placeOf = (cell: number): number => program.columns.findIndex((column) => column.cell.index === cell)
    this.plan.totals.forEach(({ target }, i) => {
      const place = placeOf(target)
      for (let row = 0; row < rows.length; row += 1) (this.folds[i] as Fold).add(plain.at(place, row))
    })
    for (const [cell, fold] of this.summaries) {
      const read = fieldReader(this.template.cells[cell]?.field?.column ?? '', program.facts)
      for (const row of rows) fold.addField(read(row))
    }
    const y0 = this.plan.from + this.rows
    for (const [cell, boxes] of this.boxes) {
      const { x } = program.columns[placeOf(cell)] as ProgramColumn
      growBoxes(boxes, [{ y0, x0: x, y1: y0 + rows.length, x1: x + 1 }])
    }
    program.spend(rows.length * (this.folds.length + this.summaries.size))
    this.steps = program.steps
    this.instances += rows.length
    this.rows += rows.length
  }

  private summaryOf(index: number, run: RunState): Value {
    const cell = this.template.cells[index] as CompiledCell
    const column = cell.field?.column ?? ''
    if (columnOf(run, cell, column) === 'unknown') return unknownField(column)
    const fold = (this.summaries.get(index) as Fold).copy()
    addField(fold, run, cell)
    return this.plan.summaries.get(index) === 'SUM' && fold.isEmpty ? null : fold.result()
  }

  private total(index: number, target: number): (run: RunState) => Value {
    return (run) => {
      const fold = (this.folds[index] as Fold).copy()
      addInstances(fold, run, target)
      return fold.result()
    }
  }
}

/** Values of all instances that are not blank, in reading order. */
function* valuesIn(run: RunState, cell: number): Generator<Value> {
  const { count } = run.instancesOf(cell)
  run.spend(count)
  for (const instance of run.tables.table(run.template.cells[cell] as CompiledCell, []).members(0))
    yield run.valueOf(cell, instance)
}

function addInstances(fold: Fold, run: RunState, cell: number): void {
  for (const value of valuesIn(run, cell)) fold.add(value)
}

function addField(fold: Fold, run: RunState, { field }: CompiledCell): void {
  const dataset = run.dataset(field?.dataset ?? '')
  const column = dataset.column(field?.column ?? '')
  run.spend(dataset.rowCount)
  for (let row = 0; row < dataset.rowCount; row += 1) fold.addField(column?.at(row) ?? null)
}

/** Places of all instances, blank ones included. */
function boxesIn(run: RunState, cell: number): Box[] {
  const { count } = run.instancesOf(cell)
  const places = Array.from({ length: count }, (_, instance) => run.position?.(cell, instance) ?? { y: 0, x: 0 })
  return packPoints(places)
}

/** Adds runs below those that are there already; one that goes on where the last ended makes it longer. */
export function growBoxes(boxes: Box[], more: readonly Box[]): void {
  for (const box of more) {
    const last = boxes.at(-1)
    if (last !== undefined && last.y1 === box.y0 && last.x0 === box.x0 && last.x1 === box.x1) last.y1 = box.y1
    else if (boxes.length < MOST_BOXES) boxes.push({ ...box })
  }
}
