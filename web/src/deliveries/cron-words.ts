/** A cron line that people say in words: every day, on a day of the week, on a day of the month, at a time. */
export interface CronWords {
  readonly every: 'day' | 'week' | 'month'
  /** Days of the week (0 = Sunday) or the day of the month; none for every day. */
  readonly days: readonly number[]
  /** `HH:MM` in the plant's zone. */
  readonly time: string
}

const AT_ONE_TIME = /^(\d{1,2}) (\d{1,2}) (\*|\d{1,2}) \* (\*|[0-7](?:-[0-7]|(?:,[0-7])*))$/

/** The words of a cron line, or null for one that only its own notation can say. */
export function cronWords(cron: string): CronWords | null {
  const parts = AT_ONE_TIME.exec(cron.trim().replaceAll(/\s+/g, ' '))
  if (!parts) return null
  const [, minute = '', hour = '', dayOfMonth = '', dayOfWeek = ''] = parts
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
  if (dayOfMonth === '*' && dayOfWeek === '*') return { every: 'day', days: [], time }
  // Both at once means "either" in cron: nobody reads that out of a sentence.
  if (dayOfMonth !== '*') return dayOfWeek === '*' ? { every: 'month', days: [Number(dayOfMonth)], time } : null
  return { every: 'week', days: weekDays(dayOfWeek), time }
}

function weekDays(text: string): number[] {
  const [from, to] = text.split('-').map(Number)
  if (from !== undefined && to !== undefined)
    return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, day) => (from + day) % 7)
  return text.split(',').map((day) => Number(day) % 7)
}

/** Any week that begins on a Sunday will do: only the names of its days are used. */
const SUNDAY_AT = Date.UTC(2024, 0, 7)
const DAY_MS = 86_400_000

/** Name of a day of the week (0 = Sunday) in a language: 周一, Mon. */
export const weekDayName = (day: number, locale: string): string =>
  new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' }).format(SUNDAY_AT + day * DAY_MS)
