import type { PageLine, Sheet } from '@gemba/contracts/template'
import { partsOfNode, walk, type CallNode, type Node } from '../formula/syntax.ts'
import { ROOT, type CompiledCell, type CompiledField, type CompiledTemplate } from './compiled.ts'
import { cellsRead } from './evaluation-order.ts'
import type { FoldName } from './folds.ts'
import { PAGE_FUNCTIONS } from './report-functions.ts'
import { namesRow } from './row-host.ts'
import type { StreamPlan, TierReason, Total } from './tier.ts'

const FOLDS: Readonly<Record<string, FoldName>> = {
  SUM: 'SUM',
  AVG: 'AVG',
  AVERAGE: 'AVG',
  COUNT: 'COUNT',
  COUNTA: 'COUNT',
  MAX: 'MAX',
  MIN: 'MIN',
}
const SUMMARY_FOLDS: Readonly<Record<string, FoldName>> = {
  sum: 'SUM',
  avg: 'AVG',
  count: 'COUNT',
  max: 'MAX',
  min: 'MIN',
  first: 'FIRST',
  last: 'LAST',
}
/** Functions whose second argument is the cell within which they look around. */
const WITHIN = new Set(['SHARE', 'RANK', 'PREV', 'GROWTH', 'SAME'])
const COLUMN_SETTINGS = ['hideCol', 'colWidth']
/** Rows of a fixed number for each page that are held until it is full. */
const MOST_PAGE_ROWS = 10_000
const BREAK_SETTINGS = ['pageBreakBefore', 'pageBreakAfter']

interface ListPlace {
  expander: CompiledCell
  from: number
  to: number
}

/** Goes through a template cell by cell and notes what keeps it from being streamed, or what streaming it needs. */
export class TierFinder {
  readonly reasons: TierReason[] = []
  /** What lets rows stream into a file of rows, but not onto pages. */
  readonly pageReasons: TierReason[] = []
  private readonly template: CompiledTemplate
  private readonly list: ListPlace
  private readonly dataset: string
  private readonly fields = new Set<string>()
  private readonly late = new Set<number>()
  private readonly totals: Total[] = []
  private readonly summaries = new Map<number, FoldName>()
  private readonly running: { node: CallNode; target: number }[] = []
  private readonly tracked = new Set<number>()

  constructor(template: CompiledTemplate, list: ListPlace) {
    this.template = template
    this.list = list
    this.dataset = (list.expander.field as CompiledField).dataset
  }

  judge(sheet: Sheet | undefined): void {
    this.findLate()
    for (const cell of this.template.cells) {
      this.judgeShape(cell)
      if (cell.field !== undefined) this.fields.add(cell.field.column)
      if (this.isBody(cell.index)) this.judgeBody(cell)
      else if (cell.row >= this.list.to) this.judgeTail(cell)
      else this.judgeHead(cell)
      for (const node of nodesOf(cell)) this.judgeAnywhere(cell, node)
    }
    if ((sheet?.freeze?.rows ?? 0) > this.list.from) this.because('tierFreeze', this.list.expander)
    this.judgePageLines(sheet)
    this.judgePaging(sheet)
  }

  plan(): StreamPlan {
    const { expander, from, to } = this.list
    const { late, totals, summaries, running, fields } = this
    const cells = this.template.cells
    const early = cells.filter(({ index }) => !this.isBody(index) && !late.has(index)).map(({ index }) => index)
    const isFlat = expander.field?.use === 'list' && cells.filter(({ expand }) => expand === 'down').length === 1
    const listCells = cells.filter(({ index }) => this.isBody(index)).length
    const groupBy = expander.field?.use === 'group' ? expander.field.column : undefined
    const mustLieTogether = groupBy !== undefined && expander.field?.source.adjacent !== true
    const plan = {
      expander: expander.index,
      dataset: this.dataset,
      groupBy,
      mustLieTogether,
      from,
      to,
      listCells,
      isFlat,
    }
    return {
      ...plan,
      fields,
      early,
      late,
      totals,
      summaries,
      running,
      tracked: [...this.tracked],
      pageReasons: this.pageReasons,
    }
  }

  private because(key: string, cell: CompiledCell, reasons = this.reasons): void {
    const known = reasons.find((reason) => reason.key === key)
    if (known === undefined) reasons.push({ key, cells: [cell.address] })
    else if (!known.cells.includes(cell.address)) known.cells.push(cell.address)
  }

  private isBody(index: number): boolean {
    const { expander } = this.list
    return index === expander.index || (this.template.cells[index] as CompiledCell).ancestors.has(expander.index)
  }

  /** Cells below the list that need all rows, directly or through others; their own row counts as such a need. */
  private findLate(): void {
    const tail = this.template.cells.filter(({ index, row }) => !this.isBody(index) && row >= this.list.to)
    for (const cell of tail) if (cell.field !== undefined || asksForItsRow(cell.expression)) this.late.add(cell.index)
    for (let before = -1; before !== this.late.size;) {
      before = this.late.size
      for (const { index, expression } of tail) {
        const read = expression === undefined ? [] : [...cellsRead(this.template, expression)]
        if (read.some((other) => this.isBody(other) || this.late.has(other))) this.late.add(index)
      }
    }
  }

  /** What a cell is, without its expressions. */
  private judgeShape(cell: CompiledCell): void {
    const { value, band } = cell.source
    if (value !== undefined && ('chart' in value || 'image' in value || 'code' in value || 'sub' in value))
      this.because('tierDrawn', cell)
    if (cell.field !== undefined && cell.field.dataset !== this.dataset) this.because('tierSeveralDatasets', cell)
    const isRowBand = band !== undefined && band !== 'body' && band !== 'leftRepeat'
    const isHead = !this.isBody(cell.index) && cell.row < this.list.from
    if (isRowBand && (this.isBody(cell.index) || (!isHead && band === 'headerRepeat'))) this.because('tierBand', cell)
    for (const { scope, set } of cell.conditions) {
      if (scope === 'column' || COLUMN_SETTINGS.some((name) => name in set)) this.because('tierColumns', cell)
      if (BREAK_SETTINGS.some((name) => set[name] === false)) this.because('tierBreaks', cell)
    }
  }

  /** What is never streamed, wherever it stands. */
  private judgeAnywhere(cell: CompiledCell, root: Node): void {
    walk(root, (node) => {
      if (node.kind === 'field' && node.of === 'row') this.fields.add(node.name)
      if (node.kind !== 'call') return
      if (PAGE_FUNCTIONS.has(node.name)) this.because('tierPages', cell)
      if (node.name === 'LOOKUP' || node.name === 'LOOKUPALL') this.because('tierLookup', cell)
    })
  }

  /** Cells of the list look at their own group, at the head and at what was before, never ahead. */
  private judgeBody(cell: CompiledCell): void {
    const { field, source } = cell
    const scope = field?.scope
    const isWider = scope !== undefined && (scope === ROOT || !cell.ancestors.has(scope))
    if (isWider || source.inherit?.left === false) this.because('tierAllRows', cell)
    for (const root of nodesOf(cell)) {
      for (const read of cellsRead(this.template, root)) if (this.late.has(read)) this.because('tierAhead', cell)
      walk(root, (node) => this.judgeBodyNode(cell, node))
    }
    const below = (index: number): boolean =>
      !this.isBody(index) && (this.template.cells[index] as CompiledCell).row >= this.list.to
    // The place of what stands below is not known while the list is written.
    if (source.keepFormula === true && [...this.read(cell)].some(below)) this.because('tierAhead', cell)
  }

  private judgeBodyNode(cell: CompiledCell, node: Node): void {
    const { expander } = this.list
    if (node.kind === 'reference') {
      const target = this.template.byAddress.get(node.cell)
      if (target === undefined || !this.isBody(target.index) || node.scope === undefined) return
      const leaves =
        node.scope === '*' || [...node.scope.left, ...node.scope.top].some((step) => step.cell === expander.address)
      if (leaves) this.because('tierLooksAround', cell)
    }
    if (node.kind !== 'call') return
    if (WITHIN.has(node.name) && !this.looksWithin(node)) this.because('tierLooksAround', cell)
    if (node.name === 'ACCSUM') this.judgeRunning(cell, node)
  }

  /** The cell within which a function looks lies inside one instance of the list. */
  private looksWithin({ name, args }: CallNode): boolean {
    const parent = args[1]?.kind === 'reference' ? this.template.byAddress.get(args[1].cell) : undefined
    if (parent === undefined || !this.isBody(parent.index)) return false
    return name === 'SHARE' || name === 'RANK' || parent.index !== this.list.expander.index
  }

  private judgeRunning(cell: CompiledCell, node: CallNode): void {
    const [first, second] = node.args
    const target = first?.kind === 'reference' ? this.template.byAddress.get(first.cell) : undefined
    const isWhole = second === undefined || (second.kind === 'literal' && second.value === null)
    if (!isWhole || target === undefined || !this.isBody(target.index)) return
    if (cell.source.keepFormula === true && cell.expression !== undefined) this.because('tierLiveSum', cell)
    this.running.push({ node, target: target.index })
  }

  private judgeHead(cell: CompiledCell): void {
    if (cell.row + cell.rowSpan > this.list.from) this.because('tierBeside', cell)
    if (cell.field !== undefined) this.because('tierAhead', cell)
    for (const root of nodesOf(cell)) {
      const ahead = [...cellsRead(this.template, root)].some((read) => this.isBody(read) || this.late.has(read))
      if (ahead) this.because('tierAhead', cell)
    }
  }

  /** Below the list only totals are known of its rows. */
  private judgeTail(cell: CompiledCell): void {
    const { field } = cell
    if (field !== undefined) {
      const fold = field.summary === undefined ? undefined : SUMMARY_FOLDS[field.summary]
      if (fold === undefined || field.where !== undefined) this.because('tierTail', cell)
      else this.summaries.set(cell.index, fold)
    }
    for (const root of nodesOf(cell)) this.judgeTailNode(cell, root)
    const own = cell.expression
    const later = nodesOf(cell).filter((root) => root !== own || this.late.has(cell.index))
    if (later.some((root) => namesRow(root))) this.because('tierTail', cell)
  }

  private judgeTailNode(cell: CompiledCell, node: Node): void {
    const total = this.totalOf(node)
    if (total !== undefined) {
      this.totals.push(total)
      if (cell.source.keepFormula === true) this.tracked.add(total.target)
      return
    }
    const read = node.kind === 'reference' || node.kind === 'own' || node.kind === 'range' || node.kind === 'ordinal'
    if (read && [...this.readBy(node)].some((index) => this.isBody(index))) this.because('tierTail', cell)
    for (const part of partsOfNode(node)) this.judgeTailNode(cell, part)
  }

  private totalOf(node: Node): Total | undefined {
    if (node.kind !== 'call' || node.args.length !== 1) return undefined
    const name = FOLDS[node.name]
    const [argument] = node.args
    if (name === undefined || argument?.kind !== 'reference' || argument.filter !== undefined) return undefined
    const target = this.template.byAddress.get(argument.cell)
    const isAll = argument.scope === undefined || argument.scope === '*'
    return target !== undefined && this.isBody(target.index) && isAll ? { node, name, target: target.index } : undefined
  }

  /** Headers and footers of pages are made before the tail is known. */
  private judgePageLines(sheet: Sheet | undefined): void {
    const { paging } = sheet ?? {}
    if (paging?.mode !== 'paper') return
    for (const word of [...wordsOf(paging.header), ...wordsOf(paging.footer)]) {
      for (const [, address = ''] of word.matchAll(/\{([A-Z]+\d+)\}/g)) {
        const cell = this.template.byAddress.get(address)
        if (cell !== undefined && this.late.has(cell.index)) this.because('tierAhead', cell)
      }
    }
  }

  /** Pages are printed before the last row is there, each of them over not too many rows. */
  private judgePaging(sheet: Sheet | undefined): void {
    const { paging } = sheet ?? {}
    const cells = this.template.cells
    const isCut = cells.some(({ conditions }) =>
      conditions.some(({ set }) => BREAK_SETTINGS.some((name) => name in set)),
    )
    const isOne = paging?.mode === 'breaks' && !isCut
    if (isOne || (paging?.mode === 'fixedRows' && paging.rows > MOST_PAGE_ROWS))
      this.because('tierOnePage', this.list.expander, this.pageReasons)
    const below = cells.filter(({ index, row }) => !this.isBody(index) && row >= this.list.to)
    for (const { source, row, rowSpan } of below) {
      if (source.band !== 'footerRepeat' && source.band !== 'title') continue
      for (const cell of below)
        if (cell.row < row + rowSpan && row < cell.row + cell.rowSpan && this.isKnownLate(cell))
          this.because('tierPageBand', cell, this.pageReasons)
    }
  }

  /** Whether the value of a cell below the list, or how it is shown, is known only with all rows. */
  private isKnownLate(cell: CompiledCell): boolean {
    return (
      this.late.has(cell.index) ||
      nodesOf(cell).some(
        (root) =>
          asksForItsRow(root) ||
          [...cellsRead(this.template, root)].some((read) => this.isBody(read) || this.late.has(read)),
      )
    )
  }

  private read({ expression }: CompiledCell): Set<number> {
    return expression === undefined ? new Set() : cellsRead(this.template, expression)
  }

  private readBy(node: Node): Set<number> {
    if (node.kind !== 'ordinal') return cellsRead(this.template, node)
    const target = this.template.byAddress.get(node.cell)
    return new Set(target === undefined ? [] : [target.index])
  }
}

/** Every expression of a cell. */
function nodesOf({ expression, conditions, parts, field }: CompiledCell): Node[] {
  const orders = field?.order.map(({ by }) => by) ?? []
  const nodes = [expression, ...conditions.map(({ test }) => test), ...parts.values(), field?.where, field?.having]
  return [...nodes, ...orders, ...(field?.bands ?? []).map(({ test }) => test)].filter(
    (node): node is Node => node !== undefined && node !== 'self',
  )
}

function finds(root: Node | undefined, wanted: (node: Node) => boolean): boolean {
  let found = false
  if (root !== undefined) walk(root, (node) => (found ||= wanted(node)))
  return found
}

const asksForItsRow = (root: Node | undefined): boolean =>
  finds(root, (node) => node.kind === 'call' && node.name === 'ROW')

function wordsOf(line: PageLine | undefined): string[] {
  if (line === undefined) return []
  if (typeof line === 'string') return [line]
  return Object.values(line).flatMap((part) => (typeof part === 'string' ? [part] : Object.values(part as object)))
}
