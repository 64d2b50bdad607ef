import type { TimeRange } from '@gemba/contracts/time'
import { counterIncrease } from './counter.ts'
import { SeriesCursor, type RoleSeries, type SeriesByRole } from './unit-timeline.ts'

const MINUTE_MS = 60_000

/** Pieces of one minute, order and material. Buckets of two adjoining windows may share a minute: they add up. */
export interface CountBucket {
  /** Start of the minute, ms. */
  minuteAt: number
  order: string | null
  material: string | null
  total: number
  good: number
  scrap: number
  rework: number
  /** The part of `total` that was made while the unit was not observed. */
  uncovered: number
}

/** Pieces that were made while the unit was observed, by material. */
export interface CoveredPieces {
  material: string | null
  total: number
  good: number
}

export interface UnitCounts {
  buckets: CountBucket[]
  covered: CoveredPieces[]
}

export interface UnitCountsInput {
  series: SeriesByRole
  /** Increases shown in this range count. */
  range: TimeRange
  /** Planned time without observation, sorted, without overlap. */
  noData: readonly TimeRange[]
  /** First known state, Infinity when there is none. */
  firstStateAt: number
  rollover: Partial<Record<CounterRole, number>>
  /** Counters whose decrease takes pieces back. */
  corrected: readonly CounterRole[]
}

type CounterRole = 'total' | 'good' | 'scrap' | 'rework'
const COUNTERS = ['total', 'good', 'scrap', 'rework'] as const

interface OpenBucket extends CountBucket {
  covered: Record<CounterRole, number>
}

/**
 * Counts of one unit. An increase belongs to the source time of the reading that shows it and to the order and
 * material in force just before that time. An increase whose span touches time without observation is a piece, but
 * not a covered one. Counters that the unit does not have are derived: good = total − scrap − rework, scrap = total −
 * good − rework, total = good + scrap + rework. A counter that takes pieces back may make a minute negative.
 */
export function countPieces(input: UnitCountsInput): UnitCounts {
  const { series } = input
  const book = new BucketBook()
  for (const role of COUNTERS) countRole(input, role, book)
  const has = {
    total: series.total.at.length > 0,
    good: series.good.at.length > 0,
    scrap: series.scrap.at.length > 0,
  }
  const coveredBy = new Map<string | null, CoveredPieces>()
  const buckets = book.sorted().map((open): CountBucket => {
    deriveMissing(open, has)
    deriveMissing(open.covered, has)
    const sum = coveredBy.get(open.material) ?? { material: open.material, total: 0, good: 0 }
    sum.total += open.covered.total
    sum.good += open.covered.good
    coveredBy.set(open.material, sum)
    const { covered, ...bucket } = open
    return { ...bucket, uncovered: bucket.total - covered.total }
  })
  const covered = [...coveredBy.values()].sort((a, b) => compareText(a.material, b.material))
  return { buckets, covered }
}

function deriveMissing(
  counts: Record<CounterRole, number>,
  has: { total: boolean; good: boolean; scrap: boolean },
): void {
  if (!has.total) counts.total = counts.good + counts.scrap + counts.rework
  else if (!has.good) counts.good = counts.total - counts.scrap - counts.rework
  else if (!has.scrap) counts.scrap = counts.total - counts.good - counts.rework
}

function countRole(input: UnitCountsInput, role: CounterRole, book: BucketBook): void {
  const { range, noData, firstStateAt } = input
  const series: RoleSeries = input.series[role]
  const order = new SeriesCursor(input.series.order, true)
  const material = new SeriesCursor(input.series.material, true)
  const observedAgainAt = firstObservationAt(input.series.link)
  const isCorrected = input.corrected.includes(role)
  let before: number | null = null
  let beforeAt = 0
  let gap = 0
  for (let i = 0; i < series.at.length; i += 1) {
    const at = series.at[i]!
    if (at >= range.toAt) break
    const value = series.value[i]
    if (series.bad[i] || typeof value !== 'number' || !Number.isFinite(value) || value < 0) continue
    const increase =
      before === null ? 0 : isCorrected ? value - before : counterIncrease(before, value, input.rollover[role])
    if (increase !== 0 && at >= range.fromAt) {
      const spanFromAt = at > firstStateAt ? Math.max(beforeAt, firstStateAt) : beforeAt
      while (gap < noData.length && noData[gap]!.toAt <= spanFromAt) gap += 1
      const touches = gap < noData.length && noData[gap]!.fromAt < at
      const isCovered = !touches && !(beforeAt < observedAgainAt && observedAgainAt <= at)
      order.moveBefore(at)
      material.moveBefore(at)
      book.add({ at, order: order.text, material: material.text }, role, { increase, isCovered })
    }
    before = value
    beforeAt = at
  }
}

/** `link` = 1 as first word about the link means that a gap ended there which began before the readings given. */
function firstObservationAt(link: RoleSeries): number {
  return link.at.length > 0 && link.value[0] !== 0 && link.value[0] !== '0' ? link.at[0]! : Infinity
}

class BucketBook {
  private readonly buckets = new Map<string, OpenBucket>()
  private last: OpenBucket | null = null

  add(
    where: { at: number; order: string | null; material: string | null },
    role: CounterRole,
    { increase, isCovered }: { increase: number; isCovered: boolean },
  ): void {
    const minuteAt = Math.floor(where.at / MINUTE_MS) * MINUTE_MS
    let bucket = this.last
    if (!bucket || bucket.minuteAt !== minuteAt || bucket.order !== where.order || bucket.material !== where.material) {
      bucket = this.find(minuteAt, where.order, where.material)
      this.last = bucket
    }
    bucket[role] += increase
    if (isCovered) bucket.covered[role] += increase
  }

  sorted(): OpenBucket[] {
    return [...this.buckets.values()].sort(
      (a, b) => a.minuteAt - b.minuteAt || compareText(a.order, b.order) || compareText(a.material, b.material),
    )
  }

  private find(minuteAt: number, order: string | null, material: string | null): OpenBucket {
    // Null and '' differ: an order number never holds a control character.
    const key = `${minuteAt}\n${order ?? '\0'}\n${material ?? '\0'}`
    const found = this.buckets.get(key)
    if (found) return found
    const covered = { total: 0, good: 0, scrap: 0, rework: 0 }
    const bucket = { minuteAt, order, material, total: 0, good: 0, scrap: 0, rework: 0, uncovered: 0, covered }
    this.buckets.set(key, bucket)
    return bucket
  }
}

/** Null first, then by code unit: the same everywhere. */
function compareText(a: string | null, b: string | null): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  return a < b ? -1 : 1
}
