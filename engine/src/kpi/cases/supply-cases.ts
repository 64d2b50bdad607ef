import { genealogyOf, whereFrom, whereUsed, type TracedLot } from '../../trace/genealogy.ts'
import { massBalance } from '../../trace/mass-balance.ts'
import { recallScope } from '../../trace/recall.ts'
import { onTimeInFull, supplierOnTime } from '../delivery.ts'
import { forecastError } from '../forecast-error.ts'
import { littlesWip, lineLaws, scheduleAttainment } from '../flow.ts'
import { interfaceHealth } from '../interface-health.ts'
import { ageBucket, inventoryTurns, shortageProjection, stockAge } from '../inventory.ts'
import { kitting, type KitOrder, type Kitting } from '../kitting.ts'
import { normalQuantile } from '../normal.ts'
import { product, ratio } from '../ratio.ts'
import { economicOrder, leadTimeDeviation, newsvendor } from '../replenishment.ts'
import { CaseInputs, type CaseRunner } from './case-inputs.ts'

const ageing: CaseRunner = (inputs) => {
  const moves = inputs.rows('moves').map((row) => ({ date: row.text('date'), quantity: row.number('qty') }))
  const age = stockAge(moves, inputs.text('as_of'))
  const buckets: Record<string, number> = {}
  for (const [name, [from, to]] of bucketsOf(inputs)) buckets[name] = ageBucket(age.layers, from ?? 0, to ?? null)
  return { buckets, total: age.total, mean_age_days: age.meanAgeDays }
}

/** Buckets of age `name: [from, to]` in days, both edges inclusive, `to` null = open. */
export function bucketsOf(inputs: CaseInputs): [string, (number | null)[]][] {
  if (!inputs.has('buckets')) return []
  const buckets = new CaseInputs(inputs.raw('buckets'))
  return buckets.keys().map((name) => [name, buckets.maybeNumbers(name)])
}

const turns: CaseRunner = (inputs) => {
  const open = inputs.maybeNumber('open_value')
  const close = inputs.maybeNumber('close_value')
  const average = ((open ?? close ?? 0) + (close ?? open ?? 0)) / 2
  const figures = inventoryTurns(inputs.number('cogs'), average)
  return {
    avg_inventory: average,
    pct_assets: ratio(average, inputs.maybeNumber('assets')),
    turns: figures.turns,
    weeks_of_supply: figures.weeksOfSupply,
    days_on_hand: figures.daysOnHand,
  }
}

const turnsFromDays: CaseRunner = (inputs) => {
  const before = inputs.number('days_before')
  const after = inputs.number('days_after')
  return {
    turns_before: ratio(365, before),
    turns_after: ratio(365, after),
    days_reduction: ratio(before - after, before),
  }
}

const reorderPoint: CaseRunner = (inputs) => {
  const z = inputs.maybeNumber('z') ?? normalQuantile(inputs.number('service_level'))
  const mean = inputs.maybeNumber('lt_demand_mean') ?? inputs.number('demand_mean') * inputs.number('lead_time')
  const sigma =
    inputs.maybeNumber('lt_demand_sd') ??
    leadTimeDeviation(
      { mean: inputs.numberOr('demand_mean', 0), sd: inputs.numberOr('demand_sd', 0) },
      { mean: inputs.number('lead_time'), sd: inputs.numberOr('lead_time_sd', 0) },
    )
  const safety = product(z, sigma)
  return { sigma_lt: sigma, safety_stock: safety, rop: safety === null ? null : mean + safety }
}

const orderQuantity: CaseRunner = (inputs) => {
  const { quantity, cost } = economicOrder(
    inputs.number('fixed_cost'),
    inputs.number('demand_rate'),
    inputs.number('holding_cost'),
  )
  return { q: quantity, cost }
}

const newsvendorCase: CaseRunner = (inputs) => {
  const demand = { mean: inputs.number('mean'), sd: inputs.number('sd') }
  const { baseStock, cost } = newsvendor(demand, inputs.number('holding_cost'), inputs.number('stockout_cost'))
  return { base_stock: baseStock, cost }
}

/** Order quantity by EOQ and reorder point at the critical ratio p/(p + h) of the lead-time demand. */
const reorderByCost: CaseRunner = (inputs) => {
  const holding = inputs.number('holding_cost')
  const stockout = inputs.number('stockout_cost')
  const leadTime = inputs.number('lead_time')
  const demand = { mean: inputs.number('demand_mean'), sd: inputs.number('demand_sd') }
  const z = normalQuantile(stockout / (stockout + holding))
  const safety = product(z, leadTimeDeviation(demand, { mean: leadTime, sd: 0 }))
  return {
    q: economicOrder(inputs.number('fixed_cost'), demand.mean, holding).quantity,
    r: safety === null ? null : demand.mean * leadTime + safety,
  }
}

const shortage: CaseRunner = (inputs) => {
  const days = inputs.rows('days').map((row) => ({
    date: row.text('date'),
    demand: row.numberOr('demand', 0),
    receipt: row.numberOr('receipt', 0),
  }))
  const unusable = ['blocked', 'in_inspection', 'reserved'].reduce((sum, key) => sum + inputs.numberOr(key, 0), 0)
  const usable = inputs.number('on_hand') - unusable
  const projection = shortageProjection(usable, days, inputs.numberOr('safety_stock', 0))
  return {
    path: projection.path,
    first_shortage: projection.firstShortage,
    first_below_safety: projection.firstBelowSafety,
    min_balance: projection.minBalance,
  }
}

function kitOrder(row: CaseInputs): KitOrder {
  const quantity = row.number('qty')
  const components = new Map([...row.amounts('bom')].map(([component, per]) => [component, per * quantity]))
  return { order: row.text('id'), priority: row.numberOr('priority', 0), due: row.textOr('due', ''), components }
}

const kittingCase: CaseRunner = (inputs) => {
  const orders = inputs.rows('orders').map(kitOrder)
  const stock = inputs.amounts('stock')
  const kitted = (result: Kitting): string[] => result.orders.filter((each) => each.kitted).map((each) => each.order)
  const reserve = kitting(orders, stock, 'reserve')
  const skip = kitting(orders, stock, 'skip')
  return {
    kitted_reserve: kitted(reserve),
    rate_reserve: reserve.orderRate,
    kitted_skip: kitted(skip),
    rate_skip: skip.orderRate,
  }
}

const otifLines: CaseRunner = (inputs) => {
  const lines = inputs.rows('lines').map((row) => ({
    order: row.text('order'),
    due: row.text('due'),
    quantity: row.number('qty'),
    shipments: row.rows('shipments').map((each) => ({ date: each.text('date'), quantity: each.number('qty') })),
    cancelledOn: row.maybeText('cancelled') ?? row.maybeText('cancelled_on'),
  }))
  const [early, late] = inputs.has('window_days') ? inputs.numbers('window_days') : [0, 0]
  const figures = onTimeInFull(lines, inputs.text('as_of'), [early ?? 0, late ?? 0])
  return {
    lines: figures.lines,
    on_time: figures.onTime,
    in_full: figures.inFull,
    otif_line: figures.otifLine,
    otif_order: figures.otifOrder,
  }
}

const otifCounts: CaseRunner = (inputs) => {
  const total = inputs.number('total')
  const otif = inputs.number('otif')
  return { otif: ratio(otif, total), missed: total - otif }
}

const supplier: CaseRunner = (inputs) => {
  const lines = inputs.rows('lines').map((row) => ({ due: row.text('due'), received: row.maybeText('received') }))
  const figures = supplierOnTime(lines, {
    earlyDays: inputs.maybeNumber('early_days'),
    lateDays: inputs.numberOr('late_days', 0),
    asOf: inputs.maybeText('as_of'),
  })
  return { otd: figures.onTime, lines: figures.lines }
}

const ppm: CaseRunner = (inputs) => {
  const share = ratio(inputs.number('defective'), inputs.number('received'))
  const value = share === null ? null : share * 1e6
  const prior = inputs.maybeNumber('prior_ppm')
  return { ppm: value, improvement: value === null || prior === null ? null : ratio(prior - value, prior) }
}

const attainment: CaseRunner = (inputs) => {
  const planned = inputs.number('planned')
  const actual = inputs.number('actual')
  const lost = inputs.numberOr('lost_h', 0) * inputs.numberOr('std_rate', 0)
  return {
    attainment: ratio(actual, planned),
    gap: planned - actual,
    lost_capacity: lost,
    adjusted: ratio(actual + lost, planned),
  }
}

const attainmentItems: CaseRunner = (inputs) => {
  const items = inputs
    .rows('items')
    .map((row) => ({ planned: row.numberOr('planned', 0), actual: row.numberOr('actual', 0) }))
  const { volume, mix } = scheduleAttainment(items)
  return { volume, mix_capped: mix }
}

const lineCase: CaseRunner = (inputs) => {
  const laws = lineLaws(inputs.number('rb_per_h'), inputs.number('t0_h'), inputs.numbers('wip'))
  return {
    critical_wip: laws.criticalWip,
    th_best: laws.bestThroughput,
    ct_best: laws.bestCycleTime,
    th_pwc: laws.practicalWorstThroughput,
  }
}

const genealogyCase: CaseRunner = (inputs) => {
  const edges = inputs.rows('edges').map((row) => ({ input: row.text('in'), output: row.text('out') }))
  const suspects = inputs.texts('suspect')
  const dispositions = inputs.rows('shipments').map((row) => ({
    lot: row.text('lot'),
    kind: 'shipped' as const,
    place: row.text('customer'),
    quantity: row.number('qty'),
  }))
  const genealogy = genealogyOf(edges)
  const scope = recallScope(genealogy, { suspects, finished: inputs.amounts('finished'), dispositions })
  const namesOf = (lots: TracedLot[]): string[] => lots.map((each) => each.lot).sort()
  return {
    forward: namesOf(whereUsed(genealogy, suspects)),
    backward: namesOf(whereFrom(genealogy, inputs.texts('back_from'))),
    affected_finished: scope.affectedFinished,
    customers: scope.customers,
    shipped_qty: scope.shippedQuantity,
    held_qty: scope.heldQuantity,
  }
}

const massBalanceCase: CaseRunner = (inputs) => {
  return {
    ...massBalance({
      produced: inputs.numberOr('produced', 0),
      opening: inputs.numberOr('opening', 0),
      shipped: inputs.numberOr('shipped', 0),
      onHand: inputs.numberOr('on_hand', 0),
      wip: inputs.numberOr('wip', 0),
      scrap: inputs.numberOr('scrap', 0),
      samples: inputs.numberOr('samples', 0),
      reworkOut: inputs.numberOr('rework_out', 0),
    }),
  }
}

const health: CaseRunner = (inputs) => {
  const calls = inputs
    .rows('calls')
    .map((row) => ({ ok: row.raw('ok') === true, durationMs: row.maybeNumber('ms'), error: row.maybeText('err') }))
  const figures = interfaceHealth(calls)
  return {
    success_rate: figures.successRate,
    p50_ms: figures.p50Ms,
    p95_ms: figures.p95Ms,
    max_ms: figures.maxMs,
    errors: figures.errors,
  }
}

export const supplyCases: Record<string, CaseRunner> = {
  ageing_fifo: ageing,
  inventory_turns: turns,
  turns_from_days: turnsFromDays,
  rop: reorderPoint,
  eoq: orderQuantity,
  newsvendor_normal: newsvendorCase,
  rq_eoq_ss: reorderByCost,
  shortage_projection: shortage,
  kitting: kittingCase,
  otif_lines: otifLines,
  otif_counts: otifCounts,
  supplier_otd: supplier,
  ppm,
  schedule_attainment: attainment,
  schedule_attainment_items: attainmentItems,
  littles_law: (inputs) => ({ wip: littlesWip(inputs.number('throughput_per_h'), inputs.number('flow_time_h')) }),
  line_best_case: lineCase,
  genealogy: genealogyCase,
  mass_balance: massBalanceCase,
  interface_health: health,
  forecast_error: (inputs) => ({ ...forecastError(inputs.numbers('actual'), inputs.numbers('forecast')) }),
}
