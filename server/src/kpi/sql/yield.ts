import { ratio } from './formula.ts'
import type { SqlBody } from './sql-body.ts'

/**
 * Yields of the steps of a route, parallel machines of a step pooled by input: scrap and rework ratios of all steps
 * together, first time yield and rolled throughput yield along the route (NULL when a step has no input). Twin of
 * `engine/kpi/yield` and `engine/kpi/defects`; ISO 22400-2.
 */
export const routeYields: SqlBody = {
  name: 'route yields',
  inputs: { asked: {}, steps: { step: 'whole', input: 'number', scrap: 'number', rework: 'number' } },
  steps: {
    pooled: `SELECT scope, step, sum(input) AS units, sum(scrap) AS bad, sum(rework) AS again FROM steps GROUP BY scope, step`,
    rolled: `SELECT scope, sum(units) AS all_units, sum(bad) AS all_bad, sum(again) AS all_again, countIf(units = 0) AS empty,
        if(empty > 0, NULL, arrayProduct(groupArray((units - bad) / units))) AS fty,
        if(empty > 0, NULL, arrayProduct(groupArray((units - bad - again) / units))) AS rty
      FROM pooled GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, r.fty AS fty, r.rty AS rty,
    ${ratio('r.all_units - r.all_bad - r.all_again', 'r.all_units')} AS first_pass_yield,
    ${ratio('r.all_units - r.all_bad', 'r.all_units')} AS first_time_yield,
    ${ratio('r.all_bad', 'r.all_units')} AS scrap_ratio,
    ${ratio('r.all_again', 'r.all_units')} AS rework_ratio
  FROM asked AS a LEFT JOIN rolled AS r ON r.scope = a.scope`,
}

/** Product of given yields; NULL when one is missing or there is none. Twin of `engine/kpi/yield#rolledYield`. */
export const rolledYields: SqlBody = {
  name: 'rolled yields',
  inputs: { asked: {}, yields: { share: 'number?' } },
  steps: {
    rolled: `SELECT scope, if(countIf(isNull(share)) > 0, NULL, arrayProduct(groupArray(assumeNotNull(share)))) AS rty
      FROM yields GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, r.rty AS rty FROM asked AS a LEFT JOIN rolled AS r ON r.scope = a.scope`,
}

/** First-pass counts of serials: a serial counts once, by its first pass. Twin of `engine/kpi/defects#firstPassCounts`. */
export const firstPasses: SqlBody = {
  name: 'first passes',
  inputs: { asked: {}, passes: { pos: 'whole', serial: 'text', result: 'text' } },
  steps: {
    firsts: `SELECT scope, serial, argMin(result, pos) AS first_result FROM passes GROUP BY scope, serial`,
    counted: `SELECT scope, count() AS input, countIf(first_result = 'scrap') AS scrap, countIf(first_result = 'rework') AS rework
      FROM firsts GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, c.input AS input, c.scrap AS scrap, c.rework AS rework,
    ${ratio('toInt64(c.input) - toInt64(c.scrap) - toInt64(c.rework)', 'c.input')} AS first_pass_yield
  FROM asked AS a LEFT JOIN counted AS c ON c.scope = a.scope`,
}
