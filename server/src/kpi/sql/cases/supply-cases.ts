import { bucketsOf } from '@gemba/engine/kpi/cases/supply-cases'
import { genealogyTraces, massBalances } from '../genealogy.ts'
import { interfaceHealth } from '../interface.ts'
import { deliveryFigures, lineLaws, littlesLaw, otifCounts, scheduleAttainment } from '../orders.ts'
import {
  costedReorders,
  economicOrders,
  forecastErrors,
  inventoryTurns,
  kittingRates,
  newsvendors,
  reorderPoints,
  shortageProjections,
  stockAgeing,
  turnsFromDays,
} from '../stock.ts'
import { partsPerMillion, supplierOnTime } from '../supplier.ts'
import { positioned, type SqlCase } from './sql-case.ts'

const ageing: SqlCase = {
  body: stockAgeing,
  rows: (inputs) => ({
    asked: { as_of: inputs.text('as_of') },
    lists: {
      moves: positioned(inputs.rows('moves'), (row) => ({ date: row.text('date'), quantity: row.number('qty') })),
      buckets: bucketsOf(inputs).map(([name, [from, to]]) => ({ name, from_days: from ?? 0, to_days: to ?? null })),
    },
  }),
}

const turns: SqlCase = {
  body: inventoryTurns,
  rows: (inputs) => ({
    asked: {
      open: inputs.maybeNumber('open_value'),
      close: inputs.maybeNumber('close_value'),
      consumed: inputs.number('cogs'),
      assets: inputs.maybeNumber('assets'),
    },
  }),
}

const fromDays: SqlCase = {
  body: turnsFromDays,
  rows: (inputs) => ({ asked: { before: inputs.number('days_before'), after: inputs.number('days_after') } }),
}

const reorderPoint: SqlCase = {
  body: reorderPoints,
  rows: (inputs) => ({
    asked: {
      z: inputs.maybeNumber('z'),
      service_level: inputs.has('z') ? null : inputs.number('service_level'),
      lead_demand: inputs.maybeNumber('lt_demand_mean'),
      lead_deviation: inputs.maybeNumber('lt_demand_sd'),
      demand: inputs.has('lt_demand_mean') ? inputs.numberOr('demand_mean', 0) : inputs.number('demand_mean'),
      demand_sd: inputs.numberOr('demand_sd', 0),
      lead_time:
        inputs.has('lt_demand_mean') && inputs.has('lt_demand_sd')
          ? inputs.numberOr('lead_time', 0)
          : inputs.number('lead_time'),
      lead_time_sd: inputs.numberOr('lead_time_sd', 0),
    },
  }),
}

const orderQuantity: SqlCase = {
  body: economicOrders,
  rows: (inputs) => ({
    asked: {
      fixed: inputs.number('fixed_cost'),
      demand: inputs.number('demand_rate'),
      holding: inputs.number('holding_cost'),
    },
  }),
}

const newsvendor: SqlCase = {
  body: newsvendors,
  rows: (inputs) => ({
    asked: {
      mean: inputs.number('mean'),
      sd: inputs.number('sd'),
      holding: inputs.number('holding_cost'),
      stockout: inputs.number('stockout_cost'),
    },
  }),
}

const reorderByCost: SqlCase = {
  body: costedReorders,
  rows: (inputs) => ({
    asked: {
      holding: inputs.number('holding_cost'),
      stockout: inputs.number('stockout_cost'),
      fixed: inputs.number('fixed_cost'),
      demand: inputs.number('demand_mean'),
      demand_sd: inputs.number('demand_sd'),
      lead_time: inputs.number('lead_time'),
    },
  }),
}

const shortage: SqlCase = {
  body: shortageProjections,
  rows: (inputs) => {
    const unusable = ['blocked', 'in_inspection', 'reserved'].reduce((sum, key) => sum + inputs.numberOr(key, 0), 0)
    const days = positioned(inputs.rows('days'), (row) => ({
      date: row.text('date'),
      demand: row.numberOr('demand', 0),
      receipt: row.numberOr('receipt', 0),
    }))
    return {
      asked: { usable: inputs.number('on_hand') - unusable, safety_stock: inputs.numberOr('safety_stock', 0) },
      lists: { days },
    }
  },
}

const kitting: SqlCase = {
  body: kittingRates,
  rows: (inputs) => {
    const rows = inputs.rows('orders')
    return {
      asked: {},
      lists: {
        orders: rows.map((row) => ({
          order_no: row.text('id'),
          priority: row.numberOr('priority', 0),
          due: row.textOr('due', ''),
          quantity: row.number('qty'),
        })),
        components: rows.flatMap((row) =>
          [...row.amounts('bom')].map(([component, per_piece]) => ({ order_no: row.text('id'), component, per_piece })),
        ),
        stock: [...inputs.amounts('stock')].map(([component, quantity]) => ({ component, quantity })),
      },
    }
  },
}

const otifLines: SqlCase = {
  body: deliveryFigures,
  rows: (inputs) => {
    const [early, late] = inputs.has('window_days') ? inputs.numbers('window_days') : [0, 0]
    const rows = inputs.rows('lines')
    return {
      asked: { as_of: inputs.text('as_of'), early: early ?? 0, late: late ?? 0 },
      lists: {
        lines: rows.map((row, line) => ({
          line,
          order_no: row.text('order'),
          due: row.text('due'),
          quantity: row.number('qty'),
          cancelled_on: row.maybeText('cancelled') ?? row.maybeText('cancelled_on'),
        })),
        shipments: rows.flatMap((row, line) =>
          row.rows('shipments').map((each) => ({ line, date: each.text('date'), quantity: each.number('qty') })),
        ),
      },
    }
  },
}

const countedOtif: SqlCase = {
  body: otifCounts,
  rows: (inputs) => ({ asked: { total: inputs.number('total'), otif_lines: inputs.number('otif') } }),
}

const supplier: SqlCase = {
  body: supplierOnTime,
  rows: (inputs) => ({
    asked: {
      early_days: inputs.maybeNumber('early_days'),
      late_days: inputs.numberOr('late_days', 0),
      as_of: inputs.maybeText('as_of'),
    },
    lists: {
      lines: inputs.rows('lines').map((row) => ({ due: row.text('due'), received: row.maybeText('received') })),
    },
  }),
}

const ppm: SqlCase = {
  body: partsPerMillion,
  rows: (inputs) => ({
    asked: {
      defective: inputs.number('defective'),
      received: inputs.number('received'),
      prior_ppm: inputs.maybeNumber('prior_ppm'),
    },
  }),
}

const attainment: SqlCase = {
  body: scheduleAttainment,
  rows: (inputs) => ({
    asked: { lost_hours: inputs.numberOr('lost_h', 0), standard_rate: inputs.numberOr('std_rate', 0) },
    lists: { items: [{ planned: inputs.number('planned'), actual: inputs.number('actual') }] },
  }),
}

const attainmentItems: SqlCase = {
  body: scheduleAttainment,
  rows: (inputs) => ({
    asked: { lost_hours: 0, standard_rate: 0 },
    lists: {
      items: inputs
        .rows('items')
        .map((row) => ({ planned: row.numberOr('planned', 0), actual: row.numberOr('actual', 0) })),
    },
  }),
}

const little: SqlCase = {
  body: littlesLaw,
  rows: (inputs) => ({
    asked: { throughput: inputs.number('throughput_per_h'), flow_time: inputs.number('flow_time_h') },
  }),
}

const line: SqlCase = {
  body: lineLaws,
  rows: (inputs) => ({
    asked: { bottleneck_rate: inputs.number('rb_per_h'), raw_time: inputs.number('t0_h') },
    lists: { levels: positioned(inputs.numbers('wip'), (wip) => ({ wip })) },
  }),
}

const genealogy: SqlCase = {
  body: genealogyTraces,
  rows: (inputs) => ({
    asked: {},
    lists: {
      edges: inputs.rows('edges').map((row) => ({ input: row.text('in'), output: row.text('out') })),
      starts: [
        ...inputs.texts('suspect').map((lot) => ({ lot, direction: 'forward' })),
        ...inputs.texts('back_from').map((lot) => ({ lot, direction: 'backward' })),
      ],
      finished: [...inputs.amounts('finished')].map(([lot, quantity]) => ({ lot, quantity })),
      shipments: inputs.rows('shipments').map((row) => ({
        lot: row.text('lot'),
        customer: row.text('customer'),
        quantity: row.number('qty'),
      })),
    },
  }),
}

const balance: SqlCase = {
  body: massBalances,
  rows: (inputs) => ({
    asked: Object.fromEntries(Object.keys(massBalances.inputs.asked).map((key) => [key, inputs.numberOr(key, 0)])),
  }),
}

const health: SqlCase = {
  body: interfaceHealth,
  rows: (inputs) => ({
    asked: {},
    lists: {
      calls: inputs.rows('calls').map((row) => ({
        ok: row.raw('ok') === true,
        duration_ms: row.maybeNumber('ms'),
        error: row.maybeText('err'),
      })),
    },
  }),
}

const forecast: SqlCase = {
  body: forecastErrors,
  rows: (inputs) => {
    const [actual, predicted] = [inputs.numbers('actual'), inputs.numbers('forecast')]
    const both = actual.slice(0, Math.min(actual.length, predicted.length))
    return { asked: {}, lists: { periods: positioned(both, (each, i) => ({ actual: each, forecast: predicted[i] })) } }
  },
}

export const supplyCases: Record<string, SqlCase> = {
  ageing_fifo: ageing,
  inventory_turns: turns,
  turns_from_days: fromDays,
  rop: reorderPoint,
  eoq: orderQuantity,
  newsvendor_normal: newsvendor,
  rq_eoq_ss: reorderByCost,
  shortage_projection: shortage,
  kitting,
  otif_lines: otifLines,
  otif_counts: countedOtif,
  supplier_otd: supplier,
  ppm,
  schedule_attainment: attainment,
  schedule_attainment_items: attainmentItems,
  littles_law: little,
  line_best_case: line,
  genealogy,
  mass_balance: balance,
  interface_health: health,
  forecast_error: forecast,
}
