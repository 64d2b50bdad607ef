import { nearestRank, ratio } from './formula.ts'
import type { SqlBody } from './sql-body.ts'

/**
 * Success rate, latency percentiles by nearest rank over the measured calls, failed calls by class. Twin of
 * `engine/kpi/interface-health#interfaceHealth`; domain rule 3.9.
 */
export const interfaceHealth: SqlBody = {
  name: 'interface health',
  inputs: { asked: {}, calls: { ok: 'flag', duration_ms: 'number?', error: 'text?' } },
  steps: {
    summed: `SELECT scope, count() AS n, countIf(ok) AS good, arraySort(groupArray(duration_ms)) AS durations,
        sumMap(if(ok, CAST(map(), 'Map(String, UInt64)'), map(coalesce(error, 'unclassified'), toUInt64(1)))) AS by_class
      FROM calls GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, ${ratio('s.good', 's.n')} AS success_rate, ${nearestRank('s.durations', 0.5)} AS p50_ms,
    ${nearestRank('s.durations', 0.95)} AS p95_ms, ${nearestRank('s.durations', 0.99)} AS p99_ms,
    if(empty(s.durations), NULL, s.durations[-1]) AS max_ms, s.by_class AS errors
  FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}
