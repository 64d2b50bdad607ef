import { Injectable } from '@nestjs/common'
import type { InterfaceHealthRow, InterfacesAnswer } from '@gemba/contracts/interface-health'
import { feedHealth } from '@gemba/engine/kpi/feed-health'
import type { EquipmentScope } from '../datasets/data-gate.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'

interface Period {
  readonly fromAt: number
  readonly toAt: number
}

const IN_PERIOD = `source IN {sources:Array(String)} AND at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND at < fromUnixTimestamp64Milli({toAt:Int64})`
/** The value at rank ⌈share · n⌉ of the measured calls, as `nearestRank` of the engine; null without any. */
const rank = (share: number): string =>
  `if(length(durations) = 0, NULL, durations[greatest(1, toUInt32(ceil(${share} * length(durations) - 1e-9)))])`

const CALLS = `SELECT source, count() AS calls, countIf(outcome = 'ok') AS ok, sum(row_count) AS row_sum, sum(rejected) AS rejected_sum,
    arraySort(groupArrayIf(assumeNotNull(duration_ms), duration_ms IS NOT NULL)) AS durations,
    ${rank(0.5)} AS p50, ${rank(0.95)} AS p95, ${rank(0.99)} AS p99, if(length(durations) = 0, NULL, durations[-1]) AS longest,
    toUnixTimestamp64Milli(maxIf(at, outcome = 'ok')) AS last_ok_ms
  FROM source_call WHERE ${IN_PERIOD} GROUP BY source`
const ERRORS = `SELECT source, outcome, count() AS n FROM source_call WHERE ${IN_PERIOD} AND outcome != 'ok' GROUP BY source, outcome`
/** Between one success and the next, from the beginning of the period to its end. */
const SILENCE = `SELECT source, argMax(from_ms, to_ms - from_ms) AS silent_from, argMax(to_ms, to_ms - from_ms) AS silent_to FROM (
    SELECT source, arrayConcat([{fromAt:Int64}], arraySort(groupArrayIf(toUnixTimestamp64Milli(at), outcome = 'ok')), [{toAt:Int64}]) AS instants,
      arrayJoin(arrayZip(arrayPopBack(instants), arrayPopFront(instants))) AS pair, pair.1 AS from_ms, pair.2 AS to_ms
    FROM source_call WHERE ${IN_PERIOD} GROUP BY source)
  GROUP BY source`
const DRIFTS = `SELECT source, toUnixTimestamp64Milli(at) AS at_ms, foreign_table, foreign_column, change, type_before, type_after
  FROM source_drift WHERE ${IN_PERIOD} ORDER BY at DESC LIMIT 500`

interface CallRow {
  source: string
  calls: string
  ok: string
  row_sum: string
  rejected_sum: string
  p50: number | null
  p95: number | null
  p99: number | null
  longest: number | null
  last_ok_ms: string
}
interface DriftRow {
  source: string
  at_ms: string
  foreign_table: string
  foreign_column: string
  change: 'added' | 'removed' | 'type'
  type_before: string
  type_after: string
}

const iso = (at: number): string => new Date(at).toISOString()

/** Success, latency, errors, lag, outages and schema drift of the interfaces to business systems. Domain rule 3.9. */
@Injectable()
export class InterfaceHealthService {
  constructor(
    private readonly warehouse: WarehouseService,
    private readonly sources: SourcesService,
  ) {}

  async answer(period: Period, scope: EquipmentScope, nowAt: number): Promise<InterfacesAnswer> {
    const visible = this.sources.definitions.filter(
      ({ site, settings }) => settings.kind === 'sql' && scope.allows(site),
    )
    const toAt = Math.min(period.toAt, nowAt)
    const params = { sources: visible.map(({ id }) => id), fromAt: period.fromAt, toAt }
    const [calls, errors, silences, drifts] = await Promise.all([
      this.warehouse.query<CallRow>(CALLS, params),
      this.warehouse.query<{ source: string; outcome: string; n: string }>(ERRORS, params),
      this.warehouse.query<{ source: string; silent_from: string; silent_to: string }>(SILENCE, params),
      this.warehouse.query<DriftRow>(DRIFTS, params),
    ])
    const interfaces = visible.map(({ id, periodMs }): InterfaceHealthRow => {
      const row = calls.find(({ source }) => source === id)
      const silence = silences.find(({ source }) => source === id)
      const newestAt = row && Number(row.ok) > 0 ? Number(row.last_ok_ms) : null
      const lag = feedHealth({ newestEventAt: newestAt, cadenceMs: periodMs, oldestWaitingAt: null }, toAt)
      return {
        source: id,
        ...countsOf(row),
        errors: Object.fromEntries(
          errors.filter(({ source }) => source === id).map(({ outcome, n }) => [outcome, Number(n)]),
        ),
        lagMs: lag.lagMs,
        lagInPeriods: lag.lagInPeriods,
        longestSilence: silence ? silenceOf(Number(silence.silent_from), Number(silence.silent_to)) : null,
        drifts: drifts.filter(({ source }) => source === id).map(driftOf),
      }
    })
    return { fromAt: iso(period.fromAt), toAt: iso(toAt), interfaces }
  }
}

function countsOf(row: CallRow | undefined) {
  const calls = Number(row?.calls ?? 0)
  const ok = Number(row?.ok ?? 0)
  return {
    calls,
    ok,
    successRate: calls === 0 ? null : ok / calls,
    p50Ms: row?.p50 ?? null,
    p95Ms: row?.p95 ?? null,
    p99Ms: row?.p99 ?? null,
    maxMs: row?.longest ?? null,
    rows: Number(row?.row_sum ?? 0),
    rejected: Number(row?.rejected_sum ?? 0),
  }
}

const silenceOf = (fromAt: number, toAt: number) => ({ fromAt: iso(fromAt), toAt: iso(toAt), ms: toAt - fromAt })

const driftOf = (row: DriftRow): InterfaceHealthRow['drifts'][number] => ({
  at: iso(Number(row.at_ms)),
  table: row.foreign_table,
  column: row.foreign_column,
  change: row.change,
  before: row.type_before,
  after: row.type_after,
})
