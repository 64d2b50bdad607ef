import { PART_COLUMNS } from '../window-rows.ts'
import { equipmentFigures } from './equipment.ts'
import { onTimeDelivery, orderProgress } from './orders.ts'
import { paretoOrder } from './pareto.ts'
import { windowReliability } from './reliability.ts'
import { runRules } from './run-rules.ts'
import { capabilityIndices, individualsCharts, subgroupCharts } from './spc.ts'
import { type SqlBody, emptyRelation } from './sql-body.ts'
import { kittingRates } from './stock.ts'
import { statesInWindows, timeParts } from './time.ts'
import { routeYields } from './yield.ts'

/**
 * Bodies over the tables of the warehouse: the SELECT of each input relation. The parameters of each are said beside it;
 * instants are integer ms, ranges half-open. Rows are those in force (`FINAL`): corrections count, taken-back ones do not.
 */
export interface HistoryPath {
  readonly body: SqlBody
  readonly selects: Readonly<Record<string, string>>
}

const at = (parameter: string): string => `fromUnixTimestamp64Milli({${parameter}:Int64})`
const ms = (column: string): string => `toUnixTimestamp64Milli(${column})`
const within = (column: string): string => `${column} >= ${at('fromAt')} AND ${column} < ${at('toAt')}`

const UNITS = `SELECT arrayJoin({units:Array(String)}) AS scope`
const ofUnits = (column: string): string => `unit IN {units:Array(String)} AND ${within(column)}`

/** One unit a scope, over its stored windows that begin in the range. Parameters: units, fromAt, toAt. */
export const equipmentHistory: HistoryPath = {
  body: equipmentFigures,
  selects: {
    asked: UNITS,
    windows: `SELECT unit AS scope, unit, ${PART_COLUMNS.map(([, column]) => column).join(', ')}
      FROM equipment_window FINAL WHERE ${ofUnits('start_at')}`,
    runs: emptyRelation(equipmentFigures, 'runs'),
  },
}

/** The same, with all units asked for as one scope `all`: parallel machines. */
export const equipmentTogether: HistoryPath = {
  body: equipmentFigures,
  selects: {
    ...equipmentHistory.selects,
    asked: `SELECT 'all' AS scope`,
    windows: equipmentHistory.selects['windows']!.replace('unit AS scope', "'all' AS scope"),
  },
}

/** Reliability of units. Parameters: units, fromAt, toAt, and the catalog's reasons with their categories, as two lists. */
export const reliabilityHistory: HistoryPath = {
  body: windowReliability,
  selects: {
    asked: UNITS,
    windows: `SELECT unit AS scope, run_ms, micro_stop_ms, failures FROM equipment_window FINAL WHERE ${ofUnits('start_at')}`,
    stops: `SELECT unit AS scope, state, transform(toString(reason), {reasons:Array(String)}, {categories:Array(String)}, '') AS category, ms
      FROM equipment_stop FINAL WHERE ${ofUnits('window_at')}`,
  },
}

/** Time of states by stored window, named by its start in ms. Parameters: units, fromAt, toAt. */
export const stateHistory: HistoryPath = {
  body: statesInWindows,
  selects: {
    asked: UNITS,
    windows: `SELECT unit AS scope, toString(${ms('start_at')}) AS id, ${ms('start_at')} AS from_at, ${ms('end_at')} AS to_at
      FROM equipment_window FINAL WHERE ${ofUnits('start_at')}`,
    states: `SELECT unit AS scope, state, ${ms('started_at')} AS from_at, ${ms('ended_at')} AS to_at
      FROM equipment_state FINAL WHERE ${ofUnits('window_at')}`,
  },
}

/** Time parts of units in any range, also one that cuts windows. Parameters: units, fromAt, toAt. */
export const timePartHistory: HistoryPath = {
  body: timeParts,
  selects: {
    asked: `SELECT arrayJoin({units:Array(String)}) AS scope, {fromAt:Int64} AS from_at, {toAt:Int64} AS to_at`,
    states: `SELECT unit AS scope, state, ${ms('started_at')} AS from_at, ${ms('ended_at')} AS to_at
      FROM equipment_state FINAL WHERE unit IN {units:Array(String)} AND started_at < ${at('toAt')} AND ended_at > ${at('fromAt')}`,
  },
}

/** Stopped time by reason over units, one scope `all`. Parameters: units, fromAt, toAt, threshold. */
export const stopPareto: HistoryPath = {
  body: paretoOrder,
  selects: {
    asked: `SELECT 'all' AS scope, {threshold:Float64} AS threshold`,
    items: `SELECT 'all' AS scope, reason AS code, sum(ms) AS measure FROM equipment_stop FINAL
      WHERE ${ofUnits('window_at')} GROUP BY reason`,
  },
}

/**
 * Progress of orders. Parameters: orders, rates (good per hour, NULL = unknown) in the same order, nowAt, and the planned
 * segments of the calendar as two lists segmentFrom, segmentTo.
 */
export const progressHistory: HistoryPath = {
  body: orderProgress,
  selects: {
    asked: `SELECT order_no AS scope, quantity, arrayElement({rates:Array(Nullable(Float64))}, indexOf({orders:Array(String)}, order_no)) AS rate,
        {nowAt:Int64} AS now_at, ${ms('due_at')} AS due_at
      FROM production_order FINAL WHERE order_no IN {orders:Array(String)}`,
    operations: `SELECT o.order_no AS scope, o.sequence AS pos, o.standard_seconds AS standard, r.good AS good, r.scrap AS scrap
      FROM (SELECT source, order_no, operation, sequence, standard_seconds FROM order_operation FINAL WHERE order_no IN {orders:Array(String)}) AS o
      LEFT JOIN (SELECT order_no, operation, sum(good) AS good, sum(scrap) AS scrap FROM job_report FINAL
        WHERE order_no IN {orders:Array(String)} AND reported_at <= ${at('nowAt')} GROUP BY order_no, operation) AS r
      ON r.order_no = o.order_no AND r.operation = o.operation`,
    segments: `SELECT order_no AS scope, segment.1 AS from_at, segment.2 AS to_at
      FROM (SELECT arrayJoin({orders:Array(String)}) AS order_no)
      ARRAY JOIN arrayZip({segmentFrom:Array(Int64)}, {segmentTo:Array(Int64)}) AS segment`,
  },
}

/** On-time delivery by work centre. Parameters: units (work centres), fromAt, toAt, nowAt. */
export const deliveryHistory: HistoryPath = {
  body: onTimeDelivery,
  selects: {
    asked: `SELECT arrayJoin({units:Array(String)}) AS scope, {fromAt:Int64} AS from_at, {toAt:Int64} AS to_at, {nowAt:Int64} AS now_at`,
    orders: `SELECT p.work_center AS scope, ${ms('p.due_at')} AS due_at, ${ms('p.delivered_at')} AS delivered_at, p.quantity AS quantity,
        p.delivered_quantity AS delivered_quantity
      FROM production_order AS p FINAL WHERE p.work_center IN {units:Array(String)} AND p.due_at < ${at('toAt')}`,
  },
}

/** Yields of the operations of orders: what a report says went in is good + scrap + rework. Parameters: orders. */
export const yieldHistory: HistoryPath = {
  body: routeYields,
  selects: {
    asked: `SELECT arrayJoin({orders:Array(String)}) AS scope`,
    steps: `SELECT order_no AS scope, cityHash64(operation) % 1000000000 AS step, good + scrap + rework AS input, scrap, rework
      FROM job_report FINAL WHERE order_no IN {orders:Array(String)}`,
  },
}

/** Kitting of open orders against stock of a site, one scope `all`. Parameters: orders, site. */
export const kittingHistory: HistoryPath = {
  body: kittingRates,
  selects: {
    asked: `SELECT 'all' AS scope`,
    orders: `SELECT 'all' AS scope, order_no, priority, toString(due_at) AS due, 1 AS quantity
      FROM production_order FINAL WHERE order_no IN {orders:Array(String)}`,
    components: `SELECT 'all' AS scope, order_no, component, sum(greatest(0., required - withdrawn)) AS per_piece
      FROM reservation FINAL WHERE order_no IN {orders:Array(String)} GROUP BY order_no, component`,
    stock: `SELECT 'all' AS scope, component, sum(quantity) AS quantity FROM stock_level FINAL WHERE site = {site:String} GROUP BY component`,
  },
}

/** Good numeric readings of points in order of time, with their position from 0. */
const READINGS = `SELECT point, number, row_number() OVER (PARTITION BY point ORDER BY source_at, seq) - 1 AS n FROM reading
  WHERE point IN {points:Array(String)} AND ${within('source_at')} AND kind = 1 AND quality < 2`
const POINTS = `SELECT arrayJoin({points:Array(String)}) AS scope`
const CONSTANTS = `SELECT cell.1 AS size, cell.2 AS d2, cell.3 AS d3, cell.4 AS c4 FROM (
  SELECT arrayJoin(arrayZip({sizes:Array(Int64)}, {d2:Array(Float64)}, {d3:Array(Float64)}, {c4:Array(Float64)})) AS cell)`
const SUBGROUPS = `SELECT point AS scope, intDiv(n, {subgroupSize:UInt32}) AS subgroup, number AS value FROM (${READINGS})`

/** Charts of process points in subgroups of consecutive readings. Parameters: points, fromAt, toAt, subgroupSize, sizes, d2, d3, c4. */
export const subgroupHistory: HistoryPath = {
  body: subgroupCharts,
  selects: { asked: POINTS, points: SUBGROUPS, constants: CONSTANTS },
}

/** Capability of process points; parameters as for the charts, and lsl, usl, target (NULL = none). */
export const capabilityHistory: HistoryPath = {
  body: capabilityIndices,
  selects: {
    asked: `SELECT arrayJoin({points:Array(String)}) AS scope, NULL AS mean, NULL AS sigma_within, NULL AS sigma_overall,
      {lsl:Nullable(Float64)} AS lsl, {usl:Nullable(Float64)} AS usl, {target:Nullable(Float64)} AS target, 0 AS is_nearest, 0 AS empty_subgroups`,
    points: SUBGROUPS,
    constants: CONSTANTS,
  },
}

/** I-MR charts of process points. Parameters: points, fromAt, toAt, sizes, d2, d3, c4. */
export const individualsHistory: HistoryPath = {
  body: individualsCharts,
  selects: {
    asked: `SELECT arrayJoin({points:Array(String)}) AS scope, NULL AS d2`,
    singles: `SELECT point AS scope, n + 1 AS pos, number AS value FROM (${READINGS})`,
    constants: CONSTANTS,
  },
}

/** Run rules over the readings of process points against a frozen centre and sigma. Parameters: points, fromAt, toAt, center, sigma. */
export const runRuleHistory: HistoryPath = {
  body: runRules,
  selects: {
    asked: POINTS,
    points: `SELECT point AS scope, n + 1 AS pos, number AS value, {center:Float64} AS center, {sigma:Float64} AS sigma FROM (${READINGS})`,
  },
}
