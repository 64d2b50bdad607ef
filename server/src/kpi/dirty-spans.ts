import type { TimeRange } from '@gemba/contracts/time'
import type { Recalculation } from '../policies/recalculations.service.ts'

/** Time of one unit whose windows must be derived again; `recalculations` = the changes of settings that ask for it. */
export interface DirtySpan extends TimeRange {
  recalculations: readonly Recalculation[]
}

/** Spans nearer to each other than this become one. */
const JOINED_WITHIN_MS = 12 * 3_600_000

/** What is marked to be derived again, unit by unit. Spans far apart stay apart: what lies between is not touched. */
export class DirtySpans {
  private readonly spans = new Map<string, DirtySpan[]>()

  /** Units with something to derive. */
  get size(): number {
    return this.spans.size
  }

  has(unit: string): boolean {
    return this.spans.has(unit)
  }

  add(unit: string, { fromAt, toAt, recalculations = [] }: TimeRange & Partial<DirtySpan>): void {
    const list = this.spans.get(unit) ?? []
    const cause = keyOf(recalculations)
    const near = list.find(
      (span) =>
        keyOf(span.recalculations) === cause &&
        fromAt - span.toAt < JOINED_WITHIN_MS &&
        span.fromAt - toAt < JOINED_WITHIN_MS,
    )
    if (near) {
      near.fromAt = Math.min(near.fromAt, fromAt)
      near.toAt = Math.max(near.toAt, toAt)
    } else list.push({ fromAt, toAt, recalculations })
    this.spans.set(unit, list)
  }

  /** Changes of settings that wait for time of this unit: what is derived meanwhile follows them already. */
  waiting(unit: string, { fromAt, toAt }: TimeRange): Recalculation[] {
    const spans = this.spans.get(unit) ?? []
    return spans
      .filter((span) => span.fromAt < toAt && span.toAt > fromAt)
      .flatMap(({ recalculations }) => recalculations)
  }

  /** Takes one span out; null when nothing is left. */
  take(): { unit: string; span: DirtySpan } | null {
    const first = this.spans.entries().next().value
    if (!first) return null
    const [unit, list] = first
    const span = list.shift()
    if (list.length === 0) this.spans.delete(unit)
    return span ? { unit, span } : null
  }
}

const keyOf = (recalculations: readonly Recalculation[]): string => recalculations.map(({ id }) => id).join()
