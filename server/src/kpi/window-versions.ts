import type { EquipmentTimeParts, StopPart } from '@gemba/contracts/kpi'
import type { RestatementCause } from '@gemba/contracts/restatement'
import type { TimeRange } from '@gemba/contracts/time'
import type { StateEnergy } from '@gemba/engine/kpi/energy'
import { PART_COLUMNS } from './window-rows.ts'

/** A stored window as it was known at one time. */
export interface KnownWindow extends TimeRange {
  unit: string
  knownAt: number
  kind: string
  productionDate: string
  /** Empty between shifts. */
  shiftCode: string
  parts: EquipmentTimeParts
  stops: readonly StopPart[]
  noData: readonly TimeRange[]
  /** By state; null where it was not kept with the version. */
  energy: readonly StateEnergy[] | null
}

/** What of a window can be restated. */
export type WindowFigure = Pick<KnownWindow, 'parts' | 'stops' | 'productionDate' | 'energy'>

/** Sums of the store and of the engine may differ in their last digit. */
const SAME_KWH = 1e-6

/** Equal as far as both are known. */
function isSameEnergy(a: WindowFigure['energy'], b: WindowFigure['energy']): boolean {
  if (a === null || b === null) return true
  const usesOf = (list: readonly StateEnergy[]) =>
    new Map(list.filter(({ meteredMs }) => meteredMs > 0).map((each) => [each.state, each]))
  const [mine, theirs] = [usesOf(a), usesOf(b)]
  if (mine.size !== theirs.size) return false
  return [...mine].every(([state, { kwh, meteredMs }]) => {
    const other = theirs.get(state)
    return other !== undefined && Math.abs(other.kwh - kwh) < SAME_KWH && Math.abs(other.meteredMs - meteredMs) < 1
  })
}

const byReason = (stops: readonly StopPart[]) =>
  stops
    .filter(({ ms, count }) => ms > 0 || count > 0)
    .map(({ state, reason, ms, count }) => [state, reason, ms, count] as const)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

/** Same sums, same stops, same energy, same production date: nothing that was published has changed. */
export function isSameFigure(a: WindowFigure, b: WindowFigure): boolean {
  return (
    a.productionDate === b.productionDate &&
    isSameEnergy(a.energy, b.energy) &&
    PART_COLUMNS.every(([name]) => a.parts[name] === b.parts[name]) &&
    JSON.stringify(byReason(a.stops)) === JSON.stringify(byReason(b.stops))
  )
}

/** True when a figure stood long enough to have been read, in one of its versions. */
export function wasPublished(knownAts: readonly number[], nowAt: number, publishedAfterMs: number): boolean {
  const times = knownAts.toSorted((a, b) => a - b)
  return times.some((at, index) => (times[index + 1] ?? nowAt) - at >= publishedAfterMs)
}

export function versionRow(window: KnownWindow): object {
  return {
    unit: window.unit,
    start_at: window.fromAt,
    known_at: window.knownAt,
    end_at: window.toAt,
    kind: window.kind,
    production_date: window.productionDate,
    shift_code: window.shiftCode,
    ...Object.fromEntries(PART_COLUMNS.map(([name, column]) => [column, window.parts[name]])),
    stops: JSON.stringify(byReason(window.stops)),
    no_data: JSON.stringify(window.noData.map(({ fromAt, toAt }) => [fromAt, toAt])),
  }
}

/** The energy of a version; a window that knows none has none to keep. */
export function energyVersionRows({ unit, fromAt, toAt, knownAt, energy }: KnownWindow): object[] {
  if (energy === null || energy.length === 0) return []
  const uses = energy.map(({ state, kwh, meteredMs }) => [state, kwh, meteredMs])
  return [{ unit, start_at: fromAt, known_at: knownAt, end_at: toAt, energy: JSON.stringify(uses) }]
}

/** Energy as `energyVersionRows` wrote it. */
export function energyOfText(text: string): StateEnergy[] {
  const uses = JSON.parse(text) as [StateEnergy['state'], number, number][]
  return uses.map(([state, kwh, meteredMs]) => ({ state, kwh, meteredMs }))
}

/** The lists of a version row. */
export function listsOf(row: { stops: string; no_data: string }): Pick<KnownWindow, 'stops' | 'noData'> {
  const stops = JSON.parse(row.stops) as [StopPart['state'], string | null, number, number][]
  const noData = JSON.parse(row.no_data) as [number, number][]
  return {
    stops: stops.map(([state, reason, ms, count]) => ({ state, reason, ms, count })),
    noData: noData.map(([fromAt, toAt]) => ({ fromAt, toAt })),
  }
}

const figureText = ({ parts, stops, productionDate, energy }: WindowFigure): string =>
  JSON.stringify({ parts, stops, productionDate, energy })

export interface RestatedWindow {
  before: KnownWindow
  after: KnownWindow
  causes: readonly RestatementCause[]
  isClosed: boolean
}

export function restatementRow({ before, after, causes, isClosed }: RestatedWindow): object {
  return {
    unit: after.unit,
    window_at: after.fromAt,
    known_at: before.knownAt,
    restated_at: after.knownAt,
    end_at: after.toAt,
    kind: after.kind,
    production_date: after.productionDate,
    // A window that is no more keeps the name it had.
    shift_code: after.shiftCode || before.shiftCode,
    before: figureText(before),
    after: figureText(after),
    causes: JSON.stringify(causes),
    in_closed_period: isClosed ? 1 : 0,
  }
}

/** One side of a restatement row. */
export function figureOfText(text: string): WindowFigure {
  return { energy: null, ...(JSON.parse(text) as Omit<WindowFigure, 'energy'>) }
}
