import { ratio } from './formula.ts'
import type { SqlBody } from './sql-body.ts'

const inherent = (mtbf: string, mttr: string): string => ratio(mtbf, `(${mtbf} + ${mttr})`)

/** Inherent and operational availability. Twin of `engine/kpi/reliability`; Ebeling ch. 11. */
export const availabilityVariants: SqlBody = {
  name: 'availability variants',
  inputs: { asked: { mtbf: 'number', mttr: 'number', maintenance: 'number', delay: 'number' } },
  answer: `SELECT scope, ${inherent('mtbf', 'mttr')} AS inherent,
    ${ratio('mtbf', '(mtbf + mttr + maintenance + delay)')} AS operational FROM asked`,
}

/** Life test without replacement. Twin of `engine/kpi/reliability#lifeTest`. */
export const lifeTests: SqlBody = {
  name: 'life tests',
  inputs: { asked: { units: 'number', test_time: 'number' }, failures: { failed_after: 'number' } },
  steps: {
    lost: `SELECT a.scope AS scope, countIf(f.scope != '') AS failures, sumIf(a.test_time - f.failed_after, f.scope != '') AS idle
      FROM asked AS a LEFT JOIN failures AS f ON f.scope = a.scope GROUP BY a.scope`,
  },
  answer: `SELECT a.scope AS scope, ${ratio('l.failures', 'a.units')} AS failure_pct,
    a.units * a.test_time - l.idle AS operating_hours,
    ${ratio('l.failures', 'operating_hours')} AS failure_rate_per_h,
    ${ratio('operating_hours', 'l.failures')} AS mtbf_h
  FROM asked AS a INNER JOIN lost AS l ON l.scope = a.scope`,
}

/**
 * MTBF, MTTR and inherent availability from intervals of states: run time is operating time, `FAILURE` and `DOWN` are
 * repairs; waiting and breaks are in neither. Twin of `engine/kpi/reliability#reliability`; ISO 22400-2.
 */
export const intervalReliability: SqlBody = {
  name: 'reliability of intervals',
  inputs: { asked: {}, intervals: { state: 'text', hours: 'number' } },
  steps: {
    summed: `SELECT scope, sumIf(hours, state = 'RUN') AS operating,
        sumIf(hours, state IN ('FAILURE', 'DOWN')) AS repair, countIf(state IN ('FAILURE', 'DOWN')) AS failures
      FROM intervals GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, s.failures AS failures, ${ratio('s.operating', 's.failures')} AS mtbf_h,
    ${ratio('s.repair', 's.failures')} AS mttr_h, ${inherent('mtbf_h', 'mttr_h')} AS inherent_availability
  FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/**
 * The same of windows: operating time is run time without micro-stops, repair time the `DOWN` time whose reason is a
 * failure or missing. `category` '' = no reason, or one without category. Twin of
 * `engine/kpi/reliability#reliabilityOfWindow`.
 */
export const windowReliability: SqlBody = {
  name: 'reliability of windows',
  inputs: {
    asked: {},
    windows: { run_ms: 'number', micro_stop_ms: 'number', failures: 'number' },
    stops: { state: 'text', category: 'text', ms: 'number' },
  },
  steps: {
    operated: `SELECT scope, sum(run_ms - micro_stop_ms) AS ms, sum(failures) AS failures FROM windows GROUP BY scope`,
    repaired: `SELECT scope, sumIf(ms, state = 'DOWN' AND category IN ('', 'failure')) AS repair FROM stops GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, o.failures AS failures, ${ratio('o.ms', 'o.failures')} AS mtbf,
    ${ratio('r.repair', 'o.failures')} AS mttr, ${inherent('mtbf', 'mttr')} AS inherent_availability
  FROM asked AS a LEFT JOIN operated AS o ON o.scope = a.scope LEFT JOIN repaired AS r ON r.scope = a.scope`,
}

/** Synchronous line without buffers: 1 / (1 + Σ MTTR/MTBF). Twin of `engine/kpi/reliability#serialLineAvailability`. */
export const serialLines: SqlBody = {
  name: 'serial lines',
  inputs: { asked: {}, stations: { mtbf: 'number?', mttr: 'number' } },
  steps: {
    losses: `SELECT scope, sum(if(isNull(mtbf), 0, mttr / nullIf(mtbf, 0))) AS loss, countIf(mtbf = 0) AS unknown
      FROM stations GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, if(l.unknown > 0, NULL, 1 / (1 + coalesce(l.loss, 0))) AS availability
    FROM asked AS a LEFT JOIN losses AS l ON l.scope = a.scope`,
}
