import type { RecordLine } from '@gemba/contracts/erp-record'
import type { CallLine, DriftLine, GapLine, QuarantineLine, Reading } from '@gemba/contracts/reading'
import { QUALITY_ROW_OF, tablesOf } from './encode-quality.ts'
import { tsvInstant, tsvText } from '../warehouse/tsv.ts'
import { SUPPLY_ROWS } from './encode-supply.ts'
import { UPKEEP_ROWS } from './encode-upkeep.ts'

export interface NumberedReading {
  seq: number
  reading: Reading
}

export const READING_COLUMNS = [
  'point',
  'source_at',
  'seq',
  'number',
  'text',
  'quality',
  'kind',
  'received_at',
  'stream',
] as const

/** Kind of a stored value: 0 null, 1 number, 2 text, 3 boolean. */
function valueColumns(value: Reading['v']): string {
  if (typeof value === 'number') return `${value}\t\t`
  if (typeof value === 'string') return `0\t${tsvText(value)}\t`
  return `${value === true ? 1 : 0}\t\t`
}

const kindOf = (value: Reading['v']): number =>
  value === null ? 0 : typeof value === 'number' ? 1 : typeof value === 'string' ? 2 : 3

/** Readings as rows of the table `reading`. */
export function encodeReadings(readings: readonly NumberedReading[], stream: string, receivedAt: number): string {
  const streamText = tsvText(stream)
  const receivedText = tsvInstant(receivedAt)
  let body = ''
  for (const { seq, reading } of readings) {
    body += `${tsvText(reading.p)}\t${tsvInstant(reading.t)}\t${seq}\t${valueColumns(reading.v)}${reading.q ?? 0}\t${kindOf(reading.v)}\t${receivedText}\t${streamText}\n`
  }
  return body
}

export interface NumberedGap {
  seq: number
  line: GapLine
}

export function gapRows(gaps: readonly NumberedGap[], stream: string): object[] {
  return gaps.map(({ seq, line }) => ({
    source: line.source,
    from_at: line.fromAt,
    unit: line.unit,
    cause: line.cause,
    to_at: line.toAt,
    lost: line.count,
    stream,
    seq,
  }))
}

export function quarantineRows(lines: readonly { seq: number; line: QuarantineLine }[], stream: string): object[] {
  return lines.map(({ seq, line }) => ({
    reason: line.reason,
    at: line.at,
    source: line.source,
    text: line.text,
    raw: line.raw,
    stream,
    seq,
  }))
}

export function callRows(calls: readonly { seq: number; line: CallLine }[], stream: string): object[] {
  return calls.map(({ seq, line }) => ({
    source: line.source,
    at: line.at,
    duration_ms: line.durationMs,
    outcome: line.outcome,
    row_count: line.rows,
    rejected: line.rejected,
    newest_at: line.newestAt,
    stream,
    seq,
  }))
}

export function driftRows(drifts: readonly { seq: number; line: DriftLine }[], stream: string): object[] {
  return drifts.map(({ seq, line }) => ({
    source: line.source,
    at: line.at,
    foreign_table: line.table,
    foreign_column: line.column,
    change: line.change,
    type_before: line.before,
    type_after: line.after,
    stream,
    seq,
  }))
}

/** Rows of business records by table. */
export function recordRows(records: readonly RecordLine[]): Map<string, object[]> {
  const tables = new Map<string, object[]>()
  for (const record of records) {
    const row = {
      source: record.source,
      ...ROW_OF[record.type](record as never),
      version_at: record.at,
      is_deleted: record.deleted ? 1 : 0,
    }
    for (const table of tablesOf(record.type)) {
      const list = tables.get(table)
      if (list) list.push(row)
      else tables.set(table, [row])
    }
  }
  return tables
}

type Row<T extends RecordLine['type']> = (record: Extract<RecordLine, { type: T }>) => object

const ROW_OF: { [T in RecordLine['type']]: Row<T> } = {
  ...SUPPLY_ROWS,
  'production-order': ({ data }) => ({
    order_no: data.order,
    material: data.material,
    quantity: data.quantity,
    work_center: data.workCenter,
    customer: data.customer,
    priority: data.priority,
    released_at: data.releasedAt,
    scheduled_start_at: data.scheduledStartAt,
    due_at: data.dueAt,
    delivered_at: data.deliveredAt,
    delivered_quantity: data.deliveredQuantity,
    status: data.status,
  }),
  'order-operation': ({ data }) => ({
    order_no: data.order,
    operation: data.operation,
    sequence: data.sequence,
    name: data.name,
    work_center: data.workCenter,
    standard_seconds: data.standardSeconds,
  }),
  'job-report': ({ key, data }) => ({
    report_key: key,
    order_no: data.order,
    operation: data.operation,
    work_center: data.workCenter,
    reported_at: data.reportedAt,
    good: data.good,
    scrap: data.scrap,
    rework: data.rework,
  }),
  reservation: ({ data }) => ({
    order_no: data.order,
    item: data.item,
    component: data.component,
    required: data.required,
    withdrawn: data.withdrawn,
  }),
  'stock-level': ({ data }) => ({
    component: data.component,
    site: data.site,
    quantity: data.quantity,
    unit: data.unit,
  }),
  ...QUALITY_ROW_OF,
  ...UPKEEP_ROWS,
}
