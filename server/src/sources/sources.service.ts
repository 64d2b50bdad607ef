import { Injectable } from '@nestjs/common'
import type { SourceHealth } from '@gemba/contracts/api'
import type { SourceAge } from '@gemba/contracts/board'
import type { CollectorHeartbeat, HeartbeatAnswer } from '@gemba/contracts/ingest'
import type { SourceDefinition, SourceReport } from '@gemba/contracts/source'
import { Subject } from 'rxjs'
import { SourceStore } from './source-store.service.ts'

/** A collector that was not heard of for this long is silent. */
const SILENT_MS = 15_000

interface CollectorSeen {
  id: string
  lastSeenAt: number
  clockSkewMs: number
  version: string
}

interface SourceSeen {
  report: SourceReport | null
  collector: string | null
  /** Newest source time of data that was accepted (ms). */
  lastDataAt: number | null
  receivedAt: number | null
}

type Freshness = SourceHealth['freshness']

/** How old the data of a source is against its contract. */
export function freshnessOfAge(ageMs: number | null, contract: { periodMs: number; limitMs: number }): Freshness {
  if (ageMs === null) return 'none'
  if (ageMs > contract.limitMs || ageMs > 5 * contract.periodMs) return 'stale'
  return ageMs > 2 * contract.periodMs ? 'late' : 'live'
}

/** What is known about each source and collector now. */
@Injectable()
export class SourcesService {
  /** Something that a screen shows about sources has changed. */
  readonly changed = new Subject<void>()
  private readonly seen = new Map<string, SourceSeen>()
  private readonly collectors = new Map<string, CollectorSeen>()

  constructor(private readonly store: SourceStore) {}

  get definitions(): readonly SourceDefinition[] {
    return this.store.all
  }

  definition(id: string): SourceDefinition | null {
    return this.store.all.find((source) => source.id === id) ?? null
  }

  heard(heartbeat: CollectorHeartbeat, nowMs: number): HeartbeatAnswer {
    this.collectors.set(heartbeat.collector, {
      id: heartbeat.collector,
      lastSeenAt: nowMs,
      clockSkewMs: heartbeat.sentAt - nowMs,
      version: heartbeat.version,
    })
    for (const report of heartbeat.reports) {
      const entry = this.entry(report.source)
      entry.report = report
      entry.collector = heartbeat.collector
      if (report.lastDataAt !== null && report.state === 'running')
        entry.lastDataAt = Math.max(entry.lastDataAt ?? 0, Math.min(report.lastDataAt, nowMs))
    }
    this.changed.next()
    return { configVersion: this.store.configVersion, serverTime: nowMs }
  }

  /** Data of a source with this source time was accepted. */
  sawData(source: string, sourceAt: number, nowMs: number): void {
    const entry = this.entry(source)
    // A device clock that runs ahead must not make old data look fresh for ever.
    entry.lastDataAt = Math.max(entry.lastDataAt ?? 0, Math.min(sourceAt, nowMs))
    entry.receivedAt = nowMs
  }

  private entry(source: string): SourceSeen {
    const known = this.seen.get(source)
    if (known) return known
    const fresh: SourceSeen = { report: null, collector: null, lastDataAt: null, receivedAt: null }
    this.seen.set(source, fresh)
    return fresh
  }

  lastDataAt(source: string): number | null {
    return this.seen.get(source)?.lastDataAt ?? null
  }

  receivedAt(source: string): number | null {
    return this.seen.get(source)?.receivedAt ?? null
  }

  ages(nowMs: number): SourceAge[] {
    return this.store.all
      .filter((source) => source.settings.kind !== 'push')
      .map((source) => ({
        source: source.id,
        name: source.name,
        family: source.family,
        lastDataAt: this.lastDataAt(source.id),
        periodMs: source.periodMs,
        limitMs: source.limitMs,
        state: this.health(source, nowMs).state,
      }))
  }

  healthOfAll(nowMs: number): SourceHealth[] {
    return this.store.all
      .filter((source) => source.settings.kind !== 'push')
      .map((source) => this.health(source, nowMs))
  }

  private health(source: SourceDefinition, nowMs: number): SourceHealth {
    const seen = this.seen.get(source.id)
    const report = seen?.report ?? null
    const lastDataAt = seen?.lastDataAt ?? null
    const lagMs = lastDataAt === null ? null : Math.max(0, nowMs - lastDataAt)
    const trouble = this.trouble(source, seen ?? null, nowMs)
    return {
      id: source.id,
      name: source.name,
      family: source.family,
      kind: source.settings.kind,
      site: source.site,
      state: trouble ? 'failing' : (report?.state ?? 'starting'),
      freshness: freshnessOfAge(lagMs, source),
      lastDataAt,
      lagMs,
      periodMs: source.periodMs,
      limitMs: source.limitMs,
      guarantee: source.guarantee,
      errorType: trouble ? 'server' : (report?.errorType ?? null),
      errorText: trouble ?? report?.errorText ?? null,
      since: report?.since ?? null,
      received: report?.received ?? 0,
      quarantined: report?.quarantined ?? 0,
      gaps: report?.gaps ?? 0,
      reconnects: report?.reconnects ?? 0,
      spoolBatches: report?.spoolBatches ?? 0,
      collector: seen?.collector ?? null,
    }
  }

  /** A sentence when the collector of a source is gone. */
  private trouble(source: SourceDefinition, seen: SourceSeen | null, nowMs: number): string | null {
    if (source.settings.kind === 'push' || !seen?.collector) return null
    const collector = this.collectors.get(seen.collector)
    if (!collector || nowMs - collector.lastSeenAt <= SILENT_MS) return null
    return `Collector ${collector.id} was last heard of at ${new Date(collector.lastSeenAt).toISOString()}.`
  }

  collectorList(
    nowMs: number,
  ): { id: string; state: 'running' | 'silent'; lastSeenAt: number; clockSkewMs: number; version: string }[] {
    return [...this.collectors.values()].map((collector) => ({
      ...collector,
      state: nowMs - collector.lastSeenAt > SILENT_MS ? 'silent' : 'running',
    }))
  }
}
