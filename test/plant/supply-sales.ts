/** Selling: each working day lines for the week to come, as much as the plant makes; delivered on time with .94, in full with .97. */
import { addDays } from '@gemba/engine/time/local-time'
import type { SetName, UnitCode } from './parameters.ts'
import type { SupplyDesk } from './supply-desk.ts'
import { type StockPlace, quantityOf, thousandths } from './supply-facts.ts'
import {
  CUSTOMERS,
  type PlantCustomer,
  SERVICE_DEPOT,
  SPRING,
  STERILE_PENS,
  expectedDaily,
  expectedUse,
  materialOf,
} from './supply-materials.ts'

export const ON_TIME_SHARE = 0.94
export const IN_FULL_SHARE = 0.97
const LEAD_DAYS = 4
const LINES_PER_PEN = 25
const CANCELLED_SHARE = 0.01
const HOUR_MS = 3_600_000
const FIRST_ORDER = 900_000
const FIRST_DELIVERY = 80_000_000
/** Pieces of finished goods that should be free, in days of packing. */
const FREE_DAYS = 4

/** What is made beyond the plant's own use, and by how many units. */
const PARTS: readonly { material: string; unit: UnitCode; units: number }[] = [
  { material: 'PEN-BARREL', unit: 'IM01', units: 1 },
  { material: 'PEN-PLUNGER', unit: 'IM01', units: 1 },
  { material: 'PUMP-CTRL', unit: 'S1', units: 1 },
  { material: 'PUMP-200-A', unit: 'F1-1', units: 3 },
  { material: 'PUMP-200', unit: 'T1', units: 1 },
]

interface Sale {
  readonly order: string
  readonly line: number
  readonly customer: PlantCustomer
  readonly place: StockPlace
  /** Thousandths. */
  readonly amount: number
  readonly promisedOn: string
}

const finished = (material: string): StockPlace => ({ material, location: 'FG', status: 'unrestricted' })
const part = (material: string): StockPlace => ({
  material,
  location: materialOf(material).home,
  status: 'unrestricted',
})

export class Sales {
  private readonly desk: SupplyDesk
  private readonly set: SetName
  private readonly open = new Map<string, number>()
  private orders = 0
  private deliveries = 0

  constructor(desk: SupplyDesk, set: SetName) {
    this.desk = desk
    this.set = set
  }

  sell(date: string): void {
    for (const pen of STERILE_PENS) this.sellPens(pen, date)
    for (const { material, unit, units } of PARTS)
      this.sellSurplus(material, expectedDaily(unit, this.set) * units, date)
  }

  private sellPens(pen: string, date: string): void {
    const { desk } = this
    const daily = expectedDaily('ST01', this.set) / STERILE_PENS.length
    const there = desk.books.balance(finished(pen)) - (this.open.get(pen) ?? 0)
    const wanted = daily * FREE_DAYS
    const share = Math.max(0.4, Math.min(1.6, 1 + (quantityOf(there) - wanted) / (2 * wanted)))
    const each = (daily * share) / LINES_PER_PEN
    for (let index = 0; index < LINES_PER_PEN; index += 1) {
      const key = `${pen}:${date}:${index}`
      const customer = CUSTOMERS[Math.floor(desk.chance(`who:${key}`) * (CUSTOMERS.length - 1))] as PlantCustomer
      const pieces = Math.max(1, Math.round(each * (0.6 + 0.8 * desk.chance(`much:${key}`))))
      this.sale(customer, { place: finished(pen), amount: thousandths(pieces) }, date)
    }
  }

  /** What is made beyond the plant's own use goes to others. */
  private sellSurplus(material: string, daily: number, date: string): void {
    const { desk } = this
    const free = desk.books.balance(part(material)) - (this.open.get(material) ?? 0)
    const surplus = quantityOf(free) - 4 * Math.max(daily, expectedUse(material, this.set))
    if (surplus < daily * 0.2) return
    const customer = CUSTOMERS[Math.floor(desk.chance(`part:${material}:${date}`) * 19)] as PlantCustomer
    this.sale(customer, { place: part(material), amount: thousandths(Math.floor(surplus)) }, date)
  }

  private sale(customer: PlantCustomer, goods: { place: StockPlace; amount: number }, date: string): void {
    const { desk } = this
    const at = desk.calendar.instant(date, '08:00')
    const promisedOn = desk.calendar.workday(date, LEAD_DAYS)
    const order = String(FIRST_ORDER + (this.orders += 1))
    const sale: Sale = { order, line: 10, customer, ...goods, promisedOn }
    const { material } = sale.place
    const line = { order, line: 10, customer: customer.id, material, quantity: quantityOf(sale.amount), promisedOn }
    desk.tell({ kind: 'sale', at, line: { ...line, requestedOn: promisedOn } })
    if (desk.chance(`dropped:${order}`) < CANCELLED_SHARE) {
      const droppedAt = at + 26 * HOUR_MS
      desk.at(droppedAt, () => desk.tell({ kind: 'sale-cancelled', at: droppedAt, order, line: 10 }))
      return
    }
    this.open.set(material, (this.open.get(material) ?? 0) + sale.amount)
    this.plan(sale)
  }

  private plan(sale: Sale): void {
    const { desk } = this
    const [early, late] = sale.customer.windowDays ?? [0, 0]
    const isOnTime = desk.chance(`on-time:${sale.order}`) < ON_TIME_SHARE
    const shipOn = isOnTime ? this.dayInside(sale, early, late) : this.dayAfter(sale, late)
    const shipAt = desk.calendar.instant(shipOn, '13:00') + Math.floor(180 * desk.chance(`ship:${sale.order}`)) * 60_000
    if (!isOnTime && desk.chance(`again:${sale.order}`) < 0.7) {
      const toldAt = desk.calendar.instant(sale.promisedOn, '10:00')
      const again = { order: sale.order, line: sale.line, promisedOn: shipOn }
      desk.at(toldAt, () => desk.tell({ kind: 'sale-promised-again', at: toldAt, ...again }))
    }
    desk.at(shipAt, () => this.ship(sale, shipAt))
  }

  private dayInside({ order, promisedOn }: Sale, early: number, late: number): string {
    const { desk } = this
    const offset = early + Math.floor((late - early + 1) * desk.chance(`inside:${order}`))
    const day = addDays(promisedOn, offset)
    return desk.calendar.isWorkday(day) ? day : promisedOn
  }

  private dayAfter({ order, promisedOn }: Sale, late: number): string {
    const { desk } = this
    const days = 1 + Math.floor(3 * desk.chance(`after:${order}`))
    return desk.calendar.workday(addDays(promisedOn, late), days)
  }

  private ship(sale: Sale, at: number): void {
    const { desk } = this
    const { material } = sale.place
    const isFull = desk.chance(`full:${sale.order}`) < IN_FULL_SHARE
    const share = isFull ? 1 : 0.5 + 0.45 * desk.chance(`share:${sale.order}`)
    const amount = Math.max(1, Math.floor(quantityOf(sale.amount) * share)) * 1000
    this.open.set(material, (this.open.get(material) ?? 0) - sale.amount)
    this.deliver(at, { customer: sale.customer.id, place: sale.place, amount }, { order: sale.order, line: sale.line })
  }

  private deliver(
    at: number,
    goods: { customer: string; place: StockPlace; amount: number },
    sales: { order: string; line: number } | null,
  ): void {
    const { desk } = this
    const delivery = String(FIRST_DELIVERY + (this.deliveries += 1))
    const shipment = {
      delivery,
      line: 10,
      sales,
      customer: goods.customer,
      material: goods.place.material,
      quantity: quantityOf(goods.amount),
    }
    desk.tell({ kind: 'shipment', at, shipment })
    desk.open(at, '601', { delivery: { delivery, line: 10 } }).issue(goods.place, goods.amount)
  }

  /** Service packs of springs, to the depot. */
  replenishDepot(at: number, amount: number): void {
    const place: StockPlace = { material: SPRING, location: 'RM', status: 'unrestricted' }
    this.deliver(at, { customer: SERVICE_DEPOT, place, amount }, null)
  }
}
