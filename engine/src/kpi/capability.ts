import { individualsChart, mean, sampleDeviation, withinSigma } from './control-chart.ts'

export interface CapabilityInput {
  mean: number | null
  /** Short-term deviation: R-bar/d2 or MR-bar/d2. */
  sigmaWithin: number | null
  /** Sample deviation of all values. */
  sigmaOverall: number | null
  lsl: number | null
  usl: number | null
  target: number | null
  /** `spread`: (USL − LSL)/6τ. `nearest`: min(USL − T, T − LSL)/3τ. They agree when the target is the middle. */
  cpmForm: 'spread' | 'nearest'
}

export interface Capability {
  cp: number | null
  cpl: number | null
  cpu: number | null
  cpk: number | null
  pp: number | null
  ppl: number | null
  ppu: number | null
  ppk: number | null
  cpm: number | null
}

/** Mean, within and overall deviation of subgroups; single values use the moving range. */
export function subgroupSpread(
  subgroups: readonly (readonly number[])[],
): Pick<CapabilityInput, 'mean' | 'sigmaWithin' | 'sigmaOverall'> {
  const values = subgroups.flat()
  const isSingles = subgroups.every((group) => group.length === 1)
  return {
    mean: mean(values),
    sigmaWithin: isSingles ? (individualsChart(values)?.sigmaWithin ?? null) : withinSigma(subgroups, 'range'),
    sigmaOverall: sampleDeviation(values),
  }
}

/**
 * Process capability. Cp = (USL − LSL)/6σ, Cpl = (m − LSL)/3σ, Cpu = (USL − m)/3σ, Cpk = the smaller of the two that
 * exist; the same with the overall deviation gives Pp, Ppl, Ppu, Ppk. Cpm (Taguchi) with τ = √(σ² + (m − T)²), σ
 * within. One-sided specification: Cp, Pp, Cpm null. A deviation of zero gives null. Source: ISO 22400-2 (process
 * capability index), ISO 22514-2; Montgomery.
 */
export function capability(input: CapabilityInput): Capability {
  const within = indices(input, input.sigmaWithin)
  const overall = indices(input, input.sigmaOverall)
  return {
    cp: within.both,
    cpl: within.lower,
    cpu: within.upper,
    cpk: within.nearest,
    pp: overall.both,
    ppl: overall.lower,
    ppu: overall.upper,
    ppk: overall.nearest,
    cpm: taguchi(input),
  }
}

interface Indices {
  both: number | null
  lower: number | null
  upper: number | null
  nearest: number | null
}

function indices({ mean: center, lsl, usl }: CapabilityInput, sigma: number | null): Indices {
  if (center === null || sigma === null || !(sigma > 0)) return { both: null, lower: null, upper: null, nearest: null }
  const lower = lsl === null ? null : (center - lsl) / (3 * sigma)
  const upper = usl === null ? null : (usl - center) / (3 * sigma)
  const both = lsl === null || usl === null ? null : (usl - lsl) / (6 * sigma)
  const nearest = lower === null ? upper : upper === null ? lower : Math.min(lower, upper)
  return { both, lower, upper, nearest }
}

function taguchi({ mean: center, sigmaWithin, lsl, usl, target, cpmForm }: CapabilityInput): number | null {
  if (center === null || sigmaWithin === null || lsl === null || usl === null || target === null) return null
  const tau = Math.sqrt(sigmaWithin ** 2 + (center - target) ** 2)
  if (!(tau > 0)) return null
  return cpmForm === 'spread' ? (usl - lsl) / (6 * tau) : Math.min(usl - target, target - lsl) / (3 * tau)
}
