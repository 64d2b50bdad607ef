import { lastShiftBefore, nextShiftAfter, productionDateOf, shiftAt, shiftRuleOf } from '@gemba/engine/time/calendar'
import { formatInstant } from '@gemba/engine/format/times'
import { computed } from 'vue'
import { usePreferences } from '../preferences/preferences-store.ts'
import { useCatalog } from './queries.ts'
import { useServerNow } from './server-clock.ts'

const MINUTE_MS = 60_000

/** The site the reader looks from: its calendar and zone rule every day and clock on the screen. */
export function useSite() {
  const catalog = useCatalog()
  const preferences = usePreferences()
  const now = useServerNow()
  const sites = computed(() => catalog.data.value?.sites ?? [])
  const site = computed(() => sites.value.find((each) => each.id === preferences.site) ?? sites.value[0] ?? null)
  const timeZone = computed(() => site.value?.timeZone ?? Intl.DateTimeFormat('en').resolvedOptions().timeZone)
  // Shifts change on full minutes; looking every second would be work for nothing.
  const minuteAt = computed(() => Math.floor(now.value / MINUTE_MS) * MINUTE_MS)

  const today = computed(() => {
    if (!site.value) return null
    const at = minuteAt.value
    const shift = shiftAt(site.value, at)
    const next = shift ? null : nextShiftAfter(site.value, at)
    const last = shift ? null : lastShiftBefore(site.value, at)
    return { productionDate: shift?.productionDate ?? productionDateOf(site.value, at), shift, next, last }
  })

  /** The name of a shift code of this site in the reader's language. */
  function shiftName(code: string): string {
    return (site.value && shiftRuleOf(site.value, code)?.name[preferences.side]) ?? code
  }

  /** An instant (ms) on the clock of the site, with its day where that is not today. */
  function clock(at: number): string {
    return formatInstant(at, now.value, { timeZone: timeZone.value, locale: preferences.language })
  }

  return { sites, site, timeZone, now, today, shiftName, clock, isLoading: catalog.isPending }
}
