import type { KpiRatio } from '@gemba/contracts/kpi'
import type { MetricDefinition } from '@gemba/contracts/metric'
import type { MissingReason } from '@gemba/contracts/value'
import { formatDuration, formatMinutes } from '@gemba/engine/format/durations'
import { type FormatLocale, fixedDigits, formatPercent, numberText } from '@gemba/engine/format/numbers'
import { missingText } from '@gemba/engine/format/values'

type Translate = (key: string, facts?: Record<string, string | number>) => string

const MINUTE_MS = 60_000
/** From here on minutes are hard to read. */
const LONG_MS = 5 * 3_600_000

/** A figure in the words of the screen, by the unit of its metric; a missing one by its reason. */
export function metricText(
  figure: { value: number | null; missing?: MissingReason | undefined },
  unit: MetricDefinition['unit'],
  { locale, t }: { locale: FormatLocale; t: Translate },
): string {
  const { value } = figure
  if (value === null) return missingText(figure.missing ?? 'no-data', locale)
  if (unit === 'ratio') return formatPercent(value).text
  if (unit === 'h') return numberText(fixedDigits(value, 2), t('metrics.hours')).text
  if (unit === 'ms')
    return Math.abs(value) < LONG_MS ? formatMinutes(value, locale, 1).text : formatDuration(value, locale)
  if (unit === '1/h') return numberText(fixedDigits(value, 3), t('metrics.perHour')).text
  // A few watt-hours a piece: two digits would hide them.
  if (unit === 'kWh/piece') return numberText(fixedDigits(value, 4), t(`metrics.valueUnits.${unit}`)).text
  const digits = Number.isInteger(value) || Math.abs(value) >= 1000 ? 0 : 2
  return numberText(fixedDigits(value, digits), t(`metrics.valueUnits.${unit}`)).text
}

/** `5,620.7 ÷ 6,880.0 分`: both sums in the units a person adds them up in; one word when both have the same. */
export function ratioText(ratio: KpiRatio, t: Translate): string {
  const unitOf = (unit: KpiRatio['numeratorUnit']): string => t(`metrics.units.${unit}`)
  const numerator = sumText(ratio.numerator, ratio.numeratorUnit)
  // Not divided: a limit, a forecast, a percentile of so many rows.
  if (ratio.isQuotient === false) return t('metrics.ofRows', { count: fixedDigits(ratio.denominator) })
  const denominator = numberText(sumText(ratio.denominator, ratio.denominatorUnit), unitOf(ratio.denominatorUnit)).text
  if (ratio.numeratorUnit === ratio.denominatorUnit) return `${numerator} ÷ ${denominator}`
  return `${numberText(numerator, unitOf(ratio.numeratorUnit)).text} ÷ ${denominator}`
}

/** One of the two sums alone, for a column that names its unit in the head. */
export function sumText(value: number, unit: KpiRatio['numeratorUnit']): string {
  if (unit === 'ms') return fixedDigits(value / MINUTE_MS, 1)
  return fixedDigits(value, Number.isInteger(value) || Math.abs(value) >= 1000 ? 0 : 2)
}
