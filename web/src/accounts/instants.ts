import { formatInstant } from '@gemba/engine/format/times'
import { useSite } from '../connection/site.ts'
import { usePreferences } from '../preferences/preferences-store.ts'

/** Instants as the reader's site writes them. */
export function useInstants() {
  const preferences = usePreferences()
  const { now, timeZone } = useSite()
  return (at: number): string =>
    formatInstant(at, now.value, { timeZone: timeZone.value, locale: preferences.language })
}
