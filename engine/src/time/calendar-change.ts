import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { TimeRange } from '@gemba/contracts/time'
import { type TimeWindow, timeWindows } from './calendar.ts'
import { merge } from './ranges.ts'

const CHUNK_MS = 28 * 86_400_000

/**
 * The time of a range whose windows are not the same under two calendars of one site: begin, end, shift, production
 * date or breaks differ. Whole windows of both calendars, merged and sorted; empty when the change does not reach into
 * the range. What lies outside needs no new derivation.
 */
export function changedTime(before: SiteDefinition, after: SiteDefinition, range: TimeRange): TimeRange[] {
  const changed: TimeRange[] = []
  for (let fromAt = range.fromAt; fromAt < range.toAt; fromAt += CHUNK_MS) {
    const chunk = { fromAt, toAt: Math.min(fromAt + CHUNK_MS, range.toAt) }
    const old = byIdentity(timeWindows(before, chunk))
    const now = byIdentity(timeWindows(after, chunk))
    for (const [identity, window] of [...old, ...now])
      if (!(old.has(identity) && now.has(identity))) changed.push({ fromAt: window.fromAt, toAt: window.toAt })
  }
  return merge(changed)
}

const byIdentity = (windows: readonly TimeWindow[]): Map<string, TimeWindow> =>
  new Map(
    windows.map((window) => {
      const { fromAt, toAt, kind, productionDate, shift } = window
      return [JSON.stringify([fromAt, toAt, kind, productionDate, shift?.code, shift?.breaks]), window]
    }),
  )
