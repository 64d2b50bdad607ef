/**
 * Maintenance orders as the MES keeps them: a failure calls for one, with its stamps; preventive ones are planned a day
 * ahead and done in breaks, so that the machine stands anyway.
 */
import type { PlantEvent, StateEvent } from './machine.ts'
import { type UnitPlace, UNITS } from './parameters.ts'
import type { PlannedTime } from './planned-time.ts'
import { type Cell, type QualityFact, type TruthLine, QualityLog } from './quality-facts.ts'
import { Random } from './random.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Every so many breaks a machine is maintained. */
const BREAKS_BETWEEN = 5

interface Order {
  readonly number: string
  readonly kind: 'corrective' | 'preventive'
  readonly reason: string | null
  readonly plannedFromAt: number | null
  readonly plannedToAt: number | null
  readonly failedAt: number | null
  calledAt: number | null
  arrivedAt: number | null
  repairedAt: number | null
  restartedAt: number | null
}

interface Task {
  readonly at: number
  readonly order: Order
  readonly change: Partial<Order>
  readonly status: 'planned' | 'open' | 'closed'
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** Orders of one machine. */
class Workshop {
  private readonly place: UnitPlace
  private readonly log: QualityLog
  private readonly random: Random
  private readonly plans: Random
  private readonly time: PlannedTime
  private readonly epochAt: number
  private tasks: Task[] = []
  private failure: Order | null = null
  private inStop = false
  private counts = { corrective: 0, preventive: 0 }
  private pieceIndex: number
  private breaks: number

  constructor(place: UnitPlace, log: QualityLog, life: { seed: number; epochAt: number; time: PlannedTime }) {
    this.place = place
    this.log = log
    this.time = life.time
    this.epochAt = life.epochAt
    this.random = new Random(`${life.seed}:${place.code}:repair`)
    this.plans = new Random(`${life.seed}:${place.code}:upkeep`)
    this.pieceIndex = life.time.indexAt(life.epochAt) + 1
    this.breaks = UNITS.indexOf(place) % BREAKS_BETWEEN
  }

  follow(event: PlantEvent): void {
    if (event.kind !== 'state') return
    if (event.activity === 'stop') this.stops(event)
    else if (this.inStop) this.restarts(event.at)
  }

  /** Books what is due; the machine must have been followed up to it. */
  until(at: number): void {
    this.planAhead(at)
    this.run(at)
  }

  private stops({ at, truth, reason, isPaused }: StateEvent): void {
    const isNew = !this.inStop
    this.inStop = true
    if (!isNew || isPaused || truth !== 'DOWN' || !(reason === null || reason.startsWith('F-'))) return
    this.failure = this.order('corrective', { reason, failedAt: at })
    const calledAt = Math.round(at + this.random.between(12, 45) * SECOND_MS)
    const arrivedAt = Math.round(calledAt + this.random.between(25, 70) * SECOND_MS)
    this.plan({ at: calledAt, order: this.failure, change: { calledAt }, status: 'open' })
    this.plan({ at: arrivedAt, order: this.failure, change: { arrivedAt }, status: 'open' })
  }

  private restarts(at: number): void {
    this.inStop = false
    const order = this.failure
    this.failure = null
    if (!order) return
    // Nobody had to come any more: these stamps stay empty.
    this.run(at)
    this.tasks = this.tasks.filter((task) => task.order !== order)
    const { arrivedAt } = order
    const repairedAt =
      arrivedAt === null ? null : Math.round(arrivedAt + (at - arrivedAt) * this.random.between(0.6, 0.95))
    this.plan({ at, order, change: { repairedAt, restartedAt: at }, status: 'closed' })
  }

  /** Preventive orders whose break begins within a day. */
  private planAhead(at: number): void {
    for (; ; this.pieceIndex += 1) {
      const piece = this.time.piece(this.pieceIndex)
      if (piece.fromAt - DAY_MS > at) return
      if (piece.kind !== 'break') continue
      this.breaks += 1
      if (this.breaks % BREAKS_BETWEEN !== 0) continue
      const { fromAt: plannedFromAt, toAt: plannedToAt } = piece
      const order = this.order('preventive', { reason: 'PM-ROUTINE', plannedFromAt, plannedToAt })
      const [late, done] = [this.plans.between(0.5, 3), this.plans.between(0.55, 0.9)]
      const arrivedAt = Math.round(plannedFromAt + late * MINUTE_MS)
      const repairedAt = Math.round(arrivedAt + (plannedToAt - arrivedAt) * done)
      // Nothing of the plant is told before it began.
      this.plan({ at: Math.max(this.epochAt, plannedFromAt - DAY_MS), order, change: {}, status: 'planned' })
      this.plan({ at: arrivedAt, order, change: { arrivedAt }, status: 'open' })
      this.plan({ at: repairedAt, order, change: { repairedAt }, status: 'closed' })
    }
  }

  private order(kind: Order['kind'], known: Partial<Order>): Order {
    this.counts[kind] += 1
    const number = `${kind === 'corrective' ? 'CM' : 'PM'}-${this.place.code}-${String(this.counts[kind]).padStart(5, '0')}`
    const empty = { plannedFromAt: null, plannedToAt: null, failedAt: null, calledAt: null, arrivedAt: null }
    return { number, kind, reason: null, ...empty, repairedAt: null, restartedAt: null, ...known }
  }

  private plan(task: Task): void {
    const index = this.tasks.findIndex((each) => each.at > task.at)
    this.tasks.splice(index === -1 ? this.tasks.length : index, 0, task)
  }

  private run(at: number): void {
    for (let task = this.tasks[0]; task && task.at <= at; task = this.tasks[0]) {
      this.tasks.shift()
      Object.assign(task.order, task.change)
      this.book(task)
    }
  }

  private book({ at, order, status }: Task): void {
    const { number, kind, reason, plannedFromAt, plannedToAt, failedAt, calledAt, arrivedAt, repairedAt, restartedAt } =
      order
    const row: Record<string, Cell> = {
      mo_no: number,
      equipment_no: this.place.code,
      kind,
      status,
      reason,
      planned_from: iso(plannedFromAt),
      planned_to: iso(plannedToAt),
      failed_at: iso(failedAt),
      called_at: iso(calledAt),
      arrived_at: iso(arrivedAt),
      repaired_at: iso(repairedAt),
      restarted_at: iso(restartedAt),
    }
    this.log.book(at, 'maintenance_order', row)
    this.log.truth({ k: 'maintenance', t: at, unit: this.place.path, status, ...order })
  }
}

/** Maintenance of the whole plant. */
export class Maintenance {
  private readonly log = new QualityLog()
  private readonly workshops: ReadonlyMap<string, Workshop>

  constructor(life: { seed: number; epochAt: number; timeOf: (unit: UnitPlace) => PlannedTime }) {
    this.workshops = new Map(
      UNITS.map((unit) => [unit.code, new Workshop(unit, this.log, { ...life, time: life.timeOf(unit) })]),
    )
  }

  follow(unit: UnitPlace, event: PlantEvent): void {
    this.workshops.get(unit.code)?.follow(event)
  }

  /** Everything up to and including the instant, in order of time; all machines must have been followed up to it. */
  until(at: number): { facts: QualityFact[]; truths: TruthLine[] } {
    for (const workshop of this.workshops.values()) workshop.until(at)
    const { facts, truths } = this.log.take()
    return { facts: facts.sort((a, b) => a.at - b.at), truths: truths.sort((a, b) => a.t - b.t) }
  }
}

export const MAINTENANCE_COLUMNS = [
  'mo_no text PRIMARY KEY',
  'equipment_no text',
  'kind text',
  'status text',
  'reason text',
  'planned_from timestamptz(3)',
  'planned_to timestamptz(3)',
  'failed_at timestamptz(3)',
  'called_at timestamptz(3)',
  'arrived_at timestamptz(3)',
  'repaired_at timestamptz(3)',
  'restarted_at timestamptz(3)',
] as const
