import { dayOf, finite, normalDensity, normalQuantile, ratio, reaches, remainder } from './formula.ts'
import type { SqlBody } from './sql-body.ts'

/**
 * Age of stock by FIFO layers, in buckets with inclusive edges. Issues take the oldest receipts and an issue beyond the
 * stock is made good by the next receipt, so what is left of a receipt is what all receipts up to it exceed all issues
 * by, at most its own quantity. Dates as text. Twin of `engine/kpi/inventory#stockAge` and `#ageBucket`.
 */
export const stockAgeing: SqlBody = {
  name: 'stock ageing',
  inputs: {
    asked: { as_of: 'date' },
    moves: { pos: 'whole', date: 'date', quantity: 'number' },
    buckets: { name: 'text', from_days: 'number', to_days: 'number?' },
  },
  steps: {
    known: `SELECT m.scope AS scope, m.pos AS pos, m.date AS date, m.quantity AS quantity, ${dayOf('a.as_of')} - ${dayOf('m.date')} AS age
      FROM moves AS m INNER JOIN asked AS a ON a.scope = m.scope WHERE m.date <= a.as_of`,
    balances: `SELECT scope, sumIf(quantity, quantity > 0) AS received, sumIf(-quantity, quantity < 0) AS issued,
        ${remainder('received', 'issued')} AS on_hand FROM known GROUP BY scope`,
    receipts: `SELECT scope, age, quantity, sum(quantity) OVER (PARTITION BY scope ORDER BY date, pos
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS received FROM known WHERE quantity > 0`,
    layers: `SELECT r.scope AS scope, r.age AS age, ${remainder('r.received', 'b.issued')} AS above,
        least(r.quantity, greatest(0., above)) AS quantity
      FROM receipts AS r INNER JOIN balances AS b ON b.scope = r.scope`,
    aged: `SELECT scope, ${ratio('sum(quantity * age)', 'sum(quantity)')} AS mean_age FROM layers GROUP BY scope`,
    bucketed: `SELECT b.scope AS scope, b.name AS name,
        sumIf(l.quantity, l.scope != '' AND l.age >= b.from_days AND ifNull(l.age <= b.to_days, 1)) AS quantity
      FROM buckets AS b LEFT JOIN layers AS l ON l.scope = b.scope GROUP BY b.scope, b.name`,
    named: `SELECT scope, sumMap(map(name, quantity)) AS quantities FROM bucketed GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, n.quantities AS buckets, s.on_hand AS total, g.mean_age AS mean_age_days
    FROM asked AS a LEFT JOIN named AS n ON n.scope = a.scope LEFT JOIN balances AS s ON s.scope = a.scope
      LEFT JOIN aged AS g ON g.scope = a.scope`,
}

/** Turns, days and weeks from the value consumed in a year. Twin of `engine/kpi/inventory#inventoryTurns`. */
export const inventoryTurns: SqlBody = {
  name: 'inventory turns',
  inputs: { asked: { open: 'number?', close: 'number?', consumed: 'number', assets: 'number?' } },
  answer: `SELECT scope, (coalesce(open, close, 0) + coalesce(close, open, 0)) / 2 AS avg_inventory,
    ${ratio('avg_inventory', 'assets')} AS pct_assets, ${ratio('consumed', 'avg_inventory')} AS turns,
    ${ratio('52', 'turns')} AS weeks_of_supply, ${ratio('365', 'turns')} AS days_on_hand FROM asked`,
}

/** Turns of two numbers of days on hand. */
export const turnsFromDays: SqlBody = {
  name: 'turns from days',
  inputs: { asked: { before: 'number', after: 'number' } },
  answer: `SELECT scope, ${ratio('365', 'before')} AS turns_before, ${ratio('365', 'after')} AS turns_after,
    ${ratio('before - after', 'before')} AS days_reduction FROM asked`,
}

/** Safety stock and reorder point. Twin of `engine/kpi/replenishment#reorderPoint`; Stevenson ch. 12. */
export const reorderPoints: SqlBody = {
  name: 'reorder points',
  inputs: {
    asked: {
      z: 'number?',
      service_level: 'number?',
      lead_demand: 'number?',
      lead_deviation: 'number?',
      demand: 'number',
      demand_sd: 'number',
      lead_time: 'number',
      lead_time_sd: 'number',
    },
  },
  answer: `SELECT scope, coalesce(z, ${normalQuantile('service_level')}) AS factor,
    coalesce(lead_demand, demand * lead_time) AS expected,
    coalesce(lead_deviation, if(lead_time >= 0, sqrt(lead_time * demand_sd * demand_sd + demand * demand * lead_time_sd * lead_time_sd), NULL)) AS sigma_lt,
    factor * sigma_lt AS safety_stock, expected + safety_stock AS rop FROM asked`,
}

const ORDER_QUANTITY = `if(holding > 0 AND fixed >= 0 AND demand >= 0, sqrt(2 * fixed * demand / holding), NULL)`

/** Economic order quantity and its cost. Twin of `engine/kpi/replenishment#economicOrder`. */
export const economicOrders: SqlBody = {
  name: 'economic orders',
  inputs: { asked: { fixed: 'number', demand: 'number', holding: 'number' } },
  answer: `SELECT scope, ${ORDER_QUANTITY} AS q,
    if(isNull(q), NULL, sqrt(2 * fixed * demand * holding)) AS cost FROM asked`,
}

/** Newsvendor with normal demand. Twin of `engine/kpi/replenishment#newsvendor`. */
export const newsvendors: SqlBody = {
  name: 'newsvendors',
  inputs: { asked: { mean: 'number', sd: 'number', holding: 'number', stockout: 'number' } },
  steps: { shares: `SELECT *, ${finite('stockout / (stockout + holding)')} AS critical FROM asked` },
  answer: `SELECT scope, ${normalQuantile('critical')} AS z, mean + sd * z AS base_stock,
    (holding + stockout) * sd * ${normalDensity('z')} AS cost FROM shares`,
}

/** Order quantity by EOQ and reorder point at the critical ratio of the lead-time demand. */
export const costedReorders: SqlBody = {
  name: 'costed reorders',
  inputs: {
    asked: {
      holding: 'number',
      stockout: 'number',
      fixed: 'number',
      demand: 'number',
      demand_sd: 'number',
      lead_time: 'number',
    },
  },
  steps: { shares: `SELECT *, ${finite('stockout / (stockout + holding)')} AS critical FROM asked` },
  answer: `SELECT scope, ${ORDER_QUANTITY} AS q, ${normalQuantile('critical')} AS z,
    demand * lead_time + z * if(lead_time >= 0, sqrt(lead_time * demand_sd * demand_sd), NULL) AS r FROM shares`,
}

/**
 * Projected balance at the end of each day, first shortage and first day below the safety stock. Twin of
 * `engine/kpi/inventory#shortageProjection`; MRP netting.
 */
export const shortageProjections: SqlBody = {
  name: 'shortage projections',
  inputs: {
    asked: { usable: 'number', safety_stock: 'number' },
    days: { pos: 'whole', date: 'text', demand: 'number', receipt: 'number' },
  },
  steps: {
    running: `SELECT d.scope AS scope, d.date AS date, d.pos AS pos, a.safety_stock AS safety,
        a.usable + sum(d.receipt) OVER (PARTITION BY d.scope ORDER BY d.date, d.pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS available,
        sum(d.demand) OVER (PARTITION BY d.scope ORDER BY d.date, d.pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS needed
      FROM days AS d INNER JOIN asked AS a ON a.scope = d.scope`,
    balances: `SELECT scope, date, pos, safety, ${remainder('available', 'needed')} AS balance,
        ${remainder('balance', 'safety')} < 0 AS is_low FROM running`,
    projected: `SELECT scope, arrayMap(each -> each.3, arraySort(groupArray(tuple(date, pos, balance)))) AS path,
        min(toNullable(balance)) AS lowest, minIf(toNullable(date), balance < 0) AS short, minIf(toNullable(date), is_low) AS low
      FROM balances GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, p.path AS path, p.lowest AS min_balance, p.short AS first_shortage, p.low AS first_below_safety
    FROM asked AS a LEFT JOIN projected AS p ON p.scope = a.scope`,
}

/** One fold over the orders in the order of allocation: what is free, which were kitted, how many lines could be. */
function allocated(policy: 'reserve' | 'skip'): string {
  const enough = (free: string, need: string): string => `${need} <= 0 OR ${reaches(`greatest(${free}, 0.)`, need)}`
  const kitted = `arrayAll((f, n) -> ${enough('f', 'n')}, acc.1, order)`
  const taken = `arrayMap((f, n) -> if(n > 0, greatest(f, 0.) - least(greatest(f, 0.), n), f), acc.1, order)`
  return `arrayFold((acc, order) -> tuple(
      ${policy === 'reserve' ? taken : `if(${kitted}, ${taken}, acc.1)`},
      arrayPushBack(acc.2, toUInt8(${kitted})),
      acc.3 + arrayCount((f, n) -> n > 0 AND (${enough('f', 'n')}), acc.1, order)
    ), needs, tuple(free, CAST([] AS Array(UInt8)), toUInt64(0)))`
}

/**
 * Kitting rate under both policies: stock is allocated by priority, then due date, then order, each piece once. `reserve`
 * keeps for a short order what there is, `skip` leaves it to the next. Twin of `engine/kpi/kitting#kitting`.
 */
export const kittingRates: SqlBody = {
  name: 'kitting rates',
  inputs: {
    asked: {},
    orders: { order_no: 'text', priority: 'number', due: 'text', quantity: 'number' },
    components: { order_no: 'text', component: 'text', per_piece: 'number' },
    stock: { component: 'text', quantity: 'number' },
  },
  steps: {
    needed: `SELECT o.scope AS scope, o.order_no AS order_no, c.component AS component, c.per_piece * o.quantity AS need
      FROM orders AS o INNER JOIN components AS c ON c.scope = o.scope AND c.order_no = o.order_no`,
    names: `SELECT scope, arraySort(groupUniqArray(component)) AS list FROM needed GROUP BY scope`,
    available: `SELECT scope, groupArray(component) AS has_names, groupArray(quantity) AS has_amounts FROM stock GROUP BY scope`,
    vectors: `SELECT scope, order_no, groupArray(component) AS need_names, groupArray(need) AS need_amounts FROM needed GROUP BY scope, order_no`,
    queue: `SELECT o.scope AS scope, o.order_no AS order_no, tuple(o.priority, o.due, o.order_no) AS turn,
        arrayMap(name -> v.need_amounts[indexOf(v.need_names, name)], n.list) AS vector
      FROM orders AS o LEFT JOIN names AS n ON n.scope = o.scope
        LEFT JOIN vectors AS v ON v.scope = o.scope AND v.order_no = o.order_no`,
    lined_up: `SELECT scope, arraySort(each -> each.1, groupArray(tuple(turn, order_no, vector))) AS list FROM queue GROUP BY scope`,
    ready: `SELECT a.scope AS scope, arrayMap(each -> each.2, l.list) AS order_list, arrayMap(each -> each.3, l.list) AS needs,
        arrayMap(name -> s.has_amounts[indexOf(s.has_names, name)], n.list) AS free
      FROM asked AS a LEFT JOIN lined_up AS l ON l.scope = a.scope LEFT JOIN names AS n ON n.scope = a.scope
        LEFT JOIN available AS s ON s.scope = a.scope`,
    allocations: `SELECT scope, order_list, arraySum(arrayMap(order -> arrayCount(n -> n > 0, order), needs)) AS lines,
        ${allocated('reserve')} AS reserving, ${allocated('skip')} AS skipping FROM ready`,
  },
  answer: `SELECT scope,
    arrayFilter((name, is_kitted) -> is_kitted, order_list, reserving.2) AS kitted_reserve,
    ${ratio('arraySum(reserving.2)', 'length(order_list)')} AS rate_reserve,
    ${ratio('reserving.3', 'lines')} AS line_rate_reserve,
    arrayFilter((name, is_kitted) -> is_kitted, order_list, skipping.2) AS kitted_skip,
    ${ratio('arraySum(skipping.2)', 'length(order_list)')} AS rate_skip,
    ${ratio('skipping.3', 'lines')} AS line_rate_skip
  FROM allocations`,
}

/** Error of a forecast: bias, MAE, WAPE, MASE, MAPE. Twin of `engine/kpi/forecast-error#forecastError`. */
export const forecastErrors: SqlBody = {
  name: 'forecast errors',
  inputs: { asked: {}, periods: { pos: 'whole', actual: 'number', forecast: 'number' } },
  steps: {
    errors: `SELECT scope, actual, forecast - actual AS error,
        row_number() OVER (PARTITION BY scope ORDER BY pos) AS n,
        abs(actual - lagInFrame(actual) OVER (PARTITION BY scope ORDER BY pos ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) AS step
      FROM periods`,
    summed: `SELECT scope, count() AS n, sum(error) AS bias_sum, sum(abs(error)) AS gross, sum(abs(actual)) AS demand,
        sumIf(step, n_row > 1) AS steps_sum, countIf(actual = 0) AS zeros, sum(abs(error) / nullIf(abs(actual), 0)) AS shares
      FROM (SELECT scope, actual, error, step, n AS n_row FROM errors) GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, ${ratio('s.bias_sum', 's.n')} AS bias, ${ratio('s.gross', 's.n')} AS mae,
    ${ratio('s.gross', 's.demand')} AS wape, ${ratio('mae', ratio('s.steps_sum', '(toInt64(s.n) - 1)'))} AS mase,
    if(s.zeros > 0, NULL, ${ratio('s.shares', 's.n')}) AS mape
  FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}
