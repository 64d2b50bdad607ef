import type { TileData } from '@gemba/contracts/board'
import { describe, expect, it } from 'vitest'
import { valueOf } from '../../value-fixture.ts'
import { BREAK_HEIGHT, STUB_HEIGHT, waterfallAxis, waterfallBars } from './waterfall-shape.ts'

const MINUTE_MS = 60_000
const KINDS = ['failure', 'changeover', 'micro-stop', 'speed', 'quality'] as const

function waterfall(plannedMinutes: number, losses: readonly number[]): TileData<'loss-waterfall'> {
  const effective = losses.reduce((left, loss) => left - loss, plannedMinutes)
  const ms = (minutes: number) => valueOf(minutes * MINUTE_MS, 'ms')
  return {
    plannedMs: ms(plannedMinutes),
    losses: KINDS.map((loss, index) => ({ loss, ms: ms(losses[index] ?? 0) })),
    effectiveMs: ms(effective),
  }
}

describe('the bars', () => {
  it('meet each other and end at the effective time', () => {
    const bars = waterfallBars(waterfall(340, [24, 18, 10, 6, 4]))
    expect(bars.map((bar) => bar.toMs / MINUTE_MS)).toEqual([340, 316, 298, 288, 282, 278, 278])
    for (const [index, bar] of bars.slice(1, -1).entries()) expect(bar.fromMs).toBe(bars[index]!.toMs)
  })

  it('name one largest loss, and none when nothing was lost', () => {
    const largest = (losses: number[]) => waterfallBars(waterfall(100, losses)).filter((bar) => bar.isLargest)
    expect(largest([1, 5, 2, 0, 5]).map((bar) => bar.key)).toEqual(['changeover'])
    expect(largest([0, 0, 0, 0, 0])).toEqual([])
  })

  it('go up where speed was gained', () => {
    const speed = waterfallBars(waterfall(100, [10, 0, 0, -4, 0]))[4]!
    expect([speed.fromMs, speed.toMs].map((ms) => ms / MINUTE_MS)).toEqual([90, 94])
    expect(speed.weight).toBe(0)
  })
})

describe('the axis', () => {
  const area = { topY: 134, baseY: 291 }

  it('is broken on full ten minutes when most is effective, and keeps the order of levels', () => {
    const axis = waterfallAxis(waterfallBars(waterfall(340.4, [24.8, 18, 10.3, 5.7, 4.2])), area)
    expect(axis.brokenMs / MINUTE_MS).toBe(240)
    expect(axis.y(340.4 * MINUTE_MS)).toBeCloseTo(area.topY, 6)
    expect(axis.y(axis.brokenMs + 1)).toBeCloseTo(area.baseY - STUB_HEIGHT - BREAK_HEIGHT, 3)
  })

  it('is whole when much was lost, from zero', () => {
    const axis = waterfallAxis(waterfallBars(waterfall(100, [60, 0, 0, 0, 0])), area)
    expect(axis.brokenMs).toBe(0)
    expect([axis.y(0), axis.y(50 * MINUTE_MS), axis.y(100 * MINUTE_MS)]).toEqual([291, 212.5, 134])
  })

  it('stands for a shift that has just begun', () => {
    const axis = waterfallAxis(waterfallBars(waterfall(0, [0, 0, 0, 0, 0])), area)
    expect(Number.isFinite(axis.y(0))).toBe(true)
  })
})
