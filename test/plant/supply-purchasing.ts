/** Buying: each working day what is missing to the level, from suppliers that are late, early and imperfect in their own ways. */
import { SPRING, type PlantMaterial, PLANT_MATERIALS, expectedUse, supplierOf } from './supply-materials.ts'
import type { SetName } from './parameters.ts'
import type { SupplyDesk } from './supply-desk.ts'
import { type StockPlace, quantityOf, thousandths } from './supply-facts.ts'
import type { SpringPlan } from './supply-springs.ts'

const LEAD_DAYS = 5
const COVER_DAYS = 6
const CANCELLED_SHARE = 0.015
const HOUR_MS = 3_600_000
const SPRING_LOT = 156_000
const FIRST_ORDER = 4_500_000_000

interface Purchase {
  readonly order: string
  readonly line: number
  readonly material: PlantMaterial
  /** Thousandths. */
  readonly amount: number
  readonly promisedOn: string
}

const home = (material: PlantMaterial): StockPlace => ({
  material: material.id,
  location: material.home,
  status: 'unrestricted',
})
const quarantine = (material: PlantMaterial): StockPlace => ({
  material: material.id,
  location: 'QH',
  status: 'inspection',
})

/** What a material should reach with everything on order, thousandths. */
export function stockLevel(material: PlantMaterial, set: SetName): number {
  return thousandths(expectedUse(material.id, set) * (LEAD_DAYS + COVER_DAYS))
}

export class Purchasing {
  private readonly desk: SupplyDesk
  private readonly set: SetName
  private readonly springs: SpringPlan
  private readonly onOrder = new Map<string, number>()
  private orders = 0

  constructor(desk: SupplyDesk, set: SetName, springs: SpringPlan) {
    this.desk = desk
    this.set = set
    this.springs = springs
  }

  private orderNumber(): string {
    return String(FIRST_ORDER + (this.orders += 1))
  }

  /** Springs are ordered by their own plan, half an hour before everything else. */
  orderSprings(date: string): void {
    const plan = this.springs.orders.get(date)
    if (!plan) return
    const { desk } = this
    const at = desk.calendar.instant(date, '07:30')
    const material = PLANT_MATERIALS.find((each) => each.id === SPRING) as PlantMaterial
    const amount = thousandths(SPRING_LOT)
    const purchase = { order: this.orderNumber(), line: 10, material, amount, promisedOn: plan.promisedOn }
    this.tellOrder(purchase, at)
    this.confirm(purchase, { at: at + 2 * HOUR_MS, sequence: 1, promisedOn: plan.promisedOn })
    if (plan.warnedOn !== null) {
      const time = plan.warnedOn === this.springs.warnedOn ? '09:00' : '16:00'
      const warnedAt = desk.calendar.instant(plan.warnedOn, time)
      this.confirm(purchase, { at: warnedAt, sequence: 2, promisedOn: plan.arrivesOn })
    }
    const arrivesAt = desk.calendar.instant(plan.arrivesOn, '08:30')
    desk.at(arrivesAt, () => {
      const document = desk.open(arrivesAt, '101', { purchase: { order: purchase.order, line: purchase.line } })
      document.receive(home(material), amount, `L${purchase.order}`)
    })
  }

  /** Everything else that is bought, one order per supplier. */
  orderAll(date: string): void {
    const at = this.desk.calendar.instant(date, '08:00')
    const promisedOn = this.desk.calendar.workday(date, LEAD_DAYS)
    const bySupplier = Map.groupBy(
      PLANT_MATERIALS.filter((material) => material.supplier !== null && material.id !== SPRING),
      (material) => material.supplier as string,
    )
    for (const materials of bySupplier.values()) {
      let order: string | null = null
      let line = 0
      for (const material of materials) {
        const amount = this.missing(material)
        if (amount === 0) continue
        order ??= this.orderNumber()
        line += 10
        this.order({ order, line, material, amount, promisedOn }, at)
      }
    }
  }

  private missing(material: PlantMaterial): number {
    const use = thousandths(expectedUse(material.id, this.set))
    if (use === 0) return 0
    const { books } = this.desk
    const there = books.balance(home(material)) + books.balance(quarantine(material))
    const gap = stockLevel(material, this.set) - there - (this.onOrder.get(material.id) ?? 0)
    if (gap < use / 2) return 0
    const pack = thousandths(material.orderUnit?.holds ?? (material.unit === 'kg' ? 5 : 100))
    return Math.ceil(gap / pack) * pack
  }

  private tellOrder({ order, line, material, amount, promisedOn }: Purchase, at: number): void {
    const quantity = quantityOf(amount)
    const supplier = material.supplier as string
    this.desk.tell({
      kind: 'purchase',
      at,
      line: { order, line, supplier, material: material.id, quantity, promisedOn },
    })
  }

  private confirm(
    { order, line }: Purchase,
    { at, sequence, promisedOn }: { at: number; sequence: number; promisedOn: string },
  ): void {
    this.desk.at(at, () => this.desk.tell({ kind: 'confirmation', at, order, line, sequence, promisedOn }))
  }

  private order(purchase: Purchase, at: number): void {
    const { desk } = this
    const { material, amount, promisedOn } = purchase
    const key = `${purchase.order}/${purchase.line}`
    this.tellOrder(purchase, at)
    if (desk.chance(`cancelled:${key}`) < CANCELLED_SHARE) {
      const cancelledAt = at + 2 * HOUR_MS
      desk.at(cancelledAt, () =>
        desk.tell({ kind: 'purchase-cancelled', at: cancelledAt, order: purchase.order, line: purchase.line }),
      )
      return
    }
    this.onOrder.set(material.id, (this.onOrder.get(material.id) ?? 0) + amount)
    const confirmedAt = at + Math.round(60 + 1200 * desk.chance(`confirm:${key}`)) * 60_000
    this.confirm(purchase, { at: confirmedAt, sequence: 1, promisedOn })
    const { lateShare, earlyShare } = supplierOf(material.supplier as string)
    const luck = desk.chance(`late:${key}`)
    const isLate = luck < lateShare
    const days = isLate ? 1 + Math.floor(3 * desk.chance(`days:${key}`)) : luck > 1 - earlyShare ? -1 : 0
    const arrivesOn = days === 0 ? promisedOn : desk.calendar.workday(promisedOn, days)
    if (isLate && desk.chance(`told:${key}`) < 0.5) {
      const toldAt = desk.calendar.instant(desk.calendar.workday(promisedOn, -1), '16:00')
      this.confirm(purchase, { at: toldAt, sequence: 2, promisedOn: arrivesOn })
    }
    const minute = Math.floor(300 * desk.chance(`minute:${key}`))
    const arrivesAt = desk.calendar.instant(arrivesOn, '09:00') + minute * 60_000
    desk.at(arrivesAt, () => this.arrive(purchase, arrivesAt))
  }

  private arrive(purchase: Purchase, at: number): void {
    const { material, amount } = purchase
    const origin = { purchase: { order: purchase.order, line: purchase.line } }
    const lot = `L${purchase.order}-${purchase.line}`
    this.onOrder.set(material.id, (this.onOrder.get(material.id) ?? 0) - amount)
    this.desk.open(at, '101', origin).receive(quarantine(material), amount, lot)
    const inspectedAt = at + 3 * HOUR_MS
    this.desk.at(inspectedAt, () => {
      const bad = this.badPieces(purchase)
      if (bad > 0) this.desk.open(inspectedAt, '122', origin).issue(quarantine(material), bad)
      const left = Math.min(amount - bad, this.desk.books.balance(quarantine(material)))
      this.desk.open(inspectedAt, '311').move(quarantine(material), home(material), left)
    })
  }

  /** Bad pieces that inspection finds, thousandths; goods by weight are not sorted. */
  private badPieces({ order, line, material, amount }: Purchase): number {
    if (material.unit !== 'piece') return 0
    const pieces = Math.floor(quantityOf(amount))
    const expected = (pieces * supplierOf(material.supplier as string).defectPpm) / 1e6
    return thousandths(Math.min(pieces, this.desk.poisson(`bad:${order}/${line}`, expected)))
  }
}
