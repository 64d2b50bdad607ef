import { ROOT, type CompiledCell } from './compiled.ts'
import type { Contexts } from './instances.ts'
import type { RunState } from './run-state.ts'
import type { SliceView } from './slices.ts'

/**
 * What the contexts of a cell see of a dataset: the slice of the left parent and that of the top parent, both at once.
 * `inherit` can drop a side; it counts for the cell's own dataset only.
 */
export function viewOfContexts(
  run: RunState,
  cell: CompiledCell,
  { contexts, dataset }: { contexts: Contexts; dataset: string },
): SliceView {
  const own = cell.field?.dataset === dataset
  const inherit = own ? cell.source.inherit : undefined
  const left =
    cell.left === ROOT || inherit?.left === false
      ? undefined
      : composed(run, run.viewOf(cell.left, dataset), contexts.left)
  const top =
    cell.top === ROOT || inherit?.top === false ? undefined : composed(run, run.viewOf(cell.top, dataset), contexts.top)
  const whole = run.wholeFamily(dataset)
  if (left === undefined || left.family === whole)
    return top ?? left ?? { family: whole, index: run.shared.all(0, contexts.count) }
  if (top === undefined || top.family === whole || top.family === left.family) return left
  if (left.family.within.has(top.family)) return left
  if (top.family.within.has(left.family)) return top
  const { family, pairs } = run.intersection(left.family, top.family)
  const topIndex = top.index
  const index = left.index.map((slice, c) => Math.max(0, pairs.get(slice, topIndex[c] as number)))
  return { family, index }
}

const composed = (run: RunState, view: SliceView, instances: Int32Array): SliceView => ({
  family: view.family,
  index: run.shared.through(view.index, instances),
})

/** What the instances of a cell see of a dataset: their own part of their own dataset, of others what was passed on. */
export function viewOfInstances(run: RunState, cell: CompiledCell, dataset: string): SliceView {
  const instances = run.instancesOf(cell.index)
  if (cell.field?.dataset === dataset && instances.view !== undefined) return instances.view
  const view = viewOfContexts(run, cell, { contexts: instances.contexts, dataset })
  return { family: view.family, index: run.shared.through(view.index, instances.context) }
}
