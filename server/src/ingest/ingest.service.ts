import { Injectable } from '@nestjs/common'
import type { RecordLine } from '@gemba/contracts/erp-record'
import { BATCH_LIMITS, type BatchAnswer, type BatchHeaders } from '@gemba/contracts/ingest'
import type { CallLine, DriftLine, QuarantineLine } from '@gemba/contracts/reading'
import { CatalogService } from '../catalog/catalog.service.ts'
import { Fault } from '../http/fault.ts'
import { LiveService } from '../live/live.service.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { WarehouseService, isVersioned, versionsOf } from '../warehouse/warehouse.service.ts'
import { batchLines } from './batch-body.ts'
import { checkLine } from './check-line.ts'
import {
  type NumberedGap,
  type NumberedReading,
  READING_COLUMNS,
  callRows,
  driftRows,
  encodeReadings,
  gapRows,
  quarantineRows,
  recordRows,
} from './encode-batch.ts'
import { alarmRows } from './encode-upkeep.ts'
import { IngestLedger, type StreamIdentity } from './ingest-ledger.service.ts'

/** At most this many rejected lines are named in the answer; all of them are in quarantine. */
const MOST_NAMED = 100
const LONGEST_RAW = 4000
/** Judging lines gives the event loop back after this many. */
const LINES_PER_TURN = 4_000

interface SortedBatch {
  readings: NumberedReading[]
  alive: Record<string, number>
  gaps: NumberedGap[]
  quarantine: { seq: number; line: QuarantineLine }[]
  records: RecordLine[]
  calls: { seq: number; line: CallLine }[]
  drifts: { seq: number; line: DriftLine }[]
  rejected: { seq: number; code: string; reason: string }[]
}

const emptyBatch = (): SortedBatch => ({
  readings: [],
  alive: {},
  gaps: [],
  quarantine: [],
  records: [],
  calls: [],
  drifts: [],
  rejected: [],
})

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

@Injectable()
export class IngestService {
  /** One batch of a stream at a time: the order of a stream is its meaning. */
  private readonly queues = new Map<string, Promise<unknown>>()

  constructor(
    private readonly catalog: CatalogService,
    private readonly sources: SourcesService,
    private readonly live: LiveService,
    private readonly warehouse: WarehouseService,
    private readonly ledger: IngestLedger,
  ) {}

  async take(headers: BatchHeaders, body: Buffer, encoding: string | undefined): Promise<BatchAnswer> {
    const identity = {
      collector: headers['x-gemba-collector'],
      epoch: headers['x-gemba-epoch'],
      stream: headers['x-gemba-stream'],
    }
    const key = `${identity.collector}/${identity.stream}`
    const before = this.queues.get(key) ?? Promise.resolve()
    const mine = before.then(() => this.takeNext(identity, headers, { body, encoding }))
    const settled = mine.catch(() => undefined)
    this.queues.set(key, settled)
    void settled.then(() => {
      if (this.queues.get(key) === settled) this.queues.delete(key)
    })
    return mine
  }

  private async takeNext(
    identity: StreamIdentity,
    headers: BatchHeaders,
    wire: { body: Buffer; encoding: string | undefined },
  ): Promise<BatchAnswer> {
    const first = headers['x-gemba-first']
    const last = headers['x-gemba-last']
    const acked = await this.ledger.lastSeq(identity)
    if (last <= acked) return { ack: acked, duplicate: true }
    if (first !== acked + 1) throw new Fault('BATCH_OUT_OF_ORDER', { expected: acked + 1 })
    const lines = await batchLines(wire.body, wire.encoding, headers)
    const receivedAt = Date.now()
    const batch = await this.sort(lines, first, { identity, receivedAt })
    this.publish(batch, identity, receivedAt)
    await this.store(batch, {
      token: `${identity.collector}:${identity.epoch}:${identity.stream}:${first}-${last}`,
      receivedAt,
      identity,
    })
    await this.ledger.acknowledge(identity, last, batch.alive)
    this.live.stored(
      batch.readings.map(({ reading }) => reading),
      batch.records,
    )
    return batch.rejected.length === 0 ? { ack: last } : { ack: last, rejected: batch.rejected.slice(0, MOST_NAMED) }
  }

  /** Judges every line; a bad line goes to quarantine and nothing else of the batch suffers. */
  private async sort(
    lines: readonly string[],
    first: number,
    context: { identity: StreamIdentity; receivedAt: number },
  ): Promise<SortedBatch> {
    const batch = emptyBatch()
    const { snapshot } = this.catalog
    const rules = {
      isKnownPoint: (point: string) => snapshot.point(point) !== null,
      isAlarmPoint: (point: string) => this.unitOfAlarm(point) !== null,
      nowMs: context.receivedAt,
    }
    for (let index = 0; index < lines.length; index += 1) {
      if (index % LINES_PER_TURN === LINES_PER_TURN - 1) await turn()
      const seq = first + index
      const text = lines[index] ?? ''
      const checked = checkLine(text, rules)
      if (checked.kind === 'reading') batch.readings.push({ seq, reading: checked.reading })
      else if (checked.kind === 'alive') mergeAlive(batch.alive, checked.line.u, context.receivedAt)
      else if (checked.kind === 'gap') batch.gaps.push({ seq, line: checked.line })
      else if (checked.kind === 'record') batch.records.push(checked.line)
      else if (checked.kind === 'call') batch.calls.push({ seq, line: checked.line })
      else if (checked.kind === 'drift') batch.drifts.push({ seq, line: checked.line })
      else if (checked.kind === 'quarantine') batch.quarantine.push({ seq, line: checked.line })
      else {
        batch.rejected.push({ seq, code: checked.reason, reason: checked.text })
        const line = {
          k: 'quarantine',
          source: checked.source || context.identity.stream,
          reason: checked.reason,
          text: checked.text,
          raw: text.slice(0, LONGEST_RAW),
          at: context.receivedAt,
        } as const
        batch.quarantine.push({ seq, line })
      }
    }
    return batch
  }

  /** Screens see accepted values at once; durability follows before the acknowledgement. */
  private publish(batch: SortedBatch, identity: StreamIdentity, receivedAt: number): void {
    const readings = batch.readings.map(({ reading }) => reading)
    this.live.accept({
      stream: identity.stream,
      collector: identity.collector,
      receivedAt,
      readings,
      alive: batch.alive,
      gaps: batch.gaps.map(({ line }) => line),
      records: batch.records,
    })
    if (this.sources.definition(identity.stream) === null) return
    let newestAt = 0
    for (const { t } of readings) if (t > newestAt) newestAt = t
    for (const at of Object.values(batch.alive)) if (at > newestAt) newestAt = at
    if (newestAt > 0) this.sources.sawData(identity.stream, newestAt, receivedAt)
  }

  private async store(
    batch: SortedBatch,
    context: { token: string; receivedAt: number; identity: StreamIdentity },
  ): Promise<void> {
    const { token, receivedAt, identity } = context
    const stream = `${identity.collector}/${identity.epoch}/${identity.stream}`
    if (batch.readings.length > 0) {
      await this.warehouse.insertTsv(
        'reading',
        READING_COLUMNS,
        encodeReadings(batch.readings, stream, receivedAt),
        `${token}:reading`,
      )
    }
    if (batch.gaps.length > 0) await this.warehouse.insertRows('gap', gapRows(batch.gaps, stream), `${token}:gap`)
    if (batch.quarantine.length > 0)
      await this.warehouse.insertRows('quarantine', quarantineRows(batch.quarantine, stream), `${token}:quarantine`)
    if (batch.calls.length > 0)
      await this.warehouse.insertRows('source_call', callRows(batch.calls, stream), `${token}:call`)
    if (batch.drifts.length > 0)
      await this.warehouse.insertRows('source_drift', driftRows(batch.drifts, stream), `${token}:drift`)
    await this.storeAlarms(batch, context)
    for (const [table, rows] of recordRows(batch.records)) await this.storeRows(table, rows, { token, receivedAt })
  }

  /** Versions first: a row that can be seen can also be seen as it was known. */
  private async storeRows(
    table: string,
    rows: readonly object[],
    { token, receivedAt }: { token: string; receivedAt: number },
  ): Promise<void> {
    if (isVersioned(table)) {
      const known = rows.map((row) => ({ ...row, known_at: receivedAt }))
      await this.warehouse.insertRows(versionsOf(table), known, `${token}:${versionsOf(table)}`)
    }
    await this.warehouse.insertRows(table, rows, `${token}:${table}`)
  }

  /** What alarm points say, as events of activations; their readings are stored like any other. */
  private async storeAlarms(batch: SortedBatch, { token, receivedAt }: { token: string; receivedAt: number }) {
    const readings = batch.readings.map(({ reading }) => reading)
    const rows = alarmRows(readings, (point) => this.unitOfAlarm(point), receivedAt)
    if (rows.length > 0) await this.storeRows('equipment_alarm', rows, { token: `${token}:alarm`, receivedAt })
  }

  private unitOfAlarm(point: string): string | null {
    const known = this.catalog.snapshot.point(point)
    return known?.role === 'alarm' ? known.equipment : null
  }

  get limits(): typeof BATCH_LIMITS {
    return BATCH_LIMITS
  }
}

/** A unit cannot have been observed in the future, whatever a device clock says. */
function mergeAlive(into: Record<string, number>, units: Record<string, number>, nowMs: number): void {
  for (const [unit, at] of Object.entries(units)) into[unit] = Math.max(into[unit] ?? 0, Math.min(at, nowMs))
}
