/** What the machine's own controller shows of an event: words, codes and counters that only grow. */
import type { DrivingRole } from './points.ts'
import type { PlantEvent, StateEvent } from './machine.ts'
import { WAIT_LINE, waitFor } from './stop-reasons.ts'

export interface DeviceReading {
  /** Path of the unit or station. */
  readonly equipment: string
  readonly role: DrivingRole
  readonly at: number
  readonly value: string | number
  /** Absent = good; see `Reading`. */
  readonly quality?: 1 | 2
}

type Shown = Record<'state' | 'mode' | 'reason', string>

function shownBy(event: StateEvent): Shown {
  if (event.activity === 'setup') return { state: 'not-executing', mode: 'setup', reason: event.reason ?? '' }
  if (event.activity === 'stop') return { state: 'not-executing', mode: 'processing', reason: event.reason ?? '' }
  return event.isPaused
    ? { state: 'not-executing', mode: 'none', reason: '' }
    : { state: 'executing', mode: 'processing', reason: '' }
}

/** The station that failed shows it; the others of a synchronous line wait. */
function stationShown(event: StateEvent, station: string): Shown {
  const line = shownBy(event)
  if (event.activity !== 'stop' || event.station === station) return line
  return { ...line, reason: event.station === null ? WAIT_LINE : waitFor(event.station) }
}

/** Turns the events of one unit into readings; unchanged words are not repeated. */
export class Controller {
  private readonly unit: string
  private readonly stations: readonly string[]
  private readonly shown = new Map<string, string>()
  readonly counters = { total: 0, good: 0, scrap: 0, rework: 0 }

  constructor(unit: string, stations: readonly string[]) {
    this.unit = unit
    this.stations = stations
  }

  readingsOf(event: PlantEvent): DeviceReading[] {
    if (event.kind === 'pieces') return this.count(event)
    if (event.kind === 'order')
      return [
        ...this.show({ equipment: this.unit, role: 'order', at: event.at, value: event.order.number }),
        ...this.show({ equipment: this.unit, role: 'material', at: event.at, value: event.order.material }),
      ]
    return this.stateReadings(event)
  }

  private stateReadings(event: StateEvent): DeviceReading[] {
    const readings = this.showAll(this.unit, shownBy(event), event.at)
    for (const station of this.stations)
      readings.push(...this.showAll(`${this.unit}/${station}`, stationShown(event, station), event.at))
    return readings
  }

  private showAll(equipment: string, shown: Shown, at: number): DeviceReading[] {
    return (['reason', 'mode', 'state'] as const).flatMap((role) =>
      this.show({ equipment, role, at, value: shown[role] }),
    )
  }

  private show(reading: DeviceReading & { value: string }): DeviceReading[] {
    const key = `${reading.equipment}:${reading.role}`
    if (this.shown.get(key) === reading.value) return []
    this.shown.set(key, reading.value)
    return [reading]
  }

  private count(event: Extract<PlantEvent, { kind: 'pieces' }>): DeviceReading[] {
    const made = event.good + event.scrap + event.rework
    const added = { total: made, good: event.good, scrap: event.scrap, rework: event.rework }
    const readings: DeviceReading[] = []
    for (const role of ['total', 'good', 'scrap', 'rework'] as const) {
      if (added[role] === 0) continue
      this.counters[role] += added[role]
      readings.push({ equipment: this.unit, role, at: event.at, value: this.counters[role] })
    }
    return readings
  }
}
