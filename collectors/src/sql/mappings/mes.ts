/** The MES: job reports, each once, with the time of the report and of the change; lots, serials, inspections and tests. */
import { instantOfLocalText } from '../local-time.ts'
import type { Mapping, PullStream, Row } from '../mapping.ts'
import { codeOrNull, conformedCode, conformedOrder, conformedUnit, envelopeOf, quantityIn } from './codes.ts'
import { GENEALOGY_STREAMS } from './mes-genealogy.ts'
import { MAINTENANCE_STREAMS } from './mes-maintenance.ts'
import { QUALITY_STREAMS } from './mes-quality.ts'

const number = (text: string | null | undefined): number => Number(text ?? 0)

const JOB_REPORTS: PullStream = {
  name: 'job-reports',
  sql: `SELECT updated_at::text AS cursor, updated_at AS changed, report_no AS key, wo_no AS order_no, op_no AS operation, work_center, (extract(epoch FROM reported_at) * 1000)::bigint::text AS reported_ms, reported_local::text AS reported_local, reverses, good::text AS good, scrap::text AS scrap, rework::text AS rework
    FROM job_report WHERE {after:updated_at,report_no} ORDER BY updated_at, report_no LIMIT {limit}`,
  toRecord(row, context) {
    const reportedAt = reportedAtOf(row, context.timeZone)
    if (reportedAt === null) return null
    // A report that takes another one back is written with the same signs as that one.
    const sign = codeOrNull(row['reverses']) === null ? 1 : -1
    const pieces = (name: string): number => 0 + sign * number(row[name])
    return {
      ...envelopeOf(row, context),
      type: 'job-report',
      data: {
        order: conformedOrder(row['order_no']),
        operation: row['operation'] ?? '',
        workCenter: row['work_center'] ?? '',
        reportedAt,
        good: pieces('good'),
        scrap: pieces('scrap'),
        rework: pieces('rework'),
      },
    }
  },
}

/** Terminals that know no zone leave the time of their own clock, which is that of the system. */
function reportedAtOf(row: Row, timeZone: string): number | null {
  const exact = row['reported_ms'] ?? null
  return exact === null ? (instantOfLocalText(timeZone, row['reported_local'] ?? null)?.at ?? null) : Number(exact)
}

const CONSUMPTION: PullStream = {
  name: 'material-consumption',
  sql: `SELECT updated_at::text AS cursor, updated_at AS changed, consumption_no AS key, '' AS deleted, wo_no AS order_no, material, quantity::text AS quantity, unit, (extract(epoch FROM consumed_at) * 1000)::bigint::text AS consumed_ms
    FROM lot_consumption WHERE {after:updated_at,consumption_no} ORDER BY updated_at, consumption_no LIMIT {limit}`,
  toRecord: (row, context) => ({
    ...envelopeOf(row, context),
    type: 'material-consumption',
    data: {
      order: conformedOrder(row['order_no']),
      material: conformedCode(row['material']),
      quantity: quantityIn(row['unit'], row['quantity']),
      ...conformedUnit(row['unit']),
      consumedAt: number(row['consumed_ms']),
    },
  }),
}

export const mesMapping: Mapping = [
  JOB_REPORTS,
  CONSUMPTION,
  ...GENEALOGY_STREAMS,
  ...QUALITY_STREAMS,
  ...MAINTENANCE_STREAMS,
]
