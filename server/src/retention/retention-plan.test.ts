import type { RetentionClass } from '@gemba/contracts/retention'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RETENTION_DAYS, type RetentionRules, monthOf, retentionPlan } from './retention-plan.ts'

const at = (text: string) => Date.parse(`${text}T00:00:00Z`)
const defaults = Object.fromEntries(
  Object.entries(RETENTION_DAYS).map(([name, { defaultDays }]) => [name, defaultDays]),
) as RetentionRules['keepDays']
const rules: RetentionRules = {
  nowAt: at('2026-03-15'),
  keepDays: defaults,
  openFromAt: at('2026-03-01'),
  recalculatedFromAt: null,
}
const month = (partition: string, of: RetentionClass = 'telemetry') => ({
  table: 'reading',
  class: of,
  partition,
  rows: 1,
  bytes: 1,
})
const verdicts = (partitions: string[], changes: Partial<RetentionRules> = {}, of: RetentionClass = 'telemetry') =>
  retentionPlan(
    partitions.map((partition) => month(partition, of)),
    { ...rules, ...changes },
  ).map(({ verdict, heldBy }) => heldBy ?? verdict)

describe('retention', () => {
  it('lets a month go when all of it is older than its class is kept', () => {
    // 400 days before 15 March 2026 is 8 February 2025.
    expect(verdicts(['202412', '202501', '202502', '202503'])).toEqual(['drop', 'drop', 'keep', 'keep'])
    expect(verdicts(['202511', '202512'], {}, 'raw')).toEqual(['drop', 'keep'])
    expect(verdicts(['201602', '201604'], {}, 'facts')).toEqual(['drop', 'keep'])
  })

  it('holds what an open period needs, with what lies just before it; without any close everything is open', () => {
    expect(verdicts(['202412', '202501'], { openFromAt: at('2025-01-15') })).toEqual(['drop', 'open-period'])
    expect(verdicts(['202412'], { openFromAt: at('2025-01-05') })).toEqual(['open-period'])
    expect(verdicts(['202001'], { openFromAt: 0 })).toEqual(['open-period'])
    expect(verdicts(['201501'], { openFromAt: 0 }, 'facts')).toEqual(['open-period'])
    // What could not be used, and what only sums up, no figure is derived from.
    expect(verdicts(['202001'], { openFromAt: 0 }, 'raw')).toEqual(['drop'])
  })

  it('holds what is being derived again', () => {
    expect(verdicts(['202411', '202501'], { recalculatedFromAt: at('2025-01-20') })).toEqual(['drop', 'recalculation'])
  })

  it('keeps for ever what has no limit', () => {
    expect(verdicts(['200001'], { keepDays: { ...defaults, telemetry: null } })).toEqual(['keep'])
  })

  it('never drops a month that reaches into the kept or the open time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2000, max: 2030 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 31, max: 4_000 }),
        fc.integer({ min: at('2001-01-01'), max: at('2026-03-01') }),
        (year, number, days, openFromAt) => {
          const partition = `${year}${String(number).padStart(2, '0')}`
          const [verdict] = verdicts([partition], { keepDays: { ...defaults, telemetry: days }, openFromAt })
          const { toAt } = monthOf(partition)
          if (verdict === 'drop') {
            expect(toAt).toBeLessThanOrEqual(rules.nowAt - days * 86_400_000)
            expect(toAt).toBeLessThan(openFromAt)
          }
        },
      ),
    )
  })
})
