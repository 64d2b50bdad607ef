import { addDays, daysBetween, isoWeekday } from '@gemba/engine/time/local-time'

export const PRESETS = ['today', 'yesterday', 'week', 'month', 'lastMonth'] as const
export type Preset = (typeof PRESETS)[number]

export interface DayRange {
  from: string
  /** Inclusive. */
  to: string
}

/** Days of a preset, counted from a production day `YYYY-MM-DD`. `week` is that day and the six before it. */
export function presetOf(preset: Preset, today: string): DayRange {
  const monthStart = `${today.slice(0, 8)}01`
  const lastOfBefore = addDays(monthStart, -1)
  const ranges: Record<Preset, DayRange> = {
    today: { from: today, to: today },
    yesterday: { from: addDays(today, -1), to: addDays(today, -1) },
    week: { from: addDays(today, -6), to: today },
    month: { from: monthStart, to: today },
    lastMonth: { from: `${lastOfBefore.slice(0, 8)}01`, to: lastOfBefore },
  }
  return ranges[preset]
}

export const isDay = (text: unknown): text is string => typeof text === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(text)

/** Key of the name of a day's weekday, `d1` Monday … `d7` Sunday; null for what is no day. */
export function weekdayKey(day: unknown): string | null {
  return isDay(day) ? `d${isoWeekday(day)}` : null
}

export const isBackwards = ({ from, to }: DayRange): boolean => isDay(from) && isDay(to) && daysBetween(from, to) < 0
