import { ratio } from './formula.ts'
import type { SqlBody } from './sql-body.ts'

/**
 * Energy by state from the register of a meter: what lies between two readings is spread evenly over the time between
 * them, clipped to the window, and falls to the states it overlaps. A register that falls below its half was set to
 * zero. Of two readings at one instant the higher one holds. Twin of `engine/kpi/energy`; instants in ms.
 */
export const energyByState: SqlBody = {
  name: 'energy by state',
  inputs: {
    asked: { from_at: 'whole', to_at: 'whole' },
    readings: { at: 'whole', kwh: 'number?' },
    states: { state: 'text', from_at: 'whole', to_at: 'whole' },
  },
  steps: {
    registers: `SELECT scope, at, max(assumeNotNull(kwh)) AS now FROM readings WHERE isNotNull(kwh) AND kwh >= 0 GROUP BY scope, at`,
    pairs: `SELECT scope, at AS until, now,
        lagInFrame(at, 1, at) OVER (PARTITION BY scope ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS since,
        lagInFrame(now, 1, now) OVER (PARTITION BY scope ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
      FROM registers`,
    spans: `SELECT p.scope AS scope, greatest(p.since, a.from_at) AS begins, least(p.until, a.to_at) AS ends,
        if(p.now >= p.before / 2, p.now - p.before, p.now) / (p.until - p.since) AS per_ms
      FROM pairs AS p INNER JOIN asked AS a ON a.scope = p.scope WHERE p.until > p.since AND ends > begins`,
    drawn: `SELECT s.scope AS scope, t.state AS state,
        sum(s.per_ms * greatest(toInt64(0), least(s.ends, t.to_at) - greatest(s.begins, t.from_at))) AS kwh
      FROM spans AS s INNER JOIN states AS t ON t.scope = s.scope GROUP BY s.scope, t.state`,
    summed: `SELECT scope, sum(kwh) AS total, sumIf(kwh, state = 'NO_DATA') AS unknown,
        sumIf(kwh, state NOT IN ('RUN', 'SETUP', 'NO_DATA')) AS idle, sumIf(kwh, state IN ('RUN', 'SETUP')) AS busy
      FROM drawn GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, s.total AS total_kwh, s.idle AS idle_kwh, s.unknown AS unknown_kwh,
    ${ratio('s.idle', '(s.idle + s.busy)')} AS idle_share FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/**
 * Alarms raised in a window, how often, how fast they were acknowledged, and those still up at its end. Instants in ms.
 * Twin of `engine/kpi/alarms#alarmFigures`; ISA-18.2.
 */
export const alarmSums: SqlBody = {
  name: 'alarm figures',
  inputs: {
    asked: { from_at: 'whole', to_at: 'whole', known_until: 'whole' },
    alarms: { raised_at: 'whole', acknowledged_at: 'whole?', cleared_at: 'whole?' },
  },
  steps: {
    judged: `SELECT m.scope AS scope, m.raised_at >= a.from_at AND m.raised_at < a.to_at AND m.raised_at <= a.known_until AS is_raised,
        is_raised AND ifNull(m.acknowledged_at <= a.known_until AND m.acknowledged_at >= m.raised_at, 0) AS is_acknowledged,
        if(is_acknowledged, m.acknowledged_at - m.raised_at, NULL) AS delay,
        m.raised_at < least(a.to_at, a.known_until) AND ifNull(m.cleared_at >= least(a.to_at, a.known_until), 1) AS is_up
      FROM alarms AS m INNER JOIN asked AS a ON a.scope = m.scope`,
    summed: `SELECT scope, countIf(is_raised) AS raised, countIf(is_acknowledged) AS seen, sum(delay) AS waited, countIf(is_up) AS up
      FROM judged GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, s.raised AS count, ${ratio('s.raised * 3600000', 'greatest(toInt64(0), least(a.to_at, a.known_until) - a.from_at)')} AS per_hour,
    s.up AS standing, s.seen AS acknowledged, ${ratio('s.waited', 's.seen')} AS acknowledge_ms
  FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}
