import { dayOf, deviationOf, nearestRank, ratio } from './formula.ts'
import type { SqlBody } from './sql-body.ts'

/**
 * Supplier on-time delivery: lines received inside the window / lines due. Too early is a miss where a limit is given,
 * not received is a miss; with `as_of` only what was known that day counts. Dates as text. Twin of
 * `engine/kpi/delivery#supplierOnTime`.
 */
export const supplierOnTime: SqlBody = {
  name: 'supplier on time',
  inputs: {
    asked: { early_days: 'number?', late_days: 'number', as_of: 'date?' },
    lines: { due: 'date', received: 'date?' },
  },
  steps: {
    known: `SELECT l.scope AS scope, if(ifNull(l.received > a.as_of, 0), NULL, l.received) AS arrived,
        ifNull(l.due <= a.as_of, 1) OR isNotNull(arrived) AS is_due,
        ${dayOf("ifNull(arrived, '1970-01-01')")} - ${dayOf('l.due')} AS days_late,
        isNotNull(arrived) AND days_late <= a.late_days AND ifNull(days_late >= -a.early_days, 1) AS is_hit
      FROM lines AS l INNER JOIN asked AS a ON a.scope = l.scope`,
    counted: `SELECT scope, countIf(is_due) AS due, countIf(is_due AND is_hit) AS hits FROM known GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, c.due AS lines, ${ratio('c.hits', 'c.due')} AS otd
    FROM asked AS a LEFT JOIN counted AS c ON c.scope = a.scope`,
}

/** Parts per million and the improvement on a prior figure. Twin of `engine/kpi/supplier#partsPerMillion`. */
export const partsPerMillion: SqlBody = {
  name: 'parts per million',
  inputs: { asked: { defective: 'number', received: 'number', prior_ppm: 'number?' } },
  answer: `SELECT scope, ${ratio('defective', 'received')} * 1e6 AS ppm, ${ratio('prior_ppm - ppm', 'prior_ppm')} AS improvement FROM asked`,
}

/**
 * PPM and lot acceptance of received lots; `whole_lot` counts all pieces of a rejected lot as bad. Twin of
 * `engine/kpi/supplier#supplierQuality`.
 */
export const supplierQuality: SqlBody = {
  name: 'supplier quality',
  inputs: { asked: { whole_lot: 'flag' }, lots: { received: 'number', rejected_pieces: 'number', decision: 'text?' } },
  steps: {
    summed: `SELECT l.scope AS scope, sum(l.received) AS received, countIf(l.decision = 'rejected') AS rejected_lots,
        sum(if(a.whole_lot AND ifNull(l.decision = 'rejected', 0), l.received, l.rejected_pieces)) AS bad,
        countIf(isNotNull(l.decision)) AS decided
      FROM lots AS l INNER JOIN asked AS a ON a.scope = l.scope GROUP BY l.scope`,
  },
  answer: `SELECT a.scope AS scope, ${ratio('s.bad', 's.received')} * 1e6 AS ppm,
    ${ratio('(toInt64(s.decided) - toInt64(s.rejected_lots))', 's.decided')} AS lot_acceptance, s.rejected_lots AS rejected_lots
  FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/**
 * Median, 90 % and 95 % (nearest rank) and sample deviation of spans, ms; open ones are left out. Twin of
 * `engine/kpi/supplier#leadTimeReliability` and `#responseTime`.
 */
export const spanFigures: SqlBody = {
  name: 'span figures',
  inputs: { asked: {}, spans: { from_at: 'whole', to_at: 'whole?' } },
  steps: {
    lengths: `SELECT scope, assumeNotNull(to_at) - from_at AS ms FROM spans WHERE isNotNull(to_at)`,
    sorted: `SELECT scope, arraySort(groupArray(ms)) AS list, ${deviationOf('ms')} AS deviation FROM lengths GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, ${nearestRank('s.list', 0.5)} AS p50, ${nearestRank('s.list', 0.9)} AS p90,
    ${nearestRank('s.list', 0.95)} AS p95, s.deviation AS deviation
  FROM asked AS a LEFT JOIN sorted AS s ON s.scope = a.scope`,
}
