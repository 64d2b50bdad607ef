/** The calendar of a site as the machines live it: planned time, breaks, and time in which nobody is there. */
import type { SiteDefinition } from '@gemba/contracts/catalog'
import { plannedSegments, shiftInstances } from '@gemba/engine/time/calendar'

export type CalendarKind = 'planned' | 'break' | 'off'

export interface CalendarPiece {
  readonly fromAt: number
  readonly toAt: number
  readonly kind: CalendarKind
}

const CHUNK_MS = 28 * 86_400_000
const MARGIN_MS = 3 * 86_400_000

/** Tiles time of a site from a first instant on into pieces of one kind; made in chunks, kept for all machines. */
export class PlannedTime {
  private readonly site: SiteDefinition
  private readonly list: CalendarPiece[] = []
  private coveredTo: number

  constructor(site: SiteDefinition, fromAt: number) {
    this.site = site
    this.coveredTo = fromAt
  }

  /** The piece with the given number, counted from the first instant. */
  piece(index: number): CalendarPiece {
    // The last piece of a chunk may go on in the next one: it is whole only when another follows.
    while (index >= this.list.length - 1) this.extend()
    return this.list[index] as CalendarPiece
  }

  /** Number of the piece that holds the instant. */
  indexAt(at: number): number {
    while (at >= this.coveredTo - MARGIN_MS) this.extend()
    let low = 0
    let high = this.list.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.list[middle] as CalendarPiece).fromAt <= at) low = middle
      else high = middle - 1
    }
    return low
  }

  /** The instant after `plannedMs` of planned time, starting at `at`. */
  after(at: number, plannedMs: number): number {
    let left = plannedMs
    for (let index = this.indexAt(at); ; index += 1) {
      const piece = this.piece(index)
      if (piece.kind !== 'planned') continue
      const from = Math.max(at, piece.fromAt)
      if (left <= piece.toAt - from) return Math.round(from + left)
      left -= piece.toAt - from
    }
  }

  private extend(): void {
    const range = { fromAt: this.coveredTo, toAt: this.coveredTo + CHUNK_MS }
    const shifts = shiftInstances(this.site, { fromAt: range.fromAt - MARGIN_MS, toAt: range.toAt + MARGIN_MS })
    const planned = plannedSegments(shifts)
    const edges = new Set<number>([range.fromAt, range.toAt])
    for (const { fromAt, toAt } of [...planned, ...shifts]) {
      if (fromAt > range.fromAt && fromAt < range.toAt) edges.add(fromAt)
      if (toAt > range.fromAt && toAt < range.toAt) edges.add(toAt)
    }
    const instants = [...edges].sort((a, b) => a - b)
    const inside = (list: readonly { fromAt: number; toAt: number }[], at: number) =>
      list.some((each) => each.fromAt <= at && at < each.toAt)
    for (let index = 0; index + 1 < instants.length; index += 1) {
      const fromAt = instants[index] as number
      const kind = inside(planned, fromAt) ? 'planned' : inside(shifts, fromAt) ? 'break' : 'off'
      this.append({ fromAt, toAt: instants[index + 1] as number, kind })
    }
    this.coveredTo = range.toAt
  }

  private append(piece: CalendarPiece): void {
    const last = this.list.at(-1)
    if (last?.kind === piece.kind && last.toAt === piece.fromAt)
      this.list[this.list.length - 1] = { ...last, toAt: piece.toAt }
    else this.list.push(piece)
  }
}
