import { ROOT, type CompiledCell, type CompiledTemplate } from './compiled.ts'

/** Rows or columns; everything in a layout is the same on both, mirrored. */
export interface Axis {
  name: 'vertical' | 'horizontal'
  expansion: 'down' | 'right'
  parent: (cell: CompiledCell) => number
  from: (cell: CompiledCell) => number
  span: (cell: CompiledCell) => number
}

export const VERTICAL: Axis = {
  name: 'vertical',
  expansion: 'down',
  parent: (cell) => cell.left,
  from: (cell) => cell.row,
  span: (cell) => cell.rowSpan,
}

export const HORIZONTAL: Axis = {
  name: 'horizontal',
  expansion: 'right',
  parent: (cell) => cell.top,
  from: (cell) => cell.column,
  span: (cell) => cell.columnSpan,
}

/** Template lines `from` … `to`−1. */
export interface Block {
  from: number
  to: number
}

/** A line on its own, or a region of expanders whose blocks overlap. */
export type Segment =
  { kind: 'fixed'; line: number } | { kind: 'region'; from: number; to: number; expanders: number[] }

/** The lines a context owns: those of the root, or the block of an expander. */
export interface Owner extends Block {
  /** ROOT or the index of the expander. */
  cell: number
  segments: Segment[]
  /** True if no expander lies below: every instance has the same height. */
  leaf: boolean
}

export interface AxisPlan {
  axis: Axis
  root: Owner
  /** Owners by cell index, parents before their children. */
  owners: Map<number, Owner>
}

/** Blocks and regions, which depend on the template only. */
export function planAxis(template: CompiledTemplate, axis: Axis): AxisPlan {
  const size = axis.name === 'vertical' ? template.rows : template.columns
  const blocks = blocksOf(template, axis)
  const children = new Map<number, number[]>([[ROOT, []]])
  for (const cell of template.cells) {
    if (cell.expand !== axis.expansion) continue
    const parent = axis.parent(cell)
    children.set(parent, [...(children.get(parent) ?? []), cell.index])
  }
  const owner = (cell: number, block: Block): Owner => {
    const below = children.get(cell) ?? []
    return { cell, ...block, segments: segmentsOf(block, below, blocks), leaf: below.length === 0 }
  }
  const owners = new Map<number, Owner>()
  const visit = (parent: number): void => {
    for (const child of children.get(parent) ?? []) {
      owners.set(child, owner(child, blocks.get(child) as Block))
      visit(child)
    }
  }
  visit(ROOT)
  return { axis, root: owner(ROOT, { from: 0, to: size }), owners }
}

/** Block of an expander: the hull of its own lines and of all cells that have it above them on this axis. */
function blocksOf(template: CompiledTemplate, axis: Axis): Map<number, Block> {
  const blocks = new Map<number, Block>()
  for (const cell of template.cells) {
    const [from, to] = [axis.from(cell), axis.from(cell) + axis.span(cell)]
    let at = cell.expand === axis.expansion ? cell.index : axis.parent(cell)
    while (at !== ROOT) {
      const block = blocks.get(at)
      if (block === undefined) blocks.set(at, { from, to })
      else {
        block.from = Math.min(block.from, from)
        block.to = Math.max(block.to, to)
      }
      at = axis.parent(template.cells[at] as CompiledCell)
    }
  }
  return blocks
}

function segmentsOf(block: Block, expanders: number[], blocks: Map<number, Block>): Segment[] {
  const segments: Segment[] = []
  const sorted = expanders.toSorted((a, b) => (blocks.get(a) as Block).from - (blocks.get(b) as Block).from)
  let line = block.from
  for (let i = 0; i < sorted.length;) {
    const first = blocks.get(sorted[i] as number) as Block
    for (; line < first.from; line += 1) segments.push({ kind: 'fixed', line })
    const region = { kind: 'region' as const, from: first.from, to: first.to, expanders: [] as number[] }
    for (; i < sorted.length; i += 1) {
      const next = blocks.get(sorted[i] as number) as Block
      if (next.from >= region.to && region.expanders.length > 0) break
      region.to = Math.max(region.to, next.to)
      region.expanders.push(sorted[i] as number)
    }
    segments.push(region)
    line = region.to
  }
  for (; line < block.to; line += 1) segments.push({ kind: 'fixed', line })
  return segments
}
