/**
 * The energy meter of a machine: what it draws depends on what it does, and each piece costs a share. The register is
 * told at every whole minute and at every change of state, when it shows another number than before.
 */
import type { PlantEvent, StateEvent } from './machine.ts'
import { type UnitPlace, parametersOf } from './parameters.ts'
import { fractionOf, hashOf } from './random.ts'
import type { DeviceReading } from './readings.ts'
import type { TruthLine } from './quality-facts.ts'
import { type Kind, kindOf } from './stop-reasons.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** The register shows watt-hours. */
export const METER_RESOLUTION_KWH = 0.001

/** Kilowatts while running, setting up, stopped, and in pauses; and kWh for each piece. */
type Draw = readonly [run: number, setup: number, stop: number, pause: number, piece: number]
const DRAWS: Readonly<Record<Kind, Draw>> = {
  mould: [21, 12, 7.5, 3.2, 0.0042],
  A1: [8.4, 3.6, 2.7, 1.1, 0.0009],
  P1: [12.6, 6.2, 4.8, 1.6, 0.0004],
  S1: [17.5, 11, 9.2, 4.4, 0.011],
  F1: [0.62, 0.35, 0.3, 0.08, 0.02],
  T1: [1.9, 1.1, 0.9, 0.25, 0.015],
  ST: [34, 16, 14, 6, 0.00002],
}
/** Two machines of one kind differ by so much. */
const SPREAD = 0.06

export interface Metered {
  readonly readings: DeviceReading[]
  readonly truths: TruthLine[]
}

export class Meter {
  private readonly place: UnitPlace
  private readonly draw: Draw
  private at: number
  private kwh = 0
  private kw: number
  private shown = -1
  private readings: DeviceReading[] = []
  private truths: TruthLine[] = []

  constructor(place: UnitPlace, life: { seed: number; epochAt: number }) {
    this.place = place
    const factor = 1 + SPREAD * (2 * fractionOf(hashOf(`${life.seed}:${place.code}:meter`), 0) - 1)
    // A load of the steriliser holds thousands of pieces: their share would come in one instant.
    const piece = parametersOf(place.code, 'reference').load ? 0 : 1
    this.draw = DRAWS[kindOf(place.code)].map(
      (each, index) => each * factor * (index === 4 ? piece : 1),
    ) as unknown as Draw
    this.at = life.epochAt
    this.kw = this.draw[0]
    this.tell(life.epochAt)
  }

  follow(event: PlantEvent): void {
    this.pass(event.at)
    if (event.kind === 'pieces') this.kwh += (event.good + event.scrap + event.rework) * this.draw[4]
    if (event.kind !== 'state') return
    this.tell(event.at)
    this.kw = this.kilowatts(event)
  }

  /** What the meter has said up to and including the instant, and what was really drawn. */
  until(at: number): Metered {
    this.tellMinutes(at)
    const told = { readings: this.readings, truths: this.truths }
    this.readings = []
    this.truths = []
    return told
  }

  private kilowatts({ activity, isPaused }: StateEvent): number {
    const [run, setup, stop, pause] = this.draw
    if (isPaused) return pause
    return activity === 'run' ? run : activity === 'setup' ? setup : stop
  }

  /** Lets time go by. */
  private pass(to: number): void {
    this.tellMinutes(to)
    this.flow(to)
  }

  /** Up to the last whole minute and no further: the sums are the same however often it is asked. */
  private tellMinutes(to: number): void {
    for (let next = Math.floor(this.at / MINUTE_MS) * MINUTE_MS + MINUTE_MS; next <= to; next += MINUTE_MS) {
      this.flow(next)
      this.tell(next)
    }
  }

  private flow(to: number): void {
    if (to <= this.at) return
    this.kwh += (this.kw * (to - this.at)) / HOUR_MS
    this.at = to
  }

  private tell(at: number): void {
    const value = Math.floor(this.kwh / METER_RESOLUTION_KWH + 1e-6) / Math.round(1 / METER_RESOLUTION_KWH)
    if (value === this.shown) return
    this.shown = value
    this.readings.push({ equipment: this.place.path, role: 'energy', at, value })
    this.truths.push({ k: 'energy', t: at, unit: this.place.path, kwh: Math.round(this.kwh * 1e6) / 1e6 })
  }
}
