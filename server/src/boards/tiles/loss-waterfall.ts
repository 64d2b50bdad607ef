import type { TileData } from '@gemba/contracts/board'
import type { NumberValues } from '../number-values.service.ts'
import type { OeeFacts } from '../oee-facts.ts'

/** Planned time minus every loss is effective time, to the millisecond: speed is what is left of run time. */
export function lossWaterfall(facts: OeeFacts, values: NumberValues): TileData<'loss-waterfall'> {
  const { parts, sources, dataAt, figures } = facts
  const value = (ms: number) => values.of(ms, { unit: 'ms', sources, dataAt, coverage: figures.coverage })
  const speedMs = parts.runMs - parts.microStopMs - parts.idealMs
  const losses = [
    ['failure', parts.downMs],
    ['changeover', parts.setupMs],
    ['micro-stop', parts.microStopMs],
    ['speed', speedMs],
    ['quality', parts.idealMs - parts.idealGoodMs],
  ] as const
  return {
    plannedMs: value(parts.plannedMs),
    losses: losses.map(([loss, ms]) => ({ loss, ms: value(ms) })),
    effectiveMs: value(parts.idealGoodMs),
  }
}
