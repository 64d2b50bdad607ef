import { Injectable } from '@nestjs/common'
import type { UnitOfMeasure } from '@gemba/contracts/unit'
import type { MissingReason, NumberValue, Quality } from '@gemba/contracts/value'
import { SourcesService } from '../sources/sources.service.ts'

export interface ValueFacts {
  unit: UnitOfMeasure
  sources: readonly string[]
  /** Oldest data time of the inputs (ms); null = never received. */
  dataAt: number | null
  coverage?: number | null
  missing?: MissingReason | undefined
  quality?: Quality
}

const DEFAULT_CONTRACT = { periodMs: 60_000, limitMs: 300_000 }
const text = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** Makes values that carry their age, contract and sources. */
@Injectable()
export class NumberValues {
  constructor(private readonly sources: SourcesService) {}

  /** Oldest data time of several sources; null when one was never heard of. */
  dataAtOf(sources: readonly string[]): number | null {
    const ats = sources.map((id) => this.sources.lastDataAt(id))
    if (ats.length === 0 || ats.some((at) => at === null)) return null
    return Math.min(...(ats as number[]))
  }

  of(value: number | null, facts: ValueFacts): NumberValue {
    const received = facts.sources.map((id) => this.sources.receivedAt(id)).filter((at) => at !== null)
    return {
      value,
      unit: facts.unit,
      quality: value === null ? 'none' : (facts.quality ?? 'good'),
      ...(value === null ? { missing: facts.missing ?? 'no-data' } : {}),
      sourceTime: text(facts.dataAt),
      receivedTime: text(received.length > 0 ? Math.max(...received) : null),
      coverage: facts.coverage ?? null,
      freshness: this.contractOf(facts.sources),
      sources: [...facts.sources],
      lineageRef: null,
    }
  }

  /** The contract that is easiest to break: the shortest period and limit would mark slow sources as stale, so the slowest holds. */
  private contractOf(sources: readonly string[]): NumberValue['freshness'] {
    const definitions = sources.map((id) => this.sources.definition(id)).filter((definition) => definition !== null)
    if (definitions.length === 0) return DEFAULT_CONTRACT
    return {
      periodMs: Math.max(...definitions.map((each) => each.periodMs)),
      limitMs: Math.max(...definitions.map((each) => each.limitMs)),
    }
  }
}
