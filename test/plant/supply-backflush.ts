/** Posting runs: what was reported since the last one is taken from stock by the bill and put into stock. */
import type { OfficeFact, PlantOrder } from './order-book.ts'
import type { SupplyDesk } from './supply-desk.ts'
import { type Movement, type StockPlace, quantityOf, thousandths } from './supply-facts.ts'
import { SPRING, componentsOf, locationAfter, locationBefore, materialOf } from './supply-materials.ts'

/** The material whose backflush is planted too high, and by how much. */
export const OVERDRAWN = { material: 'RM-POM', factor: 1.015, fromDay: 14, toDay: 21 } as const
const SCALE_NOISE = 0.002
const DOUBLE_SHARE = 0.01
const DOUBLE_LASTS_MS = 25 * 60_000
const DAY_MS = 86_400_000

interface Waiting {
  started: number
  good: number
  isDone: boolean
}

export class Backflush {
  private readonly desk: SupplyDesk
  private readonly epochAt: number
  private readonly orders = new Map<string, PlantOrder>()
  private readonly waiting = new Map<string, Waiting>()
  private runs = 0
  /** Springs taken since the day began, thousandths. */
  springsToday = 0

  constructor(desk: SupplyDesk, epochAt: number) {
    this.desk = desk
    this.epochAt = epochAt
  }

  follow(fact: OfficeFact): void {
    if (fact.kind === 'order') this.orders.set(fact.order.number, fact.order)
    else if (fact.kind === 'report') {
      const { order, operation, good, scrap, rework } = fact.report
      const waiting = this.of(order)
      if (operation === '0010') waiting.started += good + scrap + rework
      else waiting.good += good
    } else if (fact.kind === 'delivery') this.of(fact.order).isDone = true
  }

  private of(order: string): Waiting {
    const known = this.waiting.get(order)
    if (known) return known
    const fresh = { started: 0, good: 0, isDone: false }
    this.waiting.set(order, fresh)
    return fresh
  }

  run(at: number): void {
    this.runs += 1
    const { calendar } = this.desk
    // What the last seconds before a day off bring is drawn on the next working day.
    const isDrawn = calendar.isWorkday(calendar.productionDateOf(at))
    for (const [number, waiting] of [...this.waiting].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const order = this.orders.get(number)
      if (!order) continue
      // Boards take dozens of components: they are drawn once, when the order is done.
      const isDue = isDrawn && (order.unit.code !== 'S1' || waiting.isDone)
      if (isDue && waiting.started > 0) {
        this.draw(order, waiting.started, at)
        waiting.started = 0
      }
      if (waiting.good > 0) {
        this.receive(order, waiting.good, at)
        waiting.good = 0
      }
      if (waiting.isDone && waiting.started === 0) this.forget(number)
    }
  }

  private forget(order: string): void {
    this.waiting.delete(order)
    this.orders.delete(order)
  }

  private receive(order: PlantOrder, pieces: number, at: number): void {
    const place: StockPlace = {
      material: order.material,
      location: locationAfter(order.unit.code),
      status: 'unrestricted',
    }
    this.desk.open(at, '101', { order: order.number }).receive(place, thousandths(pieces), order.number)
  }

  private draw(order: PlantOrder, pieces: number, at: number): void {
    const document = this.desk.open(at, '261', { order: order.number })
    for (const [component, each] of componentsOf(order.unit.code, order.material)) {
      const used = this.used({ order: order.number, component, at }, pieces * each)
      const drawn = this.isOverdrawn(component, at) ? Math.round(used * OVERDRAWN.factor) : thousandths(pieces * each)
      const place: StockPlace = {
        material: component,
        location: locationBefore(order.unit.code, component),
        status: 'unrestricted',
      }
      document.issue(place, drawn)
      if (component === SPRING) this.springsToday += drawn
    }
    const isDoubled = order.unit.area === 'SUZ/MOLD' && this.desk.chance(`double:${document.number}`) < DOUBLE_SHARE
    if (isDoubled) this.postTwice(order, document.lines, at)
  }

  private isOverdrawn(component: string, at: number): boolean {
    const day = (at - this.epochAt) / DAY_MS
    return component === OVERDRAWN.material && day >= OVERDRAWN.fromDay && day < OVERDRAWN.toDay
  }

  /** What the order really used, thousandths: scales of bulk goods scatter, pieces are counted. */
  private used({ order, component, at }: { order: string; component: string; at: number }, standard: number): number {
    const isWeighed = materialOf(component).unit === 'kg'
    const noise = isWeighed ? SCALE_NOISE * (2 * this.desk.chance(`scale:${order}:${component}:${this.runs}`) - 1) : 0
    const amount = thousandths(standard * (1 + noise))
    const key = `${order}-${component}-${this.runs}`
    const consumption = { key, order, material: component, quantity: quantityOf(amount) }
    if (amount > 0) this.desk.tell({ kind: 'consumption', at, consumption })
    return amount
  }

  /** Somebody posts the same again; it is taken back before the next run. */
  private postTwice(order: PlantOrder, lines: readonly Movement[], at: number): void {
    const again = this.desk.open(at, '261', { order: order.number })
    for (const { material, location, status, quantity } of lines)
      again.issue({ material, location, status }, thousandths(-quantity))
    const backAt = at + DOUBLE_LASTS_MS
    this.desk.at(backAt, () =>
      this.desk.open(backAt, '262', { order: order.number, reverses: again.number }).takeBack(again.lines),
    )
  }
}
