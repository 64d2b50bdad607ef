/** What the MES learns of lots, tests and inspections, and what really happened: rows and lines of truth. */

export type Cell = string | number | boolean | null

/** A row of the MES as it is from `at` on; the same key again replaces it. */
export interface QualityFact {
  readonly at: number
  readonly table: QualityTable
  readonly key: string
  readonly row: Readonly<Record<string, Cell>>
}

/** A line of the plant's own ledger. */
export interface TruthLine {
  readonly k: string
  readonly t: number
  readonly [field: string]: unknown
}

/** Tables with the column that identifies a row. */
export const QUALITY_KEYS = {
  lot: 'lot_no',
  lot_input: 'consumption_no',
  lot_stock: 'stock_no',
  lot_movement: 'movement_no',
  serial_unit: 'serial_no',
  container: 'container_no',
  container_content: 'content_no',
  inspection_plan: 'plan_no',
  inspection_lot: 'inspection_no',
  inspection_result: 'result_no',
  defect_record: 'defect_no',
  nonconformance: 'nc_no',
  downtime_event: 'event_no',
  test_result: 'test_no',
  maintenance_order: 'mo_no',
} as const
export type QualityTable = keyof typeof QUALITY_KEYS

/** Collects facts and truth in the order in which they come. */
export class QualityLog {
  facts: QualityFact[] = []
  truths: TruthLine[] = []

  book(at: number, table: QualityTable, row: Readonly<Record<string, Cell>>): void {
    this.facts.push({ at, table, key: String(row[QUALITY_KEYS[table]]), row })
  }

  truth(line: TruthLine): void {
    this.truths.push(line)
  }

  take(): { facts: QualityFact[]; truths: TruthLine[] } {
    const taken = { facts: this.facts, truths: this.truths }
    this.facts = []
    this.truths = []
    return taken
  }
}
