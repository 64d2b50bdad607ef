import { describe, expect, it } from 'vitest'
import { metricDefinition, policyChange, policySettings } from './metric.ts'
import { genealogyEdge, traceRequest } from './trace.ts'

const AT = 1_700_000_000_000

describe('the shape of a metric', () => {
  const metric = {
    id: 'oee',
    version: 1,
    effectiveAt: AT,
    name: { zh: '综合效率', en: 'OEE' },
    definition: { zh: '…。', en: '….' },
    formula: 'Σ c g / PPT',
    unit: 'ratio',
    owner: 'production',
    grain: ['work-unit'],
    systemOfRecord: ['machine'],
    freshness: { periodMs: 1, limitMs: 2 },
    direction: 'higher',
    rollup: 'ratio-of-sums',
    source: 'ISO 22400-2',
    policies: ['waiting'],
    computedBy: 'kpi/oee#oeeFromParts.oee',
  }

  it('takes a complete one and refuses what is missing, empty or unheard of', () => {
    expect(metricDefinition.safeParse(metric).success).toBe(true)
    const bad = [
      { id: 'OEE of a line' },
      { version: 0 },
      { name: { zh: '', en: 'OEE' } },
      { grain: [] },
      { unit: 'furlong' },
      { policies: ['weather'] },
      { computedBy: 'oee' },
      { effectiveAt: 1.5 },
    ]
    for (const change of bad) expect(metricDefinition.safeParse({ ...metric, ...change }).success).toBe(false)
  })
})

describe('the shape of policies', () => {
  it('refuses windows that run backwards and shares above one', () => {
    const partial = policySettings.partial()
    expect(partial.safeParse({ otifWindowDays: [-3, 0] }).success).toBe(true)
    expect(partial.safeParse({ otifWindowDays: [1, 0] }).success).toBe(false)
    expect(partial.safeParse({ coverageLimit: 95 }).success).toBe(false)
    expect(partial.safeParse({ microStopThresholdMs: 0 }).success).toBe(false)
    const change = { site: null, effectiveAt: AT, recordedAt: AT, settings: {}, by: 'a', reason: 'b' }
    expect(policyChange.safeParse(change).success).toBe(true)
    expect(policyChange.safeParse({ ...change, reason: '' }).success).toBe(false)
  })
})

describe('the shape of a trace', () => {
  it('refuses empty questions and windows that run backwards', () => {
    const request = { lots: ['RM7'], direction: 'where-used' }
    expect(traceRequest.parse(request)).toEqual({ ...request, inTime: false })
    expect(traceRequest.safeParse({ ...request, lots: [] }).success).toBe(false)
    expect(traceRequest.safeParse({ ...request, window: { fromAt: AT, toAt: AT } }).success).toBe(false)
    expect(traceRequest.safeParse({ ...request, depth: -1 }).success).toBe(false)
    const edge = {
      input: 'A',
      output: 'B',
      quantity: 1,
      unit: 'kg',
      order: null,
      operation: null,
      equipment: null,
      at: null,
    }
    expect(genealogyEdge.safeParse({ ...edge, method: 'scan' }).success).toBe(true)
    expect(genealogyEdge.safeParse({ ...edge, method: 'guess' }).success).toBe(false)
    expect(genealogyEdge.safeParse({ ...edge, input: '', method: 'scan' }).success).toBe(false)
  })
})
