import { useI18n } from 'vue-i18n'
import { usePreferences } from '../preferences/preferences-store.ts'
import { cronWords, weekDayName } from './cron-words.ts'

/** A cron line as a sentence in the reader's language, or null for one that only its own notation can say. */
export function useCronText(): (cron: string) => string | null {
  const { t } = useI18n()
  const preferences = usePreferences()
  return (cron) => {
    const words = cronWords(cron)
    if (words === null) return null
    const names = words.days.map((day) => (words.every === 'week' ? weekDayName(day, preferences.language) : day))
    return t(`deliveries.every.${words.every}`, { days: names.join(t('deliveries.every.and')), time: words.time })
  }
}
