import { atLeast, atMost, dayOf, ratio, reaches } from './formula.ts'
import type { SqlBody } from './sql-body.ts'

/**
 * Progress by quantity and by work content, what remains, and when it is done: remaining good pieces over the recent
 * rate, walked through the planned segments of the calendar (overlaps count once). Instants in ms, rate per hour. An end
 * beyond the calendar is unknown; the order is then late only when that is certain. Twin of
 * `engine/kpi/order-progress#workProgress` and `engine/kpi/order-forecast#forecastCompletion`; domain rule 3.4.
 */
export const orderProgress: SqlBody = {
  name: 'order progress',
  inputs: {
    asked: { quantity: 'number', rate: 'number?', now_at: 'whole', due_at: 'whole' },
    operations: { pos: 'whole', standard: 'number', good: 'number', scrap: 'number' },
    segments: { from_at: 'whole', to_at: 'whole' },
  },
  steps: {
    worked: `SELECT a.scope AS scope, argMax(o.good, o.pos) AS last_good,
        sum(o.standard * greatest(0., least(o.good + o.scrap, a.quantity))) AS done,
        sum(o.standard * a.quantity) AS work
      FROM asked AS a LEFT JOIN operations AS o ON o.scope = a.scope GROUP BY a.scope`,
    wanted: `SELECT a.scope AS scope, a.quantity AS quantity, a.now_at AS now_at, a.due_at AS due_at, a.rate AS rate,
        w.last_good AS good, w.done AS done, w.work AS work,
        greatest(0., a.quantity - w.last_good) AS open,
        if(a.rate > 0, toInt64(floor(open / nullIf(a.rate, 0) * 3600000 + 0.5)), NULL) AS open_ms
      FROM asked AS a INNER JOIN worked AS w ON w.scope = a.scope`,
    lined_up: `SELECT scope, from_at, to_at, row_number() OVER (PARTITION BY scope ORDER BY from_at, to_at) AS n,
        max(to_at) OVER (PARTITION BY scope ORDER BY from_at, to_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
      FROM segments WHERE from_at < to_at`,
    ahead: `SELECT l.scope AS scope, greatest(if(l.n = 1, l.from_at, greatest(l.from_at, l.reached)), w.now_at) AS begins_at,
        l.to_at - begins_at AS length_ms, w.open_ms AS open_ms, w.open AS open
      FROM lined_up AS l INNER JOIN wanted AS w ON w.scope = l.scope WHERE length_ms > 0`,
    walked: `SELECT *, sum(length_ms) OVER (PARTITION BY scope ORDER BY begins_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        - length_ms AS passed_ms FROM ahead`,
    finished: `SELECT scope, min(toNullable(begins_at + open_ms - passed_ms)) AS eta FROM walked
      WHERE open > 0 AND open_ms <= passed_ms + length_ms AND open_ms > passed_ms GROUP BY scope`,
    ends: `SELECT scope, max(to_at) AS calendar_to FROM lined_up GROUP BY scope`,
  },
  answer: `SELECT w.scope AS scope, ${ratio('w.good', 'w.quantity')} AS qty_progress,
    if(w.work > 0, w.done / w.work, NULL) AS work_progress,
    w.open AS remaining,
    multiIf(w.open <= 0, w.now_at, isNull(w.open_ms), NULL, w.open_ms <= 0, w.now_at, f.eta) AS eta_at,
    multiIf(isNotNull(eta_at), eta_at > w.due_at,
      w.open > 0 AND (w.now_at > w.due_at OR (w.rate > 0 AND e.calendar_to >= w.due_at)), 1, NULL) AS late,
    (w.due_at - eta_at) / 3600000 AS slack_h
  FROM wanted AS w LEFT JOIN finished AS f ON f.scope = w.scope LEFT JOIN ends AS e ON e.scope = w.scope`,
}

/**
 * On time, in full and OTIF by lines and by orders, with the window `[early, late]` in days around the promised date.
 * Dates as text `YYYY-MM-DD`. Twin of `engine/kpi/delivery#onTimeInFull`; VDA 5001.
 */
export const deliveryFigures: SqlBody = {
  name: 'on time in full',
  inputs: {
    asked: { as_of: 'date', early: 'number', late: 'number' },
    lines: { line: 'whole', order_no: 'text', due: 'date', quantity: 'number', cancelled_on: 'date?' },
    shipments: { line: 'whole', date: 'date', quantity: 'number' },
  },
  steps: {
    counting: `SELECT l.scope AS scope, l.line AS line, l.order_no AS order_no, l.due AS due, l.quantity AS wanted,
        a.as_of AS as_of, a.early AS early, a.late AS late
      FROM lines AS l INNER JOIN asked AS a ON a.scope = l.scope
      WHERE l.due <= a.as_of AND NOT ifNull(l.cancelled_on <= l.due, 0)`,
    matched: `SELECT c.scope AS scope, c.order_no AS order_no, c.line AS line, c.wanted AS wanted, s.quantity AS quantity,
        s.scope != '' AND s.date <= c.as_of AND s.quantity > 0 AS is_shipped,
        ${dayOf("if(s.date = '', '1970-01-01', s.date)")} - ${dayOf('c.due')} AS days_late,
        is_shipped AND days_late BETWEEN c.early AND c.late AS is_inside
      FROM counting AS c LEFT JOIN shipments AS s ON s.scope = c.scope AND s.line = c.line`,
    judged: `SELECT scope, order_no, any(wanted) AS asked_for,
        countIf(is_shipped) AS shipped, sumIf(quantity, is_shipped) AS shipped_quantity,
        countIf(is_inside) AS inside, sumIf(quantity, is_inside) AS inside_quantity,
        inside > 0 AND ${reaches('inside_quantity', 'asked_for')} AS is_otif,
        is_otif OR (shipped > 0 AND inside = shipped) AS is_on_time,
        shipped > 0 AND ${reaches('shipped_quantity', 'asked_for')} AS is_in_full
      FROM matched GROUP BY scope, order_no, line`,
    by_order: `SELECT scope, order_no, count() AS lines, countIf(is_on_time) AS on_time, countIf(is_in_full) AS in_full,
        countIf(is_otif) AS otif FROM judged GROUP BY scope, order_no`,
    summed: `SELECT scope, sum(lines) AS all_lines, sum(on_time) AS all_on_time, sum(in_full) AS all_in_full,
        sum(otif) AS all_otif, count() AS orders, countIf(otif = lines) AS good_orders FROM by_order GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, s.all_lines AS lines, ${ratio('s.all_on_time', 's.all_lines')} AS on_time,
    ${ratio('s.all_in_full', 's.all_lines')} AS in_full, ${ratio('s.all_otif', 's.all_lines')} AS otif_line,
    ${ratio('s.good_orders', 's.orders')} AS otif_order
  FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/**
 * On-time delivery of orders in a period: delivered in full not after the due date / due in the period by now plus open
 * and overdue since before. Instants in ms. Twin of `engine/kpi/delivery#onTimeDelivery`.
 */
export const onTimeDelivery: SqlBody = {
  name: 'on-time delivery',
  inputs: {
    asked: { from_at: 'whole', to_at: 'whole', now_at: 'whole' },
    orders: { due_at: 'whole', delivered_at: 'whole?', quantity: 'number', delivered_quantity: 'number' },
  },
  steps: {
    judged: `SELECT o.scope AS scope, ifNull(o.delivered_at > a.now_at, 1) AS was_open, o.due_at >= a.from_at OR was_open AS is_due,
        NOT was_open AND o.delivered_at <= o.due_at AND ${reaches('o.delivered_quantity', 'o.quantity')} AS is_on_time
      FROM orders AS o INNER JOIN asked AS a ON a.scope = o.scope WHERE o.due_at <= a.now_at AND o.due_at < a.to_at`,
    counted: `SELECT scope, countIf(is_due) AS due, countIf(is_due AND is_on_time) AS on_time, countIf(was_open) AS overdue_open
      FROM judged GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, ${ratio('c.on_time', 'c.due')} AS value, if(c.due = 0, 'not-applicable', NULL) AS missing,
    c.on_time AS on_time, c.due AS due, c.overdue_open AS overdue_open
  FROM asked AS a LEFT JOIN counted AS c ON c.scope = a.scope`,
}

/** Share of OTIF among counted lines. */
export const otifCounts: SqlBody = {
  name: 'OTIF counts',
  inputs: { asked: { total: 'number', otif_lines: 'number' } },
  answer: `SELECT scope, ${ratio('otif_lines', 'total')} AS otif, total - otif_lines AS missed FROM asked`,
}

/**
 * Schedule attainment by volume and by mix (overproduction hides nothing), the gap and the attainment with the capacity
 * that was lost. Twin of `engine/kpi/flow#scheduleAttainment`.
 */
export const scheduleAttainment: SqlBody = {
  name: 'schedule attainment',
  inputs: {
    asked: { lost_hours: 'number', standard_rate: 'number' },
    items: { planned: 'number', actual: 'number' },
  },
  steps: {
    summed: `SELECT scope, sum(planned) AS wanted, sum(actual) AS made, sum(least(actual, planned)) AS kept FROM items GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, ${ratio('s.made', 's.wanted')} AS volume, volume AS attainment,
    ${ratio('s.kept', 's.wanted')} AS mix_capped, s.wanted - s.made AS gap, a.lost_hours * a.standard_rate AS lost_capacity,
    ${ratio('s.made + lost_capacity', 's.wanted')} AS adjusted
  FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/** Little's law. Twin of `engine/kpi/flow#littlesWip`. */
export const littlesLaw: SqlBody = {
  name: "Little's law",
  inputs: { asked: { throughput: 'number', flow_time: 'number' } },
  answer: `SELECT scope, throughput * flow_time AS wip FROM asked`,
}

/** Best and practical worst case of a line by WIP level. Twin of `engine/kpi/flow#lineLaws`; Factory Physics ch. 7. */
export const lineLaws: SqlBody = {
  name: 'line laws',
  inputs: { asked: { bottleneck_rate: 'number', raw_time: 'number' }, levels: { pos: 'whole', wip: 'number' } },
  steps: {
    ruled: `SELECT a.scope AS scope, l.pos AS pos, a.bottleneck_rate * a.raw_time AS critical,
        ${ratio('l.wip', 'a.raw_time')} AS by_time, ${ratio('l.wip', 'a.bottleneck_rate')} AS by_rate,
        ${atMost('a.bottleneck_rate', 'by_time')} AS throughput,
        ${atLeast('a.raw_time', 'by_rate')} AS cycle,
        ${ratio('l.wip', '(critical + l.wip - 1)')} * a.bottleneck_rate AS practical
      FROM levels AS l INNER JOIN asked AS a ON a.scope = l.scope`,
    listed: `SELECT scope, arrayMap(each -> tuple(each.2, each.3, each.4),
        arraySort(each -> each.1, groupArray(tuple(pos, throughput, cycle, practical)))) AS rows FROM ruled GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, a.bottleneck_rate * a.raw_time AS critical_wip,
    arrayMap(each -> each.1, l.rows) AS th_best, arrayMap(each -> each.2, l.rows) AS ct_best,
    arrayMap(each -> each.3, l.rows) AS th_pwc
  FROM asked AS a LEFT JOIN listed AS l ON l.scope = a.scope`,
}

/**
 * Mean flow time (completion − release), lead time (delivery − order) and release-to-start of orders, ms; spans with a
 * missing stamp or that run backwards are left out. Twin of `engine/kpi/flow-times#orderTimes`, averaged.
 */
export const orderTimes: SqlBody = {
  name: 'order times',
  inputs: {
    asked: {},
    orders: {
      ordered_at: 'whole?',
      released_at: 'whole?',
      started_at: 'whole?',
      completed_at: 'whole?',
      delivered_at: 'whole?',
    },
  },
  steps: {
    spans: `SELECT scope, ${[
      ['released_at', 'completed_at', 'flow'],
      ['ordered_at', 'delivered_at', 'lead'],
      ['released_at', 'started_at', 'release_to_start'],
    ]
      .map(([from, to, name]) => `if(${to} >= ${from}, ${to} - ${from}, NULL) AS ${name}`)
      .join(', ')} FROM orders`,
    averaged: `SELECT scope, avg(flow) AS flow_ms, avg(lead) AS lead_ms, avg(release_to_start) AS start_ms FROM spans GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, m.flow_ms AS flow_ms, m.lead_ms AS lead_ms, m.start_ms AS release_to_start_ms
    FROM asked AS a LEFT JOIN averaged AS m ON m.scope = a.scope`,
}

/** Load of a work centre in a bucket: hours at standard / calendar hours. Twin of `engine/kpi/capacity#capacityLoad`. */
export const capacityLoad: SqlBody = {
  name: 'capacity load',
  inputs: {
    asked: { available_hours: 'number' },
    work: { setup_hours: 'number', run_seconds: 'number', quantity: 'number' },
  },
  steps: {
    planned: `SELECT scope, sum(setup_hours + run_seconds * quantity / 3600) AS hours FROM work GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, p.hours AS planned_hours, ${ratio('p.hours', 'a.available_hours')} AS load,
    greatest(0., p.hours - a.available_hours) AS overload_hours
  FROM asked AS a LEFT JOIN planned AS p ON p.scope = a.scope`,
}
