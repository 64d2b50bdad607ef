import type { FieldValue, LocalText, SummaryKind, TemplateCell } from '@gemba/contracts/template'
import type { Node } from '../formula/syntax.ts'
import type { Finding } from './findings.ts'

/** No parent: the cell belongs to the root. */
export const ROOT = -1

export type Expansion = 'none' | 'down' | 'right'

/** A dataset field with its name split and its expressions parsed. */
export interface CompiledField {
  source: FieldValue
  dataset: string
  column: string
  use: 'group' | 'list' | 'bands' | 'summary'
  summary: SummaryKind | undefined
  where: Node | undefined
  having: Node | undefined
  order: { by: Node | 'self'; descending: boolean }[]
  bands: { label: LocalText; test: Node }[]
  /** Summaries only: an ancestor, ROOT for the whole report, undefined for the own slice. */
  scope: number | undefined
}

export interface CompiledCondition {
  test: Node
  scope: 'cell' | 'row' | 'column'
  set: Readonly<Record<string, unknown>>
}

/** A sub-report and the expressions of its parameters. */
export interface CompiledSub {
  template: string
  /** Its rows become rows of the host; else it is painted into the box of its cell. */
  isInline: boolean
  params: { name: string; node: Node }[]
}

export interface CompiledCell {
  index: number
  address: string
  source: TemplateCell
  /** Counted from zero. */
  row: number
  column: number
  rowSpan: number
  columnSpan: number
  expand: Expansion
  /** Parents: an index, or ROOT. */
  left: number
  top: number
  /** Everything above on both axes, without the cell itself. */
  ancestors: ReadonlySet<number>
  field: CompiledField | undefined
  expression: Node | undefined
  sub: CompiledSub | undefined
  conditions: CompiledCondition[]
  /** Further expressions by their path in the cell, such as `value.chart.category` or `link.params.order`. */
  parts: ReadonlyMap<string, Node>
  /** Dataset that `row.x` means outside `where`. */
  rowDataset: string | undefined
}

export interface CompiledTemplate {
  cells: CompiledCell[]
  byAddress: ReadonlyMap<string, CompiledCell>
  /** Size of the template grid. */
  rows: number
  columns: number
  findings: Finding[]
}

/** Of a set of cells those that are no ancestor of another: their instances determine all the others. */
export function deepest(cells: Iterable<number>, template: CompiledTemplate): number[] {
  const list = [...cells]
  return list
    .filter((cell) => !list.some((other) => (template.cells[other] as CompiledCell).ancestors.has(cell)))
    .sort((a, b) => a - b)
}
