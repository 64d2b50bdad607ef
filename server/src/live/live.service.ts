import { Injectable } from '@nestjs/common'
import { isDriving } from '@gemba/contracts/catalog'
import type { RecordLine } from '@gemba/contracts/erp-record'
import type { PointSample } from '@gemba/contracts/events'
import type { Reading } from '@gemba/contracts/reading'
import type { UnitEvent } from '@gemba/engine/kpi/equipment-time'
import { Subject } from 'rxjs'
import { CatalogService } from '../catalog/catalog.service.ts'
import type { AcceptedBatch } from './accepted-batch.ts'
import { type DrivingRole, UnitMemory } from './unit-memory.ts'

/** Beyond the last proof of observation a state is believed for this long. */
export const GRACE_MS = 15_000
/** Events are kept at least this long in memory: the running shift, the one before, and a margin for late rows. */
const KEPT_MS = 20 * 3_600_000
const FORGET_EVERY_MS = 10 * 60_000

export interface UnitSpan {
  unit: string
  fromAt: number
  toAt: number
}

/** What is known now: last value of every point, and the event readings of the running window of every unit. */
@Injectable()
export class LiveService {
  /** Values that are new now, for point channels. */
  readonly samples = new Subject<PointSample[]>()
  /** Event readings that are durable: the windows they touch must be derived again. */
  readonly storedEvents = new Subject<UnitSpan[]>()
  /** Business records that are durable. */
  readonly storedRecords = new Subject<readonly RecordLine[]>()
  private readonly last = new Map<string, PointSample>()
  private readonly units = new Map<string, UnitMemory>()
  private forgotAt = 0
  private sockets: () => { sockets: number; subscriptions: number } = () => ({ sockets: 0, subscriptions: 0 })

  constructor(private readonly catalog: CatalogService) {}

  countWith(gauge: () => { sockets: number; subscriptions: number }): void {
    this.sockets = gauge
  }

  gauge(): { sockets: number; subscriptions: number } {
    return this.sockets()
  }

  memory(unit: string): UnitMemory {
    const known = this.units.get(unit)
    if (known) return known
    const fresh = new UnitMemory(Date.now() - KEPT_MS)
    this.units.set(unit, fresh)
    return fresh
  }

  /** State of the unit is known until then (ms), the grace included; 0 = never observed. */
  knownUntilAt(unit: string): number {
    const at = this.units.get(unit)?.knownUntilAt ?? 0
    return at === 0 ? 0 : at + GRACE_MS
  }

  /** Data time of a unit without the grace; null = never observed. */
  dataAt(unit: string): number | null {
    return this.units.get(unit)?.knownUntilAt || null
  }

  lastValue(point: string): PointSample | null {
    return this.last.get(point) ?? null
  }

  accept(batch: AcceptedBatch): void {
    const news: PointSample[] = []
    const { snapshot } = this.catalog
    for (const reading of batch.readings) {
      const point = snapshot.point(reading.p)
      if (!point) continue
      if (isDriving(point.role)) this.memory(point.equipment).add(eventOf(reading, point.role))
      const sample = this.remember(reading)
      if (sample) news.push(sample)
    }
    for (const [unit, at] of Object.entries(batch.alive)) this.aliveUntil(unit, at)
    if (news.length > 0) this.samples.next(news)
    this.forget(batch.receivedAt)
  }

  aliveUntil(unit: string, at: number): void {
    const memory = this.memory(unit)
    if (at > memory.aliveAt) memory.aliveAt = at
  }

  /** A sample older than the newest changes history, not "now". */
  private remember(reading: Reading): PointSample | null {
    const before = this.last.get(reading.p)
    if (before && before[1] > reading.t) return null
    const sample: PointSample = [reading.p, reading.t, reading.v, reading.q ?? 0]
    this.last.set(reading.p, sample)
    return sample
  }

  /** The readings and records of a batch are durable now. */
  stored(readings: readonly Reading[], records: readonly RecordLine[]): void {
    const spans = new Map<string, UnitSpan>()
    const { snapshot } = this.catalog
    for (const { p, t } of readings) {
      const point = snapshot.point(p)
      if (!point || !isDriving(point.role)) continue
      const span = spans.get(point.equipment)
      if (!span) spans.set(point.equipment, { unit: point.equipment, fromAt: t, toAt: t })
      else {
        span.fromAt = Math.min(span.fromAt, t)
        span.toAt = Math.max(span.toAt, t)
      }
    }
    if (spans.size > 0) this.storedEvents.next([...spans.values()])
    if (records.length > 0) this.storedRecords.next(records)
  }

  private forget(nowMs: number): void {
    if (nowMs - this.forgotAt < FORGET_EVERY_MS) return
    this.forgotAt = nowMs
    for (const memory of this.units.values()) memory.forgetBefore(nowMs - KEPT_MS)
  }
}

function eventOf(reading: Reading, role: DrivingRole): UnitEvent {
  const value = typeof reading.v === 'boolean' ? Number(reading.v) : reading.v
  return { at: reading.t, role, value, quality: reading.q ?? 0 }
}
