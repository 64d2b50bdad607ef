import type { FormulaError, Value } from '../formula/values.ts'
import { deepest, ROOT, type CompiledCell } from './compiled.ts'
import { ReportLimitError } from './findings.ts'
import type { RunState } from './run-state.ts'
import type { SliceView } from './slices.ts'

/** Pairs (left instance, top instance) in which a cell exists, ordered by left, then top. ROOT where there is none. */
export interface Contexts {
  count: number
  left: Int32Array
  top: Int32Array
  /** 1 where a parent is blank: everything below is blank too. Undefined when none is. */
  blank: Uint8Array | undefined
}

/** All copies of one template cell, as arrays. Instances of one context stand together, blanks last. */
export class Instances {
  readonly cell: CompiledCell
  readonly contexts: Contexts
  /** First instance of each context, and one more entry with the number of all. */
  readonly first: Int32Array
  /** How many of a context are not blank. */
  readonly real: Int32Array
  /** Values of expanding instances, known before anything is evaluated. */
  readonly keys: Value[] | undefined
  /** Rows of the own dataset that each instance holds; field cells only. */
  readonly view: SliceView | undefined
  /** Errors that take the place of the value, by instance: a condition that failed. */
  readonly errors: ReadonlyMap<number, FormulaError>
  readonly context: Int32Array
  private readonly run: RunState
  private readonly aboveContext = new Map<number, Int32Array>()

  constructor(
    run: RunState,
    cell: CompiledCell,
    parts: Pick<Instances, 'contexts' | 'first' | 'real' | 'keys' | 'view' | 'errors'>,
  ) {
    this.run = run
    this.cell = cell
    this.contexts = parts.contexts
    this.first = parts.first
    this.real = parts.real
    this.keys = parts.keys
    this.view = parts.view
    this.errors = parts.errors
    this.context = contextOfEach(run, parts.first)
  }

  get count(): number {
    return this.first[this.contexts.count] as number
  }

  isBlank(instance: number): boolean {
    const context = this.context[instance] as number
    return instance - (this.first[context] as number) >= (this.real[context] as number)
  }

  /** Place among its siblings, from 1. */
  ordinal(instance: number): number {
    const within = instance - (this.first[this.context[instance] as number] as number) + 1
    const { portion } = this.run
    return portion?.list === this.cell.index ? portion.instancesBefore + within : within
  }

  /** The instance of a cell above (or of this cell itself) that an instance belongs to. */
  above(cell: number, instance: number): number {
    if (cell === this.cell.index) return instance
    return this.aboveContexts(cell)[this.context[instance] as number] as number
  }

  /** The same for every context. */
  aboveContexts(cell: number): Int32Array {
    let found = this.aboveContext.get(cell)
    if (found === undefined) {
      found = aboveContexts(this.run, this.cell, { contexts: this.contexts, above: cell })
      this.aboveContext.set(cell, found)
    }
    return found
  }
}

function contextOfEach(run: RunState, first: Int32Array): Int32Array {
  const contexts = first.length - 1
  if (run.shared.isCounting(first)) return run.shared.upTo(contexts)
  const result = new Int32Array(first[contexts] as number)
  for (let c = 0; c < contexts; c += 1) result.fill(c, first[c], first[c + 1])
  return result
}

/** For every context of a cell the instance of one of its ancestors. */
export function aboveContexts(
  run: RunState,
  cell: CompiledCell,
  { contexts, above }: { contexts: Contexts; above: number },
): Int32Array {
  const throughLeft = cell.left !== ROOT && leads(run, cell.left, above)
  const parent = throughLeft ? cell.left : cell.top
  const side = throughLeft ? contexts.left : contexts.top
  if (parent === above) return side
  const instances = run.instancesOf(parent)
  return run.shared.through(run.shared.through(instances.aboveContexts(above), instances.context), side)
}

const leads = (run: RunState, from: number, above: number): boolean =>
  from === above || (run.template.cells[from] as CompiledCell).ancestors.has(above)

/** The contexts of a cell: all pairs of parent instances that agree on every ancestor they share. */
export function contextsOf(run: RunState, cell: CompiledCell): Contexts {
  const left = cell.left === ROOT ? undefined : run.instancesOf(cell.left)
  const top = cell.top === ROOT ? undefined : run.instancesOf(cell.top)
  if (left === undefined || top === undefined) return oneSided(run, left ?? top, top === undefined)
  const shared = deepest(sharedAncestors(left, top), run.template)
  const pairs = shared.length === 0 ? crossed(run, cell, { left, top }) : joined(run, cell, { left, top, shared })
  return withBlanks(pairs, left, top)
}

function oneSided(run: RunState, parent: Instances | undefined, isLeft: boolean): Contexts {
  const count = parent?.count ?? 1
  const own = run.shared.upTo(count)
  const none = run.shared.all(ROOT, count)
  if (parent === undefined) return { count, left: none, top: none, blank: undefined }
  return isLeft
    ? withBlanks({ count, left: own, top: none }, parent)
    : withBlanks({ count, left: none, top: own }, undefined, parent)
}

function withBlanks(pairs: Omit<Contexts, 'blank'>, left?: Instances, top?: Instances): Contexts {
  let blank: Uint8Array | undefined
  for (let c = 0; c < pairs.count; c += 1) {
    const isBlank =
      (left !== undefined && left.isBlank(pairs.left[c] as number)) ||
      (top !== undefined && top.isBlank(pairs.top[c] as number))
    if (isBlank) (blank ??= new Uint8Array(pairs.count))[c] = 1
  }
  return { ...pairs, blank }
}

function sharedAncestors(left: Instances, top: Instances): Set<number> {
  const ofLeft = new Set([left.cell.index, ...left.cell.ancestors])
  return new Set([top.cell.index, ...top.cell.ancestors].filter((cell) => ofLeft.has(cell)))
}

interface Sides {
  left: Instances
  top: Instances
}

function crossed(run: RunState, cell: CompiledCell, { left, top }: Sides): Omit<Contexts, 'blank'> {
  const count = left.count * top.count
  if (count > run.limits.instances) throw new ReportLimitError('instances', run.limits.instances, cell.address)
  const pairs = { count, left: new Int32Array(count), top: new Int32Array(count) }
  for (let l = 0, at = 0; l < left.count; l += 1) {
    for (let t = 0; t < top.count; t += 1, at += 1) {
      pairs.left[at] = l
      pairs.top[at] = t
    }
  }
  return pairs
}

/** Deals the top instances out by what they share, then pairs each left instance with its own. */
function joined(
  run: RunState,
  cell: CompiledCell,
  { left, top, shared }: Sides & { shared: number[] },
): Omit<Contexts, 'blank'> {
  const keyOfShared = (instances: Instances, i: number): string | number =>
    shared.length === 1 ? instances.above(shared[0] as number, i) : shared.map((s) => instances.above(s, i)).join()
  const byKey = new Map<string | number, number[]>()
  for (let t = 0; t < top.count; t += 1) {
    const key = keyOfShared(top, t)
    const list = byKey.get(key)
    if (list === undefined) byKey.set(key, [t])
    else list.push(t)
  }
  const lefts: number[] = []
  const tops: number[] = []
  for (let l = 0; l < left.count; l += 1) {
    for (const t of byKey.get(keyOfShared(left, l)) ?? []) {
      lefts.push(l)
      tops.push(t)
    }
    if (lefts.length > run.limits.instances) throw new ReportLimitError('instances', run.limits.instances, cell.address)
  }
  return { count: lefts.length, left: Int32Array.from(lefts), top: Int32Array.from(tops) }
}
