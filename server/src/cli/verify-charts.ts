/**
 * Control charts of the platform against the ledger. The rules are written here a second time, in the plainest way, on
 * purpose: two programs that share no code must flag the same points.
 */
import { type SpcAnswer, spcAnswer } from '@gemba/contracts/spc'
import type { LedgerLine } from './ledger.ts'
import type { PlatformClient } from './platform-client.ts'

export interface ChartTruth {
  index: number
  at: number
  /** Null = planned and not taken. */
  values: number[] | null
}

export function chartTruth(lines: readonly LedgerLine[], characteristic: string, untilAt: number): ChartTruth[] {
  return lines
    .filter((line) => line['characteristic'] === characteristic && Number(line['t']) <= untilAt)
    .map((line) => ({
      index: Number(line['index']),
      at: Number(line['t']),
      values: line['values'] === null ? null : (line['values'] as number[]),
    }))
    .sort((a, b) => a.index - b.index)
}

export async function chartOf(
  client: PlatformClient,
  characteristic: string,
  range: { fromAt: number; toAt: number; rules?: string },
): Promise<SpcAnswer> {
  const { fromAt, toAt, rules } = range
  // A range is half-open; the ledger speaks up to and including an instant.
  const query = { from: String(fromAt), to: String(toAt + 1), limit: '50000', ...(rules ? { rules } : {}) }
  return client.ask(`/api/kpi/spc/${characteristic}`, query, spcAnswer)
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const CLOSE = 1e-9

/** Every subgroup is there, once, with the mean that was measured. */
export function comparePoints(answer: SpcAnswer, truth: readonly ChartTruth[]): string[] {
  const differences: string[] = []
  if (answer.points.length !== truth.length)
    differences.push(`${answer.points.length} subgroups, ledger ${truth.length}`)
  const byIndex = new Map(answer.points.map((point) => [Number(point.subgroup), point]))
  for (const { index, values } of truth) {
    const point = byIndex.get(index)
    const wanted = values === null ? null : mean(values)
    const isSame =
      point !== undefined &&
      (wanted === null ? point.value === null : point.value !== null && Math.abs(point.value - wanted) < CLOSE)
    if (!isSame) differences.push(`subgroup ${index}: ${point?.value ?? 'none'}, ledger ${wanted ?? 'none'}`)
  }
  return differences.slice(0, 5)
}

export interface FrozenLimits {
  center: number
  /** Of the points, not of single values. */
  sigma: number
}

/** d2 of five values. */
const D2_OF_FIVE = 2.3259289472810627

/** Limits from subgroups of five: mean of means, mean range over d2. */
export function limitsOfFive(truth: readonly ChartTruth[]): FrozenLimits {
  const groups = truth.flatMap(({ values }) => (values === null ? [] : [values]))
  const range = mean(groups.map((values) => Math.max(...values) - Math.min(...values)))
  return { center: mean(groups.map(mean)), sigma: range / D2_OF_FIVE / Math.sqrt(5) }
}

type Rule = (scores: readonly (number | null)[], i: number) => boolean

/** The last `count` scores up to `i`, without a missing one among them. */
const lastOf = (scores: readonly (number | null)[], i: number, count: number): number[] | null => {
  const part = scores.slice(Math.max(0, i - count + 1), i + 1)
  return part.length === count && part.every((z) => z !== null) ? (part as number[]) : null
}
const ofLast = (
  scores: readonly (number | null)[],
  i: number,
  [count, among, beyond]: [number, number, number],
): boolean => {
  const z = scores[i] ?? null
  if (z === null || Math.abs(z) <= beyond) return false
  let found = 0
  for (let k = i; k > i - among && k >= 0; k -= 1) {
    const other = scores[k] ?? null
    if (other === null) break
    if (Math.sign(other) === Math.sign(z) && Math.abs(other) > beyond) found += 1
  }
  return found >= count
}
const PLAIN_RULES: Readonly<Record<string, Rule>> = {
  WE1: (scores, i) => Math.abs(scores[i] ?? 0) > 3,
  WE2: (scores, i) => ofLast(scores, i, [2, 3, 2]),
  WE3: (scores, i) => ofLast(scores, i, [4, 5, 1]),
  WE4: (scores, i) => {
    const last = lastOf(scores, i, 8)
    return last !== null && (last.every((z) => z > 0) || last.every((z) => z < 0))
  },
  N7: (scores, i) => lastOf(scores, i, 15)?.every((z) => Math.abs(z) < 1) ?? false,
  N8: (scores, i) => lastOf(scores, i, 8)?.every((z) => Math.abs(z) > 1) ?? false,
}
export const VERIFIED_RULES = Object.keys(PLAIN_RULES).join(',')

/** Scores this near to a zone line may fall on either side by rounding. */
const NEAR_LINE = 1e-9

/** Compares the rules of each point of one stretch with one limit version; gives the differences and what fired. */
export function compareRules(
  answer: SpcAnswer,
  truth: readonly ChartTruth[],
  { center, sigma }: FrozenLimits,
): { differences: string[]; fired: Map<string, number[]> } {
  const scores = truth.map(({ values }) => (values === null ? null : (mean(values) - center) / sigma))
  const byIndex = new Map(answer.points.map((point) => [Number(point.subgroup), point]))
  const differences: string[] = []
  const fired = new Map<string, number[]>()
  truth.forEach(({ index }, i) => {
    const z = scores[i] ?? null
    const isNear = z !== null && Math.abs(Math.abs(z) - Math.round(Math.abs(z))) < NEAR_LINE
    const wanted = Object.entries(PLAIN_RULES).flatMap(([name, rule]) => (z !== null && rule(scores, i) ? [name] : []))
    for (const name of wanted) fired.set(name, [...(fired.get(name) ?? []), index])
    const got = (byIndex.get(index)?.rules ?? []).filter((rule) => rule in PLAIN_RULES)
    if (!isNear && [...got].sort().join() !== [...wanted].sort().join())
      differences.push(`subgroup ${index}: ${got.join(' ') || 'no rule'}, ledger ${wanted.join(' ') || 'no rule'}`)
  })
  return { differences: differences.slice(0, 5), fired }
}
