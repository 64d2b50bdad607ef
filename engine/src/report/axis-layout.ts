import type { AxisPlan, Owner, Segment } from './axis-plan.ts'
import { ROOT, type CompiledCell } from './compiled.ts'
import type { Instances } from './instances.ts'
import type { RunState } from './run-state.ts'

/** Contexts of an expander by the instance that owns them on this axis: `order[first[i]] … order[first[i + 1] − 1]`. */
interface ByOwner {
  first: Int32Array
  order: Int32Array
}

/** Where the template lines of each instance of an owner lie, relative to the instance's own start. */
interface Measured {
  owner: Owner
  count: number
  height: Int32Array | number
  /** Interval of line l of instance i at `2 × (i × lines + l)`; undefined for leaves, where line l is at l. */
  intervals: Int32Array | undefined
}

type Region = Extract<Segment, { kind: 'region' }>

/** Output intervals of one axis. Built once the instances are known, bottom up, then placed top down. */
export class AxisLayout {
  /** Number of output lines. */
  readonly size: number
  private readonly run: RunState
  private readonly plan: AxisPlan
  private readonly measured = new Map<number, Measured>()
  private readonly starts = new Map<number, Int32Array>()
  private readonly byOwner = new Map<number, ByOwner>()

  constructor(run: RunState, plan: AxisPlan) {
    this.run = run
    this.plan = plan
    for (const owner of [...plan.owners.values()].reverse()) this.measure(owner, run.instancesOf(owner.cell).count)
    const root = this.measure(plan.root, 1)
    this.starts.set(ROOT, Int32Array.of(0))
    this.place(plan.root)
    for (const owner of plan.owners.values()) this.place(owner)
    this.size = heightOf(root, 0)
  }

  /** Writes the interval of an instance into `out` (start, end); both equal if the instance has no line. */
  interval(cell: CompiledCell, instance: number, out: Int32Array): void {
    const { axis, owners } = this.plan
    const owns = cell.expand === axis.expansion
    const parent = axis.parent(cell)
    const owner = owns ? cell.index : parent
    const at = owns ? instance : parent === ROOT ? 0 : this.run.instancesOf(cell.index).above(parent, instance)
    const start = (this.starts.get(owner) as Int32Array)[at] as number
    const measured = this.measured.get(owner) as Measured
    const block = owner === ROOT ? this.plan.root : (owners.get(owner) as Owner)
    const from = axis.from(cell) - block.from
    hull(measured, { instance: at, from, to: from + axis.span(cell) }, out)
    out[0] = (out[0] as number) + start
    out[1] = (out[1] as number) + start
  }

  /** Template line that each output line stems from, counted from zero; −1 where no cell of the template lies. */
  origins(): Int32Array {
    const origins = new Int32Array(this.size).fill(-1)
    for (const owner of [this.plan.root, ...this.plan.owners.values()]) {
      const starts = this.starts.get(owner.cell) as Int32Array
      const { intervals } = this.measured.get(owner.cell) as Measured
      const lines = owner.to - owner.from
      starts.forEach((start, instance) => {
        for (let l = 0; l < lines; l += 1) {
          const slot = 2 * (instance * lines + l)
          const from = intervals === undefined ? l : (intervals[slot] as number)
          const to = intervals === undefined ? l + 1 : (intervals[slot + 1] as number)
          origins.fill(owner.from + l, start + from, start + to)
        }
      })
    }
    return origins
  }

  /** Writes the output lines of the whole block of an expander's instance into `out`; of ROOT all lines. */
  block(owner: number, instance: number, out: Int32Array): void {
    const start = (this.starts.get(owner) as Int32Array)[instance] as number
    out[0] = start
    out[1] = start + heightOf(this.measured.get(owner) as Measured, instance)
  }

  private contextsByOwner(expander: number): ByOwner {
    const known = this.byOwner.get(expander)
    if (known !== undefined) return known
    const instances = this.run.instancesOf(expander)
    const parent = this.plan.axis.parent(instances.cell)
    const { contexts } = instances
    const owners = this.plan.axis.name === 'vertical' ? contexts.left : contexts.top
    const count = parent === ROOT ? 1 : this.run.instancesOf(parent).count
    const first = new Int32Array(count + 1)
    for (const owner of owners) {
      const slot = parent === ROOT ? 1 : owner + 1
      first[slot] = (first[slot] as number) + 1
    }
    for (let i = 0; i < count; i += 1) first[i + 1] = (first[i + 1] as number) + (first[i] as number)
    const next = first.slice()
    const order = new Int32Array(contexts.count)
    owners.forEach((owner, context) => {
      const slot = parent === ROOT ? 0 : owner
      order[next[slot] as number] = context
      next[slot] = (next[slot] as number) + 1
    })
    const result = { first, order }
    this.byOwner.set(expander, result)
    return result
  }

  private measure(owner: Owner, count: number): Measured {
    const lines = owner.to - owner.from
    if (owner.leaf) {
      const leaf = { owner, count, height: lines, intervals: undefined }
      this.measured.set(owner.cell, leaf)
      return leaf
    }
    const height = new Int32Array(count)
    const intervals = new Int32Array(count * lines * 2)
    for (let i = 0; i < count; i += 1) height[i] = this.measureInstance(owner, i, intervals)
    const result = { owner, count, height, intervals }
    this.measured.set(owner.cell, result)
    return result
  }

  private measureInstance(owner: Owner, instance: number, intervals: Int32Array): number {
    const base = instance * (owner.to - owner.from) * 2
    let at = 0
    for (const segment of owner.segments) {
      if (segment.kind === 'fixed') {
        const slot = base + (segment.line - owner.from) * 2
        intervals[slot] = at
        intervals[slot + 1] = at + 1
        at += 1
      } else {
        const slot = base + (segment.from - owner.from) * 2
        at = this.measureRegion(segment, instance, { intervals, slot, at })
      }
    }
    return at
  }

  /** Hulls of all lines of a region over all its tracks; gives the end of the region. */
  private measureRegion(
    region: Region,
    instance: number,
    { intervals, slot, at }: { intervals: Int32Array; slot: number; at: number },
  ): number {
    const lines = region.to - region.from
    const low = new Int32Array(lines).fill(0x7fffffff)
    const high = new Int32Array(lines).fill(-1)
    let height = 0
    let occupied = false
    for (const expander of region.expanders) {
      const { first, order } = this.contextsByOwner(expander)
      const instances = this.run.instancesOf(expander)
      for (let c = first[instance] as number; c < (first[instance + 1] as number); c += 1) {
        const track = { context: order[c] as number, instances, region }
        height = Math.max(height, this.track(track, low, high))
        occupied ||= (instances.first[track.context] as number) < (instances.first[track.context + 1] as number)
      }
    }
    // Fixed lines exist only beside a track that has an instance.
    if (!occupied) height = 0
    for (let l = 0; l < lines; l += 1) {
      const empty = height === 0 || (high[l] as number) < (low[l] as number)
      // A line without occurrence has no height; that of the first line still marks the start of the region.
      intervals[slot + 2 * l] = at + (empty || l === 0 ? 0 : (low[l] as number))
      intervals[slot + 2 * l + 1] = at + (empty ? 0 : l === lines - 1 ? height : (high[l] as number))
    }
    return at + height
  }

  /** One expander in one context of the other axis: lines above its block, its instances, lines below. */
  private track(
    { context, instances, region }: { context: number; instances: Instances; region: Region },
    low: Int32Array,
    high: Int32Array,
  ): number {
    const measured = this.measured.get(instances.cell.index) as Measured
    const { owner } = measured
    const note = (line: number, from: number, to: number): void => {
      if (to <= from) return
      low[line] = Math.min(low[line] as number, from)
      high[line] = Math.max(high[line] as number, to)
    }
    let at = 0
    for (let line = region.from; line < owner.from; line += 1, at += 1) note(line - region.from, at, at + 1)
    const [first, last] = [instances.first[context] as number, instances.first[context + 1] as number]
    const skip = owner.from - region.from
    if (measured.intervals === undefined) {
      const each = owner.to - owner.from
      for (let l = 0; l < each && last > first; l += 1) note(skip + l, at + l, at + (last - first - 1) * each + l + 1)
      at += (last - first) * each
    } else {
      const each = owner.to - owner.from
      for (let i = first; i < last; i += 1) {
        for (let l = 0; l < each; l += 1) {
          const slot = 2 * (i * each + l)
          note(skip + l, at + (measured.intervals[slot] as number), at + (measured.intervals[slot + 1] as number))
        }
        at += heightOf(measured, i)
      }
    }
    for (let line = owner.to; line < region.to; line += 1, at += 1) note(line - region.from, at, at + 1)
    return at
  }

  /** Starts of all instances directly below the instances of an owner. */
  private place(owner: Owner): void {
    const own = this.starts.get(owner.cell) as Int32Array
    const measured = this.measured.get(owner.cell) as Measured
    const lines = owner.to - owner.from
    for (const segment of owner.segments) {
      if (segment.kind === 'fixed') continue
      for (const expander of segment.expanders) {
        const instances = this.run.instancesOf(expander)
        const below = this.measured.get(expander) as Measured
        const starts = new Int32Array(instances.count)
        const { first, order } = this.contextsByOwner(expander)
        const skip = below.owner.from - segment.from
        for (let i = 0; i < own.length; i += 1) {
          const slot = 2 * (i * lines + segment.from - owner.from)
          const start = (own[i] as number) + ((measured.intervals as Int32Array)[slot] as number) + skip
          for (let c = first[i] as number; c < (first[i + 1] as number); c += 1) {
            stack(starts, below, { from: start, context: order[c] as number, instances })
          }
        }
        this.starts.set(expander, starts)
      }
    }
  }
}

function stack(
  starts: Int32Array,
  measured: Measured,
  { from, context, instances }: { from: number; context: number; instances: Instances },
): void {
  let at = from
  for (let i = instances.first[context] as number; i < (instances.first[context + 1] as number); i += 1) {
    starts[i] = at
    at += heightOf(measured, i)
  }
}

function heightOf(measured: Measured, instance: number): number {
  return typeof measured.height === 'number' ? measured.height : (measured.height[instance] as number)
}

function hull(measured: Measured, at: { instance: number; from: number; to: number }, out: Int32Array): void {
  if (measured.intervals === undefined) {
    out[0] = at.from
    out[1] = at.to
    return
  }
  const base = at.instance * (measured.owner.to - measured.owner.from)
  let low = 0x7fffffff
  let high = -1
  for (let line = at.from; line < at.to; line += 1) {
    const [start, end] = [
      measured.intervals[2 * (base + line)] as number,
      measured.intervals[2 * (base + line) + 1] as number,
    ]
    if (end <= start) continue
    low = Math.min(low, start)
    high = Math.max(high, end)
  }
  out[0] = high < low ? 0 : low
  out[1] = high < low ? 0 : high
}
