/** A fault of the offices: what the ERP and the MES write down instead of, or besides, what happened. */
import type { CatalogDocument } from '@gemba/contracts/catalog'
import { isoWeekday, localDateOf } from '@gemba/engine/time/local-time'
import type { OfficeFact } from '../order-book.ts'
import { fractionOf, hashOf } from '../random.ts'
import type { QualityFact } from '../quality-facts.ts'
import type { SupplyFact } from '../supply-facts.ts'
import { DAY_MS } from './feed-fault.ts'

/** The plant in which the fault happens. */
export interface OfficePlace {
  readonly seed: number
  readonly epochAt: number
}

export type Cell = string | number | boolean | null
export type TableRow = Readonly<Record<string, Cell>>
/** How a system writes one row of one of its tables. */
export type WriteRow = (table: string, row: TableRow) => TableRow
export const asItIs: WriteRow = (_table, row) => row

/** One fault in one plant; it may remember what was said before. Everything is told again after a restart, to the same end. */
export interface OfficeTwist {
  /** Orders, reports and deliveries as the offices book them until the instant; given what happened. */
  orders?(facts: readonly OfficeFact[], untilAt: number): OfficeFact[]
  /** Stock, purchasing and sales as the ERP books them. */
  goods?(facts: readonly SupplyFact[], untilAt: number): SupplyFact[]
  /** Lots and inspections as the MES learns of them. */
  quality?(facts: readonly QualityFact[], untilAt: number): QualityFact[]
  write?: WriteRow
}

export interface OfficeFault {
  readonly name: string
  readonly at: (place: OfficePlace) => OfficeTwist
  /** What a person has to enter, because no program can know it. `isFirstStart`: of the plant. */
  readonly declare?: (
    catalog: CatalogDocument,
    moment: { epochAt: number; toldAt?: number | undefined; isFirstStart: boolean },
  ) => CatalogDocument
}

/** In [0, 1), the same for the same seed and key. */
export const chanceOf =
  (place: OfficePlace, name: string) =>
  (key: string): number =>
    fractionOf(hashOf(`${name}:${place.seed}`), hashOf(key))

const SUNDAY = 7
const HALF_DAY_MS = DAY_MS / 2

/**
 * Mistakes that are put right later lie in twelve hours of the second day of the plant, of the first when nobody works
 * on the second: whoever asks after the fifth day finds all of them put right.
 */
export function isMistaken({ epochAt }: OfficePlace, at: number): boolean {
  const isFree = isoWeekday(localDateOf('Asia/Shanghai', epochAt + DAY_MS)) === SUNDAY
  const fromAt = isFree ? epochAt + HALF_DAY_MS / 2 : epochAt + DAY_MS
  return at >= fromAt && at < fromAt + HALF_DAY_MS
}

/** What will be said later. */
export class Later<Fact extends { readonly at: number }> {
  private waiting: Fact[] = []

  say(...facts: readonly Fact[]): void {
    this.waiting.push(...facts)
  }

  /** Everything said and due, in order of time; of equals what was said first. */
  until(at: number): Fact[] {
    const due = this.waiting.filter((fact) => fact.at <= at).sort((a, b) => a.at - b.at)
    if (due.length > 0) this.waiting = this.waiting.filter((fact) => fact.at > at)
    return due
  }
}
