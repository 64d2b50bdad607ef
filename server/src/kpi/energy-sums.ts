import type { StateEnergy } from '@gemba/engine/kpi/energy'

/** One entry for each state. */
export function sumEnergy(uses: readonly StateEnergy[]): StateEnergy[] {
  const sums = new Map<string, StateEnergy>()
  for (const { state, kwh, meteredMs } of uses) {
    const sum = sums.get(state) ?? { state, kwh: 0, meteredMs: 0 }
    sum.kwh += kwh
    sum.meteredMs += meteredMs
    sums.set(state, sum)
  }
  return [...sums.values()]
}
