import type { EquipmentState, StateInterval } from '@gemba/contracts/kpi'
import type { TimeRange } from '@gemba/contracts/time'
import { counterIncrease } from './counter.ts'
import { ratio } from './ratio.ts'

const MINUTE_MS = 60_000

/** Energy of one minute in one state. `meteredMs` = how much of it lies between two readings of the meter. */
export interface EnergyUse {
  /** Start of the minute, ms. */
  minuteAt: number
  state: EquipmentState
  kwh: number
  meteredMs: number
}

/** The register of a meter at an instant, kWh; null = it could not be read. */
export interface MeterReading {
  at: number
  kwh: number | null
}

/**
 * Energy of a range by minute and state, from the register of a meter. Pieces come all at once, energy flows: what lies
 * between two readings is spread evenly over the time between them, so that windows cut anywhere add up to what the
 * register says. A register that falls below its half was set to zero, or rolled over at `rolloverAt`; a smaller fall counts
 * as it stands: two readings have changed places, and the next one makes up for it. Readings are sorted by time, one per
 * instant; the last one before the range and the first one after it belong to them when they exist. Before the first
 * and after the last reading nothing is known, and nothing is counted.
 */
export function energyUse(
  readings: readonly MeterReading[],
  intervals: readonly StateInterval[],
  { range, rolloverAt }: { range: TimeRange; rolloverAt?: number | undefined },
): EnergyUse[] {
  const book = new Map<string, EnergyUse>()
  let before: { at: number; kwh: number } | null = null
  let next = 0
  for (const { at, kwh } of readings) {
    if (kwh === null || !Number.isFinite(kwh) || kwh < 0) continue
    if (before && at > range.fromAt && before.at < range.toAt) {
      const kwhPerMs = registerIncrease(before.kwh, kwh, rolloverAt) / (at - before.at)
      const span = { fromAt: Math.max(before.at, range.fromAt), toAt: Math.min(at, range.toAt) }
      while (next < intervals.length && intervals[next]!.toAt <= span.fromAt) next += 1
      for (let index = next; index < intervals.length && intervals[index]!.fromAt < span.toAt; index += 1)
        addSpan(book, intervals[index]!, { span, kwhPerMs })
    }
    before = { at, kwh }
  }
  return [...book.values()].sort((a, b) => a.minuteAt - b.minuteAt || (a.state < b.state ? -1 : 1))
}

function registerIncrease(before: number, now: number, rolloverAt?: number): number {
  return now >= before / 2 ? now - before : counterIncrease(before, now, rolloverAt)
}

function addSpan(
  book: Map<string, EnergyUse>,
  { fromAt, toAt, state }: StateInterval,
  { span, kwhPerMs }: { span: TimeRange; kwhPerMs: number },
): void {
  const end = Math.min(toAt, span.toAt)
  for (let at = Math.max(fromAt, span.fromAt); at < end;) {
    const minuteAt = Math.floor(at / MINUTE_MS) * MINUTE_MS
    const ms = Math.min(end, minuteAt + MINUTE_MS) - at
    const key = `${minuteAt} ${state}`
    const use = book.get(key) ?? { minuteAt, state, kwh: 0, meteredMs: 0 }
    use.kwh += kwhPerMs * ms
    use.meteredMs += ms
    book.set(key, use)
    at += ms
  }
}

/** Sums of energy in one state. */
export type StateEnergy = Pick<EnergyUse, 'state' | 'kwh' | 'meteredMs'>

export interface EnergyFigures {
  /** All of it, also what was drawn while the state was unknown. */
  totalKwh: number
  /** Drawn in known states that are neither `RUN` nor `SETUP`. */
  idleKwh: number
  /** idle / known; null when nothing was drawn in a known state. */
  idleShare: number | null
  /** Drawn while the state was unknown (`NO_DATA`). */
  unknownKwh: number
  /** kWh by state. */
  byState: Record<string, number>
}

/**
 * Energy in all, by state, and the share of it that was drawn without producing or setting up: stops, waits, breaks and
 * unscheduled time. Energy of unknown state is in the total and in neither side of the share. Source: ISO 22400-2
 * (energy consumption); ISO 50006 (baseload); domain rule 3.5.
 */
export function energyFigures(sums: readonly StateEnergy[]): EnergyFigures {
  const byState: Record<string, number> = {}
  for (const { state, kwh } of sums) byState[state] = (byState[state] ?? 0) + kwh
  const totalKwh = Object.values(byState).reduce((sum, kwh) => sum + kwh, 0)
  const unknownKwh = byState['NO_DATA'] ?? 0
  const busyKwh = (byState['RUN'] ?? 0) + (byState['SETUP'] ?? 0)
  const idleKwh = Object.entries(byState).reduce(
    (sum, [state, kwh]) => (state === 'RUN' || state === 'SETUP' || state === 'NO_DATA' ? sum : sum + kwh),
    0,
  )
  return { totalKwh, idleKwh, idleShare: ratio(idleKwh, idleKwh + busyKwh), unknownKwh, byState }
}
