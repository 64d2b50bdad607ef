/** What all who work with stock share: the books, a calendar, chance from the seed, an agenda and a voice. */
import { fractionOf, hashOf } from './random.ts'
import type { WorkCalendar } from './supply-calendar.ts'
import {
  type Movement,
  type MovementOrigin,
  type MovementType,
  type StockPlace,
  type SupplyFact,
  quantityOf,
} from './supply-facts.ts'
import { type LotShare, StockBooks } from './supply-stock.ts'

interface Appointment {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

const FIRST_DOCUMENT = 4_900_000_000
const TWO_PI = 2 * Math.PI

export class SupplyDesk {
  readonly books = new StockBooks()
  readonly calendar: WorkCalendar
  private readonly seed: number
  private readonly agenda: Appointment[] = []
  private appointments = 0
  private documents = 0
  private told: SupplyFact[] = []

  constructor(seed: number, calendar: WorkCalendar) {
    this.seed = seed
    this.calendar = calendar
  }

  /** In [0, 1), the same for the same seed and key. */
  chance(key: string): number {
    return fractionOf(hashOf(`supply:${this.seed}`), hashOf(key))
  }

  /** Standard normal. */
  normal(key: string): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.chance(`${key}:r`)))
    return radius * Math.cos(TWO_PI * this.chance(`${key}:a`))
  }

  /** Poisson; by its normal limit above a mean of 30. */
  poisson(key: string, mean: number): number {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal(key)))
    let left = this.chance(key)
    let probability = Math.exp(-mean)
    let count = 0
    while (left >= probability && count < 200) {
      left -= probability
      count += 1
      probability *= mean / count
    }
    return count
  }

  /** Does something at its time; at equal times what was planned first comes first. */
  at(at: number, run: () => void): void {
    const appointment = { at, order: (this.appointments += 1), run }
    let low = 0
    let high = this.agenda.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.agenda[middle] as Appointment).at <= at) low = middle + 1
      else high = middle
    }
    this.agenda.splice(low, 0, appointment)
  }

  get nextAt(): number {
    return this.agenda[0]?.at ?? Infinity
  }

  runNext(): void {
    this.agenda.shift()?.run()
  }

  tell(fact: SupplyFact): void {
    this.told.push(fact)
  }

  takeTold(): SupplyFact[] {
    return this.told.splice(0)
  }

  private document(): string {
    return String(FIRST_DOCUMENT + (this.documents += 1))
  }

  /** Opens a movement document; every line is booked and told. */
  open(at: number, type: MovementType, origin: MovementOrigin = {}): MovementDocument {
    return new MovementDocument(this, { number: this.document(), at, type, origin })
  }
}

/** Lines of one document of one type. */
export class MovementDocument {
  readonly number: string
  private readonly desk: SupplyDesk
  private readonly head: { at: number; type: MovementType; origin: MovementOrigin }
  private items = 0
  readonly lines: Movement[] = []

  constructor(desk: SupplyDesk, head: { number: string; at: number; type: MovementType; origin: MovementOrigin }) {
    this.desk = desk
    this.number = head.number
    this.head = head
  }

  private line(place: StockPlace, amount: number, lot: string | null): void {
    this.items += 1
    const { at, type, origin } = this.head
    const movement: Movement = {
      ...place,
      ...origin,
      document: this.number,
      item: this.items,
      type,
      quantity: quantityOf(amount),
      lot,
    }
    this.lines.push(movement)
    this.desk.tell({ kind: 'movement', at, movement })
  }

  receive(place: StockPlace, amount: number, lot: string | null): void {
    if (amount <= 0) return
    this.desk.books.receive(place, amount, lot)
    this.line(place, amount, lot)
  }

  /** Takes the oldest lots first. */
  issue(place: StockPlace, amount: number): LotShare[] {
    if (amount <= 0) return []
    const shares = this.desk.books.take(place, amount)
    for (const share of shares) this.line(place, -share.amount, share.lot)
    return shares
  }

  move(from: StockPlace, to: StockPlace, amount: number): void {
    for (const share of this.desk.books.take(from, amount)) {
      this.line(from, -share.amount, share.lot)
      this.desk.books.receive(to, share.amount, share.lot)
      this.line(to, share.amount, share.lot)
    }
  }

  /** Puts back what the lines of another document took. */
  takeBack(lines: readonly Movement[]): void {
    for (const { material, location, status, quantity, lot } of lines)
      this.receive({ material, location, status }, Math.round(-quantity * 1000), lot)
  }
}
