import { positionOf } from './address.ts'
import { parse } from '../formula/parser.ts'
import { flatten, textOf, type Value } from '../formula/values.ts'
import { print } from '../formula/printer.ts'
import { walk, type Node, type RangeNode, type ReferenceNode } from '../formula/syntax.ts'
import { askingInstance } from './asking.ts'
import { cellExpression } from './cell-host.ts'
import { ROOT, type CompiledCell } from './compiled.ts'
import type { ReportRun } from './run.ts'

/** Rows of one dataset that stand behind an instance. */
export interface LineageSource {
  dataset: string
  fields: string[]
  rowCount: number
  /** The first rows, by `fields`. */
  sample: Value[][]
  /** Keys of the groups it stands in. */
  filter: { column: string; text: string }[]
}

/** What one instance of a cell was made from. */
export interface Lineage {
  /** Canonical text of its expression; null for a field or a literal. */
  expression: string | null
  field: { dataset: string; column: string; use: string } | null
  /** Outermost first. */
  parents: { cell: string; label: string; text: string }[]
  inputs: { cell: string; texts: string[]; count: number }[]
  sources: LineageSource[]
}

/** Rows and texts that are shown of more. */
export const MOST_SAMPLES = 100
export const MOST_TEXTS = 20

/** Takes an instance apart: its expression, the values it names, the groups it stands in, and the rows below it. */
export function lineageOf(run: ReportRun, cell: CompiledCell, instance: number): Lineage {
  const { field, expression } = cell
  const use = field === undefined ? '' : field.use === 'summary' ? (field.summary ?? '') : field.use
  return {
    expression: expression === undefined ? null : print(expression),
    field: field === undefined ? null : { dataset: field.dataset, column: field.column, use },
    parents: parentsOf(run, cell, instance),
    inputs: inputsOf(run, cell, instance),
    sources: [...datasetsBehind(run, cell)].map((dataset) => sourceOf(run, cell, { instance, dataset })),
  }
}

const cellAt = (run: ReportRun, index: number): CompiledCell => run.template.cells[index] as CompiledCell

function groupsAbove(run: ReportRun, cell: CompiledCell): CompiledCell[] {
  return [...cell.ancestors]
    .filter((index) => index !== ROOT)
    .map((index) => cellAt(run, index))
    .filter(({ expand }) => expand !== 'none')
    .toSorted((a, b) => a.ancestors.size - b.ancestors.size || a.index - b.index)
}

function parentsOf(run: ReportRun, cell: CompiledCell, instance: number): Lineage['parents'] {
  const instances = run.instancesOf(cell.index)
  return groupsAbove(run, cell).map((above) => ({
    cell: above.address,
    label: above.field?.column ?? '',
    text: textOf(run.valueOf(above.index, instances.above(above.index, instance))),
  }))
}

/** References of an expression as they stand, each once. */
function referencesIn(node: Node): (ReferenceNode | RangeNode)[] {
  const found = new Map<string, ReferenceNode | RangeNode>()
  walk(node, (part) => {
    if (part.kind === 'reference' || part.kind === 'range') found.set(print(part), part)
  })
  return [...found.values()]
}

function inputsOf(run: ReportRun, cell: CompiledCell, instance: number): Lineage['inputs'] {
  if (cell.expression === undefined) return []
  const asking = askingInstance(run, cell)
  return referencesIn(cell.expression).map((node) => {
    const value = cellExpression({ run, asking }, parse(print(node)))({ instance })
    const parts = flatten(value)
    return { cell: print(node), texts: parts.slice(0, MOST_TEXTS).map(textOf), count: parts.length }
  })
}

/** Cells that an expression names, those of a range included. */
function namedCells(run: ReportRun, cell: CompiledCell): CompiledCell[] {
  if (cell.expression === undefined) return []
  return referencesIn(cell.expression).flatMap((node) => {
    if (node.kind === 'reference') return run.template.byAddress.get(node.cell) ?? []
    const [from, to] = [positionOf(node.from), positionOf(node.to)]
    if (from === undefined || to === undefined) return []
    return run.template.cells.filter(
      ({ row, column }) => row >= from.row && row <= to.row && column >= from.column && column <= to.column,
    )
  })
}

/** Datasets that feed a cell, through every cell its expression rests on. */
function datasetsBehind(run: ReportRun, cell: CompiledCell): Set<string> {
  const datasets = new Set<string>()
  const seen = new Set<number>()
  const open = [cell]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next.index)) continue
    seen.add(next.index)
    if (next.field !== undefined) datasets.add(next.field.dataset)
    else if (next.rowDataset !== undefined && usesRow(next)) datasets.add(next.rowDataset)
    open.push(...namedCells(run, next))
  }
  return datasets
}

function usesRow({ expression }: CompiledCell): boolean {
  let uses = false
  if (expression !== undefined) walk(expression, (node) => (uses ||= node.kind === 'field' && node.of === 'row'))
  return uses
}

/** Rows `from` … `to` − 1 of those that stand behind an instance in one dataset; null for one that does not feed it. */
export function rowsBehind(
  run: ReportRun,
  cell: CompiledCell,
  { instance, dataset, from, to }: { instance: number; dataset: string; from: number; to: number },
): { fields: string[]; rows: Value[][]; total: number } | null {
  if (!datasetsBehind(run, cell).has(dataset)) return null
  const { fields, rowCount, rows } = sliceOf(run, cell, { instance, dataset })
  return { fields, rows: rows(from, to), total: rowCount }
}

function sliceOf(
  run: ReportRun,
  cell: CompiledCell,
  { instance, dataset: name }: { instance: number; dataset: string },
): { fields: string[]; rowCount: number; rows: (from: number, to: number) => Value[][] } {
  const dataset = run.dataset(name)
  const { family, index } = run.viewOf(cell.index, name)
  const slice = index[instance] as number
  const [start, end] = [family.start[slice] as number, family.end[slice] as number]
  const { fields } = dataset
  const rows = (from: number, to: number): Value[][] =>
    Array.from(family.rows.subarray(Math.min(start + from, end), Math.min(start + to, end)), (row) =>
      fields.map((each) => dataset.column(each)?.at(row) ?? null),
    )
  return { fields, rowCount: end - start, rows }
}

function sourceOf(
  run: ReportRun,
  cell: CompiledCell,
  { instance, dataset: name }: { instance: number; dataset: string },
): LineageSource {
  const { fields, rowCount, rows } = sliceOf(run, cell, { instance, dataset: name })
  const sample = rows(0, MOST_SAMPLES)
  const instances = run.instancesOf(cell.index)
  const filter = groupsAbove(run, cell)
    .filter(({ field }) => field?.dataset === name && (field.use === 'group' || field.use === 'list'))
    .map((above) => ({
      column: above.field?.column ?? '',
      text: textOf(run.valueOf(above.index, instances.above(above.index, instance))),
    }))
  return { dataset: name, fields, rowCount, sample, filter }
}
