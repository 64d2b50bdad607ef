import type { TileData } from '@gemba/contracts/board'
import type { CatalogSnapshot } from '../../catalog/catalog-snapshot.service.ts'
import type { SiteOrders } from '../../kpi/orders.service.ts'
import type { NumberValues } from '../number-values.service.ts'

/** Targets of the delivery figures until they are settings of their own. */
const ON_TIME_TARGET = 0.95
const KITTING_TARGET = 0.95
const MOST_BOTTLENECKS = 5
/** A screen pages through at most this many orders. */
const MOST_ORDERS = 70
const THIS_MONTH = { zh: '本月', en: 'this month' }

type KeyFigure = TileData<'key-figure'>

interface Inputs {
  orders: SiteOrders
  values: NumberValues
}

const orderSources = ({ orders }: Inputs): string[] => [...orders.sources.erp, ...orders.sources.mes]

function onTimeDelivery({ orders, values }: Inputs): KeyFigure {
  const sources = orders.sources.erp
  const { value, missing, onTime, due } = orders.onTime
  return {
    figure: 'on-time-delivery',
    value: values.of(value, { unit: 'ratio', sources, dataAt: values.dataAtOf(sources), missing }),
    second: null,
    target: ON_TIME_TARGET,
    targetScope: orders.site.name,
    bar: value === null ? null : { fill: value, tick: ON_TIME_TARGET },
    scopeText: THIS_MONTH,
    numerator: onTime,
    denominator: due,
    direction: 'higher-is-better',
  }
}

function lateOrders(inputs: Inputs): KeyFigure {
  const { orders, values } = inputs
  const sources = orderSources(inputs)
  const late = orders.open.filter((order) => order.risk === 'late').length
  return {
    figure: 'late-orders',
    value: values.of(late, { unit: 'order', sources, dataAt: values.dataAtOf(sources) }),
    second: null,
    target: 0,
    targetScope: orders.site.name,
    bar: { fill: orders.open.length > 0 ? late / orders.open.length : 0, tick: 0 },
    scopeText: null,
    numerator: late,
    denominator: orders.open.length,
    direction: 'lower-is-better',
  }
}

function dueToday({ orders, values }: Inputs): KeyFigure {
  const sources = orders.sources.erp
  const dataAt = values.dataAtOf(sources)
  const { due, dueDelivered: delivered, dueByNow } = orders.today
  return {
    figure: 'due-today',
    value: values.of(due, { unit: 'order', sources, dataAt }),
    second: values.of(delivered, { unit: 'order', sources, dataAt }),
    target: dueByNow,
    targetScope: orders.site.name,
    bar: due > 0 ? { fill: Math.min(1, delivered / due), tick: dueByNow / due } : null,
    scopeText: null,
    numerator: delivered,
    denominator: due,
    direction: 'higher-is-better',
  }
}

function kitting({ orders, values }: Inputs): KeyFigure {
  const sources = orders.sources.erp
  const results = orders.kitting.orders
  const kitted = results.filter((result) => result.kitted).length
  return {
    figure: 'kitting',
    value: values.of(orders.kitting.orderRate, {
      unit: 'ratio',
      sources,
      dataAt: values.dataAtOf(sources),
      missing: 'not-applicable',
    }),
    second: null,
    target: KITTING_TARGET,
    targetScope: orders.site.name,
    bar: orders.kitting.orderRate === null ? null : { fill: orders.kitting.orderRate, tick: KITTING_TARGET },
    scopeText: { zh: `${kitted}/${results.length} 单`, en: `${kitted}/${results.length} orders` },
    numerator: kitted,
    denominator: results.length,
    direction: 'higher-is-better',
  }
}

export const keyFigures = {
  'on-time-delivery': onTimeDelivery,
  'late-orders': lateOrders,
  'due-today': dueToday,
  kitting,
} as const

export function orderList(inputs: Inputs, catalog: CatalogSnapshot): TileData<'order-list'> {
  const { orders, values } = inputs
  const sources = orderSources(inputs)
  const {
    value: _value,
    missing: _missing,
    ...asOf
  } = values.of(0, { unit: 'order', sources, dataAt: values.dataAtOf(sources) })
  return {
    orders: orders.open.slice(0, MOST_ORDERS).map(({ operations: _operations, ...order }) => ({
      ...order,
      materialName: catalog.material(order.material)?.name ?? { zh: order.material, en: order.material },
      equipmentName: order.equipment === null ? null : (catalog.equipment(order.equipment)?.name ?? null),
      blockedBy: blockedBy(order, catalog),
    })),
    open: orders.open.length,
    asOf,
  }
}

/** Names travel with the rows: who watches a shared board may not read the catalog. */
function blockedBy(
  { blocking }: Pick<SiteOrders['open'][number], 'blocking'>,
  catalog: CatalogSnapshot,
): TileData<'order-list'>['orders'][number]['blockedBy'] {
  const { unit, component } = blocking?.facts ?? {}
  if (typeof component === 'string') {
    const material = catalog.material(component)
    return material ? { name: material.name, unit: material.unit } : null
  }
  const equipment = typeof unit === 'string' ? catalog.equipment(unit) : undefined
  return equipment ? { name: equipment.name, unit: null } : null
}

export function bottlenecks(inputs: Inputs, catalog: CatalogSnapshot): TileData<'bottlenecks'> {
  const { orders, values } = inputs
  const sources = orderSources(inputs)
  const known = orders.queues
    .filter((queue): queue is typeof queue & { queuedMs: number } => queue.queuedMs !== null)
    .sort((a, b) => b.queuedMs - a.queuedMs)
  return {
    operations: known.slice(0, MOST_BOTTLENECKS).map((queue, index) => ({
      equipment: queue.unit,
      name: catalog.equipment(queue.unit)?.name ?? { zh: queue.unit, en: queue.unit },
      queuedMs: queue.queuedMs,
      constraint: index === 0,
    })),
    total: values.of(
      known.reduce((sum, queue) => sum + queue.queuedMs, 0),
      { unit: 'ms', sources, dataAt: values.dataAtOf(sources) },
    ),
  }
}

export function deliveryCurve({ orders, values }: Inputs): TileData<'delivery-curve'> {
  const sources = orders.sources.erp
  const { curve, dueDelivered: delivered, dueByNow } = orders.today
  return {
    fromAt: curve.fromAt,
    toAt: curve.toAt,
    nowAt: orders.nowAt,
    plan: curve.plan,
    actual: curve.actual,
    forecast: curve.forecast,
    gap: values.of(delivered - dueByNow, { unit: 'order', sources, dataAt: values.dataAtOf(sources) }),
  }
}
