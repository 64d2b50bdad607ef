import { policyChange, policySettings, type PolicyChange } from '@gemba/contracts/metric'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_POLICIES, policyAt, policySegments } from './policies.ts'

const START = 1_700_000_000_000
const change = (
  days: number,
  settings: PolicyChange['settings'],
  changes: Partial<PolicyChange> = {},
): PolicyChange => ({
  site: null,
  effectiveAt: START + days,
  recordedAt: START + days,
  settings,
  by: 'somebody',
  reason: 'because',
  ...changes,
})

describe('policies', () => {
  it('have the recommended defaults of the domain reference', () => {
    expect(policySettings.parse(DEFAULT_POLICIES)).toEqual(DEFAULT_POLICIES)
    expect(policyAt([], START)).toEqual({
      plannedMaintenance: 'outside-planned-time',
      waiting: 'availability-loss',
      microStopThresholdMs: 120_000,
      productionDateOwner: 'start',
      otifPromise: 'first',
      otifWindowDays: [0, 0],
      lotReject: 'whole-lot',
      lineRule: 'bottleneck',
      lateScrap: 'at-making',
      kitting: 'reserve',
      coverageLimit: 0.95,
    })
  })

  it('change history only from their date on', () => {
    const changes = [change(10, { microStopThresholdMs: 300_000 }), change(5, { kitting: 'skip' })]
    expect(policyAt(changes, START + 4)).toEqual(DEFAULT_POLICIES)
    expect(policyAt(changes, START + 5)).toMatchObject({ kitting: 'skip', microStopThresholdMs: 120_000 })
    expect(policyAt(changes, START + 10)).toMatchObject({ kitting: 'skip', microStopThresholdMs: 300_000 })
  })

  it('of a site go before those of all sites, whenever they were made', () => {
    const changes = [
      change(1, { kitting: 'skip' }, { site: 'SUZ' }),
      change(9, { kitting: 'reserve', lateScrap: 'at-detection' }),
    ]
    expect(policyAt(changes, START + 20, { site: 'SUZ' })).toMatchObject({ kitting: 'skip', lateScrap: 'at-detection' })
    expect(policyAt(changes, START + 20, { site: 'BRQ' })).toMatchObject({
      kitting: 'reserve',
      lateScrap: 'at-detection',
    })
    expect(policyAt(changes, START + 5)).toMatchObject({ kitting: 'reserve' })
  })

  it('answer as known then and as known now', () => {
    const late = change(2, { lotReject: 'bad-pieces' }, { recordedAt: START + 50 })
    expect(policyAt([late], START + 10, { knownAt: START + 40 }).lotReject).toBe('whole-lot')
    expect(policyAt([late], START + 10).lotReject).toBe('bad-pieces')
    // A later record for the same date replaces the earlier one, in whichever order they are listed.
    const again = change(2, { lotReject: 'whole-lot' }, { recordedAt: START + 60 })
    expect(policyAt([again, late], START + 10).lotReject).toBe('whole-lot')
  })

  it('of a what-if hold for all time', () => {
    const changes = [change(5, { kitting: 'skip' })]
    expect(policyAt(changes, START, { whatIf: { kitting: 'skip', coverageLimit: 0.9 } })).toMatchObject({
      kitting: 'skip',
      coverageLimit: 0.9,
    })
    expect(policySegments(changes, { fromAt: START, toAt: START + 9 }, { whatIf: { kitting: 'skip' } })).toHaveLength(1)
  })

  it('cut a range where something really changes', () => {
    const changes = [
      change(3, { kitting: 'reserve' }),
      change(5, { kitting: 'skip' }),
      change(7, { kitting: 'reserve' }, { site: 'BRQ' }),
    ]
    const segments = policySegments(changes, { fromAt: START, toAt: START + 9 })
    // The change on day 3 sets what holds already, the one on day 7 is of another site.
    expect(segments.map(({ fromAt, toAt, settings }) => [fromAt - START, toAt - START, settings.kitting])).toEqual([
      [0, 5, 'reserve'],
      [5, 9, 'skip'],
    ])
    expect(policySegments(changes, { fromAt: START, toAt: START })).toEqual([])
    expect(policySegments(changes, { fromAt: START + 5, toAt: START + 6 })).toHaveLength(1)
  })

  it('cover a range without holes, each instant with the settings in force', () => {
    const any = fc.record({
      days: fc.nat(20),
      site: fc.constantFrom(null, 'SUZ', 'BRQ'),
      recorded: fc.nat(30),
      settings: fc.record(
        {
          kitting: fc.constantFrom('skip' as const, 'reserve' as const),
          microStopThresholdMs: fc.constantFrom(30_000, 120_000),
        },
        { requiredKeys: [] },
      ),
    })
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), fc.nat(30), (rows, knownAt) => {
        const changes = rows.map((row) =>
          change(row.days, row.settings, { site: row.site, recordedAt: START + row.recorded }),
        )
        changes.forEach((each) => expect(policyChange.safeParse(each).success).toBe(true))
        const question = { site: 'SUZ', knownAt: START + knownAt }
        const segments = policySegments(changes, { fromAt: START, toAt: START + 25 }, question)
        expect(segments[0]!.fromAt).toBe(START)
        expect(segments.at(-1)!.toAt).toBe(START + 25)
        segments.forEach((segment, i) => {
          if (i > 0) expect(segment.fromAt).toBe(segments[i - 1]!.toAt)
          for (let at = segment.fromAt; at < segment.toAt; at += 1)
            expect(policyAt(changes, at, question)).toEqual(segment.settings)
        })
      }),
    )
  })
})
