import type { EquipmentTimeParts } from '@gemba/contracts/kpi'
import { emptyParts } from '@gemba/engine/kpi/oee'
import { METRICS } from '@gemba/engine/metrics/dictionary'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EQUIPMENT_FIGURES, type EquipmentSums, readsStops } from './equipment-figures.ts'

const HOUR_MS = 3_600_000
const whole = (max: number) => fc.integer({ min: 0, max })

/** Parts that hold together, as the derivation makes them. */
const sums = fc
  .record({
    unscheduled: whole(10 * HOUR_MS),
    plannedStop: whole(HOUR_MS),
    noData: whole(HOUR_MS),
    setup: whole(HOUR_MS),
    down: whole(HOUR_MS),
    run: whole(8 * HOUR_MS),
    micro: fc.double({ min: 0, max: 1, noNaN: true }),
    ideal: fc.double({ min: 0, max: 1.1, noNaN: true }),
    good: whole(1000),
    scrap: whole(100),
    rework: whole(100),
    failures: whole(5),
  })
  .map((each): EquipmentSums => {
    const plannedMs = each.setup + each.down + each.run
    const scheduledMs = plannedMs + each.noData
    const total = each.good + each.scrap + each.rework
    const parts: EquipmentTimeParts = {
      ...emptyParts(),
      allMs: scheduledMs + each.unscheduled + each.plannedStop,
      unscheduledMs: each.unscheduled,
      plannedStopMs: each.plannedStop,
      scheduledMs,
      noDataMs: each.noData,
      plannedMs,
      setupMs: each.setup,
      downMs: each.down,
      runMs: each.run,
      microStopMs: each.run * each.micro,
      idealMs: total > 0 ? each.run * each.ideal : 0,
      idealGoodMs: total > 0 ? (each.run * each.ideal * each.good) / total : 0,
      total,
      good: each.good,
      scrap: each.scrap,
      rework: each.rework,
      failures: each.failures,
      setups: 1,
    }
    const stops = [{ state: 'DOWN' as const, reason: 'F1', ms: each.down, count: each.failures }]
    return { parts, stops, reasonCategory: () => 'failure' }
  })

describe('every figure of equipment', () => {
  it('that is asked without stops is the same with them', () => {
    const withoutStops = Object.entries(EQUIPMENT_FIGURES).filter(([id]) => !readsStops(id))
    expect(withoutStops.length).toBeGreaterThan(0)
    fc.assert(
      fc.property(sums, (each) => {
        for (const [, rule] of withoutStops) {
          const bare = { ...each, stops: [] }
          expect([rule.of(bare), rule.ratio(bare)]).toEqual([rule.of(each), rule.ratio(each)])
        }
      }),
    )
  })

  it('is in the dictionary', () => {
    const known = new Set(METRICS.map((metric) => metric.id))
    expect(Object.keys(EQUIPMENT_FIGURES).filter((id) => !known.has(id))).toEqual([])
  })

  it.each(Object.entries(EQUIPMENT_FIGURES))('%s is its numerator by its denominator, or says why not', (id, rule) => {
    const unit = METRICS.find((metric) => metric.id === id)?.unit
    const scale = unit === 'h' ? 1 / HOUR_MS : unit === '1/h' ? HOUR_MS : 1
    fc.assert(
      fc.property(sums, (each) => {
        const { value, missing } = rule.of(each)
        expect(value === null).toBe(missing !== undefined)
        if (value === null) return
        const { numerator, denominator } = rule.ratio(each)
        const quotient = (numerator / denominator) * scale
        expect(Math.abs(value - quotient)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(quotient)))
      }),
    )
  })

  it.each(Object.keys(EQUIPMENT_FIGURES))('%s of nothing is missing, not zero', (id) => {
    const nothing = { parts: emptyParts(), stops: [], reasonCategory: () => null }
    expect(EQUIPMENT_FIGURES[id]?.of(nothing)).toMatchObject({ value: null, missing: 'not-scheduled' })
  })
})
