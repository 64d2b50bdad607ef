import type { SqlBody } from './sql-body.ts'

const before = `OVER (PARTITION BY scope ORDER BY is_last, measure DESC, code ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`

/**
 * Pareto order by measure, ties by code, "others" last; cumulative shares (NULL when the total is zero), and the items
 * until the share before them reaches the threshold. Twin of `engine/kpi/pareto#pareto`; Juran.
 */
export const paretoOrder: SqlBody = {
  name: 'Pareto',
  inputs: { asked: { threshold: 'number' }, items: { code: 'text', measure: 'number' } },
  steps: {
    marked: `SELECT scope, code, measure, match(code, '^(?i:others?|其他|其它)$') AS is_last FROM items`,
    running: `SELECT scope, code, measure, is_last, sum(measure) ${before} AS reached,
        sum(measure) OVER (PARTITION BY scope) AS total, row_number() ${before} AS n FROM marked`,
    shares: `SELECT r.scope AS scope, r.n AS n, r.code AS code, if(r.total > 0, r.reached / r.total, NULL) AS cumulative,
        r.total AS total, r.total > 0 AND (r.reached - r.measure) / r.total < a.threshold - 1e-12 AS is_vital
      FROM running AS r INNER JOIN asked AS a ON a.scope = r.scope`,
    listed: `SELECT scope, arraySort(groupArray(tuple(n, code, cumulative, is_vital))) AS rows, any(total) AS total FROM shares GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, arrayMap(each -> each.2, l.rows) AS order, arrayMap(each -> each.3, l.rows) AS cumulative,
    arrayMap(each -> each.2, arrayFilter(each -> each.4, l.rows)) AS vital_few, l.total AS total
  FROM asked AS a LEFT JOIN listed AS l ON l.scope = a.scope`,
}
