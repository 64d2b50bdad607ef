import { compile, type Evaluate, type Host } from '../formula/evaluate.ts'
import { walk, type FieldNode, type Node, type ReferenceNode } from '../formula/syntax.ts'
import type { Value } from '../formula/values.ts'
import type { CompiledCell } from './compiled.ts'
import { fieldReader, type ColumnFacts, type Row } from './dataset.ts'
import { displayOf } from './display.ts'
import { cellsRead, evaluationOrder } from './evaluation-order.ts'
import { formulaParts } from './excel-formulas.ts'
import { ReportLimitError } from './findings.ts'
import { REPORT_FUNCTIONS } from './report-functions.ts'
import type { ReportResult, ShownCell } from './report-result.ts'
import type { ReportRun } from './run.ts'
import type { StreamPlan } from './tier.ts'

/** One cell of a plain list. */
export interface ProgramColumn {
  cell: CompiledCell
  /** Its column on the sheet. */
  x: number
  /** The live formula, cut where the number of the row belongs; undefined if the cell keeps none. */
  formula: readonly string[] | undefined
}

/** A column and how its values come about. */
interface Column extends ProgramColumn {
  /** The field that it shows, and nothing else. */
  field: string | undefined
  value: (rows: PlainRows, row: number) => Value
}

interface Given {
  plan: StreamPlan
  facts: ColumnFacts
  /** Fields of the dataset. */
  fields: ReadonlySet<string>
}

interface PlainScope {
  rows: PlainRows
  row: number
}

/**
 * How one row of a plain list is made, the same for all of them: no cell grows, is merged, has conditions or looks
 * beyond its own row and the head. Such rows need no instances and no layout of their own. What they show is the same
 * that a run over them shows.
 */
export class RowProgram {
  /** A result with at least one such row, for looks, sizes and formats. */
  readonly first: ReportResult
  /** The row of the list on the grid of that result. */
  readonly line: number
  readonly columns: readonly Column[]
  readonly facts: ColumnFacts
  /** Steps used so far, those of other portions included. */
  steps = 0
  private readonly host: Host<PlainScope>

  /** Undefined if rows of the list are not that plain. `first` has rows of the list and is not all of the report. */
  static of(first: ReportResult, given: Given): RowProgram | undefined {
    const { plan } = given
    if (!plan.isFlat || plan.to - plan.from !== 1 || plan.running.length > 0) return undefined
    const [shown = []] = first.rowsWithHidden(Int32Array.of(plan.from))
    const body = first.run.template.cells.filter(({ index, ancestors }) => isBody(plan, index, ancestors))
    const isPlain = shown.length === body.length && shown.every((cell) => isPlainCell(cell, given))
    if (!isPlain || !isOrdered(first.run, body)) return undefined
    const planned: ProgramColumn[] = []
    for (const { cell, box } of shown) {
      const formula = partsOf(first.run, cell, body)
      if (formula === null) return undefined
      planned.push({ cell, x: box.x0, formula })
    }
    return new RowProgram(first, given, planned)
  }

  private constructor(first: ReportResult, { plan, facts }: Given, planned: readonly ProgramColumn[]) {
    this.first = first
    this.line = plan.from
    this.facts = facts
    this.host = plainHost(this, new Map(planned.map(({ cell }, place) => [cell.address, place])))
    this.columns = planned.map((column) => ({
      ...column,
      field: column.cell.field?.column,
      value: this.valueOf(column.cell),
    }))
  }

  /** Counts work. Throws a ReportLimitError. */
  readonly spend = (steps: number): void => {
    this.steps += steps
    const { limits } = this.first.run
    if (this.steps > limits.steps) throw new ReportLimitError('steps', limits.steps)
  }

  private valueOf(cell: CompiledCell): Column['value'] {
    if (cell.field !== undefined) {
      const read = fieldReader(cell.field.column, this.facts)
      return ({ rows }, row) => read(rows[row] as Row)
    }
    if (cell.expression === undefined) {
      const value = this.first.run.valueOf(cell.index, 0)
      return () => value
    }
    const evaluate = compile(cell.expression, this.host)
    return (rows, row) => evaluate({ rows, row })
  }
}

/** Some rows of a plain list. Values come about when they are asked for. */
export class PlainRows {
  readonly program: RowProgram
  readonly rows: readonly Row[]
  private readonly known: (Value | undefined)[][] = []

  constructor(program: RowProgram, rows: readonly Row[]) {
    this.program = program
    this.rows = rows
    program.spend(rows.length * program.columns.length)
  }

  /** The value of a column, by its place in the program. */
  at(place: number, row: number): Value {
    const { cell, value } = this.program.columns[place] as Column
    if (cell.expression === undefined) return value(this, row)
    const known = (this.known[place] ??= new Array<Value | undefined>(this.rows.length))
    return (known[row] ??= value(this, row))
  }

  /** What the rows hold where a column shows a field, before it is read as a value. */
  raw(place: number, row: number): unknown {
    const { field } = this.program.columns[place] as Column
    return field === undefined ? undefined : (this.rows[row] as Row)[field]
  }

  /** Cells of some lines of the list in the columns given, as `rowsOf` of a run gives them; lines count on its grid. */
  *shownRows(lines: Int32Array, columns: Int32Array): Generator<ShownCell[]> {
    const places = new Map(this.program.columns.map(({ x }, place) => [x, place]))
    const shown = Array.from(columns, (column) => places.get(column))
    for (const [y, line] of lines.entries()) {
      const row: ShownCell[] = []
      shown.forEach((place, x) => {
        if (place !== undefined) row.push(this.shown(place, line - this.program.line, { y, x }))
      })
      yield row
    }
  }

  private shown(place: number, row: number, { y, x }: { y: number; x: number }): ShownCell {
    const { cell } = this.program.columns[place] as Column
    const { first: of } = this.program
    const value = this.at(place, row)
    const display = displayOf(of.run, cell, { value, settings: undefined })
    const box = { y0: y, x0: x, y1: y + 1, x1: x + 1 }
    return { box, of, cell, instance: row, blank: false, value, display, settings: undefined, boxed: undefined }
  }
}

const isBody = ({ expander }: StreamPlan, index: number, ancestors: ReadonlySet<number>): boolean =>
  index === expander || ancestors.has(expander)

/** A cell that stands alone in one position and says all about itself. */
function isPlainCell({ cell, box, of, boxed }: ShownCell, { plan, fields }: Given): boolean {
  const { source, conditions, field, expression, parts } = cell
  if (!isBody(plan, cell.index, cell.ancestors) || boxed !== undefined || cell.sub !== undefined) return false
  if (box.y1 - box.y0 !== 1 || box.x1 - box.x0 !== 1) return false
  if (conditions.length > 0 || parts.size > 0 || source.link !== undefined || source.inherit !== undefined) return false
  if (of.looks.of(cell, undefined).wrap === true) return false
  if (field !== undefined) return field.use === 'list' && field.where === undefined && fields.has(field.column)
  return expression === undefined || isPlainExpression(of.run, cell, { node: expression, plan, fields })
}

function isPlainExpression(
  { template }: ReportRun,
  cell: CompiledCell,
  { node, plan, fields }: { node: Node; plan: StreamPlan; fields: ReadonlySet<string> },
): boolean {
  const known = new Set(plan.early)
  const isNear = ({ cell: address, scope, filter }: ReferenceNode): boolean => {
    const target = template.byAddress.get(address)
    if (target === undefined || scope !== undefined || filter !== undefined) return false
    return isBody(plan, target.index, target.ancestors) || known.has(target.index)
  }
  let isPlain = true
  walk(node, (part) => {
    if (part.kind === 'this' || part.kind === 'own' || part.kind === 'range' || part.kind === 'ordinal') isPlain = false
    if (part.kind === 'call' && REPORT_FUNCTIONS[part.name] !== undefined) isPlain = false
    if (part.kind === 'reference' && !isNear(part)) isPlain = false
    if (part.kind === 'field' && part.of === 'row')
      isPlain &&= cell.rowDataset === plan.dataset && fields.has(part.name)
  })
  return isPlain
}

/** Whether no cell of the list needs itself, directly or through others. */
function isOrdered({ template }: ReportRun, body: readonly CompiledCell[]): boolean {
  const inBody = new Set(body.map(({ index }) => index))
  const done = new Set<number>()
  for (const { cell } of evaluationOrder(template)) {
    const { expression } = template.cells[cell] as CompiledCell
    if (!inBody.has(cell)) continue
    const read = expression === undefined ? [] : [...cellsRead(template, expression)]
    if (read.some((other) => inBody.has(other) && !done.has(other))) return false
    done.add(cell)
  }
  return true
}

/** Null if the cell keeps a formula that is not the same in each row. */
function partsOf(
  run: ReportRun,
  cell: CompiledCell,
  body: readonly CompiledCell[],
): readonly string[] | undefined | null {
  if (cell.source.keepFormula !== true || cell.expression === undefined) return undefined
  return formulaParts(run, cell, new Set(body.map(({ index }) => index))) ?? null
}

/** Meaning of names in a row: cells of the row, cells of the head, fields of the row. */
function plainHost(program: RowProgram, places: ReadonlyMap<string, number>): Host<PlainScope> {
  const { run } = program.first
  const never = (): never => {
    throw new Error('a plain row has no such names')
  }
  return {
    context: run.context,
    spend: program.spend,
    reference: ({ cell }) => {
      const place = places.get(cell)
      if (place !== undefined) return ({ rows, row }) => rows.at(place, row)
      const target = run.template.byAddress.get(cell) as CompiledCell
      const value = run.instancesOf(target.index).isBlank(0) ? null : run.valueOf(target.index, 0)
      return () => value
    },
    field: (node) => fieldOf(program, node),
    call: () => undefined,
    range: never,
    ordinal: never,
    own: never,
    self: never,
  }
}

function fieldOf({ first, facts }: RowProgram, node: FieldNode): Evaluate<PlainScope> {
  if (node.of === 'param') return () => first.run.params.get(node.name) ?? null
  if (node.of === 'user') return () => first.run.context.user.get(node.name) ?? null
  const read = fieldReader(node.name, facts)
  return ({ rows, row }) => read(rows.rows[row] as Row)
}
