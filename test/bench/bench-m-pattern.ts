/** Weeks as the reference machines live them, derived by the engine window by window: what bench-M is cloned from. */
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { UnitEvent } from '@gemba/engine/kpi/equipment-time'
import { timeWindows } from '@gemba/engine/time/calendar'
import { EventSlices } from '../../server/src/kpi/event-slices.ts'
import { derivedRows, windowRow } from '../../server/src/kpi/window-rows.ts'
import { derive, liveUnit } from '../plant/derived-life.ts'
import { UNITS, parametersOf } from '../plant/parameters.ts'
import { sites } from '../plant/sites.ts'
import { World } from '../plant/world.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
export const WEEK_MS = 7 * DAY_MS
/** A Monday at the beginning of the production day of Suzhou, far from its holidays. */
export const BASE_AT = Date.parse('2026-06-01T07:00:00+08:00')
/** The machines live a while before anything is taken from them. */
const LEAD_MS = 2 * DAY_MS

export const PATTERN_TABLES = ['equipment_window', 'equipment_state', 'equipment_stop', 'equipment_count'] as const
export type PatternTable = (typeof PATTERN_TABLES)[number]
export type PatternRows = Record<PatternTable, object[]>

/** The machines of the first site, in the order in which they are cloned. */
export const MACHINES = UNITS.filter((unit) => unit.site === 'SUZ')

export const idealSecondsOf = (machine: number): number => {
  const place = MACHINES[machine]
  if (!place) throw new Error(`there is no machine ${machine}`)
  const { idealCycleSeconds, cavities } = parametersOf(place.code, 'reference')
  return idealCycleSeconds / cavities
}

/** The calendar of Suzhou without its holidays, so that every week has the same windows. */
export function patternSite(): SiteDefinition {
  const site = sites('reference').find(({ id }) => id === 'SUZ')
  if (!site) throw new Error('the reference factory has no site SUZ')
  return { ...site, exceptions: [] }
}

/** The name under which the rows of one week of one machine wait to be cloned. */
export const patternName = (seed: number, machine: number, week: number): string => `${seed}/${machine}/${week}`

/** Once a week the line to a machine is cut for half an hour, each machine at an hour of its own. */
function withLostLink(events: readonly UnitEvent[], machine: number, weeks: number): UnitEvent[] {
  const cuts = Array.from({ length: weeks }, (_, week) => BASE_AT + week * WEEK_MS + 2 * DAY_MS + machine * HOUR_MS)
  const link = (at: number, value: number): UnitEvent => ({ at, role: 'link', value, quality: 0 })
  return [...events, ...cuts.flatMap((at) => [link(at, 0), link(at + HOUR_MS / 2, 1)])].sort((a, b) => a.at - b.at)
}

/** Rows of `weeks` weeks of every machine in a world of this seed; their unit is the name of the pattern. */
export function patternRows(seed: number, weeks: number): PatternRows {
  const found: PatternRows = { equipment_window: [], equipment_state: [], equipment_stop: [], equipment_count: [] }
  const site = patternSite()
  const span = { fromAt: BASE_AT - LEAD_MS, toAt: BASE_AT + weeks * WEEK_MS }
  const segments = [{ fromAt: span.fromAt, set: 'reference' as const }]
  const world = new World({ seed, epochAt: span.fromAt, calendarSet: 'reference', segments })
  const windows = timeWindows(site, span).filter(({ fromAt, toAt }) => fromAt >= BASE_AT && toAt <= span.toAt)
  for (const [machine, place] of MACHINES.entries()) {
    const unit = world.units.find((each) => each.place.code === place.code)
    if (!unit) throw new Error(`${place.code} is not in the world`)
    const lived = liveUnit(world, unit, span)
    const slices = new EventSlices(withLostLink(lived.events, machine, weeks))
    for (const window of windows) {
      const name = patternName(seed, machine, Math.floor((window.fromAt - BASE_AT) / WEEK_MS))
      const result = derive({ ...lived, events: slices.of(window) }, site, window)
      found.equipment_window.push(windowRow(name, window, result.parts, span.toAt))
      const derived = derivedRows(name, window, result)
      for (const [table, rows] of Object.entries(derived) as [keyof typeof derived, { row: object }[]][])
        // The bench asks nothing of meters.
        if (table !== 'equipment_energy')
          for (const { row } of rows) found[table].push({ ...row, computed_at: span.toAt, is_deleted: 0 })
    }
  }
  return found
}
