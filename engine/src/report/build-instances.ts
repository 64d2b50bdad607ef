import { isArray, type FormulaError, type Value } from '../formula/values.ts'
import { ROOT, type CompiledCell, type CompiledField } from './compiled.ts'
import { ReportLimitError } from './findings.ts'
import { contextsOf, Instances, type Contexts } from './instances.ts'
import { Partitioner } from './partition.ts'
import { filteredView, type FilteredView } from './row-filter.ts'
import type { RunState } from './run-state.ts'
import { viewOfContexts } from './slice-views.ts'
import { familyWithin, type SliceView } from './slices.ts'

/** Which copies of a cell exist, and which rows each sees. `arrayOf` evaluates the expression of an expander. */
export function buildInstances(
  run: RunState,
  cell: CompiledCell,
  arrayOf: (contexts: Contexts, context: number) => Value,
): Instances {
  const contexts = contextsOf(run, cell)
  run.claimInstances(contexts.count, cell.index)
  if (cell.field === undefined) {
    const isMany = cell.expression !== undefined || cell.sub?.isInline === true
    if (cell.expand === 'none' || !isMany) return single(run, cell, { contexts })
    return expanded(run, cell, { contexts, parts: (context) => elements(arrayOf(contexts, context)) })
  }
  const view = ownView(run, cell, contexts)
  if (cell.field.use === 'summary' || cell.expand === 'none') {
    return single(run, cell, { contexts, view, errors: view.errors })
  }
  return expandedField(run, cell, { contexts, view })
}

/** One instance for each context; blank where a parent is. */
function single(
  run: RunState,
  cell: CompiledCell,
  parts: { contexts: Contexts; view?: SliceView; errors?: ReadonlyMap<number, FormulaError> },
): Instances {
  const { contexts } = parts
  const first = run.shared.upTo(contexts.count + 1)
  const real =
    contexts.blank === undefined
      ? run.shared.all(1, contexts.count)
      : Int32Array.from(contexts.blank, (blank) => (blank === 1 ? 0 : 1))
  const { view, errors = new Map() } = parts
  return new Instances(run, cell, { contexts, first, real, keys: undefined, view, errors })
}

/** The slice of each context after `where`; summaries with a scope look wider. */
function ownView(run: RunState, cell: CompiledCell, contexts: Contexts): FilteredView {
  const field = cell.field as CompiledField
  const view =
    field.scope === undefined
      ? viewOfContexts(run, cell, { contexts, dataset: field.dataset })
      : scopedView(run, cell, contexts)
  if (field.where === undefined) return { ...view, errors: new Map() }
  return filteredView(run, { cell, contexts, view, where: field.where })
}

function scopedView(run: RunState, cell: CompiledCell, contexts: Contexts): SliceView {
  const { scope, dataset } = cell.field as CompiledField
  if (scope === undefined || scope === ROOT || !cell.ancestors.has(scope)) {
    return { family: run.wholeFamily(dataset), index: run.shared.all(0, contexts.count) }
  }
  const view = run.viewOf(scope, dataset)
  const probe = new Instances(run, cell, {
    contexts,
    first: run.shared.upTo(contexts.count + 1),
    real: run.shared.all(0, contexts.count),
    keys: undefined,
    view: undefined,
    errors: new Map(),
  })
  return { family: view.family, index: run.shared.through(view.index, probe.aboveContexts(scope)) }
}

/** Blanks of a context with `count` instances: filling up to a multiple, or one in place of none. */
function blanksAfter(cell: CompiledCell, count: number): number {
  const multiple = cell.field?.source.padTo
  if (multiple !== undefined) return Math.ceil(Math.max(count, 1) / multiple) * multiple - count
  return count === 0 && cell.source.onEmpty !== 'remove' ? 1 : 0
}

const elements = (value: Value): readonly Value[] => (isArray(value) ? value : value === null ? [] : [value])

function expanded(
  run: RunState,
  cell: CompiledCell,
  { contexts, parts }: { contexts: Contexts; parts: (context: number) => readonly Value[] },
): Instances {
  const keys: Value[] = []
  const first = new Int32Array(contexts.count + 1)
  const real = new Int32Array(contexts.count)
  for (let c = 0; c < contexts.count; c += 1) {
    const values = contexts.blank?.[c] === 1 ? [] : parts(c)
    const blanks = blanksAfter(cell, values.length)
    run.claimInstances(values.length + blanks, cell.index)
    for (const value of values) keys.push(value)
    for (let b = 0; b < blanks; b += 1) keys.push(null)
    real[c] = values.length
    first[c + 1] = keys.length
  }
  return new Instances(run, cell, { contexts, first, real, keys, view: undefined, errors: new Map() })
}

function expandedField(
  run: RunState,
  cell: CompiledCell,
  { contexts, view }: { contexts: Contexts; view: FilteredView },
): Instances {
  const partitioner = new Partitioner(run, cell, contexts)
  const { family } = view
  const made = new Gathering(contexts.count)
  for (let c = 0; c < contexts.count; c += 1) {
    const slice = view.index[c] as number
    const rows = family.rows.subarray(family.start[slice], family.end[slice])
    run.spend(rows.length + 1)
    const parts = contexts.blank?.[c] === 1 ? undefined : (view.errors.get(c) ?? partitioner.parts(rows, c))
    const count = made.add(c, parts)
    const blanks = blanksAfter(cell, count)
    run.claimInstances(count + blanks, cell.index)
    made.close(c, blanks)
    if (made.size > run.limits.sliceRows) throw new ReportLimitError('sliceRows', run.limits.sliceRows, cell.address)
  }
  const own = familyWithin(made.slices(), [family])
  return new Instances(run, cell, { contexts, ...made, view: { family: own, index: run.shared.upTo(own.count) } })
}

/** Instances of all contexts one after the other, with the rows of each. */
class Gathering {
  readonly keys: Value[] = []
  readonly errors = new Map<number, FormulaError>()
  readonly first: Int32Array
  readonly real: Int32Array
  private readonly rows: number[] = []
  private readonly start: number[] = []
  private readonly end: number[] = []

  constructor(contexts: number) {
    this.first = new Int32Array(contexts + 1)
    this.real = new Int32Array(contexts)
  }

  get size(): number {
    return this.rows.length
  }

  add(context: number, parts: ReturnType<Partitioner['parts']> | undefined): number {
    if (parts === undefined) return 0
    if (!('keys' in parts)) {
      this.errors.set(this.keys.length, parts)
      this.instance(parts, this.rows.length)
      this.real[context] = 1
      return 1
    }
    for (let i = 0; i < parts.keys.length; i += 1) {
      const from = this.rows.length
      for (let at = parts.start[i] as number; at < (parts.start[i + 1] as number); at += 1)
        this.rows.push(parts.rows[at] as number)
      this.instance(parts.keys[i] as Value, from)
    }
    this.real[context] = parts.keys.length
    return parts.keys.length
  }

  close(context: number, blanks: number): void {
    for (let b = 0; b < blanks; b += 1) this.instance(null, this.rows.length)
    this.first[context + 1] = this.keys.length
  }

  slices(): { count: number; rows: Int32Array; start: Int32Array; end: Int32Array } {
    const { keys, rows, start, end } = this
    return { count: keys.length, rows: Int32Array.from(rows), start: Int32Array.from(start), end: Int32Array.from(end) }
  }

  private instance(key: Value, from: number): void {
    this.keys.push(key)
    this.start.push(from)
    this.end.push(this.rows.length)
  }
}
