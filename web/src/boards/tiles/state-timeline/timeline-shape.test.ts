import type { TileData } from '@gemba/contracts/board'
import { describe, expect, it } from 'vitest'
import { axisTicks, segmentsOf } from './timeline-shape.ts'

type Interval = TileData<'state-timeline'>['rows'][number]['intervals'][number]
const axis = { fromAt: 0, toAt: 1_000_000, width: 1000 }
const row = (...intervals: [number, number, Interval['state']][]) => ({
  equipment: 'SUZ/ASM/A1',
  code: 'A1',
  name: { zh: '装配线', en: 'Assembly' },
  intervals: intervals.map(([fromAt, toAt, state]) => ({ fromAt, toAt, state, reason: null })),
  silentSince: null,
})

describe('segments', () => {
  it('lie true to scale, running below the others', () => {
    expect(segmentsOf(row([0, 500_000, 'DOWN'], [500_000, 600_000, 'RUN']), axis)).toEqual([
      { x: 500, width: 100, look: 'run' },
      { x: 0, width: 500, look: 'alarm' },
    ])
  })

  it('leave out what is not scheduled', () => {
    expect(segmentsOf(row([0, 100_000, 'UNSCHEDULED']), axis)).toEqual([])
  })

  it('show what is narrower than two pixels as a tick, and a cluster of them as one', () => {
    const ticks = segmentsOf(
      row([10_000, 10_500, 'MICRO_STOP'], [11_000, 11_500, 'MICRO_STOP'], [90_000, 90_400, 'MICRO_STOP']),
      axis,
    )
    expect(ticks).toHaveLength(2)
    expect(ticks[0]!.width).toBeGreaterThan(3)
    expect(ticks[1]!.width).toBe(3)
  })

  it('are cut at both ends of the axis', () => {
    expect(segmentsOf(row([-50_000, 2_000_000, 'DOWN']), axis)).toEqual([{ x: 0, width: 1000, look: 'alarm' }])
  })

  it('of ten thousand events are few and quick', () => {
    const many = Array.from({ length: 10_000 }, (_, index): [number, number, Interval['state']] => [
      index * 100,
      index * 100 + 50,
      index % 2 === 0 ? 'RUN' : 'MICRO_STOP',
    ])
    expect(segmentsOf(row(...many), axis).length).toBeLessThan(6_000)
  })
})

it('the axis has at most nine spans, from its beginning', () => {
  const hours = (count: number) => axisTicks({ fromAt: 0, toAt: count * 3_600_000, width: 1 })
  expect(hours(8)).toHaveLength(9)
  expect(hours(12)).toHaveLength(7)
  expect(hours(0.5).length).toBeLessThanOrEqual(10)
})
