import { walk, type Node } from '../formula/syntax.ts'
import { positionOf } from './address.ts'
import type { CompiledCell, CompiledTemplate } from './compiled.ts'
import { PAGE_FUNCTIONS } from './report-functions.ts'

/** A cell and the direction in which its instances are evaluated. */
export interface EvaluationStep {
  cell: number
  backwards: boolean
}

/** Cells whose values an expression reads. */
export function cellsRead(template: CompiledTemplate, node: Node): Set<number> {
  const read = new Set<number>()
  const note = (address: string): void => {
    const cell = template.byAddress.get(address)
    if (cell !== undefined) read.add(cell.index)
  }
  walk(node, (part) => {
    if (part.kind === 'reference' || part.kind === 'own') note(part.cell)
    if (part.kind === 'range') for (const cell of inRange(template, part.from, part.to)) read.add(cell.index)
  })
  return read
}

function inRange(template: CompiledTemplate, from: string, to: string): CompiledCell[] {
  const [a, b] = [positionOf(from), positionOf(to)]
  if (a === undefined || b === undefined) return []
  const rows = [Math.min(a.row, b.row), Math.max(a.row, b.row)] as const
  const columns = [Math.min(a.column, b.column), Math.max(a.column, b.column)] as const
  return template.cells.filter(
    (cell) => cell.row >= rows[0] && cell.row <= rows[1] && cell.column >= columns[0] && cell.column <= columns[1],
  )
}

/**
 * Cells in the order of their dependencies. Cells that need each other (a running total and what it is made of) stand
 * together and run backwards if their offsets look ahead, so that no chain of values gets deep.
 */
export function evaluationOrder(template: CompiledTemplate): EvaluationStep[] {
  const edges = template.cells.map((cell) =>
    cell.expression === undefined ? new Set<number>() : cellsRead(template, cell.expression),
  )
  const order: EvaluationStep[] = []
  for (const component of components(edges)) {
    const backwards = component.some((cell) => looksAhead((template.cells[cell] as CompiledCell).expression))
    for (const cell of component) order.push({ cell, backwards })
  }
  return order
}

function looksAhead(node: Node | undefined): boolean {
  let ahead = false
  if (node === undefined) return false
  walk(node, (part) => {
    if (part.kind !== 'reference' || part.scope === undefined || part.scope === '*') return
    const steps = [...part.scope.left, ...part.scope.top]
    if (steps.some((step) => step.kind === 'relative' && step.offset > 0)) ahead = true
  })
  return ahead
}

/** Strongly connected components, those that others need first (Tarjan). */
export function components(edges: readonly ReadonlySet<number>[]): number[][] {
  const number = new Int32Array(edges.length).fill(-1)
  const low = new Int32Array(edges.length)
  const onStack = new Uint8Array(edges.length)
  const stack: number[] = []
  const found: number[][] = []
  let counter = 0
  const visit = (node: number): void => {
    number[node] = low[node] = counter
    counter += 1
    stack.push(node)
    onStack[node] = 1
    for (const next of edges[node] as ReadonlySet<number>) {
      if (number[next] === -1) {
        visit(next)
        low[node] = Math.min(low[node] as number, low[next] as number)
      } else if (onStack[next] === 1) low[node] = Math.min(low[node] as number, number[next] as number)
    }
    if (low[node] !== number[node]) return
    const component = stack.splice(stack.indexOf(node))
    for (const member of component) onStack[member] = 0
    found.push(component)
  }
  for (let node = 0; node < edges.length; node += 1) if (number[node] === -1) visit(node)
  return found
}

/** Cells whose values depend on the page, directly or through others. */
export function pageDependent(template: CompiledTemplate): Set<number> {
  const dependent = new Set<number>()
  for (const cell of template.cells)
    if (cell.expression !== undefined && callsPageFunction(cell.expression)) dependent.add(cell.index)
  for (let before = -1; before !== dependent.size;) {
    before = dependent.size
    for (const cell of template.cells) {
      if (cell.expression === undefined || dependent.has(cell.index)) continue
      if ([...cellsRead(template, cell.expression)].some((read) => dependent.has(read))) dependent.add(cell.index)
    }
  }
  return dependent
}

function callsPageFunction(node: Node): boolean {
  let found = false
  walk(node, (part) => {
    if (part.kind === 'call' && PAGE_FUNCTIONS.has(part.name)) found = true
  })
  return found
}
