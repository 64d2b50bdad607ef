/** Sums what one machine makes into containers, minutes and slots of ten minutes, the same however often it is asked. */
import type { MachineOrder, PlantEvent } from './machine.ts'
import { type SetName, type UnitPlace, parametersOf } from './parameters.ts'

interface Base {
  readonly at: number
  readonly unit: UnitPlace
  readonly order: MachineOrder
}
export interface ContainerFilled extends Base {
  readonly kind: 'container'
  readonly openedAt: number
  /** Counts from 1 inside the order. */
  readonly number: number
  readonly good: number
  readonly scrap: number
  readonly rework: number
}
export type Production =
  | (Base & { readonly kind: 'begin' })
  | (Base & { readonly kind: 'end' })
  /** Pieces of one minute; `at` is the end of the minute, or of the order. */
  | (Base & { readonly kind: 'minute'; readonly pieces: number; readonly isWhole: boolean })
  /** The first piece in a slot of ten minutes. */
  | (Base & { readonly kind: 'slot' })
  /** One tested piece, where each has a serial. */
  | (Base & { readonly kind: 'piece'; readonly result: 'good' | 'rework' | 'scrap' })
  | ContainerFilled

const MINUTE_MS = 60_000
const SLOT_MS = 600_000
/** Containers of one order, by unit. */
const CONTAINERS: Readonly<Record<string, number>> = {
  A1: 10,
  P1: 4,
  'F1-1': 5,
  'F1-2': 5,
  'F1-3': 5,
}
const MOST_CONTAINERS = 20

export class ProductionRecorder {
  private readonly unit: UnitPlace
  private readonly size: number
  /** Only a hopper is changed on the minute. */
  private readonly hasHopper: boolean
  private events: Production[] = []
  private order: MachineOrder | null = null
  private open = { openedAt: 0, number: 0, good: 0, scrap: 0, rework: 0 }
  private minute = { fromAt: -1, pieces: 0 }
  private slot = -1

  constructor(unit: UnitPlace, set: SetName) {
    this.unit = unit
    this.hasHopper = unit.area === 'SUZ/MOLD'
    this.size = Math.ceil(parametersOf(unit.code, set).batchPieces / (CONTAINERS[unit.code] ?? MOST_CONTAINERS))
  }

  follow(event: PlantEvent): void {
    if (event.kind === 'order') this.changeOrder(event.order, event.at)
    if (event.kind !== 'pieces') return
    const { at, good, scrap, rework } = event
    const base = { at, unit: this.unit, order: event.order }
    this.closeMinute(at, false)
    const slot = Math.floor(at / SLOT_MS)
    if (slot !== this.slot) this.events.push({ kind: 'slot', ...base })
    this.slot = slot
    if (this.unit.code === 'T1')
      for (const [result, pieces] of [
        ['good', good],
        ['rework', rework],
        ['scrap', scrap],
      ] as const)
        for (let piece = 0; piece < pieces; piece += 1) this.events.push({ kind: 'piece', ...base, result })
    if (this.minute.fromAt < 0 && this.hasHopper)
      this.minute = { fromAt: Math.floor(at / MINUTE_MS) * MINUTE_MS, pieces: 0 }
    this.minute.pieces += good + scrap + rework
    this.open.good += good
    this.open.scrap += scrap
    this.open.rework += rework
    if (this.open.good >= this.size) this.fill(at)
  }

  /** Everything up to and including the instant, in order of time. */
  until(at: number): Production[] {
    this.closeMinute(at, false)
    const events = this.events
    this.events = []
    return events
  }

  private changeOrder(order: MachineOrder, at: number): void {
    if (this.order) {
      this.closeMinute(at, true)
      if (this.open.good + this.open.scrap + this.open.rework > 0) this.fill(at)
      this.events.push({ kind: 'end', at, unit: this.unit, order: this.order })
    }
    this.order = order
    this.open = { openedAt: at, number: 0, good: 0, scrap: 0, rework: 0 }
    this.events.push({ kind: 'begin', at, unit: this.unit, order })
  }

  private fill(at: number): void {
    const order = this.order as MachineOrder
    const { openedAt, number, good, scrap, rework } = this.open
    this.events.push({
      kind: 'container',
      at,
      unit: this.unit,
      order,
      openedAt,
      number: number + 1,
      good,
      scrap,
      rework,
    })
    this.open = { openedAt: at, number: number + 1, good: 0, scrap: 0, rework: 0 }
  }

  private closeMinute(at: number, isEnd: boolean): void {
    const { fromAt, pieces } = this.minute
    const order = this.order
    if (fromAt < 0 || !order) return
    const endAt = fromAt + MINUTE_MS
    if (at < endAt && !isEnd) return
    this.minute = { fromAt: -1, pieces: 0 }
    this.events.push({
      kind: 'minute',
      at: Math.min(at, endAt),
      unit: this.unit,
      order,
      pieces,
      isWhole: at >= endAt,
    })
  }
}
