import type { SqlBody } from './sql-body.ts'

const EPSILON = String(Number.EPSILON)

/** Distance from the centre in sigmas; on the centre or a zone line but for rounding it is put on it. */
const scored = `SELECT scope, pos, value, (value - center) / sigma AS z, round(z) AS line,
    8 * ${EPSILON} * greatest(abs(value), abs(center)) / sigma + 8 * ${EPSILON} AS slack,
    if(sigma > 0, if(abs(line) <= 3 AND abs(z - line) <= slack, line, z), NULL) AS score,
    value - lagInFrame(value) OVER (PARTITION BY scope ORDER BY pos ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS rise,
    if(isNull(rise) OR row_number() OVER (PARTITION BY scope ORDER BY pos) = 1, NULL, sign(rise)) AS step
  FROM points`

/** Stretches without a missing point. */
const stretches = `SELECT *, countIf(isNull(score)) OVER (PARTITION BY scope ORDER BY pos) AS stretch FROM scored`

/** Points in a zone among the last m of the stretch, on the side of the point itself. */
const among = (m: number, zone: number, side: string): string =>
  `countIf(${side} > ${zone}) OVER (PARTITION BY scope, stretch ORDER BY pos ROWS BETWEEN ${m - 1} PRECEDING AND CURRENT ROW)`

const zones = `SELECT scope, pos, score,
    if(score > 0, ${among(3, 2, 'score')}, ${among(3, 2, '-score')}) AS beyond_two,
    if(score > 0, ${among(5, 1, 'score')}, ${among(5, 1, '-score')}) AS beyond_one
  FROM stretches WHERE isNotNull(score)`

/** What makes a run of a length, by rule: neighbours of the same kind; kind 0 and missing ones break it. */
const RUN_KINDS: readonly [rule: string, length: number, kind: string][] = [
  ['WE4', 8, 'sign(score)'],
  ['N2', 9, 'sign(score)'],
  ['N3', 5, 'step'],
  ['N7', 15, 'abs(score) < 1'],
  ['N8', 8, 'abs(score) > 1'],
]

const kinds = RUN_KINDS.map(
  ([rule, length, kind]) =>
    `SELECT scope, pos, '${rule}' AS rule, ${length} AS wanted, toInt8(ifNull(${kind}, 0)) AS kind FROM scored`,
).join(' UNION ALL ')

const inOrder = 'OVER (PARTITION BY scope, rule ORDER BY pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)'

/** Alternating steps are a run of one kind once every second step is turned round. */
const alternating = `SELECT scope, pos, 'N4' AS rule, 13 AS wanted,
    toInt8(coalesce(step, 0) * if(row_number() OVER (PARTITION BY scope ORDER BY pos) % 2 = 0, 1, -1)) AS kind FROM scored`

/**
 * Western Electric and Nelson rules: 1-based positions flagged, by rule. "Beyond" is strict; for k of m the flagged point
 * is the last and lies in the zone itself; runs flag from the point that completes them on; a missing point, and a
 * sigma that is not above zero, break every pattern. Twin of `engine/kpi/run-rules#runRules`.
 */
export const runRules: SqlBody = {
  name: 'run rules',
  inputs: { asked: {}, points: { pos: 'whole', value: 'number?', center: 'number', sigma: 'number' } },
  steps: {
    scored,
    stretches,
    zones,
    kinds: `${kinds} UNION ALL ${alternating}`,
    turns: `SELECT scope, rule, wanted, pos, kind, kind != lagInFrame(kind) OVER (PARTITION BY scope, rule ORDER BY pos
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) OR kind = 0 AS is_turn FROM kinds`,
    runs: `SELECT scope, rule, wanted, pos, kind, countIf(is_turn) ${inOrder} AS run FROM turns`,
    lengths: `SELECT scope, rule, wanted, pos, kind, row_number() OVER (PARTITION BY scope, rule, run ORDER BY pos) AS length FROM runs`,
    flagged: `SELECT scope, rule, pos FROM lengths WHERE kind != 0 AND length >= wanted
      UNION ALL SELECT scope, arrayJoin(['WE1', 'N1']) AS rule, pos FROM scored WHERE abs(score) > 3
      UNION ALL SELECT scope, arrayJoin(['WE2', 'N5']) AS rule, pos FROM zones WHERE abs(score) > 2 AND beyond_two >= 2
      UNION ALL SELECT scope, arrayJoin(['WE3', 'N6']) AS rule, pos FROM zones WHERE abs(score) > 1 AND beyond_one >= 4`,
    listed: `SELECT scope, rule, arraySort(groupArray(pos)) AS list FROM flagged GROUP BY scope, rule`,
    mapped: `SELECT scope, mapFromArrays(groupArray(rule), groupArray(list)) AS flags FROM listed GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, m.flags AS flags FROM asked AS a LEFT JOIN mapped AS m ON m.scope = a.scope`,
}
