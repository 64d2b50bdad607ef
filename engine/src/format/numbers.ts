/** Languages that numbers and times are written in. */
export type FormatLocale = 'zh-CN' | 'en'

/** A number as it is shown: boards set the unit at half the size of the number, texts join both. */
export interface NumberText {
  /** Digits with sign, e.g. `−1,234.5`; or the word for a missing value. */
  number: string
  /** Unit word or sign, empty when there is none. */
  unit: string
  /** Both, with a non-breaking space between them. */
  text: string
}

/** U+2212: as wide as the plus sign and never broken from its number. */
export const MINUS = '−'
const NO_BREAK_SPACE = '\u00a0'

/** Joins digits and unit: a space that does not break, none before the per cent sign. */
export function numberText(number: string, unit: string): NumberText {
  const gap = unit === '' || unit === '%' ? '' : NO_BREAK_SPACE
  return { number, unit, text: `${number}${gap}${unit}` }
}

/**
 * Rounds half away from zero to `decimals` places (0 … 15). The decimal digits of the number count, not its binary
 * neighbour: 1.005 becomes 1.01 and −2.5 becomes −3. Throws a RangeError on what is not a finite number.
 */
export function roundHalfAway(value: number, decimals: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`not a finite number: ${value}`)
  const rounded = shift(Math.round(shift(Math.abs(value), decimals)), -decimals)
  return value < 0 && rounded !== 0 ? -rounded : rounded
}

/** Moves the decimal point without a multiplication, which would move digits too. */
function shift(value: number, places: number): number {
  const [digits, exponent = '0'] = value.toString().split('e')
  return Number(`${digits}e${Number(exponent) + places}`)
}

/**
 * Digits with exactly `decimals` places, grouped by thousands, rounded half away from zero, with a true minus. A value
 * that rounds to zero has no sign.
 */
export function fixedDigits(value: number, decimals = 0): string {
  const rounded = roundHalfAway(value, decimals)
  const [whole = '0', fraction] = plainDigits(Math.abs(rounded), decimals).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return `${rounded < 0 ? MINUS : ''}${grouped}${fraction === undefined ? '' : `.${fraction}`}`
}

/** `toFixed` falls back to exponents from 1e21 up. */
function plainDigits(value: number, decimals: number): string {
  if (value < 1e21) return value.toFixed(decimals)
  return `${BigInt(value)}${decimals > 0 ? `.${'0'.repeat(decimals)}` : ''}`
}

/** Decimal places that show three to four significant digits of this magnitude: 1.23, 12.3, 1,234. */
export function placesFor(magnitude: number): number {
  const size = Math.abs(magnitude)
  if (size >= 99.95) return 0
  return size >= 9.995 ? 1 : 2
}

/**
 * A share (fraction) as per cent. One decimal by default; from 100 % up the decimal is dropped, judged after rounding,
 * so that 99.96 % reads 100 and no box overflows.
 */
export function formatPercent(fraction: number, decimals = 1): NumberText {
  return numberText(percentDigits(fraction, decimals), '%')
}

/** The digits of `formatPercent`. */
export function percentDigits(fraction: number, decimals = 1): string {
  const percent = hundredfold(fraction)
  const places = Math.abs(roundHalfAway(percent, decimals)) >= 100 ? 0 : decimals
  return fixedDigits(percent, places)
}

/** × 100 by moving the point: 0.145 × 100 would be 14.499999999999998. */
function hundredfold(fraction: number): number {
  return shift(fraction, 2)
}

/** Below this share (0.1 %) defects are given in parts per million. */
export const PPM_BELOW = 0.001

/** A share of defects (fraction): ppm below 0.1 %, else per cent with one decimal. */
export function formatDefectShare(fraction: number): NumberText {
  return fraction < PPM_BELOW ? formatPpm(shift(fraction, 6)) : formatPercent(fraction)
}

/** Parts per million, whole from 10 up. */
export function formatPpm(ppm: number): NumberText {
  return numberText(fixedDigits(ppm, ppm !== 0 && Math.abs(ppm) < 9.95 ? 1 : 0), 'ppm')
}

/** Digits with `+` or a true minus; what rounds to zero has no sign. */
export function signedDigits(value: number, decimals = 0): string {
  const digits = fixedDigits(value, decimals)
  return roundHalfAway(value, decimals) > 0 ? `+${digits}` : digits
}

/** A difference of two shares (fractions) in percentage points, e.g. `−1.8 百分点`, `+0.5 pp`. Never per cent of per cent. */
export function formatPointDelta(fractions: number, locale: FormatLocale, decimals = 1): NumberText {
  return numberText(signedDigits(hundredfold(fractions), decimals), locale === 'en' ? 'pp' : '百分点')
}
