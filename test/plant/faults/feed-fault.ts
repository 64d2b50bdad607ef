/** A fault of one feed: what the device says instead of the truth, and how its lines come in. */
import type { CatalogDocument } from '@gemba/contracts/catalog'
import type { PlantEvent } from '../machine.ts'
import type { UnitPlace } from '../parameters.ts'
import type { DeviceReading } from '../readings.ts'

/** The plant in which the fault happens. */
export interface FaultPlace {
  readonly seed: number
  readonly epochAt: number
  readonly unit: UnitPlace
}

/** One fault at one unit; it may remember what was said before. */
export interface UnitFault {
  /** What the device says of an event; given what it should have said. */
  speak?(readings: readonly DeviceReading[], event: PlantEvent): DeviceReading[]
  /** What the clock of the device shows at an instant. */
  clock?(at: number): number
  /** In which order and how often the lines of the past come in. */
  arrive?(lines: readonly string[]): string[]
}

export interface FeedFault {
  readonly name: string
  readonly concerns: (unit: UnitPlace) => boolean
  readonly at: (place: FaultPlace) => UnitFault
  /** What the platform has to be told, because no program can know it. */
  readonly declare?: (catalog: CatalogDocument, epochAt: number) => CatalogDocument
}

export const DAY_MS = 86_400_000

/** Faults that need a device to be asked again lie in the second and third day of the plant: they are told as history. */
export const isEarly = (place: FaultPlace, at: number): boolean =>
  at >= place.epochAt + DAY_MS && at < place.epochAt + 3 * DAY_MS

export const only =
  (...codes: readonly UnitPlace['code'][]) =>
  (unit: UnitPlace): boolean =>
    codes.includes(unit.code)
