/** Many units with a long past: the derived tables as `server/src/kpi` writes them, and readings of the last hours. */
import type { ClickHouseClient } from '@clickhouse/client'
import { FIRST_HOUR, benchUnit } from './bench-catalog.ts'
import type { Line } from './push.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
export const WINDOW_MS = 8 * HOUR_MS
/** How far into its shift a bench board is looked at, in whole hours. */
const HOURS_INTO_SHIFT = 6

/** A fixed-offset zone in which the first shift of the day has been running for six to seven hours. */
export function zoneLateInShift(nowAt: number): { timeZone: string; shiftAt: number } {
  const hour = new Date(nowAt).getUTCHours()
  const offset = ((FIRST_HOUR + HOURS_INTO_SHIFT - hour + 36) % 24) - 12
  // The sign of these names is the reverse of the usual one.
  const timeZone = offset === 0 ? 'Etc/UTC' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`
  return { timeZone, shiftAt: Math.floor(nowAt / HOUR_MS) * HOUR_MS - HOURS_INTO_SHIFT * HOUR_MS }
}

/** Readings of all units: a cycle every half minute, and every 20 minutes a stop of one or five minutes. */
export function readingsOf(units: number, fromAt: number, toAt: number): Line[] {
  const lines: Line[] = []
  for (let at = fromAt, step = 0; at < toAt; at += 30_000, step += 1) {
    const inCycle = step % 40
    const stopped = inCycle < (Math.floor(step / 40) % 4 === 0 ? 10 : 2)
    for (let index = 0; index < units; index += 1) {
      const unit = benchUnit(index)
      const t = at + index
      if (inCycle === 0) lines.push({ p: `${unit}:reason`, t, v: `R${Math.floor(step / 40) % 6}` })
      if (step === 0 || inCycle === 0 || inCycle === 2 || inCycle === 10)
        lines.push({ p: `${unit}:state`, t, v: stopped ? 'not-executing' : 'executing' })
      if (!stopped) lines.push({ p: `${unit}:total`, t, v: step * 10 }, { p: `${unit}:good`, t, v: step * 10 - 1 })
    }
  }
  return lines
}

/**
 * The pattern of a stored window, in SQL: 24 cycles of 20 minutes, each a run and then a micro-stop of 1, a failure of
 * 5 or a changeover of 10 minutes; in every tenth window of a unit one of the micro-stops is missing data of 2 minutes.
 */
const CYCLES = `
  SELECT w, i, unit_index, fromAt + w * ${WINDOW_MS} AS window_ms, window_ms + i * ${20 * MINUTE_MS} AS cycle_ms,
    multiIf(i = 10 AND w % 10 = unit_index % 10, 'NO_DATA', i % 8 = 7, 'DOWN', i % 8 = 3, 'SETUP', 'MICRO_STOP') AS lost,
    transform(lost, ['NO_DATA', 'DOWN', 'SETUP'], [2, 5, 10], 1) * ${MINUTE_MS} AS lost_ms,
    if(lost IN ('DOWN', 'MICRO_STOP'), concat('R', toString((w + i) % 6)), NULL) AS why
  FROM (SELECT intDiv(number, 24) AS w, number % 24 AS i, {unitIndex:Int64} AS unit_index, {fromAt:Int64} AS fromAt
        FROM numbers({cycles:UInt64}))`

const at = (expression: string) => `fromUnixTimestamp64Milli(toInt64(${expression}), 'UTC')`

const STATEMENTS = [
  `INSERT INTO equipment_state (unit, window_at, started_at, ended_at, state, reason, order_no, material, computed_at, is_deleted)
   SELECT {unit:String}, ${at('window_ms')}, ${at('piece.1')}, ${at('piece.2')}, piece.3, piece.4, concat('ORDER-', toString(w)), 'M1', now64(3, 'UTC'), 0
   FROM (${CYCLES})
   ARRAY JOIN [(cycle_ms, cycle_ms + ${20 * MINUTE_MS} - lost_ms, 'RUN', CAST(NULL, 'Nullable(String)')),
               (cycle_ms + ${20 * MINUTE_MS} - lost_ms, cycle_ms + ${20 * MINUTE_MS}, lost, why)] AS piece`,
  `INSERT INTO equipment_stop (unit, window_at, state, reason, ms, count, computed_at, is_deleted)
   SELECT {unit:String}, ${at('window_ms')}, lost, ifNull(why, ''), sum(lost_ms), count(), now64(3, 'UTC'), 0
   FROM (${CYCLES}) WHERE lost != 'NO_DATA' GROUP BY window_ms, lost, why`,
  `INSERT INTO equipment_count (unit, minute_at, order_no, material, window_at, total, good, scrap, rework, computed_at, is_deleted)
   SELECT {unit:String}, ${at(`cycle_ms + minute * ${MINUTE_MS}`)}, concat('ORDER-', toString(w)), 'M1', ${at('window_ms')}, 17, 16, 1, 0, now64(3, 'UTC'), 0
   FROM (${CYCLES}) ARRAY JOIN range(20) AS minute`,
  `INSERT INTO equipment_window
   SELECT {unit:String}, ${at('window_ms')}, ${at(`window_ms + ${WINDOW_MS}`)}, 'shift', toDate(${at('window_ms')}), char(65 + w % 3),
     ${WINDOW_MS} AS all_ms, 0, 0, all_ms AS scheduled_ms, sumIf(lost_ms, lost = 'NO_DATA') AS no_data_ms, scheduled_ms - no_data_ms AS planned_ms,
     sumIf(lost_ms, lost = 'SETUP') AS setup_ms, sumIf(lost_ms, lost = 'DOWN') AS down_ms, sumIf(lost_ms, lost = 'MICRO_STOP'),
     planned_ms - setup_ms - down_ms, 8000 * 3000, 7900 * 3000, 8000, 7900, 100, 0, 0,
     countIf(lost = 'DOWN'), countIf(lost = 'MICRO_STOP'), countIf(lost = 'SETUP'), now64(3, 'UTC')
   FROM (${CYCLES}) GROUP BY w, window_ms`,
]

/** Writes whole windows from `fromAt` to `toAt` for every unit: one unit after the other, its windows last. */
export async function storeWindows(
  warehouse: ClickHouseClient,
  { units, fromAt, toAt }: { units: number; fromAt: number; toAt: number },
): Promise<void> {
  const cycles = 24 * Math.round((toAt - fromAt) / WINDOW_MS)
  for (let index = 0; index < units; index += 1) {
    const query_params = { unit: benchUnit(index), unitIndex: index, fromAt, cycles }
    for (const query of STATEMENTS) await warehouse.command({ query, query_params })
  }
}
