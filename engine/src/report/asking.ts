import type { CompiledCell } from './compiled.ts'
import { aboveContexts, type Contexts } from './instances.ts'
import type { RunState } from './run-state.ts'

/** Who asks: a cell whose expression is evaluated, and how its instances know what they belong to. */
export interface Asking {
  cell: CompiledCell
  /** The cell and everything above it. */
  known: ReadonlySet<number>
  above: (ancestor: number, instance: number) => number
}

/** An instance asks. */
export function askingInstance(run: RunState, cell: CompiledCell): Asking {
  const above = (ancestor: number, instance: number): number => run.instancesOf(cell.index).above(ancestor, instance)
  return { cell, known: new Set([...cell.ancestors, cell.index]), above }
}

/** A context asks, before its instances exist: the array of an expanding expression. */
export function askingContext(run: RunState, cell: CompiledCell, contexts: Contexts): Asking {
  const columns = new Map<number, Int32Array>()
  const above = (ancestor: number, context: number): number => {
    let column = columns.get(ancestor)
    if (column === undefined) {
      column = aboveContexts(run, cell, { contexts, above: ancestor })
      columns.set(ancestor, column)
    }
    return column[context] as number
  }
  return { cell, known: cell.ancestors, above }
}

/** What two cells have in common: an instance of one refers to those of the other that agree on all of it. */
export function common(asking: Asking, target: CompiledCell): number[] {
  return [...target.ancestors, target.index].filter((cell) => asking.known.has(cell))
}
