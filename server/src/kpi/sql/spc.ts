import { atLeast, atMost, deviationOf, isBeyond, meanOf, normalCumulative } from './formula.ts'
import type { Columns, SqlBody } from './sql-body.ts'

/**
 * Constants of control charts by sample size. They are integrals that the engine computes exactly
 * (`engine/kpi/control-constants`); they come in as a relation that all charts share.
 */
export const CONSTANTS: Columns = { size: 'whole', d2: 'number', d3: 'number', c4: 'number' }

const POINTS: Columns = { subgroup: 'whole', value: 'number' }

/** Mean, range and deviation of each subgroup of at least two values, with its constants. */
const groups = `SELECT g.*, c.d2 AS d2, c.d3 AS d3, c.c4 AS c4 FROM (
    SELECT scope, subgroup, toInt64(count()) AS n, ${meanOf('value')} AS center, max(value) - min(value) AS spread,
      ${deviationOf('value')} AS deviation, sum(value) AS total
    FROM points GROUP BY scope, subgroup HAVING n >= 2
  ) AS g LEFT JOIN constants AS c ON c.size = g.n`

/**
 * Xbar-R and Xbar-S: centre, mean range and deviation, within-deviation (of subgroups of their own size), limits of the
 * means and of the spread; limits are NULL when the subgroups differ in size, all is NULL when none has two values. Twin
 * of `engine/kpi/control-chart#subgroupChart`; Montgomery ch. 6, ISO 7870-2.
 */
export const subgroupCharts: SqlBody = {
  name: 'subgroup charts',
  inputs: { asked: {}, points: POINTS, constants: CONSTANTS },
  shared: ['constants'],
  steps: {
    groups,
    charted: `SELECT scope, min(n) = max(n) AS is_equal,
        if(is_equal, ${meanOf('center')}, sum(total) / sum(n)) AS middle,
        ${meanOf('spread')} AS rbar, ${meanOf('deviation')} AS sbar,
        ${meanOf('spread / d2')} AS sigma_range, ${meanOf('deviation / c4')} AS sigma_deviation,
        if(is_equal, 3 / sqrt(any(n)), NULL) AS reach,
        if(is_equal, 3 * any(d3), NULL) AS reach_range, if(is_equal, 3 * sqrt(1 - any(c4 * c4)), NULL) AS reach_deviation
      FROM groups GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, c.middle AS center, c.rbar AS rbar, c.sbar AS sbar,
    c.sigma_range AS sigma_range, c.sigma_deviation AS sigma_deviation,
    c.middle - c.reach * c.sigma_range AS xbar_lcl_range, c.middle + c.reach * c.sigma_range AS xbar_ucl_range,
    c.middle - c.reach * c.sigma_deviation AS xbar_lcl_deviation, c.middle + c.reach * c.sigma_deviation AS xbar_ucl_deviation,
    ${atLeast('0.', 'c.rbar - c.reach_range * c.sigma_range')} AS r_lcl, c.rbar + c.reach_range * c.sigma_range AS r_ucl,
    ${atLeast('0.', 'c.sbar - c.reach_deviation * c.sigma_deviation')} AS s_lcl, c.sbar + c.reach_deviation * c.sigma_deviation AS s_ucl
  FROM asked AS a LEFT JOIN charted AS c ON c.scope = a.scope`,
}

/** Moving ranges between neighbours; a missing value interrupts them. */
const moving = `SELECT scope, pos, value, abs(value - lagInFrame(value) OVER (PARTITION BY scope ORDER BY pos
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) AS range FROM singles`

/**
 * I-MR chart of single values; `d2` replaces the exact 1.128379. Positions are 1-based. Twin of
 * `engine/kpi/control-chart#individualsChart`; Montgomery ch. 6.4.
 */
export const individualsCharts: SqlBody = {
  name: 'individuals charts',
  inputs: { asked: { d2: 'number?' }, singles: { pos: 'whole', value: 'number?' }, constants: CONSTANTS },
  shared: ['constants'],
  steps: {
    moving,
    averaged: `SELECT scope, ${meanOf('value')} AS center, ${meanOf('range')} AS mrbar FROM moving GROUP BY scope`,
    charts: `SELECT a.scope AS scope, m.center AS center, m.mrbar AS mrbar,
        m.mrbar / coalesce(a.d2, c.d2) AS sigma_within, center - 3 * sigma_within AS lcl, center + 3 * sigma_within AS ucl,
        m.mrbar * (1 + 3 * c.d3 / c.d2) AS mr_ucl
      FROM asked AS a LEFT JOIN averaged AS m ON m.scope = a.scope CROSS JOIN (SELECT * FROM constants WHERE size = 2) AS c`,
    outside: `SELECT s.scope AS scope, arraySort(groupArray(s.pos)) AS list FROM singles AS s INNER JOIN charts AS c ON c.scope = s.scope
      WHERE ifNull(${isBeyond('s.value', 'c.lcl', 'c.ucl')}, 0) GROUP BY s.scope`,
  },
  answer: `SELECT c.*, o.list AS beyond FROM charts AS c LEFT JOIN outside AS o ON o.scope = c.scope`,
}

/**
 * p and u charts: centre Σ counts / Σ sizes, limits of each sample by its own size (NULL for an empty one), clipped to
 * 0 … 1 for p and at 0 for u. A centre that no sample can have (more defective than inspected, below zero) gives no
 * chart. Twin of `engine/kpi/control-chart#shareChart` and `#rateChart`; Montgomery ch. 7.
 */
export const attributeCharts: SqlBody = {
  name: 'attribute charts',
  inputs: { asked: { is_share: 'flag' }, samples: { pos: 'whole', found: 'number?', size: 'number' } },
  steps: {
    pooled: `SELECT a.scope AS scope, a.is_share AS is_share,
        sumIf(s.found, s.size > 0) / nullIf(sumIf(s.size, s.size > 0 AND isNotNull(s.found)), 0) AS pool,
        if(pool >= 0 AND (NOT is_share OR pool <= 1), pool, NULL) AS center
      FROM asked AS a LEFT JOIN samples AS s ON s.scope = a.scope GROUP BY a.scope, a.is_share`,
    limits: `SELECT s.scope AS scope, s.pos AS pos, s.found / s.size AS share, p.center AS center,
        sqrt(if(p.is_share, p.center * (1 - p.center), p.center) / s.size) AS deviation,
        ${atLeast('0.', 'p.center - 3 * deviation')} AS lcl,
        if(p.is_share, ${atMost('1.', 'p.center + 3 * deviation')}, p.center + 3 * deviation) AS ucl
      FROM (SELECT * FROM samples WHERE size > 0) AS s INNER JOIN pooled AS p ON p.scope = s.scope WHERE isNotNull(p.center)`,
    listed: `SELECT scope, arraySort(groupArray(tuple(pos, assumeNotNull(lcl), assumeNotNull(ucl)))) AS rows,
        arraySort(groupArrayIf(pos, ifNull(${isBeyond('share', 'lcl', 'ucl')}, 0))) AS beyond FROM limits GROUP BY scope`,
  },
  answer: `SELECT p.scope AS scope, p.center AS center,
    if(empty(l.rows), NULL, l.rows[1].2) AS lcl_first, if(empty(l.rows), NULL, l.rows[1].3) AS ucl_first,
    if(empty(l.rows), NULL, l.rows[-1].2) AS lcl_last, if(empty(l.rows), NULL, l.rows[-1].3) AS ucl_last,
    lcl_first AS lcl, ucl_first AS ucl, l.beyond AS beyond
  FROM pooled AS p LEFT JOIN listed AS l ON l.scope = p.scope`,
}

/**
 * np and c charts: one pair of limits for all samples. np needs samples of one size; c takes a given mean. Twin of
 * `engine/kpi/control-chart#defectivesLimits` and `#defectsLimits`; Montgomery ch. 7, NIST 6.3.3.1.
 */
export const countCharts: SqlBody = {
  name: 'count charts',
  inputs: {
    asked: { is_defectives: 'flag', center: 'number?' },
    samples: { pos: 'whole', found: 'number', size: 'number' },
  },
  steps: {
    averaged: `SELECT scope, ${meanOf('found')} AS center, if(min(size) = max(size) AND min(size) > 0, toNullable(min(size)), NULL) AS size
      FROM samples GROUP BY scope`,
    centers: `SELECT a.scope AS scope, a.is_defectives AS is_defectives, m.size AS size,
        coalesce(a.center, m.center) AS middle,
        multiIf(NOT is_defectives, if(middle >= 0, middle, NULL), middle >= 0 AND middle <= size, middle, NULL) AS center
      FROM asked AS a LEFT JOIN averaged AS m ON m.scope = a.scope`,
    charts: `SELECT scope, center, 3 * sqrt(if(is_defectives, center * (1 - center / size), center)) AS reach,
        ${atLeast('0.', 'center - reach')} AS lcl, if(is_defectives, ${atMost('size', 'center + reach')}, center + reach) AS ucl FROM centers`,
    outside: `SELECT s.scope AS scope, arraySort(groupArray(s.pos)) AS list FROM samples AS s INNER JOIN charts AS c ON c.scope = s.scope
      WHERE ifNull(${isBeyond('s.found', 'c.lcl', 'c.ucl')}, 0) GROUP BY s.scope`,
  },
  answer: `SELECT c.scope AS scope, c.center AS center, c.lcl AS lcl, c.ucl AS ucl, o.list AS beyond
    FROM charts AS c LEFT JOIN outside AS o ON o.scope = c.scope`,
}

/**
 * EWMA with asymptotic limits; a missing value leaves the average where it was. Without sigma the one of the moving
 * ranges, without target the mean. Twin of `engine/kpi/ewma#ewmaChart`; NIST 6.3.2.4.
 */
export const ewmaCharts: SqlBody = {
  name: 'EWMA charts',
  inputs: {
    asked: { lambda: 'number', sigma: 'number?', target: 'number?' },
    singles: { pos: 'whole', value: 'number?' },
    constants: CONSTANTS,
  },
  shared: ['constants'],
  steps: {
    moving,
    averaged: `SELECT scope, ${meanOf('value')} AS center, ${meanOf('range')} AS mrbar,
        arrayMap(each -> each.2, arraySort(each -> each.1, groupArray(tuple(pos, value)))) AS list FROM moving GROUP BY scope`,
    settled: `SELECT a.scope AS scope, a.lambda AS lambda, coalesce(a.target, m.center) AS middle,
        coalesce(a.sigma, m.mrbar / c.d2) AS deviation, m.list AS list, isNotNull(middle) AND isNotNull(deviation) AS is_known
      FROM asked AS a LEFT JOIN averaged AS m ON m.scope = a.scope CROSS JOIN (SELECT * FROM constants WHERE size = 2) AS c`,
  },
  answer: `SELECT scope, 3 * deviation * sqrt(lambda / (2 - lambda)) AS reach,
    if(is_known, middle - reach, NULL) AS lcl, if(is_known, middle + reach, NULL) AS ucl,
    if(is_known, arrayFold((z, x) -> arrayPushBack(z, if(isNull(x), z[-1], lambda * assumeNotNull(x) + (1 - lambda) * z[-1])),
      list, [assumeNotNull(middle)]), []) AS ewma
  FROM settled`,
}

/** Within and overall deviation and mean of the values of subgroups; single values use the moving range. */
const capabilityInputs = `SELECT a.scope AS scope, a.lsl AS lsl, a.usl AS usl, a.target AS target, a.is_nearest AS is_nearest,
    coalesce(a.mean, v.mean) AS mean, coalesce(a.sigma_overall, v.sigma) AS overall,
    coalesce(a.sigma_within, if(a.empty_subgroups = 0 AND v.values = v.subgroups, m.sigma, g.sigma)) AS within
  FROM asked AS a LEFT JOIN all_values AS v ON v.scope = a.scope
    LEFT JOIN group_sigma AS g ON g.scope = a.scope LEFT JOIN moving_sigma AS m ON m.scope = a.scope`

const indices = (sigma: string, prefix: string): string => `
    if(${sigma} > 0 AND isNotNull(mean), (usl - lsl) / (6 * ${sigma}), NULL) AS c${prefix},
    if(${sigma} > 0, (mean - lsl) / (3 * ${sigma}), NULL) AS c${prefix}l,
    if(${sigma} > 0, (usl - mean) / (3 * ${sigma}), NULL) AS c${prefix}u,
    multiIf(isNull(c${prefix}l), c${prefix}u, isNull(c${prefix}u), c${prefix}l, least(c${prefix}l, c${prefix}u)) AS c${prefix}k`

/**
 * Process capability within and overall, from subgroups or from given deviations; one-sided specifications give no Cp, a
 * deviation of zero gives nothing. Twin of `engine/kpi/capability#capability`; ISO 22514-2.
 */
export const capabilityIndices: SqlBody = {
  name: 'capability',
  inputs: {
    asked: {
      mean: 'number?',
      sigma_within: 'number?',
      sigma_overall: 'number?',
      lsl: 'number?',
      usl: 'number?',
      target: 'number?',
      is_nearest: 'flag',
      empty_subgroups: 'whole',
    },
    points: POINTS,
    constants: CONSTANTS,
  },
  shared: ['constants'],
  steps: {
    groups,
    group_sigma: `SELECT scope, ${meanOf('spread / d2')} AS sigma FROM groups GROUP BY scope`,
    all_values: `SELECT scope, ${meanOf('value')} AS mean, ${deviationOf('value')} AS sigma, count() AS values,
        uniqExact(subgroup) AS subgroups FROM points GROUP BY scope`,
    singles: `SELECT scope, subgroup AS pos, toNullable(value) AS value FROM points`,
    moving,
    moving_sigma: `SELECT m.scope AS scope, ${meanOf('range')} / any(c.d2) AS sigma
      FROM moving AS m CROSS JOIN (SELECT * FROM constants WHERE size = 2) AS c GROUP BY m.scope`,
    known: capabilityInputs,
  },
  answer: `SELECT scope, ${indices('within', 'p')}, ${indices('overall', 'q')},
    sqrt(within * within + (mean - target) * (mean - target)) AS tau,
    if(tau > 0 AND isNotNull(lsl) AND isNotNull(usl),
      if(is_nearest, least(usl - target, target - lsl) / (3 * tau), (usl - lsl) / (6 * tau)), NULL) AS cpm
  FROM known`,
}

/** How soon an Xbar chart sees a shift of the mean. Twin of `engine/kpi/shift-detection#shiftDetection`. */
export const shiftDetections: SqlBody = {
  name: 'shift detection',
  inputs: { asked: { size: 'number', shift: 'number' } },
  answer: `SELECT scope, abs(shift) * sqrt(size) AS distance,
    ${normalCumulative('distance - 3')} + ${normalCumulative('-3 - distance')} AS p_per_subgroup, 1 / p_per_subgroup AS arl FROM asked`,
}
