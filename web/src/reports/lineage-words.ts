import type { CellLineage, RunDataset } from '@gemba/contracts/report'
import { fixedDigits, formatPercent, roundHalfAway } from '@gemba/engine/format/numbers'
import { quality } from '@gemba/contracts/value'

type Raw = CellLineage['value']

/** A raw value with all its digits; numbers with separators and a true minus. */
export function rawText(value: Raw): string {
  if (value === null) return '—'
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  const text = String(value)
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text
  const [whole = '', fraction] = text.replace('-', '').split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return `${text.startsWith('-') ? '−' : ''}${grouped}${fraction === undefined ? '' : `.${fraction}`}`
}

export const isNumberText = (value: Raw): boolean =>
  typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))

/** A share as text that never rounds what is not complete up to 100 %. */
export function shareText(share: number): string {
  const text = formatPercent(share).text
  return share < 1 && text === formatPercent(1).text ? `> ${formatPercent(0.999).text}` : text
}

/** Seconds with as many digits as tell something, e.g. `0.08`, `1.2`, `41`. */
export function secondsText(ms: number): string {
  const seconds = ms / 1_000
  if (ms > 0 && ms < 5) return '< 0.01'
  if (ms === 0) return '0'
  const decimals = seconds < 0.1 ? 2 : seconds < 10 ? 1 : 0
  return fixedDigits(roundHalfAway(seconds, decimals), decimals)
}

const SUBSCRIPTS: Readonly<Record<string, string>> = { i: 'ᵢ', j: 'ⱼ', k: 'ₖ', t: 'ₜ', n: 'ₙ' }

/** `c_i` as it is printed: cᵢ. */
export const printedFormula = (formula: string): string =>
  formula.replace(/_([ijktn])(?![a-z])/gi, (whole, letter: string) => SUBSCRIPTS[letter] ?? whole)

const UNITS = ['B', 'KB', 'MB', 'GB'] as const

/** Bytes in the unit that leaves one to three digits before the point. */
export function bytesText(bytes: number): string {
  let unit = 0
  let left = bytes
  while (left >= 1_024 && unit < UNITS.length - 1) {
    left /= 1_024
    unit += 1
  }
  return `${fixedDigits(roundHalfAway(left, unit === 0 || left >= 100 ? 0 : 1), unit === 0 || left >= 100 ? 0 : 1)} ${UNITS[unit] ?? ''}`
}

export interface Trouble {
  dataset: string
  kind: 'coverage' | 'quality'
  text: string
}

/** Datasets of a run whose numbers are not wholly known or not good. */
export function troublesOf(datasets: readonly RunDataset[]): Trouble[] {
  return datasets.flatMap((each): Trouble[] => {
    const troubles: Trouble[] = []
    if (each.coverage !== null && each.coverage < 1)
      troubles.push({ dataset: each.name, kind: 'coverage', text: shareText(each.coverage) })
    if (each.rows > 0 && each.quality !== quality.enum.good)
      troubles.push({ dataset: each.name, kind: 'quality', text: each.quality })
    return troubles
  })
}

/** From good to worst. */
const QUALITIES = [quality.enum.good, quality.enum.uncertain, quality.enum.none, quality.enum.bad]

/** The least coverage and the worst quality among them. */
export function worstOf(datasets: readonly RunDataset[]): Trouble[] {
  const troubles = troublesOf(datasets)
  const shareOf = ({ dataset }: Trouble): number => datasets.find(({ name }) => name === dataset)?.coverage ?? 1
  const coverage = troubles.filter(({ kind }) => kind === 'coverage').sort((a, b) => shareOf(a) - shareOf(b))
  const rankOf = ({ text }: Trouble): number => QUALITIES.findIndex((each) => each === text)
  const bad = troubles.filter(({ kind }) => kind === 'quality').sort((a, b) => rankOf(b) - rankOf(a))
  return [...coverage.slice(0, 1), ...bad.slice(0, 1)]
}
