import { finite, ratio } from './formula.ts'
import type { SqlBody } from './sql-body.ts'

/**
 * Σ numerators / Σ denominators × factor: every figure that is a plain quotient of additive quantities. The division
 * comes last; NULL when the denominators add up to zero. Twin of `engine/kpi/ratio#ratio` over sums, and so of scrap
 * ratio, rework ratio, fall-off, DPU, DPMO, takt, WIP turns, energy per piece, failure rate, days of cover, completeness
 * and the like.
 */
export const summedRatios: SqlBody = {
  name: 'summed ratios',
  inputs: { asked: { factor: 'number' }, terms: { numerator: 'number', denominator: 'number' } },
  steps: {
    summed: `SELECT scope, sum(numerator) AS above, sum(denominator) AS below FROM terms GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, s.above AS numerator, s.below AS denominator, ${ratio('s.above', 's.below')} * a.factor AS value
    FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/** Average of daily stock, negative days left out and counted. Twin of `engine/kpi/inventory#averageInventory`. */
export const averageInventories: SqlBody = {
  name: 'average inventories',
  inputs: { asked: {}, snapshots: { value: 'number' } },
  steps: {
    summed: `SELECT scope, sumIf(value, value >= 0) AS total, countIf(value >= 0) AS days, countIf(value < 0) AS negative FROM snapshots GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, ${ratio('s.total', 's.days')} AS average, s.negative AS negative_days
    FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/** Pass rate of inspection by lots and by quantity; undecided lots are in neither. Twin of `engine/kpi/defects#inspectionPassRate`. */
export const inspectionPassRates: SqlBody = {
  name: 'inspection pass rates',
  inputs: { asked: {}, lots: { inspected: 'number', accepted: 'number', decision: 'text?' } },
  steps: {
    summed: `SELECT scope, countIf(isNotNull(decision)) AS decided, countIf(isNull(decision)) AS undecided,
        countIf(decision = 'accepted') AS good_lots, sumIf(accepted, isNotNull(decision)) AS good, sumIf(inspected, isNotNull(decision)) AS all
      FROM lots GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, ${ratio('s.good_lots', 's.decided')} AS lot_rate, ${ratio('s.good', 's.all')} AS quantity_rate,
    s.decided AS decided, s.undecided AS undecided FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/** Inventory accuracy 1 − Σ|count − book| / Σ book. Twin of `engine/kpi/stock-health#inventoryAccuracy`. */
export const inventoryAccuracies: SqlBody = {
  name: 'inventory accuracies',
  inputs: { asked: {}, counts: { book: 'number', counted: 'number' } },
  steps: { summed: `SELECT scope, sum(abs(counted - book)) AS gap, sum(book) AS books FROM counts GROUP BY scope` },
  answer: `SELECT a.scope AS scope, 1 - ${ratio('s.gap', 's.books')} AS accuracy FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/** Weighted index over the components that have a score. Twin of `engine/kpi/supplier#scorecard`. */
export const scorecards: SqlBody = {
  name: 'scorecards',
  inputs: { asked: {}, components: { score: 'number?', weight: 'number' } },
  steps: {
    summed: `SELECT scope, sum(ifNull(weight * score, 0)) AS scored, sumIf(weight, isNotNull(score)) AS known, sum(weight) AS all
      FROM components GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, ${ratio('s.scored', 's.known')} AS index, ${ratio('s.known', 's.all')} AS covered
    FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/** Work in process by operation, in pieces, hours and value, never below zero. Twin of `engine/kpi/flow-times#workInProcess`. */
export const worksInProcess: SqlBody = {
  name: 'work in process',
  inputs: {
    asked: {},
    operations: {
      arrived: 'number',
      good: 'number',
      scrap: 'number',
      standard_hours: 'number',
      standard_value: 'number',
    },
  },
  steps: {
    open: `SELECT scope, greatest(0., arrived - good - scrap) AS waiting, waiting * standard_hours AS work, waiting * standard_value AS worth FROM operations`,
    summed: `SELECT scope, sum(waiting) AS pieces, sum(work) AS hours, sum(worth) AS worth FROM open GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, s.pieces AS pieces, s.hours AS hours, s.worth AS value FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/** Mean time between completions, ms; NULL below two. Twin of `engine/kpi/flow-times#cycleTime`. */
export const cycleTimes: SqlBody = {
  name: 'cycle times',
  inputs: { asked: {}, completions: { at: 'whole' } },
  steps: {
    summed: `SELECT scope, max(at) - min(at) AS spread, toInt64(count()) AS n FROM completions GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, if(s.n < 2, NULL, ${finite('s.spread / (s.n - 1)')}) AS cycle_ms
    FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}
