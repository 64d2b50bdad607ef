import type { CompiledCell } from './compiled.ts'
import { deepest } from './compiled.ts'
import type { Instances } from './instances.ts'
import type { RunState } from './run-state.ts'
import { PairTable } from './slices.ts'

/** Instances of one cell, dealt out by the instances of some of its ancestors, in reading order within each. */
export class ReferenceTable {
  /** A number for this table, for the keys of caches. */
  readonly id: number
  readonly target: Instances
  /** The ancestors that decide, none of them above another. */
  readonly by: readonly number[]
  /** Instances of group g: `order[first[g]] … order[first[g + 1] − 1]`. */
  readonly first: Int32Array
  readonly order: Int32Array
  private readonly pairs: PairTable[] = []

  constructor(run: RunState, parts: { id: number; target: Instances; by: readonly number[]; blanks: boolean }) {
    this.id = parts.id
    this.target = parts.target
    this.by = parts.by
    const { target, blanks } = parts
    const sequence = readingOrder(run, target)
    const group = new Int32Array(target.count)
    const groups = this.groupEach(run, group)
    const first = new Int32Array(groups + 1)
    const counted = (i: number): boolean => blanks || !target.isBlank(i)
    for (let i = 0; i < target.count; i += 1) {
      const slot = (group[i] as number) + 1
      if (counted(i)) first[slot] = (first[slot] as number) + 1
    }
    for (let g = 0; g < groups; g += 1) first[g + 1] = (first[g + 1] as number) + (first[g] as number)
    const next = first.slice()
    const order = new Int32Array(first[groups] as number)
    for (let place = 0; place < target.count; place += 1) {
      const i = sequence === undefined ? place : (sequence[place] as number)
      if (!counted(i)) continue
      const g = group[i] as number
      order[next[g] as number] = i
      next[g] = (next[g] as number) + 1
    }
    this.first = first
    this.order = order
  }

  /** Numbers the groups; with several deciding ancestors, pair by pair. */
  private groupEach(run: RunState, group: Int32Array): number {
    const { by, target } = this
    if (by.length === 0) return 1
    let groups = run.instancesOf(by[0] as number).count
    for (let i = 0; i < target.count; i += 1) group[i] = target.above(by[0] as number, i)
    for (const ancestor of by.slice(1)) {
      const width = run.instancesOf(ancestor).count
      const pairs = new PairTable(groups, width)
      let found = 0
      for (let i = 0; i < target.count; i += 1) {
        const other = target.above(ancestor, i)
        let g = pairs.get(group[i] as number, other)
        if (g < 0) {
          g = found
          found += 1
          pairs.set(group[i] as number, other, g)
        }
        group[i] = g
      }
      this.pairs.push(pairs)
      groups = found
    }
    return groups
  }

  /** The group for one instance of each deciding ancestor; −1 if there is none. */
  groupOf(instances: (ancestor: number) => number): number {
    if (this.by.length === 0) return 0
    let group = instances(this.by[0] as number)
    for (const [k, pairs] of this.pairs.entries()) {
      if (group < 0) return -1
      group = pairs.get(group, instances(this.by[k + 1] as number))
    }
    return group
  }

  size(group: number): number {
    return group < 0 ? 0 : (this.first[group + 1] as number) - (this.first[group] as number)
  }

  members(group: number): Int32Array {
    return group < 0 ? this.order.subarray(0, 0) : this.order.subarray(this.first[group], this.first[group + 1])
  }
}

/** All tables of a run, each built once. */
export class ReferenceTables {
  private readonly run: RunState
  private readonly known = new Map<string, ReferenceTable>()
  private made = 0

  constructor(run: RunState) {
    this.run = run
  }

  /** `constraints` are cells among the target's ancestors and the target itself. */
  table(target: CompiledCell, constraints: Iterable<number>, blanks = false): ReferenceTable {
    const by = deepest(constraints, this.run.template)
    const key = `${target.index}|${by.join()}|${blanks}`
    let table = this.known.get(key)
    if (table === undefined) {
      const instances = this.run.instancesOf(target.index)
      table = new ReferenceTable(this.run, { id: (this.made += 1), target: instances, by, blanks })
      this.known.set(key, table)
    }
    return table
  }

  /** After the layout the reading order is known, so what was built before it is out of date. */
  clear(): void {
    this.known.clear()
  }
}

/** Instances by output position, row by row; undefined if they stand in that order already. */
function readingOrder(run: RunState, target: Instances): Int32Array | undefined {
  const { position } = run
  if (position === undefined || target.count < 2) return undefined
  const ys = new Int32Array(target.count)
  const xs = new Int32Array(target.count)
  let sorted = true
  for (let i = 0; i < target.count; i += 1) {
    const { y, x } = position(target.cell.index, i)
    ys[i] = y
    xs[i] = x
    if (i > 0) sorted &&= y > (ys[i - 1] as number) || (y === ys[i - 1] && x >= (xs[i - 1] as number))
  }
  if (sorted) return undefined
  const order = Int32Array.from({ length: target.count }, (_, i) => i)
  return order.sort((a, b) => (ys[a] as number) - (ys[b] as number) || (xs[a] as number) - (xs[b] as number) || a - b)
}
