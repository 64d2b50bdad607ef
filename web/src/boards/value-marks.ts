import type { NumberValue } from '@gemba/contracts/value'
import { formatSpan } from '@gemba/engine/format/durations'
import { type FreshnessMarks, freshnessMarks } from '@gemba/engine/format/freshness'
import { fixedDigits } from '@gemba/engine/format/numbers'
import { formatInstant } from '@gemba/engine/format/times'
import { type ComputedRef, computed } from 'vue'
import { type BoardContext, useBoard } from './board-context.ts'

/** What a value needs to be marked; a list or chart carries it without a number of its own. */
export type Trusted = Pick<NumberValue, 'quality' | 'sourceTime' | 'coverage' | 'freshness'> & { value?: unknown }

export interface ValueMarks extends FreshnessMarks {
  isStale: boolean
  isLate: boolean
  /** Quality is not good. */
  isUncertain: boolean
  /** When the data stopped, ms; null when nothing was ever received. */
  dataAt: number | null
}

/** Every mark of a value at the board's instant. A value that is missing by its nature carries no age. */
export function marksOf(value: Trusted, now: number): ValueMarks {
  const marks = freshnessMarks({ ...value, value: 0 }, value.freshness, now)
  return {
    ...marks,
    isStale: marks.age === 'stale',
    isLate: marks.age === 'late',
    isUncertain: marks.quality === 'uncertain' || marks.quality === 'bad',
    dataAt: marks.ageMs === null ? null : now - marks.ageMs,
  }
}

export function useMarks(value: () => Trusted): ComputedRef<ValueMarks> {
  const board = useBoard()
  return computed(() => marksOf(value(), board.now.value))
}

type Translate = (key: string, facts?: Record<string, string | number>) => string

/** The age in words: nothing while it is live. */
export function ageWords(marks: ValueMarks, board: BoardContext, t: Translate): string | null {
  const place = board.place.value
  if (marks.isStale && marks.dataAt !== null)
    return t('boards.stoppedAt', { time: formatInstant(marks.dataAt, board.now.value, place) })
  if (marks.isLate && marks.ageMs !== null) return t('boards.late', { age: formatSpan(marks.ageMs, place.locale) })
  return null
}

/** A coverage below one in per cent, rounded down: a hole never reads 100. */
export function coverageDigits(coverage: number): string {
  return fixedDigits(Math.floor(coverage * 1000) / 10, 1)
}
