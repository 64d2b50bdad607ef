/** The machines of the plant with their controllers and orders, moved on in time together. */
import { FaultyFeed } from './faults/faults.ts'
import { AlarmPanel } from './alarms.ts'
import { Maintenance } from './maintenance.ts'
import { Meter } from './meter.ts'
import { Machine, type ParameterSegment, type PlantEvent, orderNumber } from './machine.ts'
import { type OfficeFact, OrderBook } from './order-book.ts'
import { type SetName, UNITS, type UnitPlace } from './parameters.ts'
import { PlannedTime } from './planned-time.ts'
import { stationsOf } from './points.ts'
import type { QualityFact, TruthLine } from './quality-facts.ts'
import { QualityLife } from './quality-life.ts'
import { Controller, type DeviceReading } from './readings.ts'
import { sites } from './sites.ts'

export interface WorldLife {
  readonly seed: number
  readonly epochAt: number
  /** Decides the calendar; kept from the first start on. */
  readonly calendarSet: SetName
  readonly segments: readonly ParameterSegment[]
  /** The calendar has special days, counted from the epoch. */
  readonly hasSpecialDays?: boolean
  /** When the past was told for the first time: special days lie before. */
  readonly toldAt?: number
  /** Names of the faults in the feeds. */
  readonly faults?: readonly string[]
}

export interface UnitLife {
  readonly place: UnitPlace
  readonly controller: Controller
  readonly book: OrderBook
  readonly feed: FaultyFeed
  readonly meter: Meter
  readonly panel: AlarmPanel
  isRunning: boolean
  /** The event that comes next; it has not happened yet. */
  next: PlantEvent
  readonly machine: Machine
}

export interface Happening {
  readonly unit: UnitLife
  readonly event: PlantEvent
  readonly readings: DeviceReading[]
}

export class World {
  readonly units: UnitLife[]
  readonly quality: QualityLife
  private readonly maintenance: Maintenance

  constructor(life: WorldLife) {
    const calendars = sites(life.calendarSet, life.hasSpecialDays ? life : undefined)
    const times = new Map(calendars.map((site) => [site.id, new PlannedTime(site, life.epochAt)]))
    const { seed, epochAt } = life
    this.quality = new QualityLife({ seed, epochAt, set: life.segments[0]?.set ?? 'reference' })
    const timeOf = ({ site }: UnitPlace) => times.get(site) as PlannedTime
    this.maintenance = new Maintenance({ seed, epochAt, timeOf })
    this.units = UNITS.map((place, index) => {
      const time = timeOf(place)
      const machine = new Machine(place, index, { ...life, time })
      const set = life.segments.at(-1)?.set ?? 'reference'
      const book = new OrderBook(place, { set, time, number: (order) => orderNumber(index, order) })
      return {
        place,
        machine,
        book,
        feed: new FaultyFeed(life.faults ?? [], { seed: life.seed, epochAt: life.epochAt, unit: place }),
        meter: new Meter(place, { seed, epochAt }),
        panel: new AlarmPanel(place, { seed, epochAt }),
        controller: new Controller(place.path, stationsOf(place)),
        isRunning: false,
        next: machine.next(),
      }
    })
  }

  /** Everything that happens to one unit up to and including the instant. */
  *happenings(unit: UnitLife, untilAt: number): Generator<Happening> {
    while (unit.next.at <= untilAt) {
      const event = unit.next
      unit.next = unit.machine.next()
      if (event.kind === 'state') unit.isRunning = event.truth === 'RUN'
      unit.book.follow(event)
      this.quality.follow(unit.place, event)
      this.maintenance.follow(unit.place, event)
      unit.meter.follow(event)
      unit.panel.follow(event)
      yield { unit, event, readings: unit.feed.speak(unit.controller.readingsOf(event), event) }
    }
  }

  /** What the meter and the alarm panel of a unit have said up to an instant; its happenings must have been taken. */
  besides(unit: UnitLife, at: number): { readings: DeviceReading[]; truths: TruthLine[] } {
    const metered = unit.meter.until(at)
    const alarms = unit.panel.until(at)
    return {
      readings: [...unit.feed.metered(metered.readings), ...alarms.readings],
      truths: [...metered.truths, ...alarms.truths],
    }
  }

  /** What the MES learns of lots, inspections and maintenance up to an instant, and what really happened. */
  learned(at: number): { facts: QualityFact[]; truths: TruthLine[] } {
    const quality = this.quality.until(at)
    const upkeep = this.maintenance.until(at)
    return {
      facts: [...quality.facts, ...upkeep.facts].sort((a, b) => a.at - b.at),
      truths: [...quality.truths, ...upkeep.truths],
    }
  }

  factsUntil(at: number): OfficeFact[] {
    return this.units.flatMap((unit) => unit.book.factsUntil(at)).sort((a, b) => a.at - b.at)
  }
}
