import type { MissingReason } from '@gemba/contracts/value'
import { formatMinutes } from './durations.ts'
import { type FormatLocale, fixedDigits, formatPercent } from './numbers.ts'
import { missingText } from './values.ts'

/**
 * A figure of the metric dictionary in a sentence: shares in percent, times (ms) in minutes, others as their number.
 * Null is told by its reason.
 */
export function figureText(
  { value, missing }: { value: number | null; missing?: MissingReason | undefined },
  unit: string,
  locale: FormatLocale,
): string {
  if (value === null) return missingText(missing ?? 'no-data', locale)
  if (unit === 'ratio') return formatPercent(value).text
  if (unit === 'ms') return formatMinutes(value, locale, 1).text
  return fixedDigits(value, Number.isInteger(value) ? 0 : 2)
}
