import { Injectable } from '@nestjs/common'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { TimeRange } from '@gemba/contracts/time'
import { type ShiftInstance, type TimeWindow, shiftInstances, timeWindows } from '@gemba/engine/time/calendar'
import { CatalogService } from '../catalog/catalog.service.ts'

const DAY_MS = 86_400_000
const MARGIN_MS = 2 * DAY_MS
const MOST_CACHED = 500

/** Shift instances and windows of sites; computed once per site and stretch of days. */
@Injectable()
export class SiteCalendar {
  private readonly shifts = new Map<string, ShiftInstance[]>()
  private readonly tiles = new Map<string, TimeWindow[]>()

  constructor(catalog: CatalogService) {
    catalog.changed.subscribe(() => {
      this.shifts.clear()
      this.tiles.clear()
    })
  }

  /** All instances that overlap the range widened by two days on both sides. */
  shiftsAround(site: SiteDefinition, range: TimeRange): ShiftInstance[] {
    const wide = wholeDays({ fromAt: range.fromAt - MARGIN_MS, toAt: range.toAt + MARGIN_MS })
    return remember(this.shifts, keyOf(site, wide), () => shiftInstances(site, wide))
  }

  /** Windows that overlap the range, whole: the first may begin before it and the last end after it. */
  windows(site: SiteDefinition, range: TimeRange): TimeWindow[] {
    const wide = wholeDays({ fromAt: range.fromAt - MARGIN_MS, toAt: range.toAt + MARGIN_MS })
    const all = remember(this.tiles, keyOf(site, wide), () => timeWindows(site, wide))
    return all.filter((window) => window.toAt > range.fromAt && window.fromAt < range.toAt)
  }

  windowAt(site: SiteDefinition, at: number): TimeWindow {
    const found = this.windows(site, { fromAt: at, toAt: at + 1 })[0]
    if (!found) throw new Error('windows do not tile time')
    return found
  }
}

const wholeDays = ({ fromAt, toAt }: TimeRange): TimeRange => ({
  fromAt: Math.floor(fromAt / DAY_MS) * DAY_MS,
  toAt: Math.ceil(toAt / DAY_MS) * DAY_MS,
})
const keyOf = ({ id, productionDateOwners = [] }: SiteDefinition, { fromAt, toAt }: TimeRange): string =>
  `${id}:${productionDateOwners.map((each) => `${each.owner}${each.fromAt}`).join()}:${fromAt}:${toAt}`

function remember<T>(cache: Map<string, T>, key: string, make: () => T): T {
  const known = cache.get(key)
  if (known !== undefined) return known
  if (cache.size >= MOST_CACHED) cache.clear()
  const made = make()
  cache.set(key, made)
  return made
}
