/** The terminal of the pump assembly: who stops a cell for longer enters from when to when and why. */
import type { PlantEvent } from './machine.ts'
import type { UnitPlace } from './parameters.ts'
import type { QualityLog } from './quality-facts.ts'
import { localTime } from './quality-office.ts'

/** Nobody enters a shorter one. */
const SHORTEST_MS = 120_000
const ENTERED_AFTER_MS = 30_000
/** Of the entries of the crew; maintenance goes before it. */
export const CREW_PRIORITY = 1
export const MAINTENANCE_PRIORITY = 2

interface Stop {
  readonly at: number
  readonly reason: string | null
}

export class StopTerminal {
  private readonly log: QualityLog
  private readonly later: (at: number, run: () => void) => void
  private readonly open = new Map<string, Stop>()

  constructor({ log, later }: { log: QualityLog; later: (at: number, run: () => void) => void }) {
    this.log = log
    this.later = later
  }

  follow(unit: UnitPlace, event: PlantEvent): void {
    if (event.kind !== 'state' || !unit.code.startsWith('F1')) return
    const stop = this.open.get(unit.code)
    if (event.activity === 'stop') {
      if (!stop) this.open.set(unit.code, { at: event.at, reason: event.reason })
      return
    }
    if (!stop) return
    this.open.delete(unit.code)
    if (event.at - stop.at >= SHORTEST_MS) this.enter(unit, stop, event.at)
  }

  private enter(unit: UnitPlace, stop: Stop, toAt: number): void {
    const enteredAt = toAt + ENTERED_AFTER_MS
    const event = `${unit.code}-${stop.at}`
    this.later(enteredAt, () => {
      this.log.book(enteredAt, 'downtime_event', {
        event_no: event,
        equipment_no: unit.code,
        from_local: localTime(stop.at),
        to_local: localTime(toAt),
        reason_code: stop.reason,
        priority: MAINTENANCE_PRIORITY,
      })
      this.log.truth({ k: 'entered-stop', t: enteredAt, unit: unit.path, fromAt: stop.at, toAt, reason: stop.reason })
    })
  }
}
