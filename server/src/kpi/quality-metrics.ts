import type { KpiFigure } from '@gemba/contracts/kpi'
import type { SpcAnswer } from '@gemba/contracts/spc'
import type { TimeRange } from '@gemba/contracts/time'
import type { MissingReason } from '@gemba/contracts/value'
import { pareto } from '@gemba/engine/kpi/pareto'
import { ratio } from '@gemba/engine/kpi/ratio'
import type { UnitSum } from './quality-rows.service.ts'

/** Figures of the dictionary that counts of tests, defects and inspections answer. */
export const QUALITY_COUNTS = [
  'first-pass-units',
  'defects-per-unit',
  'dpmo',
  'inspection-lot-pass-rate',
  'inspection-quantity-pass-rate',
] as const

/** Figures that control charts answer, one for each characteristic. */
export const QUALITY_CHARTS = [
  'control-chart-signals',
  'process-capability',
  'cpk',
  'percentile-ppk',
  'normality',
  'ewma',
] as const
export type QualityChart = (typeof QUALITY_CHARTS)[number]

type SumUnit = KpiFigure['ratio']['numeratorUnit']

/** A figure before it is put into words: its value, or why there is none, and the two sums it is made of. */
export interface Made {
  value: number | null
  missing?: MissingReason
  numerator: number
  denominator: number
  unit: SumUnit
  /** Where it is not the one of the numerator. */
  denominatorUnit?: SumUnit
  /** False where the value is no quotient: a capability, a smoothed mean. */
  isQuotient: boolean
  parts: Record<string, number>
}

export interface MadeGroup {
  key: string
  label: { zh: string; en: string }
  made: Made
  /** Where it is not the whole period. */
  range?: TimeRange
}

const VITAL_FEW = 0.8
const WORDS: Readonly<Record<string, string>> = {
  flash: '飞边',
  'short-shot': '短射',
  bubbles: '气泡',
  colour: '色差',
  other: '其他',
  leak: '泄漏',
  vision: '外观',
  seal: '封口',
  print: '印刷',
}

export function quotient(
  value: number | null,
  sums: { numerator: number; denominator: number; unit?: SumUnit },
  parts: Record<string, number>,
): Made {
  const { numerator, denominator, unit = 'piece' } = sums
  const missing = value === null ? { missing: 'no-output' as const } : {}
  return { value, ...missing, numerator, denominator, unit, isQuotient: true, parts }
}

export const sumOf = (sums: readonly UnitSum[], key: string): number =>
  sums.reduce((sum, each) => sum + (each.key === key ? each.quantity : 0), 0)

/** Units that went through a test for the first time; the quotient is the first pass yield of serials. */
export function firstPassOf(sums: readonly UnitSum[]): Made {
  const [good, rework, scrap] = [sumOf(sums, 'good'), sumOf(sums, 'rework'), sumOf(sums, 'scrap')]
  const input = good + rework + scrap
  return quotient(input === 0 ? null : input, { numerator: good, denominator: input }, { input, good, rework, scrap })
}

/** Defects by size; the whole is the share that the vital few make. */
export function paretoOf(sums: readonly UnitSum[]): { total: Made; groups: MadeGroup[] } {
  const items = [...Map.groupBy(sums, ({ key }) => key)].map(([code, own]) => ({ code, measure: sumOf(own, code) }))
  const { items: ordered, vitalFew } = pareto(items, VITAL_FEW)
  const all = items.reduce((sum, { measure }) => sum + measure, 0)
  const vital = items.filter(({ code }) => vitalFew.includes(code)).reduce((sum, { measure }) => sum + measure, 0)
  const share = (part: number, parts: Record<string, number>): Made =>
    quotient(ratio(part, all), { numerator: part, denominator: all }, parts)
  return {
    total: share(vital, { defects: all, kinds: ordered.length, vitalFew: vitalFew.length }),
    groups: ordered.map(({ code, measure, cumulative }) => ({
      key: code,
      label: { zh: WORDS[code] ?? code, en: code },
      made: share(measure, { defects: measure, cumulative: cumulative ?? 0 }),
    })),
  }
}

/** One figure of one control chart. */
export function chartFigure(metric: QualityChart, chart: SpcAnswer): Made {
  const { capability, subgroups, signals, ewma, violatingPoints } = chart
  const none = subgroups === 0 ? ('no-data' as const) : ('not-applicable' as const)
  if (metric === 'control-chart-signals') {
    const missing = subgroups === 0 ? { missing: none } : {}
    const sums = { numerator: violatingPoints, denominator: subgroups, unit: 'count' as const }
    return { ...quotient(subgroups === 0 ? null : violatingPoints, sums, { subgroups, ...signals }), ...missing }
  }
  const value = {
    'process-capability': capability?.ppk ?? null,
    cpk: capability?.cpk ?? null,
    'percentile-ppk': capability?.percentilePpk ?? null,
    normality: capability?.normality?.probability ?? null,
    ewma: ewma?.values.at(-1) ?? null,
  }[metric]
  const parts = { subgroups, values: capability?.values ?? 0, cautions: capability?.cautions.length ?? 0 }
  return {
    value,
    ...(value === null ? { missing: none } : {}),
    numerator: value ?? 0,
    denominator: subgroups,
    unit: 'one',
    isQuotient: false,
    parts,
  }
}

/** The figure of several charts: signals are added, nothing else may be. */
export function wholeOf(metric: QualityChart, figures: readonly Made[]): Made {
  const [only] = figures
  if (only && figures.length === 1) return only
  const sums = { numerator: 0, denominator: 0, unit: 'count' as const }
  if (figures.length === 0) return { ...quotient(null, sums, {}), missing: 'not-configured' }
  if (metric !== 'control-chart-signals') return { ...quotient(null, sums, {}), missing: 'not-applicable' }
  const points = figures.reduce((sum, each) => sum + each.numerator, 0)
  const subgroups = figures.reduce((sum, each) => sum + each.denominator, 0)
  const whole = { numerator: points, denominator: subgroups, unit: 'count' as const }
  return quotient(subgroups === 0 ? null : points, whole, { subgroups })
}

/** The figure as the contract has it. */
export function figureOf({ key, label, made }: MadeGroup, range: TimeRange): KpiFigure {
  return {
    key,
    label,
    fromAt: new Date(range.fromAt).toISOString(),
    toAt: new Date(range.toAt).toISOString(),
    value: made.value,
    ...(made.missing === undefined ? {} : { missing: made.missing }),
    ratio: ratioOf(made),
    coverage: null,
    parts: made.parts,
  }
}

export function ratioOf({ numerator, denominator, unit, denominatorUnit, isQuotient }: Made): KpiFigure['ratio'] {
  if (isQuotient) return { numerator, numeratorUnit: unit, denominator, denominatorUnit: denominatorUnit ?? unit }
  return { numerator, numeratorUnit: unit, denominator, denominatorUnit: 'count', isQuotient }
}
