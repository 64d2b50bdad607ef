/** Inspections beside the machines: values and counts with planted shifts, drifts and mixtures; the ledger keeps each. */
import type { Production } from './lots-production.ts'
import type { Cell, QualityLog } from './quality-facts.ts'
import { Random } from './random.ts'

const HOUR_MS = 3_600_000
/** Subgroups of the part weight from which the limits of version 2 are frozen. */
export const BASELINE_SUBGROUPS = 100
/** Half-open numbers of subgroups, from 0. */
export const SHIFT = { from: 120, to: 132, sigmas: 1.5 }
export const DRIFT = { from: 160, to: 176, sigmasOfMean: 0.25 }
/** Every so many subgroups were planned and not taken. */
const MISSED_EVERY = 97
const WEIGHT = { mean: 4.2, sigma: 0.012 }

export interface Plan {
  readonly characteristic: string
  readonly unit: string
  readonly names: readonly [zh: string, en: string]
  readonly material: string
  readonly chart: 'xbar-r' | 'xbar-s' | 'i-mr' | 'p' | 'np' | 'c' | 'u'
  readonly valueUnit: string
  readonly subgroupSize: number
  readonly limits: { lsl: number | null; usl: number | null; target: number | null }
  readonly given: { center: number; sigma: number | null }
  readonly every: 'hour' | 'slot'
  /** One subgroup: values, or one count with the size of its sample. */
  readonly draw: (random: Random, index: number) => { value: number; size: number; cavity: number | null }[]
}

const none = { lsl: null, usl: null, target: null }
const single = (value: number, cavity: number | null = null) => ({ value, size: 1, cavity })
const times = (count: number, make: (index: number) => ReturnType<typeof single>) =>
  Array.from({ length: count }, (_, i) => make(i))
const precise = (value: number): number => Math.round(value * 1e6) / 1e6

function binomial(random: Random, n: number, share: number): number {
  let found = 0
  for (let i = 0; i < n; i += 1) if (random.uniform() < share) found += 1
  return found
}
function poisson(random: Random, mean: number): number {
  const floor = Math.exp(-mean)
  let product = random.uniform()
  let found = 0
  while (product > floor) {
    product *= random.uniform()
    found += 1
  }
  return found
}

/** How far the part weight of a subgroup is off, in sigmas of single values. */
export function plantedOffset(index: number): number {
  if (index >= SHIFT.from && index < SHIFT.to) return SHIFT.sigmas
  if (index >= DRIFT.from && index < DRIFT.to) return (DRIFT.sigmasOfMean * (index - DRIFT.from + 1)) / Math.sqrt(5)
  return 0
}

const plan = (
  key: readonly [characteristic: string, unit: string, material: string, chart: Plan['chart'], valueUnit: string],
  names: Plan['names'],
  rest: Pick<Plan, 'subgroupSize' | 'given' | 'draw'> & Partial<Pick<Plan, 'limits' | 'every'>>,
): Plan => {
  const [characteristic, unit, material, chart, valueUnit] = key
  return { characteristic, unit, material, chart, valueUnit, names, limits: none, every: 'hour', ...rest }
}

const weightOf = (random: Random, offset: number) => precise(WEIGHT.mean + (random.normal() + offset) * WEIGHT.sigma)
const WEIGHT_LIMITS = { lsl: 4.15, usl: 4.25, target: 4.2 }
const HUB = { center: 8, sigma: 0.02 }
/** Two cavities lie so far off the middle, each with so little spread of its own, in sigmas. */
export const MIXTURE = { off: 1.3, within: 0.15 }
const hubOf = (random: Random, side: number) =>
  precise(HUB.center + (side * MIXTURE.off + random.normal() * MIXTURE.within) * HUB.sigma)
const SEAL = { share: 0.02, low: 180, high: 220 }
const VISION = { share: 0.03, size: 200 }

export const PLANS: readonly Plan[] = [
  plan(['IM02-WEIGHT', 'IM02', 'PEN-BARREL', 'xbar-r', 'g'], ['IM02 筒体单重', 'IM02 part weight'], {
    subgroupSize: 5,
    limits: WEIGHT_LIMITS,
    given: { center: WEIGHT.mean, sigma: WEIGHT.sigma },
    draw: (random, index) => times(5, () => single(weightOf(random, plantedOffset(index)))),
  }),
  plan(['IM01-WEIGHT', 'IM01', 'PEN-BARREL', 'xbar-s', 'g'], ['IM01 各腔单重', 'IM01 part weight by cavity'], {
    subgroupSize: 8,
    limits: WEIGHT_LIMITS,
    given: { center: WEIGHT.mean, sigma: WEIGHT.sigma },
    draw: (random) => times(8, (cavity) => single(weightOf(random, 0), cavity + 1)),
  }),
  plan(['IM03-HUB', 'IM03', 'PEN-HUB', 'i-mr', 'mm'], ['IM03 轮毂直径', 'IM03 hub diameter'], {
    subgroupSize: 1,
    limits: { lsl: 7.9, usl: 8.1, target: 8 },
    given: HUB,
    draw: (random) => {
      const side = random.uniform() < 0.5 ? -1 : 1
      return [single(hubOf(random, side), side < 0 ? 1 : 2)]
    },
  }),
  plan(['IM04-HUB', 'IM04', 'PEN-HUB', 'xbar-r', 'mm'], ['IM04 轮毂直径', 'IM04 hub diameter'], {
    subgroupSize: 4,
    limits: { lsl: 7.9, usl: 8.1, target: 8 },
    given: { center: HUB.center, sigma: HUB.sigma * MIXTURE.off },
    draw: (random) => times(4, (i) => single(hubOf(random, i % 2 === 0 ? -1 : 1), 1 + (i % 2))),
  }),
  plan(['A1-LEAK', 'A1', 'PEN-100-B', 'i-mr', 'Pa/s'], ['A1 漏率', 'A1 leak rate'], {
    subgroupSize: 1,
    limits: { lsl: null, usl: 3, target: null },
    given: { center: 0.8, sigma: 0.4 },
    every: 'slot',
    draw: (random) => [single(precise(random.lognormal(0.8, 0.5)))],
  }),
  plan(['P1-SEAL', 'P1', 'PEN-100-B', 'p', ''], ['P1 热封不良', 'P1 seal defectives'], {
    subgroupSize: 200,
    given: { center: SEAL.share, sigma: null },
    draw: (random) => {
      const size = random.integer(SEAL.low, SEAL.high)
      return [{ value: binomial(random, size, SEAL.share), size, cavity: null }]
    },
  }),
  plan(['A1-VISION', 'A1', 'PEN-100-B', 'np', ''], ['A1 视觉不良', 'A1 vision defectives'], {
    subgroupSize: VISION.size,
    given: { center: VISION.share, sigma: null },
    draw: (random) => [{ value: binomial(random, VISION.size, VISION.share), size: VISION.size, cavity: null }],
  }),
  plan(['S1-SOLDER', 'S1', 'PUMP-CTRL', 'c', ''], ['S1 焊点缺陷', 'S1 solder defects'], {
    subgroupSize: 1,
    given: { center: 6, sigma: null },
    draw: (random) => [single(poisson(random, 6))],
  }),
  plan(['IM01-SURFACE', 'IM01', 'PEN-BARREL', 'u', ''], ['IM01 外观缺陷', 'IM01 surface defects'], {
    subgroupSize: 10,
    given: { center: 0.8, sigma: null },
    draw: (random) => {
      const size = random.integer(8, 12)
      return [{ value: poisson(random, 0.8 * size), size, cavity: null }]
    },
  }),
]

interface Taking {
  readonly plan: Plan
  readonly random: Random
  index: number
  hour: number
}

export class Inspections {
  private readonly log: QualityLog
  private readonly takings: Taking[]
  private readonly fromAt: number

  constructor(log: QualityLog, life: { seed: number; fromAt: number }) {
    this.log = log
    this.fromAt = life.fromAt
    this.takings = PLANS.map((each) => ({
      plan: each,
      random: new Random(`${life.seed}:${each.characteristic}`),
      index: 0,
      hour: -1,
    }))
    for (const { plan: each } of this.takings) this.bookPlan(each, life.fromAt, null)
  }

  handle(event: Extract<Production, { kind: 'slot' }>): void {
    const hour = Math.floor(event.at / HOUR_MS)
    for (const taking of this.takings) {
      if (taking.plan.unit !== event.unit.code) continue
      if (taking.plan.every === 'hour' && hour === taking.hour) continue
      taking.hour = hour
      this.take(taking, event)
    }
  }

  private take(taking: Taking, event: Production): void {
    const { plan: own, random, index } = taking
    taking.index += 1
    if (own.characteristic === 'IM02-WEIGHT' && index === BASELINE_SUBGROUPS) this.bookPlan(own, event.at, this.fromAt)
    // Drawn before it is thrown away: what follows does not depend on it.
    const samples = own.draw(random, index)
    const isMissed = index % MISSED_EVERY === MISSED_EVERY - 1
    const subgroup = String(index).padStart(7, '0')
    samples.forEach(({ value, size, cavity }, sample) =>
      this.log.book(event.at, 'inspection_result', {
        result_no: `${own.characteristic}-${subgroup}-${sample + 1}`,
        characteristic: own.characteristic,
        subgroup_no: subgroup,
        sample_no: sample + 1,
        equipment_no: own.unit,
        measured_at: new Date(event.at).toISOString(),
        value: isMissed ? null : value,
        size,
        cavity,
        lot_no: null,
        wo_no: event.order.number,
      }),
    )
    this.log.truth({
      k: 'subgroup',
      t: event.at,
      characteristic: own.characteristic,
      index,
      values: isMissed ? null : samples.map(({ value }) => value),
      sizes: samples.map(({ size }) => size),
    })
  }

  /** A plan with given limits, or from then on with limits of what was measured since the beginning. */
  private bookPlan(own: Plan, at: number, baselineFromAt: number | null): void {
    const isFrozen = baselineFromAt !== null
    const row: Record<string, Cell> = {
      plan_no: `${own.characteristic}/${isFrozen ? 'v2' : 'v1'}`,
      characteristic: own.characteristic,
      version: isFrozen ? 'v2' : 'v1',
      effective_at: new Date(at).toISOString(),
      name_zh: own.names[0],
      name_en: own.names[1],
      material: own.material,
      equipment_no: own.unit,
      chart: own.chart,
      unit: own.valueUnit,
      subgroup_size: own.subgroupSize,
      ...own.limits,
      center: isFrozen ? null : own.given.center,
      sigma: isFrozen ? null : own.given.sigma,
      baseline_from: isFrozen ? new Date(baselineFromAt).toISOString() : null,
      baseline_to: isFrozen ? new Date(at).toISOString() : null,
    }
    this.log.book(at, 'inspection_plan', row)
    this.log.truth({ k: 'plan', t: at, characteristic: own.characteristic, version: row['version'], chart: own.chart })
  }
}
