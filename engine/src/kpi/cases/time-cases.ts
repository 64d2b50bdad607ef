import type { TimeRange } from '@gemba/contracts/time'
import { addDays, instantOfLocal, minuteOfDay } from '../../time/local-time.ts'
import { merge } from '../../time/ranges.ts'
import { counterDelta } from '../counter.ts'
import { forecastCompletion } from '../order-forecast.ts'
import { workProgress } from '../order-progress.ts'
import { ratio, sumOf } from '../ratio.ts'
import {
  inherentAvailability,
  lifeTest,
  operationalAvailability,
  reliability,
  serialLineAvailability,
} from '../reliability.ts'
import type { CaseInputs, CaseRunner } from './case-inputs.ts'

const HOUR_MS = 3_600_000

const shiftInstance: CaseRunner = (inputs) => {
  const [zone, date, start, end] = [
    inputs.text('tz'),
    inputs.text('production_date'),
    inputs.text('start'),
    inputs.text('end'),
  ]
  const byClock = minuteOfDay(end) <= minuteOfDay(start) ? 1 : 0
  const fromAt = instantOfLocal(zone, date, start)
  const toAt = instantOfLocal(zone, addDays(date, inputs.numberOr('end_offset_days', byClock)), end)
  return { start_utc: utcText(fromAt), end_utc: utcText(toAt), length_h: (toAt - fromAt) / HOUR_MS }
}

function utcText(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}

/** The instant (ms) of an ISO text. Throws a RangeError that names the key. */
export function instantOf(row: CaseInputs, key: string): number {
  const at = Date.parse(row.text(key))
  if (Number.isNaN(at)) throw new RangeError(`${key}: not an instant`)
  return at
}

/** An interval; one without end goes on for ever. */
function rangeOf(row: CaseInputs): TimeRange {
  return { fromAt: instantOf(row, 'start'), toAt: row.has('end') ? instantOf(row, 'end') : Infinity }
}

const stateSplit: CaseRunner = (inputs) => {
  const states = inputs.rows('states').map((row) => ({ state: row.text('state'), ...rangeOf(row) }))
  let totalMs = 0
  const windows = inputs.rows('windows').map((row): [string, Record<string, number>] => {
    const window = rangeOf(row)
    const spent = new Map<string, number>()
    for (const each of states) {
      const ms = Math.min(each.toAt, window.toAt) - Math.max(each.fromAt, window.fromAt)
      if (ms <= 0) continue
      spent.set(each.state, (spent.get(each.state) ?? 0) + ms)
      totalMs += ms
    }
    return [row.text('id'), Object.fromEntries([...spent].map(([state, ms]) => [state, ms / 1_000]))]
  })
  return { windows: Object.fromEntries(windows), total_s: totalMs / 1_000 }
}

const counter: CaseRunner = (inputs) => ({
  ...counterDelta(inputs.maybeNumbers('readings'), inputs.maybeNumber('rollover')),
})

/** The instant as text with the zone offset of another instant text. */
export function textLike(at: number, sample: string): string {
  const zone = /(Z|[+-]\d{2}:\d{2})$/.exec(sample)?.[1] ?? 'Z'
  if (zone === 'Z') return utcText(at)
  const [hours, minutes] = zone.slice(1).split(':').map(Number)
  const offsetMs = (zone.startsWith('-') ? -1 : 1) * (hours! * 60 + minutes!) * 60_000
  return new Date(at + offsetMs).toISOString().replace(/(\.000)?Z$/, zone)
}

const orderProgress: CaseRunner = (inputs) => {
  const quantity = inputs.number('qty')
  const operations = inputs.rows('operations').map((row) => ({
    standardSeconds: row.number('std_s_per_unit'),
    good: row.numberOr('good', 0),
    scrap: row.numberOr('scrap', 0),
  }))
  const good = operations.at(-1)?.good ?? 0
  const remaining = Math.max(0, quantity - good)
  const [nowAt, dueAt] = [instantOf(inputs, 'now'), instantOf(inputs, 'due')]
  const rate = { perHour: inputs.maybeNumber('recent_good_per_h'), lowPerHour: null, highPerHour: null }
  const segments = merge(inputs.rows('calendar').map(rangeOf))
  const { expectedAt } = forecastCompletion(remaining, rate, { segments, fromAt: nowAt })
  const isKnownLate =
    nowAt > dueAt || (rate.perHour !== null && rate.perHour > 0 && segments.some((each) => each.toAt >= dueAt))
  const lateWithoutForecast = remaining > 0 && isKnownLate ? true : null
  return {
    qty_progress: ratio(good, quantity),
    work_progress: workProgress(operations, quantity),
    remaining,
    eta: expectedAt === null ? null : textLike(expectedAt, inputs.text('now')),
    late: expectedAt === null ? lateWithoutForecast : expectedAt > dueAt,
    slack_h: expectedAt === null ? null : (dueAt - expectedAt) / HOUR_MS,
  }
}

const variants: CaseRunner = (inputs) => {
  const [mtbf, mttr] = [inputs.number('mtbf_h'), inputs.number('mttr_h')]
  const maintenance = inputs.numberOr('mean_pm_h_per_failure_cycle', 0)
  const delay = inputs.numberOr('mean_logistics_delay_h', 0)
  return {
    inherent: inherentAvailability(mtbf, mttr),
    operational: operationalAvailability({ mtbf, mttr }, { maintenance, delay }),
  }
}

const testedMtbf: CaseRunner = (inputs) => {
  const test = lifeTest(inputs.number('units'), inputs.number('test_hours'), inputs.numbers('failure_times_h'))
  return {
    failure_pct: test.failureShare,
    operating_hours: test.operatingTime,
    failure_rate_per_h: test.failureRate,
    mtbf_h: test.mtbf,
  }
}

const FAILURE_STATES = ['FAILURE', 'DOWN']

const fromIntervals: CaseRunner = (inputs) => {
  const intervals = inputs.rows('intervals').map((row) => ({ state: row.text('state'), hours: row.number('h') }))
  const failures = intervals.filter((each) => FAILURE_STATES.includes(each.state))
  const running = intervals.filter((each) => each.state === 'RUN')
  const figures = reliability(
    sumOf(running, (each) => each.hours),
    sumOf(failures, (each) => each.hours),
    failures.length,
  )
  return {
    failures: figures.failures,
    mtbf_h: figures.mtbf,
    mttr_h: figures.mttr,
    inherent_availability: figures.inherentAvailability,
  }
}

const serialLine: CaseRunner = (inputs) => {
  const stations = inputs.rows('stations').map((row) => ({
    mtbf: row.maybeNumber('mtbf_run_h') ?? row.maybeNumber('mtbf_h'),
    mttr: row.number('mttr_h'),
  }))
  return { availability: serialLineAvailability(stations) }
}

export const timeCases: Record<string, CaseRunner> = {
  shift_instance: shiftInstance,
  state_split: stateSplit,
  counter_delta: counter,
  order_progress: orderProgress,
  availability_variants: variants,
  mtbf_test: testedMtbf,
  mtbf_mttr_from_intervals: fromIntervals,
  serial_line_availability: serialLine,
}
