import type { UnitOfMeasure } from '@gemba/contracts/unit'
import type { MissingReason, NumberValue } from '@gemba/contracts/value'
import { formatDuration } from './durations.ts'
import {
  type FormatLocale,
  MINUS,
  type NumberText,
  fixedDigits,
  formatPercent,
  formatPpm,
  numberText,
  placesFor,
} from './numbers.ts'
import { formatCount } from './scale.ts'

/** Not applicable. A measured zero is `0`; what should exist and does not is `无数据`. */
export const NOT_APPLICABLE = '—'

const MISSING_SHORT: Record<MissingReason, { 'zh-CN': string; en: string }> = {
  'not-applicable': { 'zh-CN': NOT_APPLICABLE, en: NOT_APPLICABLE },
  'not-scheduled': { 'zh-CN': NOT_APPLICABLE, en: NOT_APPLICABLE },
  'no-output': { 'zh-CN': NOT_APPLICABLE, en: NOT_APPLICABLE },
  'not-running': { 'zh-CN': NOT_APPLICABLE, en: NOT_APPLICABLE },
  'no-data': { 'zh-CN': '无数据', en: 'No data' },
  'not-configured': { 'zh-CN': '未设定', en: 'Not set' },
  'not-visible': { 'zh-CN': '不可见', en: 'Hidden' },
}

const MISSING_SENTENCE: Record<MissingReason, { 'zh-CN': string; en: string }> = {
  'not-applicable': { 'zh-CN': '此处不适用', en: 'Does not apply here' },
  'not-scheduled': { 'zh-CN': '本班次无生产计划', en: 'No production planned in this shift' },
  'no-output': { 'zh-CN': '运行中，尚无产出', en: 'Running, nothing made yet' },
  'not-running': { 'zh-CN': '计划内未运行', en: 'Planned, but has not run' },
  'no-data': { 'zh-CN': '应有数据而未收到', en: 'Data should exist and was not received' },
  'not-configured': { 'zh-CN': '未设定', en: 'Not set' },
  'not-visible': { 'zh-CN': '所依据的列对你隐藏', en: 'It rests on a column that is hidden from you' },
}

/** What stands in place of a missing number: `—`, `无数据`, `未设定`. */
export function missingText(reason: MissingReason, locale: FormatLocale): string {
  return MISSING_SHORT[reason][locale]
}

/** Why a number is missing, as a sentence for tooltip and empty tiles. */
export function missingSentence(reason: MissingReason, locale: FormatLocale): string {
  return MISSING_SENTENCE[reason][locale]
}

const UNIT_WORDS: Record<UnitOfMeasure, { 'zh-CN': string; en: string }> = {
  ratio: { 'zh-CN': '%', en: '%' },
  count: { 'zh-CN': '', en: '' },
  piece: { 'zh-CN': '件', en: 'pcs' },
  order: { 'zh-CN': '单', en: 'orders' },
  ppm: { 'zh-CN': 'ppm', en: 'ppm' },
  ms: { 'zh-CN': '', en: '' },
  s: { 'zh-CN': '秒', en: 's' },
  min: { 'zh-CN': '分', en: 'min' },
  h: { 'zh-CN': '小时', en: 'h' },
  d: { 'zh-CN': '天', en: 'd' },
  kg: { 'zh-CN': 'kg', en: 'kg' },
  g: { 'zh-CN': 'g', en: 'g' },
  m: { 'zh-CN': 'm', en: 'm' },
  mm: { 'zh-CN': 'mm', en: 'mm' },
  degC: { 'zh-CN': '°C', en: '°C' },
  bar: { 'zh-CN': 'bar', en: 'bar' },
  kWh: { 'zh-CN': 'kWh', en: 'kWh' },
  text: { 'zh-CN': '', en: '' },
}

/** The word or sign of a unit, empty when a number of it stands alone. */
export function unitWord(unit: UnitOfMeasure, locale: FormatLocale): string {
  return UNIT_WORDS[unit][locale]
}

export interface ValueFormat {
  locale: FormatLocale
  /** Decimals of measured quantities; without it three to four significant digits. */
  decimals?: number
  /** Pieces on a shop-floor board: whole below 100 万. */
  floorBoard?: boolean
}

/**
 * A value in the words of the screen; a missing one by its reason. Counts are scaled to 万 and 亿, shares become per
 * cent, times become a duration.
 */
export function formatValue(value: Pick<NumberValue, 'value' | 'unit' | 'missing'>, format: ValueFormat): NumberText {
  const { locale } = format
  if (value.value === null) return numberText(missingText(value.missing ?? 'no-data', locale), '')
  return formatQuantity(value.value, value.unit, format)
}

/** A number of a unit in the words of the screen. */
export function formatQuantity(value: number, unit: UnitOfMeasure, format: ValueFormat): NumberText {
  const { locale } = format
  switch (unit) {
    case 'ratio':
      return formatPercent(value, format.decimals ?? 1)
    case 'ppm':
      return formatPpm(value)
    case 'ms':
      return numberText(formatDuration(value, locale), '')
    case 'piece':
      return formatCount(value, { locale, unit: unitWord(unit, locale), pieces: format.floorBoard ?? false })
    case 'count':
    case 'order':
      return formatCount(value, { locale, unit: unitWord(unit, locale) })
    default:
      return numberText(fixedDigits(value, format.decimals ?? placesFor(value)), unitWord(unit, locale))
  }
}

/** The number as it was computed, for tooltip, export and lineage: no rounding, no scale, with unit. */
export function fullValueText(value: Pick<NumberValue, 'value' | 'unit' | 'missing'>, locale: FormatLocale): string {
  if (value.value === null) return missingSentence(value.missing ?? 'no-data', locale)
  const unit = value.unit === 'ratio' ? '' : value.unit === 'ms' ? 'ms' : unitWord(value.unit, locale)
  return numberText(String(value.value).replace('-', MINUS), unit).text
}
