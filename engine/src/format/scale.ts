import { type FormatLocale, type NumberText, fixedDigits, numberText, placesFor } from './numbers.ts'

/** How far a column of numbers is scaled down: the divisor and the word that stands once in its header. */
export interface Scale {
  /** 1 = not scaled. */
  divisor: number
  /** `万`, `亿`, `万亿`; `K`, `M`, `B` in English only; empty when not scaled. */
  word: string
}

interface Step {
  /** The largest magnitude from which this scale is natural. */
  from: number
  scale: Scale
}

const STEPS: Record<FormatLocale, readonly Step[]> = {
  'zh-CN': [
    { from: 0, scale: { divisor: 1, word: '' } },
    { from: 1e4, scale: { divisor: 1e4, word: '万' } },
    { from: 1e8, scale: { divisor: 1e8, word: '亿' } },
    { from: 1e12, scale: { divisor: 1e12, word: '万亿' } },
  ],
  en: [
    { from: 0, scale: { divisor: 1, word: '' } },
    { from: 1e4, scale: { divisor: 1e3, word: 'K' } },
    { from: 1e6, scale: { divisor: 1e6, word: 'M' } },
    { from: 1e9, scale: { divisor: 1e9, word: 'B' } },
  ],
}

/** Counts of pieces stay whole below this on shop-floor boards: operators compare them with the machine's counter. */
export const PIECES_WHOLE_BELOW = 1e6

/** A scale in use changes only when the largest magnitude passes the limit clearly, else it would flicker. */
const RISE = 1.2
const FALL = 0.8

function stepsOf(locale: FormatLocale, pieces: boolean): readonly Step[] {
  const [whole, ...scaled] = STEPS[locale]
  if (!pieces) return STEPS[locale]
  const large = scaled.map((step) => ({ ...step, from: Math.max(step.from, PIECES_WHOLE_BELOW) }))
  // Of several steps with one limit only the last can be chosen; in Chinese 100 万 is right, in English 1 M.
  return [whole!, ...large.filter((step, index) => large[index + 1]?.from !== step.from)]
}

export interface ScaleChoice {
  locale: FormatLocale
  /** The numbers are pieces on a shop-floor board. */
  pieces?: boolean
  /** The scale in use until now, for hysteresis. */
  previous?: Scale
}

/**
 * One scale for a column, axis or group of tiles, from its largest magnitude. With a scale in use it rises only at
 * 1.2 × the limit and falls only under 0.8 × the limit.
 */
export function chooseScale(largest: number, choice: ScaleChoice): Scale {
  const steps = stepsOf(choice.locale, choice.pieces ?? false)
  const size = Math.abs(largest)
  const natural = indexAt(steps, size)
  const inUse = steps.findIndex((step) => step.scale.divisor === choice.previous?.divisor)
  if (inUse < 0 || inUse === natural) return steps[natural]!.scale
  if (natural > inUse) return steps[Math.max(inUse, indexAt(steps, size / RISE))]!.scale
  return steps[Math.min(inUse, indexAt(steps, size / FALL))]!.scale
}

function indexAt(steps: readonly Step[], size: number): number {
  return Math.max(
    0,
    steps.findLastIndex((step) => size >= step.from),
  )
}

/** How every number of one column is written: one scale, one number of decimals, the unit once in the header. */
export interface ColumnFormat {
  scale: Scale
  decimals: number
  /** Scale word and unit for the header, e.g. `万元`, `K pcs`. */
  headerUnit: string
  /** Digits of one value, without unit. */
  digits(value: number): string
}

export interface ColumnChoice extends ScaleChoice {
  /** Unit word, e.g. `元`. */
  unit?: string
  /** Numbers without fractions (counts): never decimals when not scaled. */
  whole?: boolean
}

/** The common format of a column; trailing zeros are kept so that decimal points stand under each other. */
export function columnFormat(values: readonly number[], choice: ColumnChoice): ColumnFormat {
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  const scale = chooseScale(largest, choice)
  const decimals = scale.divisor === 1 && (choice.whole ?? true) ? 0 : placesFor(largest / scale.divisor)
  const gap = choice.locale === 'en' && scale.word !== '' && choice.unit ? ' ' : ''
  return {
    scale,
    decimals,
    headerUnit: `${scale.word}${gap}${choice.unit ?? ''}`,
    digits: (value) => fixedDigits(value / scale.divisor, decimals),
  }
}

/** A single count with its unit, e.g. `1.23 万件`, `9,876 件`. For several numbers side by side use `columnFormat`. */
export function formatCount(value: number, choice: ColumnChoice): NumberText {
  const format = columnFormat([value], choice)
  return numberText(format.digits(value), format.headerUnit)
}
