/** The faults that can be planted into the feeds, one by one and by name. */
import type { CatalogDocument } from '@gemba/contracts/catalog'
import type { PlantEvent } from '../machine.ts'
import type { DeviceReading } from '../readings.ts'
import { badSamples } from './bad-samples.ts'
import { changedAliases } from './changed-aliases.ts'
import { clockSkew } from './clock-skew.ts'
import { counterReset } from './counter-reset.ts'
import { duplicates } from './duplicates.ts'
import { OFFICE_FAULTS } from './faulty-office.ts'
import type { FaultPlace, FeedFault, UnitFault } from './feed-fault.ts'
import { lostStopEnd } from './lost-stop-end.ts'
import { outOfOrder } from './out-of-order.ts'
import { rollover } from './rollover.ts'
import { scrapTakenBack } from './scrap-taken-back.ts'
import { storeAndForward } from './store-and-forward.ts'
import { unmappedReason } from './unmapped-reason.ts'

/** In the order in which they act: what a device says wrong is then delivered twice, late or not at all. */
export const FAULTS: readonly FeedFault[] = [
  counterReset,
  rollover,
  scrapTakenBack,
  unmappedReason,
  badSamples,
  lostStopEnd,
  clockSkew,
  duplicates,
  outOfOrder,
  storeAndForward,
  changedAliases,
]

/** `all`, or names with commas between; an unknown name is an error that lists the known ones. */
export function faultNames(text: string): string[] {
  const known = [...FAULTS, ...OFFICE_FAULTS].map(({ name }) => name)
  if (text === 'all') return known
  const names = text.split(',').filter((name) => name !== '')
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`unknown fault ${unknown.join(', ')}; known: all, ${known.join(', ')}`)
  return names
}

/** Everything that is wrong with the feed of one unit. */
export class FaultyFeed {
  private readonly faults: readonly UnitFault[]

  constructor(names: readonly string[], place: FaultPlace) {
    this.faults = FAULTS.filter((fault) => names.includes(fault.name) && fault.concerns(place.unit)).map((fault) =>
      fault.at(place),
    )
  }

  speak(readings: readonly DeviceReading[], event: PlantEvent): DeviceReading[] {
    return this.faults.reduce((said, fault) => fault.speak?.(said, event) ?? said, [...readings])
  }

  /** What the meter says: it has the clock of its machine, and no other faults. */
  metered(readings: readonly DeviceReading[]): DeviceReading[] {
    const clocks = this.faults.flatMap((fault) => fault.clock ?? [])
    return readings.map((reading) => ({ ...reading, at: clocks.reduce((at, clock) => clock(at), reading.at) }))
  }

  arrive(lines: readonly string[]): string[] {
    return this.faults.reduce((coming, fault) => fault.arrive?.(coming) ?? coming, [...lines])
  }
}

/** The catalog with everything that somebody has found out about the faults and entered. */
export const withDeclarations = (
  catalog: CatalogDocument,
  names: readonly string[],
  moment: { readonly epochAt: number; readonly toldAt?: number | undefined; readonly isFirstStart: boolean },
): CatalogDocument => {
  const spoken = FAULTS.filter(({ name }) => names.includes(name)).reduce(
    (document, fault) => fault.declare?.(document, moment.epochAt) ?? document,
    catalog,
  )
  return OFFICE_FAULTS.filter(({ name }) => names.includes(name)).reduce(
    (document, fault) => fault.declare?.(document, moment) ?? document,
    spoken,
  )
}
