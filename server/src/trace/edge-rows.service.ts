import { Injectable } from '@nestjs/common'
import type { GenealogyEdge, TraceCut, TraceDirection } from '@gemba/contracts/trace'
import type { EquipmentScope } from '../datasets/data-gate.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'

export interface ClosureQuestion {
  lots: readonly string[]
  direction: TraceDirection
  depth: number
  limits: WalkLimits
  /** Those of some lots that may be shown; nothing is walked through the others. Absent = all. */
  visible?: (lots: readonly string[]) => Promise<ReadonlySet<string>>
}

/** More than this is not walked; the answer says so. */
export interface WalkLimits {
  lots: number
  edges: number
}

/** Everything that can be reached, and the edges that were walked. */
export interface Closure {
  /** Lots with the smallest number of levels, those asked for with 0. */
  depths: Map<string, number>
  edges: GenealogyEdge[]
  truncated: TraceCut | null
}

type Row = Record<string, string | number | null>

/** A bound list is parsed as a query of its own: it stays below the server's 256 KiB. */
const MOST_LIST_CHARACTERS = 150_000
const TABLES = {
  'where-used': { table: 'genealogy_forward', near: 'input_lot' },
  'where-from': { table: 'genealogy_backward', near: 'output_lot' },
} as const

/** Lots in lists that fit into a request. */
export function inLists(lots: Iterable<string>): string[][] {
  const lists: string[][] = [[]]
  let characters = 0
  for (const lot of lots) {
    const own = encodeURIComponent(lot).length + 9
    if (characters + own > MOST_LIST_CHARACTERS) {
      lists.push([])
      characters = 0
    }
    lists.at(-1)?.push(lot)
    characters += own
  }
  return lists.filter((list) => list.length > 0)
}

/** Edges of the genealogy by lot, only those that the caller's rights show. */
@Injectable()
export class EdgeRows {
  private readonly warehouse: WarehouseService

  constructor(warehouse: WarehouseService) {
    this.warehouse = warehouse
  }

  /** Edges that leave (where-used) or enter (where-from) the lots, at most `limit` + 1 of them. */
  async around(
    lots: Iterable<string>,
    direction: TraceDirection,
    how: { scope: EquipmentScope; limit: number },
  ): Promise<GenealogyEdge[]> {
    const { table, near } = TABLES[direction]
    const gate = how.scope.condition('unit')
    const edges: GenealogyEdge[] = []
    for (const list of inLists(lots)) {
      const left = how.limit + 1 - edges.length
      if (left <= 0) break
      const rows = await this.warehouse.query<Row>(
        `SELECT input_lot, output_lot, quantity, quantity_unit, order_no, operation, unit, toUnixTimestamp64Milli(consumed_at) AS at, method, relation
         FROM ${table} FINAL WHERE ${near} IN {lots:Array(String)} AND ${gate.sql} LIMIT {left:UInt64}`,
        { lots: list, left, ...gate.params },
      )
      for (const row of rows) edges.push(edgeOf(row))
    }
    return edges
  }

  /** Those of the lots that some edge names. */
  async named(lots: readonly string[], scope: EquipmentScope): Promise<Set<string>> {
    const gate = scope.condition('unit')
    const found = new Set<string>()
    for (const list of inLists(lots)) {
      const rows = await this.warehouse.query<{ lot: string }>(
        `SELECT DISTINCT input_lot AS lot FROM genealogy_forward FINAL WHERE input_lot IN {lots:Array(String)} AND ${gate.sql}
         UNION ALL SELECT DISTINCT output_lot AS lot FROM genealogy_backward FINAL WHERE output_lot IN {lots:Array(String)} AND ${gate.sql}`,
        { lots: list, ...gate.params },
      )
      for (const { lot } of rows) found.add(lot)
    }
    return found
  }

  /**
   * Level by level from the lots, each lot once, so that loops end. A level that would exceed a limit is walked as far as
   * the limit allows and is the last.
   */
  async closure(question: ClosureQuestion, scope: EquipmentScope): Promise<Closure> {
    const { lots, direction, depth, limits, visible } = question
    const depths = new Map(lots.map((lot) => [lot, 0]))
    const edges: GenealogyEdge[] = []
    let frontier: Set<string> = new Set(depths.keys())
    for (let level = 1; level <= depth && frontier.size > 0; level += 1) {
      const room = limits.edges - edges.length
      const found = await this.around(frontier, direction, { scope, limit: room })
      if (found.length > room) return { depths, edges, truncated: { by: 'edges', limit: limits.edges, depth: level } }
      const next = new Set<string>()
      const farOf = (edge: GenealogyEdge): string => (direction === 'where-used' ? edge.output : edge.input)
      const shown = visible && (await visible([...new Set(found.map(farOf))]))
      for (const edge of found) {
        const far = farOf(edge)
        if (shown && !shown.has(far)) continue
        if (!depths.has(far)) {
          if (depths.size - lots.length >= limits.lots)
            return { depths, edges, truncated: { by: 'lots', limit: limits.lots, depth: level } }
          depths.set(far, level)
          next.add(far)
        }
        edges.push(edge)
      }
      frontier = next
    }
    return { depths, edges, truncated: null }
  }
}

function edgeOf(row: Row): GenealogyEdge {
  const text = (name: string): string | null => (row[name] === null ? null : String(row[name]))
  const number = (name: string): number | null => (row[name] === null ? null : Number(row[name]))
  return {
    input: String(row['input_lot']),
    output: String(row['output_lot']),
    quantity: number('quantity'),
    unit: text('quantity_unit'),
    order: text('order_no'),
    operation: text('operation'),
    equipment: text('unit'),
    at: number('at'),
    method: row['method'] as GenealogyEdge['method'],
    relation: row['relation'] as GenealogyEdge['relation'],
  }
}
