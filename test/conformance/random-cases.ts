/** Random inputs of each kind of conformance case, edge cases included, that both paths must answer alike. */
import fc from 'fast-check'

const QUARTER_MS = 900_000
const START = Date.parse('2026-03-28T00:00:00Z')

const share = fc.integer({ min: 0, max: 1_000 }).map((n) => n / 1_000)
const amount = fc.integer({ min: 0, max: 5_000 })
/** Quantities of two decimals, whose binary sums are not exact. */
const decimal = fc.integer({ min: 0, max: 50_000 }).map((n) => n / 100)
const signed = fc.integer({ min: -30_000, max: 50_000 }).map((n) => n / 100)
/** Few enough that sums meet their limit, and none of them exact in binary. */
const tenth = fc.integer({ min: 0, max: 12 }).map((n) => n / 10)
const orZero = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 5, arbitrary })
const orMissing = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 5, arbitrary })
const date = fc.integer({ min: 0, max: 40 }).map((day) => new Date(START + day * 86_400_000).toISOString().slice(0, 10))
const name = fc.constantFrom('A', 'B', 'C', 'D', 'E', '注塑', "o'clock", 'others', '其他', 'Z\\9')
const few = <T>(arbitrary: fc.Arbitrary<T>, maxLength = 8) => fc.array(arbitrary, { maxLength })
const at = fc.integer({ min: 0, max: 300 }).map((quarter) => START + quarter * QUARTER_MS)
const iso = (ms: number): string => new Date(ms).toISOString()
const range = fc.tuple(at, fc.integer({ min: 0, max: 60 })).map(([from, quarters]) => ({
  start: iso(from),
  end: iso(from + quarters * QUARTER_MS),
}))

const counted = fc.record({
  total: orZero(amount),
  scrap: orZero(fc.integer({ min: -20, max: 300 })),
  ideal_cycle_time_s: orZero(fc.constantFrom(0.5, 3.6, 10, 48)),
})
const machine = fc.tuple(counted, orZero(amount), share).map(([counts, planned, stopped]) => ({
  ...counts,
  planned_production_time_s: planned,
  stop_time_s: Math.round(planned * stopped),
}))

/** A walk around a centre with stretches on one side, equal neighbours and points on zone lines. */
const points = fc
  .array(fc.oneof(fc.integer({ min: -8, max: 8 }), fc.constantFrom(1, 1, 0, -1, 2, 3, -3)), { maxLength: 60 })
  .chain((steps) =>
    fc.constantFrom(0.25, 0.5, 1).map((width) => steps.map((step, i) => (i % 17 === 16 ? null : 10 + (step * width) / 2))),
  )
const measured = fc.integer({ min: 73_950, max: 74_050 }).map((n) => n / 1_000)
const subgroups = fc.oneof(
  fc.integer({ min: 1, max: 6 }).chain((size) => few(fc.array(measured, { minLength: size, maxLength: size }), 25)),
  few(fc.array(measured, { maxLength: 6 }), 12),
  few(fc.constant([0.1, 0.1, 0.1]), 5),
)
const samples = few(fc.tuple(orMissing(fc.integer({ min: 0, max: 30 })), orZero(fc.integer({ min: 30, max: 400 }))), 20)

const clock = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 45)).map(([hour, minute]) => {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
})
/** Days on and around the changes of the clock, and any others. */
const civilDate = fc.oneof(
  fc.constantFrom('2026-03-28', '2026-03-29', '2026-10-24', '2026-10-25', '2026-03-07', '2026-03-08', '2026-11-01', '2026-04-05'),
  fc.integer({ min: 0, max: 3_000 }).map((day) => new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10)),
)

/** Wall-clock times that the clock skips, doubles or changes beside. */
const changedClock = fc
  .tuple(
    fc.constantFrom(
      ['Europe/Prague', '2026-03-29'],
      ['Europe/Prague', '2026-10-25'],
      ['America/St_Johns', '2026-03-08'],
      ['America/St_Johns', '2026-11-01'],
      ['Australia/Lord_Howe', '2026-04-05'],
      ['Australia/Lord_Howe', '2026-10-04'],
    ),
    fc.constantFrom('01:00', '01:30', '01:45', '02:00', '02:15', '02:30', '03:00'),
    fc.constantFrom('02:10', '02:59', '03:15', '06:00'),
  )
  .map(([[tz, production_date], start, end]) => ({ tz, production_date, start, end }))

const edge = fc
  .tuple(fc.integer({ min: 0, max: 14 }), fc.integer({ min: 0, max: 14 }))
  .map(([from, to]) => ({ in: `L${from}`, out: `L${to}` }))
const lot = fc.integer({ min: 0, max: 16 }).map((n) => `L${n}`)

const seconds = fc.integer({ min: 0, max: 400 })
const STATES = ['RUN', 'DOWN', 'SETUP', 'NO_DATA', 'RUN', 'UNSCHEDULED']
/** States without hole from edge to edge. */
const tiled = (edges: readonly number[]) =>
  edges.slice(1).map((end_s, i) => ({ state: STATES[i % STATES.length]!, start_s: edges[i]!, end_s }))

export const RANDOM_INPUTS: Readonly<Record<string, fc.Arbitrary<Record<string, unknown>>>> = {
  alarm_figures: fc.record({
    from_s: seconds,
    to_s: seconds,
    known_until_s: seconds,
    alarms: few(
      fc.record({ raised_s: seconds, acknowledged_s: orMissing(seconds), cleared_s: orMissing(seconds) }),
      12,
    ),
  }),
  ageing_fifo: fc.record({
    as_of: date,
    moves: few(fc.record({ date, qty: signed }), 15),
    buckets: fc.constant({ '0-7': [0, 7], '8-20': [8, 20], '21+': [21, null] }),
  }),
  availability_variants: fc.record({
    mtbf_h: orZero(decimal),
    mttr_h: orZero(decimal),
    mean_pm_h_per_failure_cycle: orZero(decimal),
    mean_logistics_delay_h: orZero(decimal),
  }),
  c_chart: fc.oneof(
    fc.record({ counts: few(fc.integer({ min: 0, max: 40 }), 30) }),
    fc.record({ counts: few(fc.integer({ min: 0, max: 40 }), 30), cbar: decimal }),
  ),
  capability: fc.record(
    {
      subgroups,
      lsl: fc.constantFrom(null, 73.95),
      usl: fc.constantFrom(null, 74.05),
      target: fc.constantFrom(null, 74, 74.01),
      cpm_form: fc.constantFrom('spread', 'nearest'),
      mean: fc.constant(74.003),
      sigma_within: fc.constantFrom(0, 0.011),
    },
    { requiredKeys: ['subgroups', 'lsl', 'usl', 'target', 'cpm_form'] },
  ),
  counter_delta: fc.record({
    readings: few(orMissing(fc.integer({ min: -5, max: 70_000 })), 20),
    rollover: fc.constantFrom(null, 65_536, 100),
  }),
  energy_by_state: fc
    .tuple(fc.uniqueArray(seconds, { maxLength: 12 }), few(orZero(decimal), 12), few(seconds, 9), seconds, seconds)
    .map(([instants, registers, edges, from, to]) => ({
      from_s: from,
      to_s: to,
      readings: instants.map((t_s, i) => ({ t_s, kwh: registers[i] ?? null })),
      states: tiled([...new Set(edges)].sort((a, b) => a - b)),
    })),
  eoq: fc.record({ fixed_cost: signed, demand_rate: signed, holding_cost: orZero(signed) }),
  ewma: fc.record(
    { lambda: fc.constantFrom(0.05, 0.2, 0.3, 1), values: points, sigma: decimal, target: fc.constant(10) },
    { requiredKeys: ['lambda', 'values'] },
  ),
  forecast_error: fc.record({ actual: few(orZero(signed), 12), forecast: few(orZero(signed), 12) }),
  genealogy: fc.record({
    edges: few(edge, 25),
    suspect: few(lot, 3),
    back_from: few(lot, 3),
    finished: fc.dictionary(lot, amount, { maxKeys: 5 }),
    shipments: few(fc.record({ lot, customer: name, qty: amount }), 6),
  }),
  i_mr: fc.record({ values: points, d2: fc.constantFrom(null, 1.128) }),
  interface_health: fc.record({
    calls: few(
      fc.record({ ok: fc.boolean(), ms: orMissing(amount), err: fc.constantFrom(null, 'TIMEOUT', 'HTTP_500') }),
      45,
    ),
  }),
  inventory_turns: fc.record({
    open_value: orMissing(orZero(decimal)),
    close_value: orMissing(orZero(decimal)),
    cogs: decimal,
    assets: orMissing(orZero(decimal)),
  }),
  kitting: fc.record({
    stock: fc.dictionary(fc.constantFrom('a', 'b', 'c'), signed, { maxKeys: 3 }),
    orders: fc
      .array(
        fc.record({
          priority: fc.integer({ min: 1, max: 3 }),
          due: date,
          qty: orZero(fc.integer({ min: 1, max: 90 })),
          bom: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom(0, 0.1, 0.3, 1, 2), { maxKeys: 4 }),
        }),
        { maxLength: 9 },
      )
      .map((orders) => orders.map((order, i) => ({ ...order, id: `O${i}` }))),
  }),
  line_best_case: fc.record({ rb_per_h: orZero(decimal), t0_h: orZero(decimal), wip: few(orZero(amount), 6) }),
  littles_law: fc.record({ throughput_per_h: signed, flow_time_h: signed }),
  loss_waterfall: fc.tuple(counted, fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 5, maxLength: 5 })).map(
    ([{ ideal_cycle_time_s, total, scrap }, [unscheduled, planned, setup, down, micro]]) => ({
      all_time_s: 43_200,
      unscheduled_s: unscheduled,
      planned_stops_s: planned,
      changeover_s: setup,
      unplanned_down_s: down,
      micro_stop_s: micro,
      ideal_cycle_time_s,
      total_count: total,
      good_count: total - scrap,
    }),
  ),
  mass_balance: fc.record({
    produced: orZero(decimal),
    opening: orZero(signed),
    shipped: decimal,
    on_hand: decimal,
    wip: decimal,
    scrap: decimal,
    samples: decimal,
    rework_out: decimal,
  }),
  mtbf_mttr_from_intervals: fc.record({
    intervals: few(fc.record({ state: fc.constantFrom('RUN', 'FAILURE', 'DOWN', 'BREAK', 'STARVED'), h: orZero(decimal) }), 12),
  }),
  mtbf_test: fc.record({ units: orZero(amount), test_hours: orZero(amount), failure_times_h: few(amount, 6) }),
  nee_iso22400: fc.record({
    pbt_s: orZero(amount),
    aubt_s: orMissing(orZero(amount)),
    apt_s: orZero(amount),
    aust_s: orZero(amount),
    adet_s: orMissing(orZero(amount)),
    planned_run_time_per_item_s: decimal,
    pq: orZero(amount),
    gq: orZero(amount),
  }),
  newsvendor_normal: fc.record({ holding_cost: orZero(decimal), stockout_cost: orZero(decimal), mean: decimal, sd: decimal }),
  np_chart: fc.oneof(
    fc.record({ defectives: few(fc.integer({ min: 0, max: 60 }), 30), n: fc.constantFrom(60, 200) }),
    fc.record({ defectives: fc.array(amount, { minLength: 2, maxLength: 2 }), n: fc.constant([9_000, 8_000]) }),
  ),
  oee: fc.oneof(
    machine,
    fc.record({
      shift_length_s: orZero(amount),
      planned_stops_s: fc.constant(0),
      stop_time_s: fc.constant(0),
      ideal_cycle_time_s: fc.constant(1),
      good_count: amount,
      reject_count: orZero(amount),
    }),
  ),
  oee_multi_product: fc.record({ planned_production_time_s: orZero(amount), stop_time_s: orZero(fc.constant(60)), runs: few(counted, 6) }),
  oee_parallel_outputs: fc.record({
    shift_min: orZero(amount),
    runs: few(
      fc.record({
        duration_min: orZero(amount),
        outputs: few(fc.record({ good: amount, bad: amount, max_rate_per_min: orZero(decimal) }), 4),
      }),
      4,
    ),
  }),
  oee_rollup: fc.record({ machines: few(machine, 5) }),
  order_progress: fc.record({
    qty: orZero(amount),
    operations: few(fc.record({ std_s_per_unit: orZero(decimal), good: amount, scrap: orZero(signed) }), 4),
    recent_good_per_h: orMissing(orZero(fc.integer({ min: 1, max: 700 }))),
    now: at.map(iso),
    due: at.map(iso),
    calendar: few(range, 6),
  }),
  otif_counts: fc.record({ otif: orZero(amount), total: orZero(amount) }),
  otif_lines: fc.record({
    as_of: date,
    window_days: fc.tuple(fc.integer({ min: -5, max: 0 }), fc.integer({ min: 0, max: 5 })),
    lines: few(
      fc.record({
        order: name,
        due: date,
        qty: orZero(decimal),
        cancelled: orMissing(date),
        shipments: few(fc.record({ date, qty: fc.oneof(signed, fc.constant(0.1)) }), 3),
      }),
    ),
  }),
  p_chart: samples.map((list) => ({ defectives: list.map(([found]) => found), n: list.map(([, size]) => size) })),
  pareto: fc.record({
    items: few(fc.record({ code: name, value: orZero(fc.integer({ min: 0, max: 9 })) }), 8),
    vital_threshold: fc.constantFrom(0.8, 0.5, 1),
  }),
  planted_oee: fc.record({
    ideal_cycle_s: fc.constantFrom(3.6, 18),
    cavities: fc.constantFrom(1, 8),
    speed_factor: fc.constantFrom(1, 1.04),
    mtbf_run_h: orZero(decimal),
    mttr_h: orZero(decimal),
    microstops_per_run_h: orZero(decimal),
    microstop_mean_s: orZero(decimal),
    batch_qty: orZero(amount),
    changeover_h: orZero(decimal),
    scrap_rate: share,
    rework_rate: share,
  }),
  ppm: fc.record({ defective: amount, received: orZero(amount), prior_ppm: orMissing(orZero(decimal)) }),
  rop: fc.oneof(
    fc.record({ demand_mean: decimal, demand_sd: decimal, lead_time: signed, lead_time_sd: decimal, z: fc.constantFrom(0, 1.65, -1) }),
    fc.record({ demand_mean: decimal, demand_sd: decimal, lead_time: decimal, service_level: share }),
    fc.record({ lt_demand_mean: decimal, lt_demand_sd: decimal, service_level: fc.constantFrom(0.001, 0.02, 0.5, 0.9, 0.99999) }),
  ),
  route_yield: fc.record({
    steps: few(
      fc.oneof(
        fc.record({ in: orZero(amount), scrap: amount, rework: amount }),
        fc.record({ machines: fc.array(fc.record({ in: orZero(amount), scrap: amount, rework: amount }), { minLength: 1, maxLength: 3 }) }),
      ),
      5,
    ),
  }),
  rq_eoq_ss: fc.record({
    holding_cost: orZero(decimal),
    stockout_cost: orZero(decimal),
    fixed_cost: decimal,
    demand_mean: decimal,
    demand_sd: decimal,
    lead_time: signed,
  }),
  rty: fc.record({ step_yields: few(orMissing(share), 6) }),
  run_rules: fc.record({ values: points, center: fc.constantFrom(10, 10.25, 9), sigma: fc.constantFrom(0, 0.1, 0.25, 0.5, 1) }),
  schedule_attainment: fc.record({ planned: orZero(decimal), actual: signed, lost_h: decimal, std_rate: decimal }),
  schedule_attainment_items: fc.record({ items: few(fc.record({ planned: orZero(decimal), actual: orZero(signed) }), 6) }),
  serial_line_availability: fc.record({ stations: few(fc.record({ mtbf_h: orMissing(orZero(decimal)), mttr_h: decimal }), 5) }),
  shift_detection: fc.record({ n: fc.integer({ min: 1, max: 25 }), shift_sigma: fc.integer({ min: -30, max: 30 }).map((n) => n / 10) }),
  shift_instance: fc.oneof(
    changedClock,
    fc.record(
      {
        tz: fc.constantFrom('Europe/Prague', 'America/St_Johns', 'Asia/Shanghai', 'Australia/Lord_Howe'),
        production_date: civilDate,
        start: clock,
        end: clock,
        end_offset_days: fc.constantFrom(0, 1, 2),
      },
      { requiredKeys: ['tz', 'production_date', 'start', 'end'] },
    ),
  ),
  shortage_projection: fc.record({
    on_hand: tenth,
    blocked: orZero(tenth),
    safety_stock: orZero(tenth),
    days: few(fc.record({ date, demand: tenth, receipt: orZero(tenth) }), 12),
  }),
  state_split: fc.record({
    states: few(fc.tuple(fc.constantFrom('RUN', 'DOWN', 'SETUP'), range).map(([state, both]) => ({ state, ...both })), 8),
    windows: few(range, 4).map((windows) => windows.map((window, i) => ({ id: `W${i}`, ...window }))),
  }),
  step_yield: fc.record({ units_in: orZero(amount), scrap: signed, rework: amount }),
  stops_merge: fc.record({
    planned_min: orZero(amount),
    stops: few(fc.record({ start: clock, end: clock, priority: fc.integer({ min: 0, max: 2 }), reason: name }), 9),
  }),
  supplier_otd: fc.record(
    {
      early_days: orMissing(fc.integer({ min: 0, max: 6 })),
      late_days: fc.integer({ min: 0, max: 4 }),
      as_of: date,
      lines: few(fc.record({ due: date, received: orMissing(date) }), 12),
    },
    { requiredKeys: ['early_days', 'late_days', 'lines'] },
  ),
  teep: fc.record({ oee: orMissing(share), planned_production_time_h: decimal, all_time_h: orZero(decimal) }),
  turns_from_days: fc.record({ days_before: orZero(decimal), days_after: orZero(decimal) }),
  u_chart: samples.map((list) => ({ defects: list.map(([found]) => found), units: list.map(([, size]) => size / 4) })),
  xbar_r: fc.record({ subgroups }),
  xbar_s: fc.record({ subgroups }),
}
