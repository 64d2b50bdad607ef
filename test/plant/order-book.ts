/** Production orders, their reports and deliveries: what the office knows of what the machines do, and when it learns it. */
import type { MachineOrder, PlantEvent } from './machine.ts'
import { type SetName, type UnitPlace, parametersOf, plannedMsPerPiece } from './parameters.ts'
import type { PlannedTime } from './planned-time.ts'
import { fractionOf, hashOf } from './random.ts'

export interface PlantOrder {
  readonly number: string
  readonly unit: UnitPlace
  readonly material: string
  readonly quantity: number
  readonly customer: string
  readonly priority: number
  readonly releasedAt: number
  readonly scheduledStartAt: number
  readonly dueAt: number
  /** Seconds per good piece at the first operation and at the inspection. */
  readonly standardSeconds: readonly [number, number]
}

export interface OrderReport {
  readonly key: string
  readonly order: string
  readonly operation: '0010' | '0020'
  readonly workCenter: string
  readonly at: number
  readonly good: number
  readonly scrap: number
  readonly rework: number
  /** Key of the report that this one takes back. */
  readonly reverses?: string
}

export type OfficeFact =
  | { readonly kind: 'order'; readonly at: number; readonly order: PlantOrder }
  | { readonly kind: 'start'; readonly at: number; readonly order: string }
  | { readonly kind: 'report'; readonly at: number; readonly report: OrderReport }
  | { readonly kind: 'delivery'; readonly at: number; readonly order: string; readonly quantity: number }
  | {
      readonly kind: 'order-deleted' | 'order-reopened' | 'order-closed-again'
      readonly at: number
      readonly order: string
    }

const HOUR_MS = 3_600_000
const CONTAINERS = 20
/** Orders that are released before the running one ends. */
const AHEAD = 3
const SLIPPED = 0.06
const SILENT = 0.04
const INSPECTION_SECONDS = 0.4

interface Pace {
  readonly reportEveryMs: number
  readonly lagMs: readonly [number, number]
}
const PACE: Readonly<Record<SetName, Pace>> = {
  reference: { reportEveryMs: 600_000, lagMs: [20 * 60_000, 60 * 60_000] },
  nervous: { reportEveryMs: 30_000, lagMs: [60_000, 180_000] },
}

interface Running {
  readonly order: PlantOrder
  readonly silent: boolean
  good: number
  scrap: number
  rework: number
  reported: { good: number; scrap: number; rework: number; at: number }
  inspected: number
  reports: number
}

/** Follows one machine and says, in order of time, what the office learns. Deterministic like the machine. */
export class OrderBook {
  private readonly unit: UnitPlace
  private readonly set: SetName
  private readonly time: PlannedTime
  private readonly known = new Map<number, PlantOrder>()
  private running: Running | null = null
  private pending: OfficeFact[] = []
  private readonly number: (index: number) => string

  constructor(unit: UnitPlace, world: { set: SetName; time: PlannedTime; number: (index: number) => string }) {
    this.unit = unit
    this.set = world.set
    this.time = world.time
    this.number = world.number
  }

  /** Facts that come of the event; some lie in the future of it. */
  follow(event: PlantEvent): void {
    if (event.kind === 'order') this.begin(event.order, event.at)
    else if (event.kind === 'pieces') this.count(event)
  }

  /** Facts due until the instant, in order of time. */
  factsUntil(at: number): OfficeFact[] {
    if (this.pending.length === 0) return []
    const due = this.pending.filter((fact) => fact.at <= at).sort((a, b) => a.at - b.at)
    if (due.length > 0) this.pending = this.pending.filter((fact) => fact.at > at)
    return due
  }

  private begin(machineOrder: MachineOrder, at: number): void {
    if (this.running) this.end(this.running, at)
    for (let ahead = 0; ahead <= AHEAD; ahead += 1)
      this.release(machineOrder.index + ahead, ahead === 0 ? machineOrder.pieces : null, at)
    const order = this.known.get(machineOrder.index) as PlantOrder
    this.known.delete(machineOrder.index - 1)
    const silent = fractionOf(hashOf('silent'), hashOf(order.number)) < SILENT
    this.running = {
      order,
      silent,
      good: 0,
      scrap: 0,
      rework: 0,
      reported: { good: 0, scrap: 0, rework: 0, at },
      inspected: 0,
      reports: 0,
    }
    this.pending.push({ kind: 'start', at, order: order.number })
  }

  private release(index: number, pieces: number | null, at: number): void {
    if (this.known.has(index)) return
    const parameters = parametersOf(this.unit.code, this.set)
    const batch = pieces ?? parameters.batchPieces
    const goodShare = 1 - parameters.scrapRate - parameters.reworkRate
    const before = this.known.get(index - 1)
    const durationMs = plannedMsPerPiece(parameters) * batch
    const startAt = before
      ? this.time.after(before.scheduledStartAt, plannedMsPerPiece(parameters) * parameters.batchPieces)
      : at
    const number = this.number(index)
    const chance = fractionOf(hashOf('due'), hashOf(number))
    const slackMs =
      chance < SLIPPED ? -0.1 * durationMs : 0.25 * durationMs + (this.set === 'nervous' ? 5 * 60_000 : 3 * HOUR_MS)
    const endAt = this.time.after(startAt, durationMs)
    const order: PlantOrder = {
      number,
      unit: this.unit,
      material: this.unit.materials[index % this.unit.materials.length] as string,
      quantity: Math.max(1, Math.floor(batch * goodShare * 0.98)),
      customer: `C${String(1 + (hashOf(number) % 20)).padStart(2, '0')}`,
      priority: 1 + (hashOf(number) % 3),
      releasedAt: at,
      scheduledStartAt: startAt,
      dueAt: Math.ceil((endAt + slackMs) / 60_000) * 60_000,
      standardSeconds: [plannedMsPerPiece(parameters) / 1000 / goodShare, INSPECTION_SECONDS],
    }
    this.known.set(index, order)
    this.pending.push({ kind: 'order', at, order })
  }

  private count(event: Extract<PlantEvent, { kind: 'pieces' }>): void {
    const running = this.running
    if (!running) return
    running.good += event.good
    running.scrap += event.scrap
    running.rework += event.rework
    if (!running.silent && event.at - running.reported.at >= PACE[this.set].reportEveryMs)
      this.report(running, event.at)
  }

  /** The terminal reports what was made since the last time; what is inspected follows later, container by container. */
  private report(running: Running, at: number): void {
    const { order, reported } = running
    const added = {
      good: running.good - reported.good,
      scrap: running.scrap - reported.scrap,
      rework: running.rework - reported.rework,
    }
    if (added.good + added.scrap + added.rework === 0) return
    running.reports += 1
    const key = `${order.number}-0010-${running.reports}`
    this.pending.push({
      kind: 'report',
      at,
      report: { key, order: order.number, operation: '0010', workCenter: this.unit.workCenter, at, ...added },
    })
    running.reported = { good: running.good, scrap: running.scrap, rework: running.rework, at }
    this.inspect(running, at, false)
  }

  private inspect(running: Running, at: number, isLast: boolean): void {
    const { order } = running
    const container = Math.max(1, Math.floor(order.quantity / CONTAINERS))
    const ready = isLast ? running.good : Math.floor(running.good / container) * container
    const good = ready - running.inspected
    if (good <= 0) return
    const at2 = at + this.lag(`${order.number}:${ready}`)
    running.inspected = ready
    const key = `${order.number}-0020-${ready}`
    this.pending.push({
      kind: 'report',
      at: at2,
      report: {
        key,
        order: order.number,
        operation: '0020',
        workCenter: this.unit.inspectionCenter,
        at: at2,
        good,
        scrap: 0,
        rework: 0,
      },
    })
    if (isLast)
      this.pending.push({
        kind: 'delivery',
        at: at + PACE[this.set].lagMs[1] + 60_000,
        order: order.number,
        quantity: running.good,
      })
  }

  private lag(key: string): number {
    const [low, high] = PACE[this.set].lagMs
    return Math.round(low + (high - low) * fractionOf(hashOf('lag'), hashOf(key)))
  }

  private end(running: Running, at: number): void {
    this.report(running, at)
    this.inspect(running, at, true)
  }
}
