import { ratio } from './formula.ts'
import type { SqlBody } from './sql-body.ts'

/**
 * Where-used and where-from over any number of levels and the recall scope, by recursion level by level; a lot is visited
 * once, so rework loops end. `starts.direction` is `forward` or `backward`. Twin of
 * `engine/trace/genealogy#whereUsed`, `#whereFrom` and `engine/trace/recall#recallScope`; domain rule 4.1.
 */
export const genealogyTraces: SqlBody = {
  name: 'genealogy',
  isRecursive: true,
  inputs: {
    asked: {},
    edges: { input: 'text', output: 'text' },
    starts: { lot: 'text', direction: 'text' },
    finished: { lot: 'text', quantity: 'number' },
    shipments: { lot: 'text', customer: 'text', quantity: 'number' },
  },
  steps: {
    arcs: `SELECT scope, 'forward' AS direction, input AS near, output AS far FROM edges
      UNION ALL SELECT scope, 'backward' AS direction, output AS near, input AS far FROM edges`,
    walk: `SELECT scope, direction, groupUniqArray(lot) AS frontier, frontier AS visited, toUInt32(0) AS depth
        FROM starts GROUP BY scope, direction
      UNION ALL
      SELECT w.scope, w.direction, groupUniqArray(e.far) AS frontier, arrayConcat(any(w.visited), frontier) AS visited, any(w.depth) + 1 AS depth
        FROM walk AS w INNER JOIN arcs AS e ON e.scope = w.scope AND e.direction = w.direction
        WHERE has(w.frontier, e.near) AND NOT has(w.visited, e.far) GROUP BY w.scope, w.direction`,
    reached: `SELECT scope, direction, depth, arrayJoin(frontier) AS lot FROM walk`,
    traced: `SELECT scope, arraySort(groupArrayIf(lot, direction = 'forward' AND depth > 0)) AS forward,
        arraySort(groupArrayIf(lot, direction = 'backward' AND depth > 0)) AS backward FROM reached GROUP BY scope`,
    affected: `SELECT f.scope AS scope, f.lot AS lot, f.quantity AS quantity FROM finished AS f
      INNER JOIN (SELECT DISTINCT scope, lot FROM reached WHERE direction = 'forward') AS r ON r.scope = f.scope AND r.lot = f.lot`,
    made: `SELECT scope, arraySort(groupArray(lot)) AS lots, sum(quantity) AS quantity FROM affected GROUP BY scope`,
    sent: `SELECT s.scope AS scope, arraySort(groupUniqArray(s.customer)) AS customers, sum(s.quantity) AS quantity
      FROM shipments AS s INNER JOIN affected AS f ON f.scope = s.scope AND f.lot = s.lot GROUP BY s.scope`,
  },
  answer: `SELECT a.scope AS scope, t.forward AS forward, t.backward AS backward, m.lots AS affected_finished,
    s.customers AS customers, s.quantity AS shipped_qty, m.quantity - s.quantity AS held_qty
  FROM asked AS a LEFT JOIN traced AS t ON t.scope = a.scope LEFT JOIN made AS m ON m.scope = a.scope
    LEFT JOIN sent AS s ON s.scope = a.scope`,
}

/** Mass balance of lots or materials. Twin of `engine/trace/mass-balance#massBalance`. */
export const massBalances: SqlBody = {
  name: 'mass balances',
  inputs: {
    asked: {
      produced: 'number',
      opening: 'number',
      shipped: 'number',
      on_hand: 'number',
      wip: 'number',
      scrap: 'number',
      samples: 'number',
      rework_out: 'number',
    },
  },
  answer: `SELECT scope, produced + opening AS available, shipped + on_hand + wip + scrap + samples + rework_out AS accounted,
    available - accounted AS unaccounted, ${ratio('accounted', 'available')} AS recovery FROM asked`,
}
