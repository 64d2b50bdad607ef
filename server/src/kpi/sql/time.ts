import { finite, ratio } from './formula.ts'
import type { SqlBody } from './sql-body.ts'

/** An interval without an end goes on for ever. */
export const FOR_EVER = 8_640_000_000_000_000

/** Up to where the intervals before a row reach, in order of their start. */
const reachedBefore = `max(to_at) OVER (PARTITION BY scope ORDER BY from_at, to_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`

/**
 * Entered stops without overlap: total stopped time, what a plain sum would give, and the time of each reason when each
 * instant belongs to the entry with the highest priority (of equals the one that began first, then the one listed
 * first). Times in ms. Twin of `engine/kpi/stops#mergeStops` and `#stoppedMs`, and of
 * `#enteredStops` over entries that are cut to its range.
 */
export const mergedStops: SqlBody = {
  name: 'merged stops',
  inputs: {
    asked: { planned_ms: 'number' },
    stops: { pos: 'whole', from_at: 'number', to_at: 'number', reason: 'text?', priority: 'number' },
  },
  steps: {
    real: `SELECT * FROM stops WHERE from_at < to_at`,
    covered: `SELECT scope, sum(greatest(0., to_at - greatest(from_at, reached))) AS ms FROM (
        SELECT scope, from_at, to_at, if(n = 1, from_at, before) AS reached FROM (
          SELECT scope, from_at, to_at, ${reachedBefore} AS before,
            row_number() OVER (PARTITION BY scope ORDER BY from_at, to_at) AS n FROM real))
      GROUP BY scope`,
    entered: `SELECT scope, sum(to_at - from_at) AS ms FROM stops GROUP BY scope`,
    edges: `SELECT scope, arraySort(groupUniqArrayArray([from_at, to_at])) AS at FROM real GROUP BY scope`,
    slices: `SELECT scope, slice.1 AS lower, slice.2 AS upper FROM edges
      ARRAY JOIN arrayZip(arrayPopBack(at), arrayPopFront(at)) AS slice`,
    winners: `SELECT s.scope AS scope, s.upper - s.lower AS ms,
        argMin(coalesce(r.reason, ''), tuple(-r.priority, r.from_at, r.pos)) AS reason
      FROM slices AS s INNER JOIN real AS r ON r.scope = s.scope
      WHERE r.from_at <= s.lower AND r.to_at >= s.upper GROUP BY s.scope, s.lower, s.upper`,
    reasons: `SELECT scope, sumMap(map(reason, ms)) AS by_reason FROM winners GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, c.ms AS stopped_ms, e.ms AS naive_ms, c.ms / 60000 AS stop_min,
    ${ratio('a.planned_ms - c.ms', 'a.planned_ms')} AS availability,
    ${ratio('a.planned_ms - e.ms', 'a.planned_ms')} AS naive_availability,
    r.by_reason AS by_reason
  FROM asked AS a LEFT JOIN covered AS c ON c.scope = a.scope LEFT JOIN entered AS e ON e.scope = a.scope
    LEFT JOIN reasons AS r ON r.scope = a.scope`,
}

/**
 * Time of each state inside each window: states are clipped at the window, half-open, ms exact. Windows without a state
 * are there with nothing in them. As the roll-up of `engine/kpi/equipment-time`; domain rule 2.5.
 */
export const statesInWindows: SqlBody = {
  name: 'states in windows',
  inputs: {
    asked: {},
    windows: { id: 'text', from_at: 'whole', to_at: 'whole' },
    states: { state: 'text', from_at: 'whole', to_at: 'whole' },
  },
  steps: {
    clipped: `SELECT w.scope AS scope, w.id AS id, s.state AS state,
        least(s.to_at, w.to_at) - greatest(s.from_at, w.from_at) AS ms
      FROM windows AS w INNER JOIN states AS s ON s.scope = w.scope
      WHERE s.from_at < w.to_at AND s.to_at > w.from_at AND ms > 0`,
    in_window: `SELECT scope, id, sumMap(map(state, ms)) AS by_state, sum(ms) AS total FROM clipped GROUP BY scope, id`,
    all_windows: `SELECT w.scope AS scope, groupArray(w.id) AS ids, groupArray(i.by_state) AS spent, sum(i.total) AS total_ms
      FROM (SELECT DISTINCT scope, id FROM windows) AS w LEFT JOIN in_window AS i ON i.scope = w.scope AND i.id = w.id
      GROUP BY w.scope`,
  },
  answer: `SELECT a.scope AS scope, mapFromArrays(x.ids, x.spent) AS windows_ms, x.total_ms AS total_ms
    FROM asked AS a LEFT JOIN all_windows AS x ON x.scope = a.scope`,
}

const inStates = (...states: string[]): string =>
  `sumIf(ms, state IN (${states.map((state) => `'${state}'`).join(', ')}))`

/**
 * Additive time parts of any range from the states in it, clipped at the range, ms exact: what windows cut in the middle
 * have. States do not overlap; a stop keeps the state it was judged by as a whole. Twin of the time parts of
 * `engine/kpi/equipment-time#deriveUnitWindow`.
 */
export const timeParts: SqlBody = {
  name: 'time parts',
  inputs: {
    asked: { from_at: 'whole', to_at: 'whole' },
    states: { state: 'text', from_at: 'whole', to_at: 'whole' },
  },
  steps: {
    clipped: `SELECT a.scope AS scope, s.state AS state, least(s.to_at, a.to_at) - greatest(s.from_at, a.from_at) AS ms
      FROM states AS s INNER JOIN asked AS a ON a.scope = s.scope WHERE ms > 0`,
    summed: `SELECT scope, sum(ms) AS all_ms, ${inStates('UNSCHEDULED')} AS unscheduled_ms, ${inStates('PLANNED_STOP')} AS planned_stop_ms,
        ${inStates('NO_DATA')} AS no_data_ms, ${inStates('SETUP')} AS setup_ms,
        ${inStates('DOWN', 'STARVED', 'BLOCKED', 'WAIT_OPERATOR')} AS down_ms, ${inStates('MICRO_STOP')} AS micro_stop_ms,
        ${inStates('RUN', 'MICRO_STOP')} AS run_ms
      FROM clipped GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, s.* EXCEPT (scope), s.all_ms - s.unscheduled_ms - s.planned_stop_ms AS scheduled_ms,
    scheduled_ms - s.no_data_ms AS planned_ms FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/**
 * Increase of a cumulative counter with resets and rollover; missing readings are passed over. Twin of
 * `engine/kpi/counter#counterDelta`.
 */
export const counterIncrease: SqlBody = {
  name: 'counter increase',
  inputs: { asked: { rollover: 'number?' }, readings: { pos: 'whole', value: 'number?' } },
  steps: {
    pairs: `SELECT scope, assumeNotNull(value) AS now, lagInFrame(now, 1, now) OVER (PARTITION BY scope ORDER BY pos
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
      FROM readings WHERE isNotNull(value)`,
    increases: `SELECT p.scope AS scope, p.now < p.before AS fell,
        multiIf(NOT fell, p.now - p.before,
          isNotNull(a.rollover) AND p.before < a.rollover, p.now + assumeNotNull(a.rollover) - p.before,
          greatest(0., p.now)) AS increase
      FROM pairs AS p INNER JOIN asked AS a ON a.scope = p.scope`,
    summed: `SELECT scope, sum(increase) AS delta, countIf(fell) AS resets FROM increases GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, s.delta AS delta, s.resets AS resets
    FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

const offsetAt = (ms: string): string =>
  `toInt64(timeZoneOffset(toTimeZone(fromUnixTimestamp64Milli(toInt64(${ms})), {zone:String}))) * 1000`

/**
 * Instant of a wall-clock time: skipped times move forward by the skip, doubled ones mean the first. Twin of
 * `engine/time/local-time#instantOfLocal`, with the engine's own zone data.
 */
function instantOf(wall: string, name: string): string {
  return `${offsetAt(`${wall} - 86400000`)} AS ${name}_before, ${offsetAt(`${wall} + 86400000`)} AS ${name}_after,
    multiIf(${name}_before = ${name}_after OR ${offsetAt(`${wall} - ${name}_before`)} = ${name}_before, ${wall} - ${name}_before,
      ${offsetAt(`${wall} - ${name}_after`)} = ${name}_after, ${wall} - ${name}_after, ${wall} - ${name}_before) AS ${name}_at`
}

const minuteOf = (time: string): string =>
  `(toInt64(splitByChar(':', ${time})[1]) * 60 + toInt64(splitByChar(':', ${time})[2]))`

/**
 * A shift instance in UTC from local rules: 7 h and 9 h nights at the changes of the clock. One zone per statement. Twin
 * of `engine/time/local-time#instantOfLocal` over both ends.
 */
export const shiftInstances: SqlBody = {
  name: 'shift instances',
  inputs: { asked: { production_date: 'date', start: 'text', end: 'text', end_offset_days: 'whole?' } },
  params: ['zone'],
  steps: {
    walls: `SELECT scope, toInt64(toInt32(toDate32(production_date))) * 86400000 AS midnight,
        ${minuteOf('start')} AS first_minute, ${minuteOf('end')} AS last_minute,
        coalesce(end_offset_days, if(last_minute <= first_minute, 1, 0)) AS days,
        midnight + first_minute * 60000 AS start_wall,
        midnight + (days * 1440 + last_minute) * 60000 AS end_wall
      FROM asked`,
  },
  answer: `SELECT scope, ${instantOf('start_wall', 'start')}, ${instantOf('end_wall', 'end')},
    formatDateTime(fromUnixTimestamp64Milli(start_at), '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS start_utc,
    formatDateTime(fromUnixTimestamp64Milli(end_at), '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS end_utc,
    ${finite('(end_at - start_at) / 3600000')} AS length_h
  FROM walls`,
}
