/**
 * A second report engine, as slow and as literal as can be, written from the specification and not from the engine:
 * instances are objects with a map of their ancestors, slices are filtered row by row, the layout is a recursion over
 * intervals, every reference looks at every instance. Numbers are small integers. It is what the fast one is compared
 * with, so it shares no code with it; only the parser of expressions is the same.
 */
import type { TemplateCell } from '@gemba/contracts/template'
import { parse } from '@gemba/engine/formula/parser'
import type { Coordinate, Node } from '@gemba/engine/formula/syntax'

type Plain = null | string | number | boolean
type Out = Plain | Out[]
type Row = Record<string, Plain>

interface Cell {
  source: TemplateCell
  name: string
  r: number
  c: number
  h: number
  w: number
  left: Cell | null
  top: Cell | null
}

interface Instance {
  cell: Cell
  above: Map<Cell, Instance>
  blank: boolean
  index: number
  siblings: Instance[]
  key: Out
  rows: Record<string, Row[]>
  /** Rows of its own dataset before it narrowed them, for cells that do not expand. */
  seen: Row[]
  y: [number, number]
  x: [number, number]
}

interface SlowInput {
  datasets: Record<string, Row[]>
  cells: TemplateCell[]
}

export type SlowOutput = { grid: (Plain | undefined)[][]; merges: string[] } | 'overlap'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const column = (x: number): string => (x < 26 ? '' : column(Math.floor(x / 26) - 1)) + (letters[x % 26] as string)
const place = (y: number, x: number): string => `${column(x)}${y + 1}`

export function slowReport({ datasets, cells: sources }: SlowInput): SlowOutput {
  const cells = sources.map((source): Cell => {
    const match = /^([A-Z])(\d+)$/.exec(source.at) as RegExpExecArray
    const [h, w] = source.span ?? [1, 1]
    return { source, name: source.at, r: Number(match[2]) - 1, c: letters.indexOf(match[1] as string), h, w, left: null, top: null }
  })
  findParents(cells)
  const made = new Map<Cell, Instance[]>()
  const instancesOf = (cell: Cell): Instance[] => {
    if (!made.has(cell)) made.set(cell, makeInstances(cell, { datasets, instancesOf }))
    return made.get(cell) as Instance[]
  }
  for (const cell of cells) instancesOf(cell)
  const all = cells.flatMap(instancesOf)
  const height = layOut(cells, instancesOf, 'rows')
  const width = layOut(cells, instancesOf, 'columns')
  return paint(all, { height, width, valueOf: valuesOf(cells, instancesOf, datasets) })
}

function findParents(cells: Cell[]): void {
  const nearestLeft = (cell: Cell): Cell | undefined =>
    cells
      .filter((o) => o !== cell && o.r <= cell.r && cell.r < o.r + o.h && o.c + o.w <= cell.c)
      .sort((a, b) => b.c + b.w - (a.c + a.w))[0]
  const nearestTop = (cell: Cell): Cell | undefined =>
    cells
      .filter((o) => o !== cell && o.c <= cell.c && cell.c < o.c + o.w && o.r + o.h <= cell.r)
      .sort((a, b) => b.r + b.h - (a.r + a.h))[0]
  for (let round = 0; round < 40; round += 1) {
    for (const cell of cells) {
      const l = nearestLeft(cell)
      if (cell.source.left !== 'none') {
        cell.left = (l === undefined ? null : l.source.expand === 'down' ? l : l.left) ?? cell.top?.left ?? null
      }
      const t = nearestTop(cell)
      if (cell.source.top !== 'none') {
        cell.top = (t === undefined ? null : t.source.expand === 'right' ? t : t.top) ?? cell.left?.top ?? null
      }
    }
  }
}

interface World {
  datasets: Record<string, Row[]>
  instancesOf: (cell: Cell) => Instance[]
}

function makeInstances(cell: Cell, world: World): Instance[] {
  const lefts = cell.left === null ? [null] : world.instancesOf(cell.left)
  const tops = cell.top === null ? [null] : world.instancesOf(cell.top)
  const result: Instance[] = []
  for (const left of lefts) {
    for (const top of tops) {
      const above = new Map([...(left?.above ?? []), ...(top?.above ?? [])])
      const fits = [...(left?.above ?? [])].every(([a, i]) => !top?.above.has(a) || top.above.get(a) === i)
      if (!fits) continue
      const blank = left?.blank === true || top?.blank === true
      const rows: Record<string, Row[]> = {}
      for (const name of Object.keys(world.datasets)) {
        const l = left?.rows[name] ?? (world.datasets[name] as Row[])
        const t = top?.rows[name] ?? (world.datasets[name] as Row[])
        rows[name] = l.filter((row) => t.includes(row))
      }
      result.push(...expand(cell, { above, rows, blank }))
    }
  }
  return result
}

function expand(
  cell: Cell,
  { above, rows, blank }: { above: Map<Cell, Instance>; rows: Record<string, Row[]>; blank: boolean },
): Instance[] {
  const siblings: Instance[] = []
  const { value } = cell.source
  const [dataset = '', field = ''] = value !== undefined && 'field' in value ? value.field.split('.') : []
  const make = (key: Out, own: Row[] | null, isBlank = blank): void => {
    const instance: Instance = {
      cell,
      above: new Map(above),
      blank: isBlank,
      index: siblings.length,
      siblings,
      key,
      rows: own === null ? rows : { ...rows, [dataset]: own },
      seen: own ?? [],
      y: [0, 0],
      x: [0, 0],
    }
    instance.above.set(cell, instance)
    siblings.push(instance)
  }
  if (value === undefined || !('field' in value)) {
    make(null, null)
    return siblings
  }
  let own = rows[dataset] as Row[]
  if (value.where !== undefined) {
    const match = /^row\.(\w+) = ([A-Z]\d+)$/.exec(value.where) as RegExpExecArray
    const wanted = [...above].find(([a]) => a.name === match[2])?.[1].key ?? null
    own = own.filter((row) => wanted !== null && row[match[1] as string] !== null && row[match[1] as string] === wanted)
  }
  if ((value.as !== 'list' && value.as !== 'group') || (cell.source.expand ?? 'none') === 'none') {
    make(null, own)
    return siblings
  }
  let parts: { key: Plain; rows: Row[] }[] = []
  for (const row of blank ? [] : own) {
    const key = row[field] ?? null
    const last = parts.at(-1)
    const found = value.as === 'list' ? undefined : value.adjacent === true ? (last?.key === key ? last : undefined) : parts.find((part) => part.key === key)
    if (found === undefined) parts.push({ key, rows: [row] })
    else found.rows.push(row)
  }
  if (value.order !== undefined) {
    const down = (value.order as { dir: string }).dir === 'desc'
    parts = parts
      .map((part, i) => ({ part, i }))
      .sort((a, b) => {
        if (a.part.key === null || b.part.key === null) return Number(a.part.key === null) - Number(b.part.key === null) || a.i - b.i
        const order = a.part.key < b.part.key ? -1 : a.part.key > b.part.key ? 1 : 0
        return (down ? -order : order) || a.i - b.i
      })
      .map(({ part }) => part)
  }
  if (value.top !== undefined && parts.length > value.top) {
    const rest = parts.slice(value.top).flatMap((part) => part.rows)
    parts = parts.slice(0, value.top)
    if (value.others !== undefined) parts.push({ key: value.others as string, rows: own.filter((row) => rest.includes(row)) })
  }
  for (const part of parts) make(part.key, part.rows)
  const pad = value.padTo
  const blanks = pad !== undefined ? Math.ceil(Math.max(parts.length, 1) / pad) * pad - parts.length : parts.length === 0 && cell.source.onEmpty !== 'remove' ? 1 : 0
  for (let i = 0; i < blanks; i += 1) make(null, [], true)
  return siblings
}

type Line = Map<number, [number, number]>

/** Gives every instance its interval on one axis; returns the size of the sheet there. */
function layOut(cells: Cell[], instancesOf: (cell: Cell) => Instance[], axis: 'rows' | 'columns'): number {
  const rows = axis === 'rows'
  const direction = rows ? 'down' : 'right'
  const parent = (cell: Cell): Cell | null => (rows ? cell.left : cell.top)
  const other = (cell: Cell): Cell | null => (rows ? cell.top : cell.left)
  const from = (cell: Cell): number => (rows ? cell.r : cell.c)
  const to = (cell: Cell): number => (rows ? cell.r + cell.h : cell.c + cell.w)
  const isUnder = (cell: Cell, p: Cell): boolean => cell === p || (parent(cell) !== null && isUnder(parent(cell) as Cell, p))
  const blockOf = (p: Cell): [number, number] => {
    const members = cells.filter((cell) => isUnder(cell, p))
    return [Math.min(...members.map(from)), Math.max(...members.map(to))]
  }
  const linesOf = new Map<Instance | null, Line>()
  /** Lays out the lines of an owner from `at`, gives the end. */
  const lay = (owner: Instance | null, [first, last]: [number, number], at: number): number => {
    const lines: Line = new Map()
    linesOf.set(owner, lines)
    const children = cells.filter((cell) => cell.source.expand === direction && parent(cell) === (owner?.cell ?? null))
    let line = first
    while (line < last) {
      let end = line
      const region: Cell[] = []
      for (let grown = true; grown; ) {
        grown = false
        for (const child of children) {
          const [f, t] = blockOf(child)
          if (region.includes(child) || f > Math.max(line, end - 1) || t <= line) continue
          region.push(child)
          end = Math.max(end, t)
          grown = true
        }
      }
      if (region.length === 0) {
        lines.set(line, [at, at + 1])
        at += 1
        line += 1
        continue
      }
      at = layRegion(lines, { region, line, end, owner, at })
      line = end
    }
    return at
  }
  const layRegion = (lines: Line, { region, line, end, owner, at }: { region: Cell[]; line: number; end: number; owner: Instance | null; at: number }): number => {
    const seen: Record<number, number[]> = {}
    let bottom = at
    const tracks: Instance[][] = []
    for (const child of region) {
      const mine = instancesOf(child).filter((i) => owner === null || i.above.get(owner.cell) === owner)
      const contexts = new Set(mine.map((i) => (other(child) === null ? null : i.above.get(other(child) as Cell))))
      for (const context of contexts) tracks.push(mine.filter((i) => other(child) === null || i.above.get(other(child) as Cell) === context))
    }
    const note = (l: number, a: number, b: number): void => {
      if (b > a) seen[l] = [...(seen[l] ?? []), a, b]
    }
    for (const track of tracks) {
      const block = blockOf((track[0] as Instance).cell)
      let y = at
      for (let l = line; l < block[0]; l += 1, y += 1) note(l, y, y + 1)
      for (const instance of track) {
        y = lay(instance, block, y)
        for (const [l, [a, b]] of linesOf.get(instance) as Line) note(l, a, b)
      }
      for (let l = block[1]; l < end; l += 1, y += 1) note(l, y, y + 1)
      bottom = Math.max(bottom, y)
    }
    for (const child of region) {
      // Fixed lines of an expander without instances stand only beside a track that exists.
      if (tracks.length === 0 || instancesOf(child).some((i) => owner === null || i.above.get(owner.cell) === owner)) continue
      // A track belongs to a context of the other axis: where the parent there was removed, there is none.
      const across = other(child)
      if (across !== null && !instancesOf(across).some((i) => owner === null || (i.above.get(owner.cell) ?? owner) === owner)) continue
      const block = blockOf(child)
      let y = at
      for (let l = line; l < block[0]; l += 1, y += 1) note(l, y, y + 1)
      for (let l = block[1]; l < end; l += 1, y += 1) note(l, y, y + 1)
      bottom = Math.max(bottom, y)
    }
    for (let l = line; l < end; l += 1) {
      const marks = seen[l]
      if (marks === undefined) continue
      lines.set(l, [l === line ? at : Math.min(...marks), l === end - 1 ? bottom : Math.max(...marks)])
    }
    return bottom
  }
  const size = lay(null, [0, Math.max(0, ...cells.map(to))], 0)
  for (const cell of cells) {
    for (const instance of instancesOf(cell)) {
      const owner = cell.source.expand === direction ? instance : parent(cell) === null ? null : (instance.above.get(parent(cell) as Cell) as Instance)
      const lines = linesOf.get(owner) as Line
      const marks: number[] = []
      for (let l = from(cell); l < to(cell); l += 1) marks.push(...(lines.get(l) ?? []))
      const interval: [number, number] = marks.length === 0 ? [0, 0] : [Math.min(...marks), Math.max(...marks)]
      if (rows) instance.y = interval
      else instance.x = interval
    }
  }
  return size
}

type ValueOf = (instance: Instance) => Out

function valuesOf(cells: Cell[], instancesOf: (cell: Cell) => Instance[], datasets: Record<string, Row[]>): ValueOf {
  const byName = new Map(cells.map((cell) => [cell.name, cell]))
  const reading = (list: Instance[]): Instance[] => list.toSorted((a, b) => a.y[0] - b.y[0] || a.x[0] - b.x[0])
  const valueOf: ValueOf = (instance) => {
    const { value, expand: expands } = instance.cell.source
    if (instance.blank || value === undefined) return null
    if ('lit' in value) return value.lit as Out
    if ('expr' in value) return evaluate(parse(value.expr), instance)
    if (!('field' in value)) return null
    if (expands === 'down' || expands === 'right') {
      if (value.as === 'list' || value.as === 'group') return instance.key
    }
    const [dataset = '', field = ''] = value.field.split('.')
    const rows = value.scope === 'report' ? (datasets[dataset] as Row[]) : instance.seen
    const values = rows.map((row) => row[field] ?? null)
    const known = values.filter((v) => v !== null) as number[]
    switch (value.as) {
      case 'sum':
        return known.length === 0 ? null : known.reduce((a, b) => a + b, 0)
      case 'count':
        return known.length
      case 'distinct':
        return new Set(known).size
      case 'max':
        return known.length === 0 ? null : Math.max(...known)
      case 'min':
        return known.length === 0 ? null : Math.min(...known)
      default: {
        const parts = value.as === 'group' ? [...new Set(values)] : values
        return parts.length === 0 ? null : parts.length === 1 ? (parts[0] ?? null) : parts
      }
    }
  }
  const agree = (a: Map<Cell, Instance>, b: Map<Cell, Instance>): boolean => [...a].every(([cell, i]) => !b.has(cell) || b.get(cell) === i)
  const candidates = (node: Extract<Node, { kind: 'reference' }>, asking: Instance): Instance[] => {
    const target = byName.get(node.cell) as Cell
    const list = reading(instancesOf(target).filter((i) => !i.blank))
    if (node.scope === '*') return list
    if (node.scope === undefined) return list.filter((i) => agree(i.above, asking.above))
    const chosen = new Map<Cell, Instance>()
    for (const step of [...node.scope.left, ...node.scope.top]) {
      const found = choose(step, asking)
      if (found === undefined) return []
      chosen.set(found.cell, found)
    }
    return list.filter((i) => {
      for (const [cell, mine] of i.above) {
        const wanted = chosen.get(cell)
        if (wanted !== undefined) {
          if (wanted !== mine) return false
          continue
        }
        const free = [...chosen.keys()].some((moved) => moved !== cell && mine.above.has(moved))
        if (!free && asking.above.has(cell) && asking.above.get(cell) !== mine) return false
      }
      return true
    })
  }
  const choose = (step: Coordinate, asking: Instance): Instance | undefined => {
    const current = asking.above.get(byName.get(step.cell) as Cell)
    if (current === undefined) return undefined
    const list = current.siblings.filter((i) => !i.blank)
    if (step.kind === 'current') return current
    if (step.kind === 'relative') return list[list.indexOf(current) + step.offset]
    return step.kind === 'absolute' ? list[step.position - 1] : list[list.length - step.position]
  }
  const evaluate = (node: Node, asking: Instance): Out => {
    if (node.kind === 'reference') {
      const values = candidates(node, asking).map(valueOf)
      return values.length === 0 ? null : values.length === 1 ? (values[0] ?? null) : values
    }
    if (node.kind === 'ordinal') return (asking.above.get(byName.get(node.cell) as Cell) as Instance).index + 1
    if (node.kind !== 'call') throw new Error(`the slow engine does not know ${node.kind}`)
    const [arg] = node.args as [Extract<Node, { kind: 'reference' }>]
    const list = candidates(arg, asking)
    if (node.name === 'ACCSUM') {
      const own = list.at(-1)
      if (own === undefined) return null
      const everything = reading(instancesOf(own.cell).filter((i) => !i.blank))
      return sum(everything.slice(0, everything.indexOf(own) + 1).map(valueOf))
    }
    const values = list.map(valueOf)
    return node.name === 'SUM' ? sum(values) : values.flat(9).filter((v) => v !== null).length
  }
  return valueOf
}

const sum = (values: Out[]): number => (values.flat(9) as Plain[]).reduce<number>((total, v) => total + (v === null ? 0 : Number(v)), 0)

function paint(all: Instance[], { height, width, valueOf }: { height: number; width: number; valueOf: ValueOf }): SlowOutput {
  const grid: (Plain | undefined)[][] = Array.from({ length: height }, () => new Array<Plain | undefined>(width).fill(undefined))
  const merges: string[] = []
  for (const instance of all) {
    const [[y0, y1], [x0, x1]] = [instance.y, instance.x]
    if (y1 <= y0 || x1 <= x0) continue
    const value = valueOf(instance)
    const shown = Array.isArray(value)
      ? value
          .flat(9)
          .filter((v) => v !== null)
          .join(',')
      : (value ?? '')
    for (let y = y0; y < y1; y += 1) {
      for (let x = x0; x < x1; x += 1) {
        if ((grid[y] as unknown[])[x] !== undefined) return 'overlap'
        ;(grid[y] as Plain[])[x] = y === y0 && x === x0 ? shown : null
      }
    }
    if (y1 - y0 > 1 || x1 - x0 > 1) merges.push(`${place(y0, x0)}:${place(y1 - 1, x1 - 1)}`)
  }
  return { grid: grid.map((row) => row.map((v) => (v === undefined ? '' : v))), merges: merges.sort() }
}
