import type { CallNode } from '../formula/syntax.ts'
import { planAxis, VERTICAL } from './axis-plan.ts'
import type { ReportTemplate } from './compile.ts'
import { ROOT, type CompiledCell, type CompiledTemplate } from './compiled.ts'
import type { FoldName } from './folds.ts'
import { TierFinder } from './tier-finder.ts'

/** An aggregate over all instances of a cell, asked for below the list. */
export interface Total {
  node: CallNode
  name: FoldName
  target: number
}

/** How a template is computed from rows that come one after the other. */
export interface StreamPlan {
  /** The one cell that grows with the rows, and its dataset. */
  expander: number
  dataset: string
  /** The field whose change begins a new instance; undefined if each row makes one. */
  groupBy: string | undefined
  /** True if the rows of a group must lie together, which data has to show; adjacent groups do by definition. */
  mustLieTogether: boolean
  /** Template rows `from` … `to` − 1 are repeated; those above are the head, those below the tail. */
  from: number
  to: number
  /** Cells of the template that are repeated. */
  listCells: number
  /** True if nothing but the list itself grows: each of its rows makes `to` − `from` rows. */
  isFlat: boolean
  /** Fields that any expression names. */
  fields: ReadonlySet<string>
  /** Cells outside of the list whose value is there before the first row is read, and those that need all rows. */
  early: readonly number[]
  late: ReadonlySet<number>
  totals: readonly Total[]
  /** Cells of the tail that sum up a field of all rows. */
  summaries: ReadonlyMap<number, FoldName>
  /** Sums over all rows up to the present one. */
  running: readonly { node: CallNode; target: number }[]
  /** Cells whose places stand in live formulas of the tail. */
  tracked: readonly number[]
  /** Why pages cannot be cut while rows go by; empty if they can. */
  pageReasons: readonly TierReason[]
}

/** Why rows cannot be forgotten as they go by: the key of a text, and the cells that are the cause. */
export interface TierReason {
  key: string
  cells: string[]
}

export type Tier = { kind: 'stream'; plan: StreamPlan } | { kind: 'memory'; reasons: TierReason[] }

/**
 * Decides how a template is computed. Row stream: one list or one level of groups on sorted rows, with anything inside
 * that looks at its own group only, a head that needs no row and a tail of totals. Everything else holds all rows in
 * memory; the reasons name the cells. Looks at the template alone, never at data.
 */
export function tierOf(compiled: CompiledTemplate, template: ReportTemplate): Tier {
  if (compiled.findings.some(({ level }) => level === 'refuse')) return { kind: 'memory', reasons: [] }
  const expander = onlyList(compiled)
  if ('reasons' in expander) return { kind: 'memory', reasons: expander.reasons }
  const region = planAxis(compiled, VERTICAL).root.segments.find((segment) => segment.kind === 'region')
  const [from, to] = region?.kind === 'region' ? [region.from, region.to] : [0, 0]
  const finder = new TierFinder(compiled, { expander, from, to })
  finder.judge(template.sheet)
  if (finder.reasons.length > 0) return { kind: 'memory', reasons: finder.reasons }
  return { kind: 'stream', plan: finder.plan() }
}

/** The one cell that grows at the root, if it is a list or groups in the order of the rows. */
function onlyList(compiled: CompiledTemplate): CompiledCell | { reasons: TierReason[] } {
  const because = (key: string, cells: readonly CompiledCell[]): { reasons: TierReason[] } => ({
    reasons: [{ key, cells: cells.map(({ address }) => address) }],
  })
  const right = compiled.cells.filter(({ expand }) => expand === 'right')
  if (right.length > 0) return because('tierExpandsRight', right)
  const lists = compiled.cells.filter(({ expand, left }) => expand === 'down' && left === ROOT)
  const [list] = lists
  if (list === undefined) return because('tierNoList', [])
  if (lists.length > 1) return because('tierSeveralLists', lists)
  const { field } = list
  if (field === undefined) return because('tierArray', [list])
  const { top, padTo } = field.source
  if (field.use !== 'list' && field.use !== 'group') return because('tierBands', [list])
  const isChosen = field.where !== undefined || field.having !== undefined || field.order.length > 0
  if (isChosen || top !== undefined || padTo !== undefined) return because('tierChosenRows', [list])
  return list
}
