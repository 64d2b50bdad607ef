import type { TileData } from '@gemba/contracts/board'

const MINUTE_MS = 60_000

/** One bar between two levels of remaining time (ms). A negative loss is a gain and goes up. */
export interface WaterfallBar {
  key: 'planned' | TileData<'loss-waterfall'>['losses'][number]['loss'] | 'effective'
  ms: number
  fromMs: number
  toMs: number
  /** Share of the largest loss, fraction in [0, 1]; 0 for totals. */
  weight: number
  isLargest: boolean
}

/** Totals at both ends, each loss between: they meet exactly, and the last loss ends at the effective time. */
export function waterfallBars(data: TileData<'loss-waterfall'>): WaterfallBar[] {
  const planned = data.plannedMs.value ?? 0
  const effective = data.effectiveMs.value ?? 0
  const largest = Math.max(0, ...data.losses.map((loss) => loss.ms.value ?? 0))
  const largestIndex = data.losses.findIndex((loss) => largest > 0 && loss.ms.value === largest)
  const bars: WaterfallBar[] = [total('planned', planned)]
  let level = planned
  for (const [index, { loss, ms }] of data.losses.entries()) {
    const value = ms.value ?? 0
    bars.push({
      key: loss,
      ms: value,
      fromMs: level,
      toMs: level - value,
      weight: largest > 0 ? Math.max(0, value) / largest : 0,
      isLargest: index === largestIndex,
    })
    level -= value
  }
  return [...bars, total('effective', effective)]
}

function total(key: 'planned' | 'effective', ms: number): WaterfallBar {
  return { key, ms, fromMs: 0, toMs: ms, weight: 0, isLargest: false }
}

/** Vertical axis in pixels; a broken one leaves out what every bar shares, and says so. */
export interface WaterfallAxis {
  /** What is left out, ms; 0 = the axis is whole. */
  brokenMs: number
  y: (ms: number) => number
}

/** Height of the stub and the hatch that stand for what is left out. */
export const STUB_HEIGHT = 15
export const BREAK_HEIGHT = 16

/**
 * The axis is broken when most of the planned time is effective, at about nine tenths of the lowest level, on full ten
 * minutes: losses of minutes would be invisible beside hours.
 */
export function waterfallAxis(bars: readonly WaterfallBar[], area: { topY: number; baseY: number }): WaterfallAxis {
  const levels = bars.flatMap((bar) => [bar.fromMs, bar.toMs])
  const highest = Math.max(1, ...levels)
  const lowest = Math.min(...bars.map((bar) => bar.toMs))
  const tenMinutes = 10 * MINUTE_MS
  const candidate = Math.floor((0.9 * lowest) / tenMinutes) * tenMinutes
  const brokenMs = candidate > 0.5 * highest ? candidate : 0
  const stub = brokenMs > 0 ? STUB_HEIGHT + BREAK_HEIGHT : 0
  const perMs = (area.baseY - area.topY - stub) / (highest - brokenMs)
  return {
    brokenMs,
    y: (ms) => (ms <= brokenMs && brokenMs > 0 ? area.baseY : area.baseY - stub - (ms - brokenMs) * perMs),
  }
}
