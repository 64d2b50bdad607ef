/**
 * One machine as a sequence of events that depends on nothing but its seed, its calendar and its parameters: asked
 * again, it lives the same life again. Breaks and unscheduled time pause everything and resume it.
 */
import type { EquipmentState } from '@gemba/contracts/kpi'
import { type SetName, type UnitParameters, type UnitPlace, parametersOf } from './parameters.ts'
import type { CalendarPiece, PlannedTime } from './planned-time.ts'
import { Random } from './random.ts'
import { type Stop, changeoverReason, failureOf, microStopOf } from './stop-draws.ts'

/** From `fromAt` on the machine behaves like this. */
export interface ParameterSegment {
  readonly fromAt: number
  readonly set: SetName
}

export interface MachineOrder {
  readonly number: string
  readonly index: number
  readonly material: string
  /** Pieces after which the machine changes over. */
  readonly pieces: number
}

export interface StateEvent {
  readonly kind: 'state'
  readonly at: number
  /** What is really the case. */
  readonly truth: EquipmentState
  /** What goes on apart from the calendar: a break interrupts it and does not end it. */
  readonly activity: 'run' | 'setup' | 'stop'
  readonly isPaused: boolean
  readonly reason: string | null
  readonly station: string | null
}

export interface PiecesEvent {
  readonly kind: 'pieces'
  readonly at: number
  readonly order: MachineOrder
  readonly good: number
  readonly scrap: number
  readonly rework: number
}

export interface OrderEvent {
  readonly kind: 'order'
  readonly at: number
  readonly order: MachineOrder
}

export type PlantEvent = StateEvent | PiecesEvent | OrderEvent

const HOUR_MS = 3_600_000
const FIXED_REPAIR_MS = 120_000
const REPAIR_VARIATION = 0.6
const CYCLE_VARIATION = 0.03
const SHORTEST_RUN_MS = 50

/** Ten units share a range of numbers. */
const UNITS_PER_RANGE = 10
const NUMBERS_PER_RANGE = 4_000_000

export const orderNumber = (unitIndex: number, index: number): string => {
  const range = Math.floor(unitIndex / UNITS_PER_RANGE) * NUMBERS_PER_RANGE
  return String(1_001_000 + range + index * UNITS_PER_RANGE + (unitIndex % UNITS_PER_RANGE)).padStart(12, '0')
}

export class Machine {
  readonly place: UnitPlace
  private readonly unitIndex: number
  private readonly time: PlannedTime
  private readonly segments: readonly ParameterSegment[]
  private readonly random: Random
  private readonly queue: PlantEvent[] = []
  private piece: CalendarPiece
  private pieceIndex: number
  private clock: number
  private set: SetName
  private parameters: UnitParameters
  private order: MachineOrder
  private made: number
  private toFailureMs = 0
  private toMicroStopMs = 0
  private toCycleEndMs = 0

  constructor(
    place: UnitPlace,
    unitIndex: number,
    life: { seed: number; epochAt: number; time: PlannedTime; segments: readonly ParameterSegment[] },
  ) {
    this.place = place
    this.unitIndex = unitIndex
    this.time = life.time
    this.segments = life.segments
    this.random = new Random(`${life.seed}:${place.code}`)
    this.clock = life.epochAt
    this.pieceIndex = life.time.indexAt(life.epochAt)
    this.piece = life.time.piece(this.pieceIndex)
    this.set = life.segments[0]?.set ?? 'reference'
    this.parameters = parametersOf(place.code, this.set)
    this.order = this.newOrder(0)
    // A random phase of the first batch: to start right after a changeover would bias OEE.
    const phase = this.random.uniform()
    const done = this.parameters.load ? 0 : Math.floor(phase * this.order.pieces)
    this.order = { ...this.order, pieces: this.order.pieces - done }
    this.made = 0
    this.drawRun()
    this.drawCycle()
    if (this.parameters.load) this.toCycleEndMs *= phase
    this.emit({ kind: 'order', at: this.clock, order: this.order })
    this.emitState('run', null)
    if (this.piece.kind !== 'planned') this.toNextPlanned('run', null)
  }

  /** The next event; events come in order of time and never end. */
  next(): PlantEvent {
    while (this.queue.length === 0) this.step()
    return this.queue.shift() as PlantEvent
  }

  private emit(event: PlantEvent): void {
    this.queue.push(event)
  }

  private emitState(activity: StateEvent['activity'], stop: Stop | null, micro = false): void {
    const isPaused = this.piece.kind !== 'planned'
    const working: EquipmentState =
      activity === 'run' ? 'RUN' : activity === 'setup' ? 'SETUP' : micro ? 'MICRO_STOP' : 'DOWN'
    const truth: EquipmentState =
      this.piece.kind === 'off' ? 'UNSCHEDULED' : this.piece.kind === 'break' ? 'PLANNED_STOP' : working
    this.emit({
      kind: 'state',
      at: Math.round(this.clock),
      truth,
      activity,
      isPaused,
      reason: stop?.code ?? null,
      station: stop?.station ?? null,
    })
  }

  private newOrder(index: number): MachineOrder {
    const material = this.place.materials[index % this.place.materials.length] as string
    return { number: orderNumber(this.unitIndex, index), index, material, pieces: this.parameters.batchPieces }
  }

  private drawRun(): void {
    this.toFailureMs = Math.max(SHORTEST_RUN_MS, this.random.exponential(this.parameters.mtbfRunHours * HOUR_MS))
    this.drawMicroStop()
  }

  private drawMicroStop(): void {
    const rate = this.parameters.microStopsPerRunHour
    this.toMicroStopMs = rate > 0 ? Math.max(SHORTEST_RUN_MS, this.random.exponential(HOUR_MS / rate)) : Infinity
  }

  private drawCycle(): void {
    this.toCycleEndMs = this.random.gamma(
      this.parameters.idealCycleSeconds * this.parameters.speedFactor * 1000,
      CYCLE_VARIATION,
    )
  }

  /** Executes until the next thing happens. */
  private step(): void {
    this.changeSegment()
    const runMs = Math.min(this.toFailureMs, this.toMicroStopMs, this.toCycleEndMs)
    const leftMs = this.piece.toAt - this.clock
    const doneMs = Math.min(runMs, leftMs)
    this.clock += doneMs
    this.toFailureMs -= doneMs
    this.toMicroStopMs -= doneMs
    this.toCycleEndMs -= doneMs
    if (runMs > leftMs) {
      this.clock = this.piece.toAt
      this.toNextPlanned('run', null)
    } else if (this.toCycleEndMs <= 0) this.endCycle()
    else if (this.toFailureMs <= 0) this.fail()
    else this.microStop()
  }

  private changeSegment(): void {
    const segment = this.segments.findLast((each) => each.fromAt <= this.clock)
    if (!segment || segment.set === this.set) return
    this.set = segment.set
    this.parameters = parametersOf(this.place.code, this.set)
    this.drawRun()
    if (this.parameters.load) this.drawCycle()
  }

  private endCycle(): void {
    const { cavities, scrapRate, reworkRate, load } = this.parameters
    if (load) return this.endLoad(load)
    const made = { good: 0, scrap: 0, rework: 0 }
    for (let cavity = 0; cavity < cavities; cavity += 1) {
      const chance = this.random.uniform()
      if (chance < scrapRate) made.scrap += 1
      else if (chance < scrapRate + reworkRate) made.rework += 1
      else made.good += 1
    }
    this.made += cavities
    this.drawCycle()
    this.emit({ kind: 'pieces', at: Math.round(this.clock), order: this.order, ...made })
    if (this.made >= Math.min(this.order.pieces, this.parameters.batchPieces)) this.changeOver()
  }

  /** A load leaves as a whole; the next one is another order. */
  private endLoad({ carriers, piecesEach }: NonNullable<UnitParameters['load']>): void {
    const good = this.random.integer(carriers[0], carriers[1]) * piecesEach
    this.made += good
    this.drawCycle()
    this.emit({ kind: 'pieces', at: Math.round(this.clock), order: this.order, good, scrap: 0, rework: 0 })
    this.changeOver()
  }

  private changeOver(): void {
    this.order = this.newOrder(this.order.index + 1)
    this.made = 0
    const durationMs = this.parameters.changeoverHours * HOUR_MS * this.random.between(0.8, 1.2)
    this.emit({ kind: 'order', at: Math.round(this.clock), order: this.order })
    this.emitState('setup', { code: changeoverReason(this.place.code), station: null })
    this.spend(durationMs, { activity: 'setup', stop: { code: changeoverReason(this.place.code), station: null } })
    this.emitState('run', null)
  }

  private fail(): void {
    const stop = failureOf(this.place.code, this.random, this.parameters)
    this.emitState('stop', stop)
    this.spend(this.repairMs(), { activity: 'stop', stop })
    this.toFailureMs = Math.max(SHORTEST_RUN_MS, this.random.exponential(this.parameters.mtbfRunHours * HOUR_MS))
    this.emitState('run', null)
  }

  private repairMs(): number {
    const { repairSeconds, mttrHours } = this.parameters
    if (repairSeconds) return this.random.between(repairSeconds[0], repairSeconds[1]) * 1000
    return FIXED_REPAIR_MS + this.random.lognormal(mttrHours * HOUR_MS - FIXED_REPAIR_MS, REPAIR_VARIATION)
  }

  private microStop(): void {
    const stop = microStopOf(this.place.code, this.random)
    this.emitState('stop', stop, true)
    const durationMs = this.parameters.microStopMeanSeconds * 1000 * this.random.between(0.5, 1.5)
    this.spend(durationMs, { activity: 'stop', stop, micro: true })
    this.drawMicroStop()
    this.emitState('run', null)
  }

  /** Lets planned time pass without executing. */
  private spend(plannedMs: number, doing: { activity: 'setup' | 'stop'; stop: Stop; micro?: boolean }): void {
    let leftMs = plannedMs
    while (leftMs > this.piece.toAt - this.clock) {
      leftMs -= this.piece.toAt - this.clock
      this.clock = this.piece.toAt
      this.toNextPlanned(doing.activity, doing.stop, doing.micro)
    }
    this.clock += leftMs
  }

  /** Passes breaks and unscheduled time; what went on before goes on after it. */
  private toNextPlanned(activity: StateEvent['activity'], stop: Stop | null, micro = false): void {
    do {
      this.pieceIndex += 1
      this.piece = this.time.piece(this.pieceIndex)
      this.clock = this.piece.fromAt
      this.emitState(activity, stop, micro)
    } while (this.piece.kind !== 'planned')
  }
}
