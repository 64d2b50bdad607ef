/**
 * Run rules of control charts. Western Electric: WE1 one point beyond 3 σ, WE2 two of three beyond 2 σ on one side, WE3
 * four of five beyond 1 σ on one side, WE4 eight in a row on one side. Nelson: N1 = WE1, N2 nine in a row on one side,
 * N3 six in a row rising or falling, N4 fourteen in a row alternating, N5 = WE2, N6 = WE3, N7 fifteen in a row within
 * 1 σ, N8 eight in a row outside 1 σ on either side.
 *
 * Conventions: "beyond" and "within" are strict; for k of m the flagged point is the last one and must itself lie in
 * the zone; runs flag from the point that completes them on; a point on the centre line breaks a one-sided run; a
 * missing point (null) breaks every pattern. Source: Western Electric handbook; Nelson 1984.
 */
export type RunRule = 'WE1' | 'WE2' | 'WE3' | 'WE4' | 'N1' | 'N2' | 'N3' | 'N4' | 'N5' | 'N6' | 'N7' | 'N8'

export interface RunRuleInput {
  values: readonly (number | null)[]
  /** Centre and sigma of all points, or of each point where limits vary. */
  center: number | readonly number[]
  sigma: number | readonly number[]
}

/** Distances from the centre in sigmas; null = missing. */
type Scores = readonly (number | null)[]

const rules: Record<RunRule, (scores: Scores, values: readonly (number | null)[]) => number[]> = {
  WE1: (scores) => flag(scores, (z) => Math.abs(z) > 3),
  WE2: (scores) => ofLast(scores, { count: 2, among: 3, beyond: 2 }),
  WE3: (scores) => ofLast(scores, { count: 4, among: 5, beyond: 1 }),
  WE4: (scores) => runs(scores, 8, (z) => Math.sign(z)),
  N1: (scores) => flag(scores, (z) => Math.abs(z) > 3),
  N2: (scores) => runs(scores, 9, (z) => Math.sign(z)),
  N3: (_scores, values) => runs(steps(values), 5, (step) => step).map((position) => position + 1),
  N4: (_scores, values) => alternating(steps(values), 13).map((position) => position + 1),
  N5: (scores) => ofLast(scores, { count: 2, among: 3, beyond: 2 }),
  N6: (scores) => ofLast(scores, { count: 4, among: 5, beyond: 1 }),
  N7: (scores) => runs(scores, 15, (z) => (Math.abs(z) < 1 ? 1 : 0)),
  N8: (scores) => runs(scores, 8, (z) => (Math.abs(z) > 1 ? 1 : 0)),
}

/** All names, in the order in which they are listed. */
export const RUN_RULES = Object.keys(rules) as RunRule[]

/**
 * 1-based positions that each rule flags; every rule that fires is listed. A sigma of zero or less flags nothing.
 * Source: Western Electric handbook; Nelson 1984.
 */
export function runRules(input: RunRuleInput, wanted: readonly RunRule[]): Partial<Record<RunRule, number[]>> {
  const at = (each: number | readonly number[], index: number): number =>
    typeof each === 'number' ? each : (each[index] ?? Number.NaN)
  const scores = input.values.map((value, index) =>
    value === null ? null : score(value, at(input.center, index), at(input.sigma, index)),
  )
  const found: Partial<Record<RunRule, number[]>> = {}
  for (const rule of wanted) found[rule] = rules[rule](scores, input.values)
  return found
}

/**
 * Distance from the centre in sigmas; null without spread. A point that lies on the centre or on a zone line but for
 * rounding (10.3 with centre 10 and sigma 0.1) is put on it, because "beyond" is strict.
 */
function score(value: number, center: number, sigma: number): number | null {
  if (!(sigma > 0)) return null
  const z = (value - center) / sigma
  const line = Math.round(z)
  const slack = (8 * Number.EPSILON * Math.max(Math.abs(value), Math.abs(center))) / sigma + 8 * Number.EPSILON
  return Math.abs(line) <= 3 && Math.abs(z - line) <= slack ? line : z
}

function flag(scores: Scores, isOut: (z: number) => boolean): number[] {
  return scores.flatMap((z, index) => (z !== null && isOut(z) ? [index + 1] : []))
}

function ofLast(scores: Scores, { count, among, beyond }: { count: number; among: number; beyond: number }): number[] {
  return scores.flatMap((z, index) => {
    if (z === null || Math.abs(z) <= beyond) return []
    let inZone = 0
    for (let k = index; k >= 0 && k > index - among; k -= 1) {
      const other = scores[k]!
      if (other === null) break
      if (other * Math.sign(z) > beyond) inZone += 1
    }
    return inZone >= count ? [index + 1] : []
  })
}

/** Flags from the `length`-th neighbour of the same kind on; kind 0 and missing points break the run. */
function runs(scores: Scores, length: number, kindOf: (z: number) => number): number[] {
  const flagged: number[] = []
  let kind = 0
  let run = 0
  scores.forEach((z, index) => {
    const own = z === null ? 0 : kindOf(z)
    run = own === 0 ? 0 : own === kind ? run + 1 : 1
    kind = own
    if (run >= length) flagged.push(index + 1)
  })
  return flagged
}

function alternating(signs: Scores, length: number): number[] {
  const flagged: number[] = []
  let run = 0
  signs.forEach((sign, index) => {
    const before = index > 0 ? signs[index - 1]! : null
    run = sign === null || sign === 0 ? 0 : before === -sign ? run + 1 : 1
    if (run >= length) flagged.push(index + 1)
  })
  return flagged
}

/** Direction of each step between neighbours: 1 up, −1 down, 0 equal, null where a point is missing. */
function steps(values: readonly (number | null)[]): (number | null)[] {
  return values.slice(1).map((value, i) => {
    const before = values[i]!
    return value === null || before === null ? null : Math.sign(value - before)
  })
}
