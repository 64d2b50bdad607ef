import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CASE_KINDS, runCase } from './cases.ts'

const DAY = '2026-03-02'

/** Every number anywhere in a result. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(numbersIn)
}

describe('kinds of cases with odd input', () => {
  it.each(CASE_KINDS)('%s names what is missing instead of failing inside', (kind) => {
    try {
      runCase(kind, {})
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError)
    }
    for (const bad of [null, 7, 'x', []]) expect(() => runCase(kind, bad)).toThrow(RangeError)
  })

  it('control charts of nothing, of one point and of a constant process', () => {
    expect(runCase('xbar_r', { subgroups: [] })).toMatchObject({ center: null, xbar_ucl: null })
    expect(runCase('xbar_s', { subgroups: [[5]] })).toMatchObject({ center: null, sigma_within: null })
    expect(runCase('i_mr', { values: [] })).toEqual({
      center: null,
      mrbar: null,
      sigma_within: null,
      lcl: null,
      ucl: null,
      beyond: [],
    })
    expect(runCase('i_mr', { values: [5] })).toMatchObject({ center: 5, mrbar: null, beyond: [] })
    // All equal: no spread, and no point is beyond limits that lie on it.
    const constant = Array.from({ length: 10 }, () => 0.1)
    expect(runCase('i_mr', { values: constant })).toMatchObject({ center: 0.1, lcl: 0.1, ucl: 0.1, beyond: [] })
    expect(runCase('xbar_s', { subgroups: [constant, constant] })).toMatchObject({ center: 0.1, sigma_within: 0 })
    // Mean 3, moving ranges 1 and 1, a gap before the last: 3 ± 3/1.128379.
    expect(runCase('i_mr', { values: [1, 2, 3, null, 6] })).toMatchObject({
      center: 3,
      mrbar: 1,
      ucl: expect.closeTo(5.658681, 5),
      beyond: [5],
    })
    expect(() => runCase('i_mr', { values: [1, 2], d2: 0 })).toThrow('d2')
  })

  it('attribute charts with empty samples, none at all and impossible counts', () => {
    // 3/150 = 0.02; the empty second sample has no limits; √(.02 · .98/100) = .014.
    expect(runCase('p_chart', { defectives: [1, 0, 2], n: [50, 0, 100] })).toMatchObject({
      center: 0.02,
      lcl_last: 0,
      ucl_last: expect.closeTo(0.062, 9),
      beyond: [],
    })
    expect(runCase('p_chart', { defectives: [], n: 50 })).toMatchObject({ center: null, lcl: null, beyond: [] })
    expect(runCase('p_chart', { defectives: [0, 0], n: 50 })).toMatchObject({ center: 0, lcl: 0, ucl: 0, beyond: [] })
    expect(runCase('p_chart', { defectives: [50, 50], n: 50 })).toMatchObject({ center: 1, lcl: 1, ucl: 1, beyond: [] })
    expect(runCase('p_chart', { defectives: [1, null, 3], n: 100 })).toMatchObject({ center: 0.02 })
    expect(() => runCase('p_chart', { defectives: [150], n: 100 })).toThrow('more than inspected')
    expect(() => runCase('p_chart', { defectives: [1, 2], n: [100] })).toThrow('not one for each')
    expect(() => runCase('np_chart', { defectives: [15], n: 10 })).toThrow(RangeError)
    expect(runCase('np_chart', { defectives: [1, 2], n: [10, 20] })).toMatchObject({ center: null, beyond: [] })
    expect(runCase('c_chart', { counts: [] })).toEqual({ center: null, lcl: null, ucl: null, beyond: [] })
    expect(runCase('c_chart', { counts: [0, 0] })).toEqual({ center: 0, lcl: 0, ucl: 0, beyond: [] })
    expect(() => runCase('c_chart', { cbar: -1 })).toThrow('cbar')
    expect(runCase('u_chart', { defects: [3], units: [0] })).toMatchObject({ center: null })
  })

  it('run rules on their lines', () => {
    expect(runCase('run_rules', { values: [10.3, 9.7], center: 10, sigma: 0.1, rules: ['WE1'] })).toEqual({ WE1: [] })
    expect(runCase('run_rules', { values: [], center: 0, sigma: 1 })).toMatchObject({ WE1: [], N8: [] })
    expect(() => runCase('run_rules', { values: [1], center: 0, sigma: 1, rules: ['N9'] })).toThrow('N9')
    // Nelson 8: on both sides of the centre; Nelson 7: fifteen hugging it, one exactly on it included.
    const mixture = [1.2, -1.3, 1.4, 1.1, -1.2, -1.6, 1.3, -1.1, 0.2]
    expect(runCase('run_rules', { values: mixture, center: 0, sigma: 1, rules: ['N8', 'WE1'] })).toEqual({
      N8: [8],
      WE1: [],
    })
    const hugging = Array.from({ length: 16 }, (_, i) => [0, 0.4, -0.5, 0.9][i % 4]!)
    expect(runCase('run_rules', { values: hugging, center: 0, sigma: 1, rules: ['N7'] })).toEqual({ N7: [15, 16] })
    // Nelson 4: thirteen turns in fourteen points; a tie ends them.
    const turns = [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]
    expect(runCase('run_rules', { values: turns, center: 5, sigma: 9, rules: ['N4'] })).toEqual({ N4: [14] })
    expect(runCase('run_rules', { values: [1, ...turns], center: 5, sigma: 9, rules: ['N4'] })).toEqual({ N4: [15] })
  })

  it('capability without spread, on one side and off target', () => {
    const subgroups = Array.from({ length: 5 }, () => [0.1, 0.1, 0.1])
    expect(runCase('capability', { subgroups, lsl: 0, usl: 1 })).toMatchObject({
      cp: null,
      cpk: null,
      pp: null,
      ppk: null,
    })
    expect(runCase('capability', { subgroups: [], lsl: 0, usl: 1 })).toMatchObject({ cp: null, pp: null })
    // (20 − 16)/6 = .667, no Cp.
    expect(runCase('capability', { mean: 16, sigma_within: 2, usl: 20 })).toMatchObject({
      cp: null,
      cpl: null,
      cpu: 2 / 3,
      cpk: 2 / 3,
    })
    // Mean above the upper limit: Cpk negative, not zero. (20 − 23)/6.
    expect(runCase('capability', { mean: 23, sigma_within: 2, lsl: 8, usl: 20 })).toMatchObject({ cp: 1, cpk: -0.5 })
    // τ = √(4 + 4) = 2.828; 12/(6 · 2.828) = .7071.
    expect(runCase('capability', { mean: 16, sigma_within: 2, lsl: 8, usl: 20, target: 14 })).toMatchObject({
      cpm: expect.closeTo(0.70710678, 8),
    })
  })

  it('EWMA with missing values and an impossible weight', () => {
    expect(runCase('ewma', { lambda: 0.2, sigma: 1, target: 0, values: [1, null, 2] })).toMatchObject({
      ewma: [0, 0.2, 0.2, expect.closeTo(0.56, 12)],
    })
    expect(runCase('ewma', { lambda: 0.2, values: [] })).toEqual({ ewma: [], lcl: null, ucl: null })
    expect(() => runCase('ewma', { lambda: 2, sigma: 1, target: 0, values: [1] })).toThrow('lambda')
  })

  it('OEE of nothing planned, nothing running and rows that count in other words', () => {
    const machines = [
      { planned_production_time_s: 0, ideal_cycle_time_s: 10, total: 0 },
      { planned_production_time_s: 100, stop_time_s: 20, ideal_cycle_time_s: 1, good: 40, rejects: 10 },
    ]
    expect(runCase('oee_rollup', { machines })).toEqual({
      per_machine: [null, 0.4],
      oee_time_weighted: 0.4,
      oee_simple_mean: 0.4,
    })
    expect(runCase('oee_rollup', { machines: [] })).toEqual({
      per_machine: [],
      oee_time_weighted: null,
      oee_simple_mean: null,
    })
    expect(runCase('oee_multi_product', { planned_production_time_s: 100, runs: [] })).toMatchObject({
      oee: 0,
      performance: 0,
      quality_time_weighted: null,
    })
    // Rework and scrap both leave the first pass: 80 of 100 at 1 per min in 100 of 200 min.
    const outputs = [{ good: 80, scrap: 5, rework: 15, max_rate_per_min: 1 }]
    expect(runCase('oee_parallel_outputs', { shift_min: 200, runs: [{ duration_min: 100, outputs }] })).toEqual({
      availability: 0.5,
      performance: 1,
      quality: 0.8,
      oee: 0.4,
    })
    expect(runCase('oee_parallel_outputs', { shift_min: 200, runs: [] })).toEqual({
      availability: 0,
      performance: null,
      quality: null,
      oee: 0,
    })
    const nee = { pbt_s: 100, apt_s: 50, aust_s: 10, planned_run_time_per_item_s: 1, pq: 0, gq: 0 }
    expect(runCase('nee_iso22400', nee)).toMatchObject({ oee: 0, nee: 0, effectiveness: 0, quality_ratio: null })
    expect(runCase('loss_waterfall', { all_time_s: 100, unscheduled_s: 100, ideal_cycle_time_s: 1 })).toMatchObject({
      oee: null,
      check_sum_s: 100,
    })
  })

  it('stops by the clock, over midnight, with seconds, and unreadable ones', () => {
    const merge = (stops: unknown[], planned_min = 480) => runCase('stops_merge', { planned_min, stops })
    expect(merge([])).toEqual({ stop_min: 0, availability: 1, naive_availability: 1 })
    expect(merge([{ start: '23:50', end: '00:10' }])).toMatchObject({ stop_min: 20 })
    expect(merge([{ start: '00:00:30', end: '00:10:00' }])).toMatchObject({ stop_min: 9.5 })
    expect(merge([{ start: '01:00', end: '01:00' }], 0)).toEqual({
      stop_min: 0,
      availability: null,
      naive_availability: null,
    })
    expect(() => merge([{ start: 'noon', end: '13:00' }])).toThrow('start: not a time of day')
  })

  it('decimals that binary cannot hold', () => {
    const kit = {
      stock: { a: 0.3 },
      orders: ['1', '2', '3'].map((id) => ({ id, priority: 1, due: DAY, qty: 1, bom: { a: 0.1 } })),
    }
    expect(runCase('kitting', kit)).toMatchObject({ kitted_reserve: ['1', '2', '3'], kitted_skip: ['1', '2', '3'] })
    expect(runCase('kitting', { ...kit, orders: [{ id: '1', qty: 3, bom: { a: 0.1 } }] })).toMatchObject({
      rate_reserve: 1,
    })
    expect(
      runCase('shortage_projection', {
        on_hand: 0.3,
        days: [
          { date: '1', demand: 0.2 },
          { date: '2', demand: 0.1 },
        ],
      }),
    ).toMatchObject({
      first_shortage: null,
      min_balance: 0,
    })
    const shipments = [
      { date: DAY, qty: 0.7 },
      { date: DAY, qty: 0.1 },
    ]
    expect(runCase('otif_lines', { as_of: DAY, lines: [{ order: 'a', due: DAY, qty: 0.8, shipments }] })).toMatchObject(
      { in_full: 1, otif_line: 1 },
    )
  })

  it('stock without moves, buckets without stock and moves of nothing', () => {
    expect(runCase('ageing_fifo', { as_of: DAY, moves: [], buckets: { all: [0, null] } })).toEqual({
      buckets: { all: 0 },
      total: 0,
      mean_age_days: null,
    })
    expect(runCase('ageing_fifo', { as_of: DAY, moves: [{ date: DAY, qty: 0 }] })).toEqual({
      buckets: {},
      total: 0,
      mean_age_days: null,
    })
    expect(runCase('kitting', { stock: {}, orders: [] })).toEqual({
      kitted_reserve: [],
      rate_reserve: null,
      kitted_skip: [],
      rate_skip: null,
    })
    expect(runCase('inventory_turns', { cogs: 10 })).toMatchObject({
      avg_inventory: 0,
      turns: null,
      days_on_hand: null,
      pct_assets: null,
    })
    expect(runCase('turns_from_days', { days_before: 0, days_after: 5 })).toEqual({
      turns_before: null,
      turns_after: 73,
      days_reduction: null,
    })
    expect(runCase('rop', { demand_mean: 0, lead_time: 0, z: 1.65 })).toEqual({ sigma_lt: 0, safety_stock: 0, rop: 0 })
    expect(runCase('rop', { demand_mean: 1, lead_time: 1, service_level: 1 })).toMatchObject({
      safety_stock: null,
      rop: null,
    })
    expect(runCase('line_best_case', { rb_per_h: 0.5, t0_h: 2, wip: [0] })).toMatchObject({
      th_best: [0],
      th_pwc: [null],
    })
    expect(runCase('serial_line_availability', { stations: [{ mtbf_h: 0, mttr_h: 1 }] })).toEqual({
      availability: null,
    })
  })

  it('an order that its calendar cannot finish before it is due is late, and one without a rate is unknown', () => {
    const calendar = [{ start: `${DAY}T14:00:00Z`, end: `${DAY}T20:00:00Z` }]
    const order = {
      qty: 100,
      operations: [{ std_s_per_unit: 1, good: 0 }],
      now: `${DAY}T14:00:00Z`,
      due: `${DAY}T16:00:00Z`,
      calendar,
    }
    expect(runCase('order_progress', { ...order, recent_good_per_h: 1 })).toMatchObject({
      eta: null,
      late: true,
      slack_h: null,
    })
    expect(runCase('order_progress', { ...order, recent_good_per_h: 0 })).toMatchObject({ eta: null, late: null })
    expect(runCase('order_progress', { ...order, recent_good_per_h: null, now: `${DAY}T17:00:00Z` })).toMatchObject({
      late: true,
    })
    expect(runCase('order_progress', { ...order, qty: 0, operations: [], recent_good_per_h: 1 })).toMatchObject({
      qty_progress: null,
      remaining: 0,
    })
  })

  it('states that are still open are cut by the window, and names are only names', () => {
    const states = [{ state: '__proto__', start: `${DAY}T14:00:00Z`, end: null }]
    const windows = [{ id: 'constructor', start: `${DAY}T14:30:00Z`, end: `${DAY}T15:00:00Z` }]
    const result = runCase('state_split', { states, windows })
    expect(JSON.stringify(result)).toBe('{"windows":{"constructor":{"__proto__":1800}},"total_s":1800}')
    expect(() => runCase('state_split', { states: [{ state: 'RUN', start: 'x' }], windows })).toThrow(
      'start: not an instant',
    )
  })

  it('never give a figure that is not a finite number, whatever the size of the input', () => {
    const size = fc.constantFrom(0, -1, 1, 1e-300, 1e300, -1e300, 0.1, 7)
    fc.assert(
      fc.property(fc.array(size, { maxLength: 6 }), fc.tuple(size, size, size), (values, [a, b, c]) => {
        const cases: [string, Record<string, unknown>][] = [
          ['i_mr', { values }],
          ['xbar_r', { subgroups: [values, values] }],
          ['xbar_s', { subgroups: [values, values] }],
          ['p_chart', { defectives: values, n: a }],
          ['np_chart', { defectives: values, n: a }],
          ['c_chart', { counts: values }],
          ['u_chart', { defects: values, units: a }],
          ['ewma', { values, lambda: a, sigma: b, target: c }],
          ['run_rules', { values, center: a, sigma: b }],
          ['capability', { subgroups: [values], lsl: a, usl: b, target: c }],
          ['counter_delta', { readings: values, rollover: a }],
          ['forecast_error', { actual: values, forecast: [a, b, c] }],
          ['rty', { step_yields: values }],
          ['eoq', { fixed_cost: a, demand_rate: b, holding_cost: c }],
          ['rop', { demand_mean: a, demand_sd: b, lead_time: c, service_level: 0.9 }],
          ['newsvendor_normal', { mean: a, sd: 1, holding_cost: b, stockout_cost: c }],
          ['line_best_case', { rb_per_h: a, t0_h: b, wip: values }],
          ['oee', { planned_production_time_s: a, stop_time_s: b, ideal_cycle_time_s: c, total_count: 5 }],
          ['planted_oee', { ideal_cycle_s: a, mtbf_run_h: b, mttr_h: c }],
          ['mass_balance', { produced: a, shipped: b, scrap: c }],
          ['shift_detection', { n: a, shift_sigma: b }],
          ['mtbf_test', { units: a, test_hours: b, failure_times_h: values }],
          ['schedule_attainment', { planned: a, actual: b, lost_h: c, std_rate: c }],
        ]
        for (const [kind, inputs] of cases) {
          try {
            for (const number of numbersIn(runCase(kind, inputs))) expect(Number.isFinite(number)).toBe(true)
          } catch (error) {
            if (!(error instanceof RangeError)) throw error
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
