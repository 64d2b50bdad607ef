import { Injectable } from '@nestjs/common'
import type { MaterialPlanning, StockUnit } from '@gemba/contracts/supply-record'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { asMeant } from './supply-meanings.ts'
import type { SupplyQuestion } from './supply-question.ts'
import * as statements from './supply-statements.ts'

export interface MaterialRow {
  name: string
  nameZh: string | null
  unit: StockUnit
  cost: number | null
  planning: MaterialPlanning | null
}

export interface StockNow {
  unit: StockUnit
  total: number
  usable: number
  inspection: number
  blocked: number
}

/** Net and used quantity of a stretch between two bounds. */
export interface DayMove {
  bucket: number
  net: number
  used: number
}

export interface PurchaseRow {
  purchaseOrder: string
  line: string
  supplier: string
  material: string
  unit: StockUnit
  ordered: number
  orderedAt: number
  firstPromisedOn: string
  promisedOn: string | null
  confirmedAt: number | null
  came: number
  wentBack: number
  /** Of it, the lots that incoming inspection rejected: what came, what went back (a return that names no lot first of these), the bad pieces found. */
  rejected: { received: number; wentBack: number; bad: number }
  /** Local date of the last receipt. */
  cameOn: string | null
  cameAt: number | null
}

export interface SalesRow {
  order: string
  line: string
  customer: string
  /** As the reader sees it: groups know nothing else. */
  shownCustomer: string
  material: string
  ordered: number
  requestedOn: string | null
  firstPromisedOn: string | null
  currentPromisedOn: string | null
  cancelledOn: string | null
  shipments: { date: string; quantity: number }[]
}

export interface ConsumptionRow {
  order: string
  material: string
  unit: StockUnit
  issued: number
  consumed: number
}

export interface OrderNeed {
  source: string
  order: string
  material: string
  customer: string | null
  workCenter: string
  priority: number
  status: string
  dueAt: number
  deliveredAt: number | null
  quantity: number
  deliveredQuantity: number
  isOpen: boolean
}

type Row = Record<string, unknown>

const number = (value: unknown): number => Number(value ?? 0)
const maybe = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value))
const text = (value: unknown): string | null => (value === null || value === undefined ? null : String(value))
const unitOf = (value: unknown): StockUnit => text(value) as StockUnit

function planningOf(row: Row): MaterialPlanning | null {
  const [dailyDemand, deviation, leadTimeDays, leadDeviation, serviceLevel] = [
    maybe(row['demand']),
    maybe(row['demand_deviation']),
    maybe(row['lead_days']),
    maybe(row['lead_deviation']),
    maybe(row['level']),
  ]
  if (dailyDemand === null || leadTimeDays === null || serviceLevel === null) return null
  return {
    dailyDemand,
    dailyDemandDeviation: deviation ?? 0,
    leadTimeDays,
    leadTimeDeviationDays: leadDeviation ?? 0,
    serviceLevel,
  }
}

/** Whether the reader may see goods of a material. */
const seesStock = ({ scopes, site, erp }: SupplyQuestion, material: string, quantity: number | null): boolean =>
  scopes.stock.isPlain('quantity') && scopes.stock.allows({ material, site: site.id, source: erp[0] ?? null, quantity })

/** Rows and sums of goods as the warehouse holds them and as the reader may see them. */
@Injectable()
export class SupplyRows {
  /** What one question has asked already: many figures rest on the same rows. */
  private readonly asked = new WeakMap<SupplyQuestion, Map<string, Promise<Row[]>>>()

  constructor(private readonly warehouse: WarehouseService) {}

  private ask(plain: string, question: SupplyQuestion, more: Record<string, unknown> = {}): Promise<Row[]> {
    const sql = question.meanings ? asMeant(plain) : plain
    const mine = this.asked.get(question) ?? new Map<string, Promise<Row[]>>()
    this.asked.set(question, mine)
    const key = `${sql}\n${JSON.stringify(more)}`
    const known = mine.get(key)
    if (known) return known
    const rows = this.warehouse
      .asKnown(question.knownAt)
      .query<Row>(sql, { ...statements.parametersOf(question), ...more })
    mine.set(key, rows)
    return rows
  }

  async materials(question: SupplyQuestion): Promise<Map<string, MaterialRow>> {
    const rows = await this.ask(statements.MATERIAL_ROWS, question)
    return new Map(
      rows.map((row) => [
        String(row['material']),
        {
          name: String(row['label']),
          nameZh: text(row['label_zh']),
          unit: unitOf(row['base_unit']),
          cost: maybe(row['cost']),
          planning: planningOf(row),
        },
      ]),
    )
  }

  async stock(question: SupplyQuestion): Promise<Map<string, StockNow>> {
    const rows = await this.ask(statements.STOCK_NOW, question)
    return new Map(
      rows
        .filter((row) => seesStock(question, String(row['material']), number(row['total'])))
        .map((row) => [
          String(row['material']),
          {
            unit: unitOf(row['stock_unit']),
            total: number(row['total']),
            usable: number(row['usable']),
            inspection: number(row['inspected']),
            blocked: number(row['barred']),
          },
        ]),
    )
  }

  /** Stock of all materials, for what is shared among orders that the reader does not all see. */
  async usableOfAll(question: SupplyQuestion): Promise<Map<string, number>> {
    const rows = await this.ask(statements.STOCK_NOW, question)
    return new Map(rows.map((row) => [String(row['material']), number(row['usable'])]))
  }

  /** Judges materials by what is on hand of them now: rules may ask for the quantity. */
  private async visible(question: SupplyQuestion): Promise<(material: string) => boolean> {
    const rows = await this.ask(statements.STOCK_NOW, question)
    const totals = new Map(rows.map((row) => [String(row['material']), number(row['total'])]))
    return (material) => seesStock(question, material, totals.get(material) ?? null)
  }

  async erpBalances(question: SupplyQuestion): Promise<Map<string, number>> {
    const rows = await this.ask(statements.ERP_BALANCES, question)
    return new Map(rows.map((row) => [String(row['material']), number(row['kept'])]))
  }

  /** When the first movement of the sources was posted; null without any. */
  async firstMovementAt(question: SupplyQuestion): Promise<number | null> {
    const [row] = await this.ask(statements.FIRST_MOVEMENT, question)
    return number(row?.['line_count']) > 0 ? number(row?.['first_ms']) : null
  }

  async movesBetween(
    question: SupplyQuestion,
    bounds: readonly number[],
    untilAt: number,
  ): Promise<Map<string, DayMove[]>> {
    const rows = await this.ask(statements.STOCK_BY_DAY, question, { bounds, untilAt })
    const byMaterial = new Map<string, DayMove[]>()
    const visible = await this.visible(question)
    for (const row of rows) {
      const material = String(row['material'])
      if (!visible(material)) continue
      const list = byMaterial.get(material) ?? []
      list.push({ bucket: number(row['bucket']), net: number(row['net']), used: number(row['used']) })
      byMaterial.set(material, list)
    }
    return byMaterial
  }

  /** Receipts and issues by local date. */
  async movesByDate(question: SupplyQuestion): Promise<Map<string, { date: string; quantity: number }[]>> {
    const rows = await this.ask(statements.STOCK_BY_DATE, question, { zone: question.site.timeZone })
    const byMaterial = new Map<string, { date: string; quantity: number }[]>()
    const visible = await this.visible(question)
    for (const row of rows) {
      const material = String(row['material'])
      if (!visible(material)) continue
      const list = byMaterial.get(material) ?? []
      for (const quantity of [number(row['came']), number(row['went'])])
        if (quantity !== 0) list.push({ date: String(row['day']), quantity })
      byMaterial.set(material, list)
    }
    return byMaterial
  }

  async purchases(question: SupplyQuestion): Promise<PurchaseRow[]> {
    const rows = await this.ask(statements.PURCHASES, question, { zone: question.site.timeZone })
    const { scopes, site } = question
    const visible = rows.filter((row) =>
      scopes.receipt.allows({
        ...{ material: String(row['material']), supplier: String(row['supplier']), site: site.id },
        ...{ price: null, quantity: number(row['ordered']) },
      }),
    )
    return visible.map((row) => ({
      purchaseOrder: String(row['purchase_order']),
      line: String(row['line']),
      supplier: String(row['supplier']),
      material: String(row['material']),
      unit: unitOf(row['base_unit']),
      ordered: number(row['ordered']),
      orderedAt: number(row['ordered_ms']),
      firstPromisedOn: String(row['first_promised']),
      promisedOn: text(row['promised']),
      confirmedAt: maybe(row['confirmed_ms']),
      came: number(row['came']),
      wentBack: number(row['went_back']),
      rejected: {
        received: number(row['refused_came']),
        wentBack: number(row['refused_back']),
        bad: number(row['refused_bad']),
      },
      cameOn: text(row['came_on']),
      cameAt: maybe(row['came_ms']),
    }))
  }

  async sales(question: SupplyQuestion): Promise<SalesRow[]> {
    const rows = await this.ask(statements.SALES, question, { zone: question.site.timeZone })
    const { scopes, site, only } = question
    const visible = rows.filter((row) => {
      const customer = String(row['customer'])
      const shown = String(scopes.shipment.shown('customer', customer))
      const quantity = number(row['ordered'])
      const isMeant = only.customers.length === 0 || only.customers.includes(shown)
      return isMeant && scopes.shipment.allows({ material: String(row['material']), customer, site: site.id, quantity })
    })
    return visible.map((row) => {
      const amounts = (row['amounts'] ?? []) as unknown[]
      const days = (row['days'] ?? []) as unknown[]
      return {
        order: String(row['sales_order']),
        line: String(row['line']),
        customer: String(row['customer']),
        shownCustomer: String(scopes.shipment.shown('customer', String(row['customer']))),
        material: String(row['material']),
        ordered: number(row['ordered']),
        requestedOn: text(row['requested']),
        firstPromisedOn: text(row['first_promised']),
        currentPromisedOn: text(row['current_promised']),
        cancelledOn: text(row['cancelled']),
        shipments: days.map((day, index) => ({ date: String(day), quantity: number(amounts[index]) })),
      }
    })
  }

  async windows(question: SupplyQuestion): Promise<Map<string, readonly [number, number]>> {
    const rows = await this.ask(statements.CUSTOMER_WINDOWS, question)
    return new Map(
      rows.flatMap((row) => {
        const [early, late] = [maybe(row['early']), maybe(row['late'])]
        return early === null || late === null ? [] : [[String(row['customer']), [early, late] as const]]
      }),
    )
  }

  async names(question: SupplyQuestion, of: 'supplier' | 'customer'): Promise<Map<string, string>> {
    const sql = of === 'supplier' ? statements.SUPPLIER_NAMES : statements.CUSTOMER_WINDOWS
    return new Map((await this.ask(sql, question)).map((row) => [String(row[of]), String(row['label'])]))
  }

  async consumption(question: SupplyQuestion): Promise<ConsumptionRow[]> {
    const rows = await this.ask(statements.CONSUMPTION, question)
    const visible = await this.visible(question)
    return rows
      .filter((row) => visible(String(row['material'])))
      .map((row) => ({
        order: String(row['order_no']),
        material: String(row['material']),
        unit: unitOf(row['gap_unit']),
        issued: number(row['issued_sum']),
        consumed: number(row['consumed_sum']),
      }))
  }

  async orders(question: SupplyQuestion): Promise<OrderNeed[]> {
    const rows = await this.ask(statements.OPEN_ORDERS, question)
    return rows.map((row) => ({
      source: String(row['source']),
      order: String(row['order_no']),
      material: String(row['material']),
      customer: text(row['customer']),
      workCenter: String(row['work_center']),
      priority: number(row['priority']),
      status: String(row['status']),
      dueAt: number(row['due_ms']),
      deliveredAt: maybe(row['delivered_ms']),
      quantity: number(row['quantity']),
      deliveredQuantity: number(row['delivered_quantity']),
      isOpen: maybe(row['delivered_ms']) === null && !['completed', 'closed'].includes(String(row['status'])),
    }))
  }

  async needs(question: SupplyQuestion): Promise<Map<string, Map<string, number>>> {
    const byOrder = new Map<string, Map<string, number>>()
    for (const row of await this.ask(statements.NEEDS, question)) {
      const order = String(row['order_no'])
      const list = byOrder.get(order) ?? new Map<string, number>()
      byOrder.set(order, list.set(String(row['component']), number(row['open'])))
    }
    return byOrder
  }
}
