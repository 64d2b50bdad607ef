import { exactText, isNum, signOf } from '../formula/decimal.ts'
import { functionNamed } from '../formula/functions.ts'
import { quoted } from '../formula/printer.ts'
import type { BinaryOperator, CallNode, Node, RangeNode, ReferenceNode } from '../formula/syntax.ts'
import type { FunctionDefinition } from '../formula/function-table.ts'
import { isError, type Scalar, type Value } from '../formula/values.ts'
import { addressOf, boxAddress, type Box } from './address.ts'
import { askingInstance, type Asking } from './asking.ts'
import { candidateFinder } from './candidates.ts'
import { cellExpression, cellsInRange } from './cell-host.ts'
import { strangeCoordinate } from './cell-names.ts'
import { ROOT, type CompiledCell } from './compiled.ts'
import { growingRanges, packPoints, rangeList, type Point } from './excel-ranges.ts'
import { filterCandidates } from './reference-filter.ts'
import { GRAFTED } from './grafts.ts'
import { asReference, REPORT_FUNCTIONS } from './report-functions.ts'
import { growBoxes } from './run-portion.ts'
import type { ReportRun } from './run.ts'

/** A formula that could not be kept, and why; its value is written instead. */
export interface ExportNote {
  address: string
  cell: string
  key: string
}

/** Limits of the file format. */
const MAX_ARGUMENTS = 255
const MAX_LENGTH = 8_192

/** Stops the translation of one formula. */
class NotTranslatable extends Error {
  readonly key: string

  constructor(key: string) {
    super(key)
    this.key = key
  }
}

/** How tightly Excel binds: unary minus above powers, `&` below addition. */
const STRENGTH: Partial<Record<BinaryOperator, number>> = {
  '=': 1,
  '<>': 1,
  '<': 1,
  '<=': 1,
  '>': 1,
  '>=': 1,
  '&&': 2,
  '+': 3,
  '-': 3,
  '*': 4,
  '/': 4,
  '^': 5,
}
const ATOM = 9
const UNARY = 6

interface Text {
  text: string
  strength: number
}

const atom = (text: string): Text => ({ text, strength: ATOM })

/** The live formula of an instance, or why there is none; undefined if its cell keeps no formula. */
export type FormulaOf = (cell: number, instance: number) => string | { key: string } | undefined

/** Where a place of a report's own grid stands on the sheet; undefined = nowhere. */
export type PlaceOf = (point: Point) => Point | undefined

/** Where cells stand in formulas. */
interface Placing {
  /** Given where a cell stands in the run; undefined = nowhere. */
  placed: (point: Point, target: CompiledCell) => Point | undefined
  /** The run is a part of another sheet, whose lines it does not count. */
  isElsewhere?: boolean
}
const IN_PLACE: Placing = { placed: (point) => point }

/** Formulas on demand, for painters that write row by row. `placeOf` for a report whose grid is not the sheet itself. */
export function formulaTranslator(run: ReportRun, placeOf?: PlaceOf): FormulaOf {
  const placing = placeOf === undefined ? IN_PLACE : { placed: placeOf, isElsewhere: true }
  const keeping = new Map(
    run.template.cells
      .filter((cell) => cell.source.keepFormula === true && cell.expression !== undefined)
      .map((cell) => [cell.index, new Translator(run, cell, placing)]),
  )
  return (cell, instance) =>
    run.instancesOf(cell).isBlank(instance) ? undefined : keeping.get(cell)?.translate(instance)
}

/** Formulas of all cells that keep theirs, by address on the continuous grid with hidden lines counted. */
export function excelFormulas(run: ReportRun): { formulas: Record<string, string>; notes: ExportNote[] } {
  const formulas: Record<string, string> = {}
  const notes: ExportNote[] = []
  const formulaOf = formulaTranslator(run)
  if (!run.template.cells.some((cell) => cell.source.keepFormula === true)) return { formulas, notes }
  const { pieces } = run.placements
  for (let piece = 0; piece < pieces.count; piece += 1) {
    const cell = pieces.cell[piece] as number
    if (cell === GRAFTED) continue
    const result = formulaOf(cell, pieces.instance[piece] as number)
    if (result === undefined) continue
    const address = addressOf(pieces.y0[piece] as number, pieces.x0[piece] as number)
    if (typeof result === 'string') formulas[address] = result
    else notes.push({ address, cell: (run.template.cells[cell] as CompiledCell).address, key: result.key })
  }
  return { formulas, notes }
}

/** Two rows so far down that no list reaches them. */
const MARKS = [987_654_321, 876_543_210] as const

/**
 * The live formula of a cell that refers to cells of its own row and to cells that stand still, cut where the number of
 * the row belongs. Undefined if it has none, or if it could be too long. `list` are the cells of the row.
 */
export function formulaParts(
  run: ReportRun,
  cell: CompiledCell,
  list: ReadonlySet<number>,
): readonly string[] | undefined {
  const [one, other] = MARKS.map((mark) => {
    const placed: Placing['placed'] = (point, target) => (list.has(target.index) ? { ...point, y: mark } : point)
    const translator = new Translator(run, cell, { placed })
    const text = translator.translate(0)
    return typeof text === 'string' ? text.split(String(mark + 1)) : undefined
  })
  // A number of the formula itself that reads like a mark is no mark.
  return one !== undefined && other !== undefined && one.join('\0') === other.join('\0') ? one : undefined
}

class Translator {
  private readonly run: ReportRun
  private readonly cell: CompiledCell
  private readonly asking: Asking
  private readonly placing: Placing
  private instance = 0
  private readonly finders = new Map<Node, (instance: number) => readonly Point[]>()

  constructor(run: ReportRun, cell: CompiledCell, placing: Placing) {
    this.run = run
    this.cell = cell
    this.placing = placing
    this.asking = askingInstance(run, cell)
  }

  translate(instance: number): string | { key: string } {
    this.instance = instance
    try {
      const { text } = this.node(this.cell.expression as Node)
      return text.length > MAX_LENGTH ? { key: 'formulaTooLong' } : text
    } catch (error) {
      if (error instanceof NotTranslatable) return { key: error.key }
      throw error
    }
  }

  private node(node: Node): Text {
    switch (node.kind) {
      case 'literal':
        return literal(node.value)
      case 'unary':
        return this.unary(node.operator, node.operand)
      case 'binary':
        return this.binary(node)
      case 'call':
        return this.call(node)
      case 'reference':
      case 'range':
        return atom(single(packPoints(this.points(node))))
      case 'own':
        return this.node({ kind: 'reference', cell: node.cell })
      case 'array':
        return atom(`{${node.items.map((item) => this.constant(item)).join(',')}}`)
      default:
        throw new NotTranslatable('noEquivalent')
    }
  }

  private constant(node: Node): string {
    if (node.kind !== 'literal') throw new NotTranslatable('noEquivalent')
    return literal(node.value).text
  }

  private within(node: Node, least: number): string {
    const { text, strength } = this.node(node)
    return strength < least ? `(${text})` : text
  }

  private unary(operator: '-' | 'NOT', operand: Node): Text {
    if (operator === 'NOT') return atom(`NOT(${this.node(operand).text})`)
    return { text: `-${this.within(operand, UNARY)}`, strength: UNARY }
  }

  private binary(node: Extract<Node, { kind: 'binary' }>): Text {
    const { operator } = node
    if (operator === 'AND' || operator === 'OR') {
      return atom(
        `${operator}(${operands(node, operator)
          .map((part) => this.node(part).text)
          .join(',')})`,
      )
    }
    if (operator === '%') return atom(`MOD(${this.node(node.left).text},${this.node(node.right).text})`)
    const strength = STRENGTH[operator]
    if (strength === undefined) throw new NotTranslatable('noEquivalent')
    const sign = operator === '&&' ? '&' : operator
    return { text: `${this.within(node.left, strength)}${sign}${this.within(node.right, strength + 1)}`, strength }
  }

  private call(node: CallNode): Text {
    if (REPORT_FUNCTIONS[node.name] !== undefined) return this.reportCall(node)
    const definition = functionNamed(node.name)
    if (definition === undefined || definition.excel === null) throw new NotTranslatable('noEquivalent')
    const args = node.args.flatMap((arg) => this.argument(arg, definition))
    if (args.length > MAX_ARGUMENTS) throw new NotTranslatable('tooManyArguments')
    return atom(`${definition.excel}(${args.join(',')})`)
  }

  private argument(node: Node, { takes }: FunctionDefinition): string[] {
    if (takes === 'cell' || (node.kind !== 'reference' && node.kind !== 'range' && node.kind !== 'own'))
      return [this.node(node).text]
    const reference = node.kind === 'own' ? ({ kind: 'reference', cell: node.cell } as const) : node
    const boxes = this.boxes(reference)
    if (takes === 'range' && boxes.length > 1) throw new NotTranslatable('severalRanges')
    return boxes.map(boxAddress)
  }

  private boxes(node: ReferenceNode | RangeNode): Box[] {
    const boxes = this.packed(node)
    if (boxes.length === 0) throw new NotTranslatable('noInstance')
    return boxes
  }

  /** Below a list of which only a portion is here, its cells before the portion come first. */
  private packed(node: ReferenceNode | RangeNode): Box[] {
    const own = packPoints(this.points(node))
    const { portion, template } = this.run
    const target = node.kind === 'reference' ? template.byAddress.get(node.cell) : undefined
    if (portion === undefined || target === undefined || this.cell.left !== ROOT) return own
    const boxes = portion.boxesBefore(target.index).map((box) => ({ ...box }))
    growBoxes(boxes, own)
    return boxes
  }

  private reportCall(node: CallNode): Text {
    if (this.placing.isElsewhere === true && (node.name === 'ROW' || node.name === 'COL'))
      throw new NotTranslatable('noEquivalent')
    if (node.name === 'ROW') return atom('ROW()')
    if (node.name === 'COL') return atom('COLUMN()')
    const rewritten = asReference(this.run, node)
    if (rewritten?.kind === 'node') return this.node(rewritten.node)
    if (node.name !== 'ACCSUM' && node.name !== 'RANK' && node.name !== 'SHARE')
      throw new NotTranslatable('noEquivalent')
    return this.scopedCall(node)
  }

  private scopedCall(node: CallNode): Text {
    const [first, second, third] = node.args
    const target = first?.kind === 'reference' ? this.run.template.byAddress.get(first.cell) : undefined
    const parent = second?.kind === 'reference' ? this.run.template.byAddress.get(second.cell)?.index : ROOT
    if (first === undefined || target === undefined || parent === undefined) throw new NotTranslatable('noEquivalent')
    const { table, group } = candidateFinder(this.run, this.asking, { target, scope: (first as ReferenceNode).scope })(
      this.instance,
    )
    if (table.size(group) === 0) throw new NotTranslatable('noInstance')
    const own = table.members(group).at(-1) as number
    const instances = this.run.instancesOf(target.index)
    const scope = this.run.tables.table(target, parent === ROOT ? [] : [parent], true)
    const members = scope.members(scope.groupOf((ancestor) => instances.above(ancestor, own)))
    const upTo = node.name === 'ACCSUM' ? members.subarray(0, members.indexOf(own) + 1) : members
    const boxes = packPoints(Array.from(upTo, (member) => this.point(target, member)))
    if (boxes.length > MAX_ARGUMENTS) throw new NotTranslatable('tooManyArguments')
    if (node.name === 'ACCSUM') return atom(`SUM(${growingRanges(boxes)})`)
    const { y, x } = this.point(target, own)
    const address = addressOf(y, x)
    if (node.name === 'SHARE') return { text: `${address}/SUM(${rangeList(boxes)})`, strength: STRENGTH['/'] as number }
    const list = boxes.length === 1 ? rangeList(boxes) : `(${rangeList(boxes)})`
    return atom(`RANK(${address},${list}${ascending(third) ? ',1' : ''})`)
  }

  private point(target: CompiledCell, instance: number): Point {
    const own = this.run.position?.(target.index, instance) ?? { y: 0, x: 0 }
    const place = this.placing.placed(own, target)
    if (place === undefined) throw new NotTranslatable('notOnSheet')
    return place
  }

  /** Anchors of all instances that a reference means, blank ones inside the scope included. */
  private points(node: ReferenceNode | RangeNode): readonly Point[] {
    let find = this.finders.get(node)
    if (find === undefined) {
      find = node.kind === 'range' ? this.rangeFinder(node) : this.referenceFinder(node)
      this.finders.set(node, find)
    }
    return find(this.instance)
  }

  private rangeFinder(node: RangeNode): (instance: number) => readonly Point[] {
    const parts = cellsInRange(this.run, node).map((cell) =>
      this.referenceFinder({ kind: 'reference', cell: cell.address }),
    )
    return (instance) => parts.flatMap((part) => part(instance))
  }

  private referenceFinder(node: ReferenceNode): (instance: number) => readonly Point[] {
    const { run, asking } = this
    const target = run.template.byAddress.get(node.cell)
    if (target === undefined || strangeCoordinate(run, node, target) !== undefined)
      throw new NotTranslatable('noInstance')
    if (node.filter !== undefined) {
      const select = filterCandidates({ run, asking, compile: cellExpression }, target, node)
      return (instance) => {
        const found = select({ instance })
        if (isError(found as Value)) throw new NotTranslatable('noEquivalent')
        return (found as readonly number[]).map((member) => this.point(target, member))
      }
    }
    const find = candidateFinder(run, asking, { target, scope: node.scope, blanks: true })
    return (instance) => {
      const { table, group } = find(instance)
      return Array.from(table.members(group), (member) => this.point(target, member))
    }
  }
}

/** `a AND b AND c` is one call with three arguments. */
function operands(node: Node, operator: 'AND' | 'OR'): Node[] {
  if (node.kind !== 'binary' || node.operator !== operator) return [node]
  return [...operands(node.left, operator), ...operands(node.right, operator)]
}

function single(boxes: readonly Box[]): string {
  const [box] = boxes
  if (box === undefined) throw new NotTranslatable('noInstance')
  const isCell = box.y1 - box.y0 === 1 && box.x1 - box.x0 === 1
  if (boxes.length > 1 || !isCell) throw new NotTranslatable('severalCells')
  return boxAddress(box)
}

function literal(value: Scalar): Text {
  if (typeof value === 'string') return atom(quoted(value))
  if (typeof value === 'boolean') return atom(value ? 'TRUE' : 'FALSE')
  if (!isNum(value)) throw new NotTranslatable('noEquivalent')
  return { text: exactText(value), strength: signOf(value) < 0 ? UNARY : ATOM }
}

function ascending(node: Node | undefined): boolean {
  if (node === undefined) return false
  if (node.kind !== 'literal') throw new NotTranslatable('noEquivalent')
  return node.value === true || (isNum(node.value) && node.value !== 0)
}
