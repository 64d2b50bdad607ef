import { ratio, sumOf } from './ratio.ts'

/** One run of a machine that makes several outputs at once (lanes, family moulds); rates per unit of `duration`. */
export interface ParallelRun {
  duration: number
  outputs: readonly { total: number; good: number; maxRate: number }[]
}

/**
 * OEE of parallel outputs: each output is taken as a share of its own maximum (rate × duration), outputs of a run are
 * averaged, runs weighted by their time. Availability = Σ duration / shift, performance and OEE from the shares of
 * total and good, quality = OEE / (availability × performance). Null where nothing ran or was made. Source:
 * oee.coach, calculations 17 and 20.
 */
export function parallelOutputs(runs: readonly ParallelRun[], shift: number) {
  const duration = sumOf(runs, (run) => run.duration)
  const attained = sumOf(runs, (run) => run.duration * share(run, 'total'))
  const attainedGood = sumOf(runs, (run) => run.duration * share(run, 'good'))
  return {
    availability: ratio(duration, shift),
    performance: ratio(attained, duration),
    quality: ratio(attainedGood, attained),
    oee: ratio(attainedGood, shift),
  }
}

function share(run: ParallelRun, count: 'total' | 'good'): number {
  const shares = run.outputs.map((output) => ratio(output[count], output.maxRate * run.duration) ?? 0)
  return shares.length === 0 ? 0 : sumOf(shares, (each) => each) / shares.length
}
