import type { CompiledCell } from './compiled.ts'
import { ROOT } from './compiled.ts'
import type { Finding } from './findings.ts'

type Side = 'left' | 'top'

interface Parents {
  left: Int32Array
  top: Int32Array
}

/** What a cell asks for on one side: nothing, a cell by name, or the nearest neighbour (−1: there is none). */
interface Wish {
  kind: 'none' | 'named' | 'auto'
  target: number
}

/**
 * Parents of all cells, by the rules of the specification 1.3 and 1.15: `auto` takes the nearest neighbour that covers
 * the first row (column) if it expands the right way, else that neighbour's own parent; where nothing is found, the
 * parent on the other axis hands down its own. The result does not depend on the order of the cells: all cells take
 * each step together until nothing changes.
 */
export function resolveParents(cells: readonly CompiledCell[], findings: Finding[]): Parents {
  const wishes = {
    left: cells.map((cell) => wishOf(cell, 'left', cells)),
    top: cells.map((cell) => wishOf(cell, 'top', cells)),
  }
  reportUnknown(cells, findings)
  let parents: Parents = { left: new Int32Array(cells.length).fill(ROOT), top: new Int32Array(cells.length).fill(ROOT) }
  for (let round = 0; round < 2 * cells.length + 2; round += 1) {
    const next: Parents = {
      left: step(cells, wishes.left, { own: parents.left, other: parents.top, direction: 'down' }),
      top: step(cells, wishes.top, { own: parents.top, other: parents.left, direction: 'right' }),
    }
    const settled = next.left.every((p, i) => p === parents.left[i]) && next.top.every((p, i) => p === parents.top[i])
    parents = next
    if (settled) break
  }
  reportCycles(cells, parents, { wishes, findings })
  return parents
}

function step(
  cells: readonly CompiledCell[],
  wishes: readonly Wish[],
  now: { own: Int32Array; other: Int32Array; direction: 'down' | 'right' },
): Int32Array {
  return Int32Array.from(cells, (_, i) => {
    const wish = wishes[i] as Wish
    if (wish.kind === 'none') return ROOT
    const found =
      wish.target < 0
        ? ROOT
        : cells[wish.target]?.expand === now.direction
          ? wish.target
          : (now.own[wish.target] as number)
    if (found !== ROOT || wish.kind === 'named') return found
    const acrossParent = now.other[i] as number
    return acrossParent === ROOT ? ROOT : (now.own[acrossParent] as number)
  })
}

function wishOf(cell: CompiledCell, side: Side, cells: readonly CompiledCell[]): Wish {
  const wish = cell.source[side] ?? 'auto'
  if (wish === 'none') return { kind: 'none', target: ROOT }
  if (wish !== 'auto') return { kind: 'named', target: cells.findIndex((other) => other.address === wish) }
  return { kind: 'auto', target: nearest(cell, side, cells) }
}

function nearest(cell: CompiledCell, side: Side, cells: readonly CompiledCell[]): number {
  let best = ROOT
  let bestEnd = -1
  for (const other of cells) {
    const [start, length, at] =
      side === 'left' ? [other.row, other.rowSpan, cell.row] : [other.column, other.columnSpan, cell.column]
    const end = side === 'left' ? other.column + other.columnSpan : other.row + other.rowSpan
    const limit = side === 'left' ? cell.column : cell.row
    if (at >= start && at < start + length && end <= limit && end > bestEnd) {
      best = other.index
      bestEnd = end
    }
  }
  return best
}

function reportUnknown(cells: readonly CompiledCell[], findings: Finding[]): void {
  const known = new Set(cells.map((cell) => cell.address))
  for (const cell of cells) {
    for (const side of ['left', 'top'] as const) {
      const wish = cell.source[side] ?? 'auto'
      if (wish === 'auto' || wish === 'none' || known.has(wish)) continue
      findings.push({
        level: 'refuse',
        cells: [cell.address],
        key: 'unknownParent',
        details: { parent: wish },
        part: side,
      })
    }
  }
}

/** No cell may be its own ancestor, by either relation or both together. */
function reportCycles(
  cells: readonly CompiledCell[],
  parents: Parents,
  more: { wishes: Record<Side, Wish[]>; findings: Finding[] },
): void {
  const state = new Uint8Array(cells.length)
  const path: number[] = []
  const report = (from: number): void => {
    const loop = path.slice(path.indexOf(from))
    // Of a cell that is its own parent the neighbour that led back to it is named as well.
    const via =
      loop.length > 1 ? [] : [more.wishes.left[from], more.wishes.top[from]].map((wish) => wish?.target ?? ROOT)
    const named = [...new Set([...loop, ...via.filter((i) => i !== ROOT && i !== from && leadsTo(i, from))])]
    more.findings.push({ level: 'refuse', cells: named.map((i) => (cells[i] as CompiledCell).address), key: 'cycle' })
  }
  const leadsTo = (i: number, from: number): boolean => parents.left[i] === from || parents.top[i] === from
  const visit = (i: number): void => {
    if (state[i] === 2) return
    if (state[i] === 1) return report(i)
    state[i] = 1
    path.push(i)
    for (const parent of [parents.left[i] as number, parents.top[i] as number]) if (parent !== ROOT) visit(parent)
    path.pop()
    state[i] = 2
  }
  for (const cell of cells) visit(cell.index)
  reportNeighbourLoops(cells, more)
}

/** Cells that do not expand and name each other find nothing, yet mean a loop. */
function reportNeighbourLoops(
  cells: readonly CompiledCell[],
  more: { wishes: Record<Side, Wish[]>; findings: Finding[] },
): void {
  const already = new Set(
    more.findings.filter((finding) => finding.key === 'cycle').flatMap((finding) => finding.cells),
  )
  for (const side of ['left', 'top'] as const) {
    const direction = side === 'left' ? 'down' : 'right'
    for (const cell of cells) {
      let i = more.wishes[side][cell.index]?.target ?? ROOT
      for (let steps = 0; i !== ROOT && i !== cell.index && steps < cells.length; steps += 1) {
        const other = cells[i] as CompiledCell
        i = other.expand === direction ? ROOT : (more.wishes[side][i]?.target ?? ROOT)
      }
      if (i !== cell.index || already.has(cell.address) || cell.expand === direction) continue
      const neighbour = cells[more.wishes[side][cell.index]?.target ?? ROOT]
      const named = [cell.address, ...(neighbour === undefined ? [] : [neighbour.address])]
      for (const address of named) already.add(address)
      more.findings.push({ level: 'refuse', cells: named, key: 'cycle', part: side })
    }
  }
}
