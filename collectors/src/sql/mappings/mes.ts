/** The MES: job reports, each once, with the time of the report and of the change; lots, serials, inspections and tests. */
import { type Mapping, type PullStream, instantOfCursor } from '../mapping.ts'
import { conformedCode, conformedUnit, envelopeOf } from './codes.ts'
import { GENEALOGY_STREAMS } from './mes-genealogy.ts'
import { QUALITY_STREAMS } from './mes-quality.ts'

const number = (text: string | null | undefined): number => Number(text ?? 0)

const JOB_REPORTS: PullStream = {
  name: 'job-reports',
  sql: `SELECT updated_at::text AS cursor, updated_at AS changed, report_no AS key, wo_no AS order_no, op_no AS operation, work_center, (extract(epoch FROM reported_at) * 1000)::bigint::text AS reported_ms, good::text AS good, scrap::text AS scrap, rework::text AS rework
    FROM job_report WHERE {after:updated_at,report_no} ORDER BY updated_at, report_no LIMIT {limit}`,
  toRecord: (row, context) => ({
    k: 'record',
    source: context.source,
    key: row['key'] ?? '',
    version: row['cursor'] ?? '',
    deleted: false,
    at: instantOfCursor(row['cursor'] ?? ''),
    type: 'job-report',
    data: {
      order: row['order_no'] ?? '',
      operation: row['operation'] ?? '',
      workCenter: row['work_center'] ?? '',
      reportedAt: number(row['reported_ms']),
      good: number(row['good']),
      scrap: number(row['scrap']),
      rework: number(row['rework']),
    },
  }),
}

const CONSUMPTION: PullStream = {
  name: 'material-consumption',
  sql: `SELECT updated_at::text AS cursor, updated_at AS changed, consumption_no AS key, '' AS deleted, wo_no AS order_no, material, quantity::text AS quantity, unit, (extract(epoch FROM consumed_at) * 1000)::bigint::text AS consumed_ms
    FROM lot_consumption WHERE {after:updated_at,consumption_no} ORDER BY updated_at, consumption_no LIMIT {limit}`,
  toRecord: (row, context) => ({
    ...envelopeOf(row, context),
    type: 'material-consumption',
    data: {
      order: row['order_no'] ?? '',
      material: conformedCode(row['material']),
      quantity: number(row['quantity']),
      ...conformedUnit(row['unit']),
      consumedAt: number(row['consumed_ms']),
    },
  }),
}

export const mesMapping: Mapping = [JOB_REPORTS, CONSUMPTION, ...GENEALOGY_STREAMS, ...QUALITY_STREAMS]
