import type { MissingReason } from '@gemba/contracts/value'
import { formatMinutes } from './durations.ts'
import { type FormatLocale, fixedDigits, formatPercent } from './numbers.ts'
import { missingText } from './values.ts'

/**
 * A figure of the metric dictionary in a sentence: shares in percent, times (ms) in minutes, others as their number.
 * Null is told by its reason.
 */
export function figureText(figure: Figure, unit: string, locale: FormatLocale): string {
  return figureWith(figure, unit, { locale, decimals: decimalsOf([figure], unit) })
}

/** Two figures before and after a change, with as many digits as it takes to see that they differ. */
export function changeText({ from, to }: { from: Figure; to: Figure }, unit: string, locale: FormatLocale): string {
  const usual = decimalsOf([from, to], unit)
  for (let decimals = usual; ; decimals += 1) {
    const texts = [from, to].map((figure) => figureWith(figure, unit, { locale, decimals }))
    if (texts[0] !== texts[1] || from.value === to.value || decimals >= usual + MOST_MORE) return texts.join(' → ')
  }
}

interface Figure {
  value: number | null
  missing?: MissingReason | undefined
}

/** What differs behind six more digits is the noise of a floating point. */
const MOST_MORE = 6

function figureWith(
  { value, missing }: Figure,
  unit: string,
  { locale, decimals }: { locale: FormatLocale; decimals: number },
): string {
  if (value === null) return missingText(missing ?? 'no-data', locale)
  if (unit === 'ms') return formatMinutes(value, locale, decimals).text
  if (unit !== 'ratio') return fixedDigits(value, decimals)
  // From 100 % up the usual text has no decimals.
  return decimals === 1 ? formatPercent(value).text : `${fixedDigits(value * 100, decimals)}%`
}

/** One for shares and minutes; else none for whole numbers, two for others, and more for the very small. */
function decimalsOf(figures: readonly Figure[], unit: string): number {
  if (unit === 'ratio' || unit === 'ms') return 1
  return Math.max(...figures.map(({ value }) => (value === null || Number.isInteger(value) ? 0 : placesOf(value))))
}

function placesOf(value: number): number {
  const size = Math.abs(value)
  return size >= 0.1 ? 2 : Math.min(8, 2 - Math.floor(Math.log10(size)))
}
