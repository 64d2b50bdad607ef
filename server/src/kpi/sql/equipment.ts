import { PART_COLUMNS } from '../window-rows.ts'
import { atMost, finite, ratio } from './formula.ts'
import type { ColumnType, SqlBody } from './sql-body.ts'

const PARTS = PART_COLUMNS.map(([, column]) => column)

/** What a run of one product adds to the parts of its unit. */
const RUN_PARTS: Record<string, string> = {
  total: 'total',
  good: 'good',
  ideal_ms: 'ideal_cycle * total',
  ideal_good_ms: 'ideal_cycle * good',
}

const sums = `SELECT scope, unit, ${PARTS.map((column) => `sum(${column}) AS ${column}`).join(', ')} FROM (
  SELECT scope, unit, ${PARTS.join(', ')} FROM windows
  UNION ALL SELECT scope, unit, ${PARTS.map((column) => `${RUN_PARTS[column] ?? '0.'} AS ${column}`).join(', ')} FROM runs
) GROUP BY scope, unit`

/** Why there is no figure, in the order of `engine/kpi/oee#oeeFromParts`. */
const UNPLANNED = `multiIf(planned_ms > 0, NULL, scheduled_ms > 0, 'no-data', 'not-scheduled')`
const UNCOUNTED = `multiIf(total <= 0 OR ideal_ms > 0, NULL, total > uncovered_pieces, 'not-configured', 'no-data')`

const reasons = (relation: string): string => `SELECT *, ${UNPLANNED} AS unplanned, ${UNCOUNTED} AS uncounted,
  if(scheduled_ms > 0, NULL, 'not-scheduled') AS coverage_missing,
  unplanned AS availability_missing,
  coalesce(unplanned, if(run_ms > 0, uncounted, 'not-running')) AS performance_missing,
  coalesce(unplanned, uncounted, if(ideal_ms > 0, NULL, 'no-output')) AS quality_missing,
  coalesce(unplanned, uncounted) AS oee_missing
FROM ${relation}`

const unless = (missing: string, a: string, b: string): string =>
  `if(isNull(${missing}), ${finite(`(${a}) / ${b}`)}, NULL)`

const figures = (relation: string): string => `SELECT *,
  ${unless('coverage_missing', 'scheduled_ms - no_data_ms', 'scheduled_ms')} AS coverage,
  ${unless('availability_missing', 'run_ms', 'planned_ms')} AS availability,
  ${unless('performance_missing', 'ideal_ms', 'run_ms')} AS performance,
  ${unless('quality_missing', 'ideal_good_ms', 'ideal_ms')} AS quality,
  ${unless('oee_missing', 'ideal_good_ms', 'planned_ms')} AS oee,
  ${unless('oee_missing', 'ideal_good_ms', '(all_ms - no_data_ms)')} AS teep
FROM (${reasons(relation)})`

/**
 * The OEE family, the loss waterfall and the rarer ratios from additive parts of windows and runs; times in one unit,
 * ms in the warehouse. Twin of `engine/kpi/oee#oeeFromParts`, `#lossWaterfall` and
 * `engine/kpi/equipment-ratios#equipmentRatiosOfParts`; ISO 22400-2.
 *
 * `unit_oee` is the OEE of each unit in the order of their names; `oee_simple_mean` the mean of those, which is wrong as
 * an OEE and shown only to be told apart.
 */
export const equipmentFigures: SqlBody = {
  name: 'equipment figures',
  inputs: {
    asked: {},
    windows: { unit: 'text', ...Object.fromEntries(PARTS.map((column): [string, ColumnType] => [column, 'number'])) },
    runs: { unit: 'text', total: 'number', good: 'number', ideal_cycle: 'number' },
  },
  steps: {
    unit_parts: sums,
    parts: `SELECT asked.scope AS scope, ${PARTS.map((column) => `sum(u.${column}) AS ${column}`).join(', ')}
      FROM asked LEFT JOIN unit_parts AS u ON u.scope = asked.scope GROUP BY asked.scope`,
    by_unit: `SELECT scope, groupArray(tuple(unit, oee)) AS rows FROM (SELECT scope, unit, oee FROM (${figures('unit_parts')}) ORDER BY unit)
      GROUP BY scope`,
  },
  answer: `SELECT f.* EXCEPT (unplanned, uncounted),
    run_ms - micro_stop_ms - ideal_ms AS speed_ms,
    ideal_ms - ideal_good_ms AS quality_ms,
    planned_ms - setup_ms - down_ms - micro_stop_ms - speed_ms - quality_ms AS effective_ms,
    ${atMost('1.', 'performance')} AS performance_capped,
    if(performance > 1, availability * performance_capped * quality, oee) AS oee_capped,
    ${ratio('(run_ms + setup_ms) * ideal_good_ms', 'planned_ms * run_ms')} AS nee,
    ${ratio('ideal_good_ms', '(all_ms - no_data_ms - unscheduled_ms)')} AS ooe,
    ${ratio('planned_ms', '(all_ms - no_data_ms)')} AS utilization,
    ${ratio('run_ms', '(all_ms - no_data_ms)')} AS calendar_uptime,
    ${ratio('setup_ms', '(run_ms + setup_ms)')} AS setup_rate,
    ${ratio('run_ms', '(run_ms + down_ms)')} AS technical_efficiency,
    ${ratio('good', 'total')} AS quality_count_weighted,
    arrayMap(each -> each.2, u.rows) AS unit_oee,
    arrayMap(each -> assumeNotNull(each), arrayFilter(each -> isNotNull(each), unit_oee)) AS known_oee,
    if(empty(known_oee), NULL, arrayAvg(known_oee)) AS oee_simple_mean,
    arrayFilter(flag -> flag != '', [
      if(performance > 1 + 1e-9, 'performance-over-100', ''),
      if(total > 0 AND scheduled_ms <= 0, 'output-without-schedule', ''),
      if(coverage < 0.95, 'coverage-below-95', ''),
      if(uncovered_pieces > 0, 'uncovered-pieces', '')]) AS flags
  FROM (${figures('parts')}) AS f LEFT JOIN by_unit AS u ON u.scope = f.scope`,
}

/** Ratios of ISO 22400-2 from its time elements. Twin of `engine/kpi/iso22400#equipmentRatios`. */
export const timeElementRatios: SqlBody = {
  name: 'ratios of time elements',
  inputs: {
    asked: {
      busy: 'number',
      unit_busy: 'number?',
      production: 'number',
      setup: 'number',
      delay: 'number?',
      ideal: 'number',
      produced: 'number',
      good: 'number',
    },
  },
  answer: `SELECT scope,
    ${ratio('production', 'busy')} AS availability,
    ${ratio('ideal * produced', 'production')} AS effectiveness,
    ${ratio('good', 'produced')} AS quality_ratio,
    ${ratio('ideal * good', 'busy')} AS oee,
    ${ratio('(production + setup)', 'busy')} * ${ratio('ideal * good', 'production')} AS nee,
    ${ratio('setup', '(production + setup)')} AS setup_rate,
    ${ratio('production', 'unit_busy')} AS utilization_efficiency,
    ${ratio('unit_busy', 'busy')} AS allocation_efficiency,
    ${ratio('production', '(production + delay)')} AS technical_efficiency
  FROM asked`,
}

/** Utilisation planned/all and TEEP = OEE × utilisation. */
export const teepFigures: SqlBody = {
  name: 'TEEP',
  inputs: { asked: { oee: 'number?', planned: 'number', all: 'number' } },
  answer: `SELECT scope, ${ratio('planned', 'all')} AS utilization, oee * utilization AS teep FROM asked`,
}

/**
 * OEE of parallel outputs (lanes, family moulds): each output a share of its own maximum, outputs of a run averaged,
 * runs weighted by time. Twin of `engine/kpi/parallel-outputs#parallelOutputs`; oee.coach.
 */
export const parallelOutputFigures: SqlBody = {
  name: 'parallel outputs',
  inputs: {
    asked: { shift: 'number' },
    runs: { run: 'whole', duration: 'number' },
    outputs: { run: 'whole', total: 'number', good: 'number', max_rate: 'number' },
  },
  steps: {
    shares: `SELECT r.scope AS scope, any(r.duration) AS spent,
        avg(coalesce(${ratio('o.total', 'o.max_rate * r.duration')}, 0)) AS share,
        avg(coalesce(${ratio('o.good', 'o.max_rate * r.duration')}, 0)) AS share_good
      FROM runs AS r LEFT JOIN outputs AS o ON o.scope = r.scope AND o.run = r.run GROUP BY r.scope, r.run`,
    attained: `SELECT scope, sum(spent) AS duration, sum(spent * share) AS pieces, sum(spent * share_good) AS good
      FROM shares GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope,
    ${ratio('x.duration', 'a.shift')} AS availability,
    ${ratio('x.pieces', 'x.duration')} AS performance,
    ${ratio('x.good', 'x.pieces')} AS quality,
    ${ratio('x.good', 'a.shift')} AS oee
  FROM asked AS a LEFT JOIN attained AS x ON x.scope = a.scope`,
}

/** Expected long-run figures of a simulated unit. Twin of `engine/kpi/planted#plantedFigures`. */
export const plantedUnitFigures: SqlBody = {
  name: 'planted figures',
  inputs: {
    asked: Object.fromEntries(
      [
        'ideal_cycle_s',
        'cavities',
        'speed_factor',
        'mtbf_run_h',
        'mttr_h',
        'microstops_per_run_h',
        'microstop_mean_s',
        'batch_qty',
        'changeover_h',
        'scrap_rate',
        'rework_rate',
      ].map((column): [string, ColumnType] => [column, 'number']),
    ),
  },
  answer: `SELECT scope, ideal_cycle_s / cavities AS piece_s,
    if(mtbf_run_h > 0, mttr_h / mtbf_run_h, 0) AS failure,
    microstops_per_run_h * microstop_mean_s / 3600 AS micro,
    if(batch_qty > 0, 3600 / (piece_s * speed_factor) / batch_qty * changeover_h, 0) AS changeover,
    1 + failure + micro + changeover AS T,
    (1 + micro) / T AS availability,
    1 / speed_factor / (1 + micro) AS performance,
    1 - scrap_rate - rework_rate AS quality,
    quality / (speed_factor * T) AS oee,
    1 / T * (1 / speed_factor) * quality AS oee_ms_as_down,
    (1 + micro + changeover) / T * performance * quality AS nee,
    oee * 3600 / piece_s AS good_per_planned_h
  FROM asked`,
}
