/** Stock, purchasing and sales of the plant, driven by what the machines report and by the working days. */
import { addDays } from '@gemba/engine/time/local-time'
import type { OfficeFact } from './order-book.ts'
import type { SetName, UnitCode } from './parameters.ts'
import { sites } from './sites.ts'
import { Backflush, OVERDRAWN } from './supply-backflush.ts'
import { WorkCalendar } from './supply-calendar.ts'
import { SupplyDesk } from './supply-desk.ts'
import { type StockPlace, type SupplyFact, thousandths } from './supply-facts.ts'
import { PENS, PLANT_MATERIALS, SPRING, STERILE_PENS, expectedDaily, materialOf } from './supply-materials.ts'
import { Purchasing, stockLevel } from './supply-purchasing.ts'
import { Sales } from './supply-sales.ts'
import { SPRING_REST, type SpringPlan, springPlan } from './supply-springs.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Posting runs come half a minute before the hour, so that a day's last one belongs to that day. */
const RUN_BEFORE_MS = 30_000
const RUN_EVERY_MS: Readonly<Record<SetName, number>> = { reference: HOUR_MS, nervous: 5 * 60_000 }
const PACKS_BEFORE_MS = 15_000
/** Stock of what is made for others, in days of output. */
const FINISHED_DAYS = 7
const MADE_DAYS = 4
/** Packed pens that should wait for the steriliser in the morning. */
const WAITING_DAYS = 3

export class Supply {
  readonly springs: SpringPlan
  private readonly desk: SupplyDesk
  private readonly set: SetName
  private readonly epochAt: number
  private readonly backflush: Backflush
  private readonly purchasing: Purchasing
  private readonly sales: Sales

  constructor(life: { seed: number; epochAt: number; set: SetName; hasSpecialDays?: boolean; toldAt?: number }) {
    const site = sites(life.set, life.hasSpecialDays ? life : undefined)[0]
    if (!site) throw new Error('the plant has no site')
    const calendar = new WorkCalendar(site)
    this.set = life.set
    this.epochAt = life.epochAt
    this.desk = new SupplyDesk(life.seed, calendar)
    const firstDate = calendar.productionDateOf(life.epochAt)
    this.springs = springPlan(this.desk, firstDate)
    this.backflush = new Backflush(this.desk, life.epochAt)
    this.purchasing = new Purchasing(this.desk, life.set, this.springs)
    this.sales = new Sales(this.desk, life.set)
    this.openBooks(life.epochAt)
    this.scheduleRuns(life.epochAt)
    this.scheduleDay(firstDate, life.epochAt)
  }

  /** What was planted, for those who judge: nothing of it reaches a system. */
  get planted(): {
    warnedOn: string
    shortageOn: string
    overdrawn: string
    overdrawnFromAt: number
    overdrawnToAt: number
  } {
    const { warnedOn, shortageOn } = this.springs
    return {
      warnedOn,
      shortageOn,
      overdrawn: OVERDRAWN.material,
      overdrawnFromAt: this.epochAt + OVERDRAWN.fromDay * DAY_MS,
      overdrawnToAt: this.epochAt + OVERDRAWN.toDay * DAY_MS,
    }
  }

  /** Everything that happens up to the instant. `facts` = all that the office learnt since the last call, in order of time. */
  advance(facts: readonly OfficeFact[], untilAt: number): SupplyFact[] {
    let index = 0
    for (;;) {
      const fact = facts[index]
      if (fact && fact.at <= this.desk.nextAt) {
        this.backflush.follow(fact)
        index += 1
      } else if (this.desk.nextAt <= untilAt) this.desk.runNext()
      else break
    }
    return this.desk.takeTold()
  }

  private openBooks(at: number): void {
    const document = this.desk.open(at, '561')
    for (const material of PLANT_MATERIALS) {
      const place: StockPlace = { material: material.id, location: material.home, status: 'unrestricted' }
      const amount = material.id === SPRING ? thousandths(this.springs.opening) : this.openingOf(material.id)
      document.receive(place, amount, `L0-${material.id}`)
    }
    for (const pen of PENS) {
      const waiting = thousandths(Math.round((expectedDaily('ST01', this.set) / PENS.length) * WAITING_DAYS))
      document.receive({ material: pen, location: 'STER', status: 'unrestricted' }, waiting, `L0-${pen}`)
    }
  }

  private openingOf(id: string): number {
    const days = (unit: UnitCode, count: number): number =>
      thousandths(Math.round(expectedDaily(unit, this.set) * count))
    if (id === 'PEN-100-B-S' || id === 'PEN-100-R-S') return days('ST01', FINISHED_DAYS / STERILE_PENS.length)
    if (id === 'PUMP-CTRL') return days('S1', MADE_DAYS)
    if (id === 'PUMP-200-A') return days('T1', MADE_DAYS)
    if (id === 'PUMP-200') return days('T1', MADE_DAYS)
    const level = stockLevel(materialOf(id), this.set)
    return materialOf(id).unit === 'piece' ? Math.round(level / 1000) * 1000 : level
  }

  private scheduleRuns(afterAt: number): void {
    const every = RUN_EVERY_MS[this.set]
    const at = (Math.floor((afterAt + RUN_BEFORE_MS) / every) + 1) * every - RUN_BEFORE_MS
    this.desk.at(at, () => {
      this.backflush.run(at)
      this.scheduleRuns(at)
    })
  }

  /** Pens that were packed elsewhere fill up what waits for the steriliser. */
  private supplySteriliser(at: number): void {
    for (const pen of PENS) {
      const place = (location: 'WIP' | 'STER'): StockPlace => ({ material: pen, location, status: 'unrestricted' })
      const wanted = thousandths(Math.round((expectedDaily('ST01', this.set) / PENS.length) * WAITING_DAYS))
      const free = Math.max(0, this.desk.books.balance(place('WIP')))
      const amount = Math.min(wanted - this.desk.books.balance(place('STER')), free)
      if (amount > 0) this.desk.open(at, '311').move(place('WIP'), place('STER'), amount)
    }
  }

  private scheduleDay(date: string, notBeforeAt: number): void {
    const { calendar } = this.desk
    const day = calendar.workday(date, 0)
    const springsAt = calendar.instant(day, '07:30')
    const morningAt = calendar.instant(day, '08:00')
    if (springsAt >= notBeforeAt) this.desk.at(springsAt, () => this.purchasing.orderSprings(day))
    if (morningAt >= notBeforeAt)
      this.desk.at(morningAt, () => {
        this.supplySteriliser(morningAt)
        this.purchasing.orderAll(day)
        this.sales.sell(day)
      })
    const endAt = calendar.instant(addDays(day, 1), '07:00') - PACKS_BEFORE_MS
    this.desk.at(endAt, () => {
      this.packSprings(day, endAt)
      this.scheduleDay(addDays(day, 1), endAt)
    })
  }

  /** Service packs bring the use of the day to its target, as far as the springs go. */
  private packSprings(day: string, at: number): void {
    const target = thousandths(this.springs.targets.get(day) ?? 0)
    const place: StockPlace = { material: SPRING, location: 'RM', status: 'unrestricted' }
    const free = this.desk.books.balance(place) - thousandths(SPRING_REST)
    const amount = Math.max(0, Math.min(target - this.backflush.springsToday, free))
    this.backflush.springsToday = 0
    if (amount > 0) this.sales.replenishDepot(at, amount)
  }
}
