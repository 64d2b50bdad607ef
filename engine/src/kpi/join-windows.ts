import type { StateInterval, StopPart } from '@gemba/contracts/kpi'
import type { EnergyUse } from './energy.ts'
import type { UnitWindow } from './equipment-time.ts'
import { sumParts } from './oee.ts'
import type { CountBucket } from './unit-counts.ts'

/**
 * One window from its consecutive pieces, each derived with the policies of its own time. Intervals that go on over a
 * seam become one, buckets of one minute, energy of one minute and state, and stops of one reason are added; parts are sums. One piece is returned as it is.
 */
export function joinUnitWindows(pieces: readonly UnitWindow[]): UnitWindow {
  const only = pieces[0]
  if (only && pieces.length === 1) return only
  return {
    intervals: joinIntervals(pieces),
    counts: joinCounts(pieces),
    stops: joinStops(pieces),
    parts: sumParts(pieces.map((piece) => piece.parts)),
    energy: joinEnergy(pieces),
  }
}

function joinEnergy(pieces: readonly UnitWindow[]): EnergyUse[] {
  const joined = new Map<string, EnergyUse>()
  for (const use of pieces.flatMap((piece) => piece.energy)) {
    const key = `${use.minuteAt} ${use.state}`
    const known = joined.get(key)
    if (!known) joined.set(key, { ...use })
    else {
      known.kwh += use.kwh
      known.meteredMs += use.meteredMs
    }
  }
  return [...joined.values()]
}

function joinIntervals(pieces: readonly UnitWindow[]): StateInterval[] {
  const joined: StateInterval[] = []
  for (const interval of pieces.flatMap((piece) => piece.intervals)) {
    const before = joined.at(-1)
    // Only the end of the whole can be open.
    if (before) delete before.open
    const goesOn =
      before?.toAt === interval.fromAt &&
      before.state === interval.state &&
      before.reason === interval.reason &&
      before.order === interval.order &&
      before.material === interval.material
    if (!before || !goesOn) joined.push({ ...interval })
    else {
      before.toAt = interval.toAt
      if (interval.open) before.open = true
    }
  }
  return joined
}

function joinCounts(pieces: readonly UnitWindow[]): CountBucket[] {
  const joined = new Map<string, CountBucket>()
  for (const bucket of pieces.flatMap((piece) => piece.counts)) {
    const key = JSON.stringify([bucket.minuteAt, bucket.order, bucket.material])
    const known = joined.get(key)
    if (!known) {
      joined.set(key, { ...bucket })
      continue
    }
    for (const name of ['total', 'good', 'scrap', 'rework', 'uncovered'] as const) known[name] += bucket[name]
  }
  return [...joined.values()]
}

function joinStops(pieces: readonly UnitWindow[]): StopPart[] {
  const joined = new Map<string, StopPart>()
  for (const stop of pieces.flatMap((piece) => piece.stops)) {
    const key = JSON.stringify([stop.state, stop.reason])
    const known = joined.get(key)
    if (!known) joined.set(key, { ...stop })
    else {
      known.ms += stop.ms
      known.count += stop.count
    }
  }
  return [...joined.values()].sort((a, b) => b.ms - a.ms)
}
