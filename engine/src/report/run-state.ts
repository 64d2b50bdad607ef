import type { Evaluate } from '../formula/evaluate.ts'
import type { FunctionContext } from '../formula/function-table.ts'
import type { Value } from '../formula/values.ts'
import type { CompiledCell, CompiledTemplate } from './compiled.ts'
import type { Dataset } from './dataset.ts'
import type { ReportLimits } from './findings.ts'
import type { Instances } from './instances.ts'
import type { ReferenceTables } from './reference-tables.ts'
import type { RunPortion } from './run-portion.ts'
import type { SharedLists } from './shared-lists.ts'
import type { Intersection, SliceFamily, SliceView } from './slices.ts'

/** What one run knows; the phases share it. Instances and values come on demand and are kept. */
export interface RunState {
  template: CompiledTemplate
  limits: ReportLimits
  context: FunctionContext
  params: ReadonlyMap<string, Value>
  spend: (steps: number) => void
  /** Adds to the number of instances; throws a ReportLimitError before they are made. */
  claimInstances: (count: number, cell: number) => void
  dataset: (name: string) => Dataset
  wholeFamily: (dataset: string) => SliceFamily
  intersection: (a: SliceFamily, b: SliceFamily) => Intersection
  instancesOf: (cell: number) => Instances
  /** Value of a non-blank instance. */
  valueOf: (cell: number, instance: number) => Value
  /** Slice of a dataset that the instances of a cell see. */
  viewOf: (cell: number, dataset: string) => SliceView
  tables: ReferenceTables
  /** Values of cells that hold a sub-report. */
  subCells: { valueOf: (cell: CompiledCell, instance: number) => Value }
  shared: SharedLists
  /** Grows when remembered results may be out of date: after the layout, and with each page. */
  epoch: number
  /** Output position of an instance; undefined before the layout. */
  position: ((cell: number, instance: number) => { y: number; x: number }) | undefined
  pages: PageState
  /** What lies before the rows of this run, if they are a portion of more; undefined if they are all. */
  portion: RunPortion | undefined
}

/** Where page functions stand: the whole sheet is one page until paging says otherwise. */
export interface PageState {
  number: number
  count: number
  /** True if the first row of an instance lies on the current page. */
  holds: (cell: number, instance: number) => boolean
}

/** What a cell's expression is evaluated in. In a filter, `outer` is the asking instance. */
export interface CellScope {
  instance: number
  outer?: CellScope
}

/** What `where`, `having`, bands and orders are evaluated in: a context of the cell and a row of its dataset. */
export interface RowScope {
  context: number
  row: number
  /** Rows of the group, for aggregates: `rows[from] … rows[to − 1]`. */
  rows: Int32Array
  from: number
  to: number
}

export type CellExpression = Evaluate<CellScope>
export type RowExpression = Evaluate<RowScope>
