/** What the facts of stock, purchasing and sales are in the words of the platform: what every mapping has to come to. */
import type { MovementKind, StockUnit } from '@gemba/contracts/supply-record'
import type { Movement, SupplyFact } from './supply-facts.ts'
import { BILLS, CUSTOMERS, PLANT_MATERIALS, SPRING, SUPPLIERS, materialOf } from './supply-materials.ts'
import { SPRING_PLAN } from './supply-springs.ts'

export interface Conformed {
  readonly type: string
  readonly key: string
  readonly data: Record<string, unknown>
}

const unitOf = (material: string): { unit: StockUnit } => ({ unit: materialOf(material).unit })

function kindOf({ type, purchase }: Movement): MovementKind {
  if (type === '101' || type === '102') return purchase ? 'purchase-receipt' : 'production-receipt'
  const kinds = {
    '122': 'purchase-return',
    '261': 'production-issue',
    '262': 'production-issue',
    '309': 'transfer',
    '311': 'transfer',
    '561': 'initial',
    '601': 'sales-issue',
  } as const
  return kinds[type]
}

function movement(fact: Extract<SupplyFact, { kind: 'movement' }>): Conformed[] {
  const { movement: line, at } = fact
  const data = {
    kind: kindOf(line),
    material: line.material,
    quantity: line.quantity,
    ...unitOf(line.material),
    location: line.location,
    status: line.status,
    lot: line.lot,
    order: line.order ?? null,
    purchaseOrder: line.purchase?.order ?? null,
    purchaseLine: line.purchase ? String(line.purchase.line) : null,
    postedAt: at,
  }
  const key = `${line.document}/${line.item}`
  const records: Conformed[] = [{ type: 'stock-movement', key, data }]
  if (line.purchase && ['101', '102', '122'].includes(line.type))
    records.push({
      type: 'goods-receipt',
      key,
      data: {
        kind: line.type === '122' ? 'return' : 'receipt',
        purchaseOrder: line.purchase.order,
        line: String(line.purchase.line),
        quantity: line.type === '122' ? -line.quantity : line.quantity,
        lot: line.lot,
        receivedAt: at,
      },
    })
  return records
}

function trade(fact: SupplyFact): Conformed[] {
  if (fact.kind === 'confirmation') {
    const { order, line, sequence, promisedOn, at } = fact
    const data = { purchaseOrder: order, line: String(line), sequence, promisedOn, confirmedAt: at }
    return [{ type: 'purchase-confirmation', key: `${order}/${line}/${sequence}`, data }]
  }
  if (fact.kind === 'shipment') {
    const { delivery, line, sales, customer, material, quantity } = fact.shipment
    const data = {
      delivery,
      line: String(line),
      salesOrder: sales?.order ?? null,
      salesLine: sales ? String(sales.line) : null,
      customer,
      material,
      quantity,
      ...unitOf(material),
      shippedAt: fact.at,
    }
    return [{ type: 'delivery-line', key: `${delivery}/${line}`, data }]
  }
  return []
}

function purchases(facts: readonly SupplyFact[]): Conformed[] {
  const cancelled = new Set(
    facts.flatMap((fact) => (fact.kind === 'purchase-cancelled' ? [`${fact.order}/${fact.line}`] : [])),
  )
  return facts.flatMap((fact) => {
    if (fact.kind !== 'purchase') return []
    const { order, line, supplier, material, quantity, promisedOn } = fact.line
    const key = `${order}/${line}`
    const data = {
      purchaseOrder: order,
      line: String(line),
      supplier,
      material,
      quantity,
      ...unitOf(material),
      sourceQuantity: quantity / (materialOf(material).orderUnit?.holds ?? 1),
      orderedAt: fact.at,
      firstPromisedOn: promisedOn,
      cancelled: cancelled.has(key),
    }
    return [{ type: 'purchase-order-line', key, data }]
  })
}

/** `dateOf` gives the local date of an instant. */
function sales(facts: readonly SupplyFact[], dateOf: (at: number) => string): Conformed[] {
  const again = new Map<string, string>()
  const cancelled = new Map<string, string>()
  for (const fact of facts) {
    if (fact.kind === 'sale-promised-again') again.set(`${fact.order}/${fact.line}`, fact.promisedOn)
    if (fact.kind === 'sale-cancelled') cancelled.set(`${fact.order}/${fact.line}`, dateOf(fact.at))
  }
  return facts.flatMap((fact) => {
    if (fact.kind !== 'sale') return []
    const { order, line, customer, material, quantity, requestedOn, promisedOn } = fact.line
    const key = `${order}/${line}`
    const data = {
      salesOrder: order,
      line: String(line),
      customer,
      material,
      quantity,
      ...unitOf(material),
      orderedAt: fact.at,
      requestedOn,
      firstPromisedOn: promisedOn,
      currentPromisedOn: again.get(key) ?? promisedOn,
      cancelledOn: cancelled.get(key) ?? null,
    }
    return [{ type: 'sales-order-line', key, data }]
  })
}

function balances(facts: readonly SupplyFact[]): Conformed[] {
  const sums = new Map<string, { material: string; location: string; status: string; thousandths: number }>()
  for (const fact of facts) {
    if (fact.kind !== 'movement') continue
    const { material, location, status, quantity } = fact.movement
    const key = `${material}/${location}/${status}`
    const sum = sums.get(key) ?? { material, location, status, thousandths: 0 }
    sum.thousandths += Math.round(quantity * 1000)
    sums.set(key, sum)
  }
  return [...sums].map(([key, { thousandths, ...place }]) => ({
    type: 'stock-balance',
    key,
    data: { ...place, quantity: thousandths / 1000, ...unitOf(place.material) },
  }))
}

export function conformedMaster(): Conformed[] {
  const materials = PLANT_MATERIALS.map(({ id, zh, en, kind, procurement, unit, cost }) => ({
    type: 'material',
    key: id,
    data: {
      material: id,
      name: en,
      nameZh: zh,
      kind,
      procurement,
      unit,
      unitCost: cost,
      currency: 'CNY',
      planning: id === SPRING ? { ...SPRING_PLAN } : null,
    },
  }))
  const items = Object.entries(BILLS).flatMap(([material, bill]) =>
    bill.map(([component, quantityPer], index) => ({
      type: 'bom-item',
      key: `${material}/${index}`,
      data: { material, item: String((index + 1) * 10), component, quantityPer, ...unitOf(component) },
    })),
  )
  return [
    ...materials,
    ...items,
    ...SUPPLIERS.map(({ id, name }) => ({ type: 'supplier', key: id, data: { supplier: id, name } })),
    ...CUSTOMERS.map(({ id, name, windowDays }) => ({
      type: 'customer',
      key: id,
      data: { customer: id, name, earlyDays: windowDays?.[0] ?? null, lateDays: windowDays?.[1] ?? null },
    })),
  ]
}

/** Everything the facts say, master data included, as it stands after the last of them. */
export function conformed(facts: readonly SupplyFact[], dateOf: (at: number) => string): Conformed[] {
  return [
    ...conformedMaster(),
    ...facts.flatMap((fact) => (fact.kind === 'movement' ? movement(fact) : trade(fact))),
    ...purchases(facts),
    ...sales(facts, dateOf),
    ...balances(facts),
  ]
}

/** What the MES measured. */
export function conformedConsumption(facts: readonly SupplyFact[]): Conformed[] {
  return facts.flatMap((fact) => {
    if (fact.kind !== 'consumption') return []
    const { key, order, material, quantity } = fact.consumption
    return [
      {
        type: 'material-consumption',
        key,
        data: { order, material, quantity, ...unitOf(material), consumedAt: fact.at },
      },
    ]
  })
}
