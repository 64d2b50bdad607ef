import { emptyParts } from '@gemba/engine/kpi/oee'
import { describe, expect, it } from 'vitest'
import { isSameFigure, listsOf, versionRow, wasPublished } from './window-versions.ts'

const figure = { parts: { ...emptyParts(), plannedMs: 100 }, stops: [], productionDate: '2026-03-02', energy: null }
const stop = { state: 'DOWN', reason: 'R1', ms: 10, count: 1 } as const

describe('a stored figure', () => {
  it('is the same when its sums, stops and date are, in whatever order the stops lie', () => {
    const other = { ...stop, reason: null }
    expect(isSameFigure({ ...figure, stops: [stop, other] }, { ...figure, stops: [other, stop] })).toBe(true)
    expect(isSameFigure(figure, { ...figure, stops: [stop] })).toBe(false)
    expect(isSameFigure(figure, { ...figure, parts: { ...figure.parts, plannedMs: 101 } })).toBe(false)
    expect(isSameFigure(figure, { ...figure, productionDate: '2026-03-03' })).toBe(false)
  })

  it('is another one when its energy is, as far as both are known', () => {
    const uses = (kwh: number) => [{ state: 'RUN' as const, kwh, meteredMs: 1_000 }]
    expect(isSameFigure({ ...figure, energy: uses(3) }, { ...figure, energy: uses(3 + 1e-9) })).toBe(true)
    expect(isSameFigure({ ...figure, energy: uses(3) }, { ...figure, energy: uses(3.1) })).toBe(false)
    expect(isSameFigure({ ...figure, energy: uses(3) }, { ...figure, energy: [] })).toBe(false)
    expect(isSameFigure(figure, { ...figure, energy: uses(3) })).toBe(true)
  })

  it('was published once one of its versions had stood long enough', () => {
    expect(wasPublished([1_000], 1_500, 1_000)).toBe(false)
    expect(wasPublished([1_000, 1_400, 1_800], 2_100, 1_000)).toBe(false)
    expect(wasPublished([1_000, 1_400, 1_800], 2_800, 1_000)).toBe(true)
    // Later versions of a published figure are restated one by one, however short they stood.
    expect(wasPublished([1_000, 2_000, 2_100], 2_200, 1_000)).toBe(true)
  })

  it('comes back from its row as it went in', () => {
    const window = {
      ...figure,
      unit: 'SUZ/MOLD/IM/IM01',
      fromAt: 0,
      toAt: 100,
      knownAt: 200,
      kind: 'shift',
      shiftCode: 'A',
      stops: [stop],
      energy: null,
      noData: [{ fromAt: 5, toAt: 9 }],
    }
    const row = versionRow(window) as { stops: string; no_data: string }
    expect(listsOf(row)).toEqual({ stops: [stop], noData: [{ fromAt: 5, toAt: 9 }] })
  })
})
