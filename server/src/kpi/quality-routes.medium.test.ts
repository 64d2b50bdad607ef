/** Real: the server on both embedded stores. Charts from sums in the warehouse agree with charts from the rows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kpiAnswer, metricsAnswer, numbersAnswer } from '@gemba/contracts/kpi'
import { type SpcAnswer, spcAnswer, spcListAnswer } from '@gemba/contracts/spc'
import { type ChartSample, freezeBaseline } from '@gemba/engine/kpi/chart-baseline'
import { judgeChart } from '@gemba/engine/kpi/chart-judgement'
import { capabilityStudy } from '@gemba/engine/kpi/capability-study'
import { type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'

const HOUR_MS = 3_600_000
const AT = Date.parse('2026-11-02T00:00:00Z')
const SUBGROUPS = 80
const BASELINE = 40

let running: RunningApplication
let cookie: string
let warehouse: WarehouseService

/** Spread like noise, the same each time. */
const noise = (n: number): number => Math.sin(n * 12.9898) * 0.6 + Math.sin(n * 78.233) * 0.4
const valuesOf = (index: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => 4.2 + 0.012 * noise(index * 31 + i * 7 + 1) + (index > 60 ? 0.02 : 0))
const isMissed = (index: number): boolean => index === 17 || index === 55

interface Drawn {
  characteristic: string
  chart: 'xbar-r' | 'xbar-s' | 'i-mr' | 'p' | 'np' | 'c' | 'u'
  sampleOf: (index: number) => Exclude<ChartSample, null | { summary: unknown }>
}
const measured = (chart: Drawn['chart'], size: (index: number) => number): Drawn => ({
  characteristic: chart.toUpperCase(),
  chart,
  sampleOf: (index) => ({ values: valuesOf(index, size(index)) }),
})
const counted = (chart: Drawn['chart'], size: (index: number) => number, rate: number): Drawn => ({
  characteristic: chart.toUpperCase(),
  chart,
  sampleOf: (index) => ({
    count: Math.round(size(index) * rate * (1 + 0.5 * noise(index)) + (index === 70 ? 40 : 0)),
    size: size(index),
  }),
})
const DRAWN: readonly Drawn[] = [
  measured('xbar-r', () => 5),
  measured('xbar-s', (index) => (index % 3 === 0 ? 6 : 8)),
  measured('i-mr', () => 1),
  counted('p', (index) => 180 + (index % 5) * 10, 0.05),
  counted('np', () => 200, 0.05),
  counted('c', () => 1, 9),
  counted('u', (index) => 8 + (index % 4), 0.8),
]
const characteristicRow = (drawn: Drawn, more: object = {}) => ({
  source: 'mes',
  characteristic: drawn.characteristic,
  version: 'v1',
  effective_at: AT,
  name_zh: '特性',
  name_en: drawn.characteristic,
  material: 'M1',
  unit: UNIT,
  chart: drawn.chart,
  value_unit: 'g',
  subgroup_size: 5,
  lsl: 4.15,
  usl: 4.25,
  target: 4.2,
  center: null,
  sigma: null,
  baseline_from_at: AT,
  baseline_to_at: AT + BASELINE * HOUR_MS,
  version_at: AT,
  is_deleted: 0,
  ...more,
})
function resultRows({ characteristic, sampleOf }: Drawn): object[] {
  return Array.from({ length: SUBGROUPS }, (_, index) => {
    const drawn = sampleOf(index)
    const samples =
      'values' in drawn ? drawn.values.map((value) => ({ value, size: 1 })) : [{ value: drawn.count, size: drawn.size }]
    return samples.map(({ value, size }, sample) => ({
      source: 'mes',
      characteristic,
      subgroup: String(index).padStart(4, '0'),
      sample: sample + 1,
      unit: UNIT,
      measured_at: AT + index * HOUR_MS,
      value: isMissed(index) ? null : value,
      size,
      cavity: null,
      lot: null,
      order_no: null,
      version_at: AT,
      is_deleted: 0,
    }))
  }).flat()
}
async function ask<T>(path: string, shape: { parse: (value: unknown) => T }): Promise<T> {
  const answer = await running.call('GET', path, { cookie })
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`)
  return shape.parse(answer.json())
}
const range = (from = 0, to = SUBGROUPS) => `from=${AT + from * HOUR_MS}&to=${AT + to * HOUR_MS}`
const chart = (name: string, more = range()): Promise<SpcAnswer> => ask(`/api/kpi/spc/${name}?${more}`, spcAnswer)

beforeAll(async () => {
  running = await startApplication()
  cookie = await running.signIn()
  warehouse = running.app.get(WarehouseService)
  await warehouse.insertRows(
    'inspection_characteristic',
    DRAWN.map((drawn) => characteristicRow(drawn)),
  )
  for (const drawn of DRAWN) {
    await warehouse.insertRows('inspection_result', resultRows(drawn))
    // Delivered twice, it counts once.
    await warehouse.insertRows('inspection_result', resultRows(drawn))
  }
})
afterAll(() => running?.stop())

describe('a control chart', () => {
  it.each(DRAWN)('$chart from sums is the chart from rows, with every rule', async (drawn) => {
    const all = 'WE1,WE2,WE3,WE4,N1,N2,N3,N4,N5,N6,N7,N8'
    const answer = await chart(drawn.characteristic, `${range()}&rules=${all}`)
    const samples = Array.from({ length: SUBGROUPS }, (_, index) => (isMissed(index) ? null : drawn.sampleOf(index)))
    const baseline = freezeBaseline(drawn.chart, 'v1', samples.slice(0, BASELINE))
    const wanted = judgeChart(
      samples.map((sample) => ({ sample, baseline })),
      all.split(',') as never,
    )
    expect(answer.versions[0]?.center).toBeCloseTo(baseline?.center ?? NaN, 10)
    if (baseline?.sigma) expect(answer.versions[0]?.sigma).toBeCloseTo(baseline.sigma, 10)
    expect(answer.points.map(({ rules }) => rules)).toEqual(wanted.map(({ rules }) => rules))
    expect(answer.points.map(({ isSpreadBeyond }) => isSpreadBeyond)).toEqual(
      wanted.map((point) => point.isSpreadBeyond),
    )
    answer.points.forEach((point, index) => {
      const own = wanted[index]
      for (const [got, want] of [
        [point.value, own?.value],
        [point.spread, own?.spread],
        [point.limits?.ucl, own?.limits?.ucl],
        [point.limits?.lcl, own?.limits?.lcl],
        [point.spreadLimits?.ucl, own?.spreadLimits?.ucl],
      ])
        if (want === null || want === undefined) expect(got ?? null).toBeNull()
        else expect(got).toBeCloseTo(want, 9)
    })
    expect(answer).toMatchObject({ subgroups: SUBGROUPS, missed: 2, truncated: null })
    expect(Object.keys(answer.signals).length).toBeGreaterThan(0)
  })

  it('gives the capability that the rows give, with its cautions', async () => {
    const { capability } = await chart('XBAR-R')
    const subgroups = Array.from({ length: SUBGROUPS }, (_, index) => (isMissed(index) ? [] : valuesOf(index, 5)))
    const wanted = capabilityStudy({ subgroups, lsl: 4.15, usl: 4.25, target: 4.2, isStable: false })
    for (const name of ['cp', 'cpk', 'pp', 'ppk'] as const)
      expect(capability?.[name]).toBeCloseTo(wanted[name] ?? NaN, 9)
    expect(capability?.normality?.statistic).toBeCloseTo(wanted.normality?.statistic ?? NaN, 9)
    expect(capability).toMatchObject({ values: 390, subgroups: 78, cautions: wanted.cautions, percentilePpk: null })
  })

  it('judges a part of it as it judges the whole', async () => {
    const whole = await chart('XBAR-R')
    const part = await chart('XBAR-R', range(66, 75))
    expect(part.points.map(({ rules }) => rules)).toEqual(whole.points.slice(66, 75).map(({ rules }) => rules))
  })

  it('shows the newest points when there are more than asked for, and says so', async () => {
    const few = await chart('XBAR-R', `${range()}&limit=10`)
    const whole = await chart('XBAR-R')
    expect(few.truncated).toEqual({ shown: 10, of: SUBGROUPS })
    expect(few.points).toEqual(whole.points.slice(-10))
    expect(few.signals).toEqual(whole.signals)
    expect(few.ewma?.values).toEqual(whole.ewma?.values.slice(-10))
  })

  it('takes new limits from their date on, and no pattern crosses them', async () => {
    const drawn = { ...DRAWN[0]!, characteristic: 'TWO-LIMITS' }
    await warehouse.insertRows('inspection_characteristic', [
      characteristicRow(drawn, { center: 4.2, sigma: 0.012, baseline_from_at: null, baseline_to_at: null }),
      characteristicRow(drawn, {
        version: 'v2',
        effective_at: AT + 64 * HOUR_MS,
        center: 4.22,
        sigma: 0.012,
        baseline_from_at: null,
        baseline_to_at: null,
        usl: 4.3,
      }),
    ])
    await warehouse.insertRows('inspection_result', resultRows(drawn))
    const answer = await chart('TWO-LIMITS')
    expect(answer.points[63]).toMatchObject({ version: 'v1', limits: { center: 4.2 } })
    expect(answer.points[64]).toMatchObject({ version: 'v2', limits: { center: 4.22 } })
    expect(answer.capability).toMatchObject({ fromAt: new Date(AT + 64 * HOUR_MS).toISOString(), values: 80 })
  })

  it('is listed, and refused when nobody knows it', async () => {
    const { characteristics } = await ask(`/api/kpi/spc?equipment=${UNIT}`, spcListAnswer)
    expect(characteristics.map(({ chart: kind }) => kind)).toEqual(
      expect.arrayContaining(DRAWN.map((drawn) => drawn.chart)),
    )
    const refused = await running.call('GET', `/api/kpi/spc/NOBODY?${range()}`, { cookie })
    expect(refused.problem().code).toBe('CHARACTERISTIC_UNKNOWN')
    for (const path of [
      `/api/kpi/spc/P?${range()}&rules=X9`,
      '/api/kpi/spc/P?from=1&to=2',
      `/api/kpi/spc/P?${range(5, 1)}`,
    ])
      expect((await running.call('GET', path, { cookie })).status).toBe(400)
    expect((await running.call('GET', `/api/kpi/spc/P?${range()}`)).status).toBe(401)
  })

  it('lists its source rows on demand', async () => {
    const { explain } = await chart('P', `${range()}&explain=1`)
    const query = explain?.queries[0]
    const rows = await warehouse.query(query?.sql ?? '', query?.parameters ?? {})
    expect(rows).toHaveLength(SUBGROUPS)
  })
})

describe('figures of quality', () => {
  beforeAll(async () => {
    const end = { source: 'mes', version_at: AT, is_deleted: 0 }
    const test = (serial: string, pass: number, result: string) => ({
      ...end,
      serial,
      step: 'final',
      material: 'M1',
      unit: UNIT,
      result,
      pass,
      tested_at: AT + pass,
    })
    await warehouse.insertRows('test_result', [
      ...Array.from({ length: 95 }, (_, index) => test(`G${index}`, 1, 'good')),
      ...['R1', 'R2', 'R3', 'R4'].flatMap((serial) => [test(serial, 1, 'rework'), test(serial, 2, 'good')]),
      test('S1', 1, 'scrap'),
      // The same pass reported again.
      test('G0', 1, 'good'),
    ])
    const shares = { flash: 40, 'short-shot': 25, bubbles: 15, colour: 12, other: 8 }
    await warehouse.insertRows(
      'defect_record',
      Object.entries(shares).map(([defect, quantity]) => ({
        ...end,
        defect_key: defect,
        defect,
        unit: UNIT,
        material: 'M1',
        disposition: 'scrap',
        quantity,
        lot: null,
        order_no: null,
        found_at: AT,
        time_certainty: 'exact',
      })),
    )
    await warehouse.insertRows(
      'inspection_lot',
      [
        ['I1', 'accepted', 49],
        ['I2', 'rejected', 30],
        ['I3', null, 0],
      ].map(([inspection_lot, decision, accepted]) => ({
        ...end,
        inspection_lot,
        lot: 'L',
        material: 'M1',
        kind: 'incoming',
        unit: UNIT,
        inspected: 50,
        accepted,
        decision,
        decided_at: AT,
        time_certainty: 'exact',
      })),
    )
  })
  const kpi = (metric: string, more = '') =>
    ask(`/api/kpi/${metric}?equipment=${UNIT}&${range(0, 24)}${more}`, kpiAnswer.strict())

  it('count a serial once, by its first pass', async () => {
    const answer = await kpi('first-pass-units')
    expect(answer.total).toMatchObject({
      value: 100,
      ratio: { numerator: 95, denominator: 100 },
      parts: { input: 100, good: 95, rework: 4, scrap: 1 },
    })
  })

  it('order defects by size with their cumulative share', async () => {
    const answer = await kpi('pareto', '&explain=1&group=reason')
    expect(answer.groups.map(({ key, parts }) => [key, Math.round((parts['cumulative'] ?? 0) * 100)])).toEqual([
      ['flash', 40],
      ['short-shot', 65],
      ['bubbles', 80],
      ['colour', 92],
      ['other', 100],
    ])
    const query = answer.explain?.queries[0]
    expect(await warehouse.query(query?.sql ?? '', query?.parameters ?? {})).toHaveLength(5)
  })

  it('tell lots and quantities that passed inspection apart, and leave out what is undecided', async () => {
    expect((await kpi('inspection-lot-pass-rate')).total.value).toBe(0.5)
    expect((await kpi('inspection-quantity-pass-rate')).total.value).toBe(0.79)
  })

  it('say why they are missing where nothing was made or nothing may be added up', async () => {
    expect((await kpi('dpmo')).total).toMatchObject({ value: null, missing: 'no-output' })
    expect((await kpi('rolled-throughput-yield')).total).toMatchObject({ value: null, missing: 'no-output' })
    const cpk = await kpi('cpk', '&group=characteristic')
    expect(cpk.total).toMatchObject({ value: null, missing: 'not-applicable' })
    expect(cpk.groups.find(({ key }) => key === 'XBAR-R')?.value).toBeGreaterThan(0)
    expect(
      (await running.call('GET', `/api/kpi/dpmo?equipment=${UNIT}&${range(0, 24)}&group=shift`, { cookie })).status,
    ).toBe(400)
  })

  it('are those of one characteristic when it is named', async () => {
    const one = await kpi('cpk', '&characteristic=XBAR-R')
    const all = await kpi('cpk', '&group=characteristic')
    expect(one.total.value).toBe(all.groups.find(({ key }) => key === 'XBAR-R')?.value)
    const refused = await running.call('GET', `/api/kpi/cpk?equipment=${UNIT}&${range(0, 24)}&characteristic=NOBODY`, {
      cookie,
    })
    expect(refused.problem().code).toBe('CHARACTERISTIC_UNKNOWN')
  })

  it('are on the page of numbers with an age of their own', async () => {
    const { figures } = await ask(`/api/kpi?equipment=${UNIT}&${range(0, 24)}`, numbersAnswer)
    const own = (metric: string) => figures.find((figure) => figure.metric === metric)
    expect(own('first-pass-units')).toMatchObject({ value: 100, own: { quality: 'good' } })
    expect(own('pareto')?.value).toBeCloseTo(0.8, 10)
    expect(own('cpk')).toMatchObject({ value: null, missing: 'not-applicable', own: { quality: 'none' } })
  })

  it('are told by the dictionary to be answered', async () => {
    const { metrics } = await ask('/api/metrics', metricsAnswer)
    expect(metrics.filter(({ computed }) => computed).map(({ id }) => id)).toEqual(
      expect.arrayContaining(['pareto', 'cpk', 'first-pass-units', 'oee']),
    )
  })
})
