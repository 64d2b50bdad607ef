import { type FormatLocale, MINUS, type NumberText, fixedDigits, numberText } from './numbers.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

const two = (value: number): string => String(value).padStart(2, '0')

/**
 * A length of time (ms): `05:42` below an hour, `2 小时 05 分` / `2 h 05 min` below a day, `3 天 4 小时` / `3 d 4 h` above.
 * Begun units are not counted: a timer shows 00:59 until the minute is full.
 */
export function formatDuration(ms: number, locale: FormatLocale): string {
  const sign = ms <= -SECOND_MS ? MINUS : ''
  const size = Math.abs(ms)
  const zh = locale === 'zh-CN'
  if (size < HOUR_MS) return `${sign}${two(Math.floor(size / MINUTE_MS))}:${two(secondsOf(size))}`
  const minutes = two(Math.floor((size % HOUR_MS) / MINUTE_MS))
  if (size < DAY_MS) return `${sign}${Math.floor(size / HOUR_MS)} ${zh ? '小时' : 'h'} ${minutes} ${zh ? '分' : 'min'}`
  const hours = Math.floor((size % DAY_MS) / HOUR_MS)
  return `${sign}${fixedDigits(Math.floor(size / DAY_MS))} ${zh ? '天' : 'd'} ${hours} ${zh ? '小时' : 'h'}`
}

/** A length of time (ms) as `00:01:12`; hours go on beyond 24. */
export function formatElapsed(ms: number): string {
  const size = Math.max(0, ms)
  return `${two(Math.floor(size / HOUR_MS))}:${two(Math.floor((size % HOUR_MS) / MINUTE_MS))}:${two(secondsOf(size))}`
}

/** A length of time (ms) in minutes, for tables of losses. */
export function formatMinutes(ms: number, locale: FormatLocale, decimals = 0): NumberText {
  return numberText(fixedDigits(ms / MINUTE_MS, decimals), locale === 'en' ? 'min' : '分')
}

const UNITS = [
  { ms: DAY_MS, zh: '天', en: 'd' },
  { ms: HOUR_MS, zh: '小时', en: 'h' },
  { ms: MINUTE_MS, zh: '分', en: 'min' },
  { ms: SECOND_MS, zh: '秒', en: 's' },
] as const

/** The largest whole unit of a length of time (ms): `12 秒`, `6 分`, `3 小时`, `2 天`; at least one second. */
export function formatSpan(ms: number, locale: FormatLocale): string {
  const size = Math.max(SECOND_MS, ms)
  const unit = UNITS.find((each) => size >= each.ms) ?? UNITS[3]
  return `${Math.floor(size / unit.ms)} ${locale === 'en' ? unit.en : unit.zh}`
}

function secondsOf(ms: number): number {
  return Math.floor((ms % MINUTE_MS) / SECOND_MS)
}
