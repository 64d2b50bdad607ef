import type { PolicyName } from '@gemba/contracts/metric'
import type { PolicyValue } from '@gemba/contracts/policy'
import type { DataSource, EntityManager } from 'typeorm'

interface Recorded {
  id: number
  /** null = all sites. */
  site: string | null
  recordedAt: number
  by: string
  reason: string
}

export interface StoredVersion extends Recorded {
  policy: PolicyName
  value: PolicyValue
  validFromAt: number
}

export interface ClosedPeriod extends Recorded {
  closedUntilAt: number
}

interface Row {
  id: number
  site: string | null
  recorded_at: Date
  recorded_by: string
  reason: string
}

const recorded = (row: Row): Recorded => ({
  id: row.id,
  site: row.site,
  recordedAt: row.recorded_at.getTime(),
  by: row.recorded_by,
  reason: row.reason,
})

/** All versions of all policies, in the order in which they were recorded. */
export async function readVersions(database: DataSource | EntityManager): Promise<StoredVersion[]> {
  const rows = await database.query<(Row & { policy: PolicyName; value: PolicyValue; valid_from: Date })[]>(
    'SELECT * FROM policy_version ORDER BY id',
  )
  return rows.map((row) => ({
    ...recorded(row),
    policy: row.policy,
    value: row.value,
    validFromAt: row.valid_from.getTime(),
  }))
}

/** All closes of periods, in the order in which they were recorded. */
export async function readCloses(database: DataSource): Promise<ClosedPeriod[]> {
  const rows = await database.query<(Row & { closed_until: Date })[]>('SELECT * FROM period_close ORDER BY id')
  return rows.map((row) => ({ ...recorded(row), closedUntilAt: row.closed_until.getTime() }))
}
