/** A sink over a real spool in a folder of its own, for tests of sources: what it made durable can be read. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sink } from '../../collectors/src/sink.ts'
import { thaw } from '../../collectors/src/spool/frozen-batch.ts'
import { Spool } from '../../collectors/src/spool/spool.ts'
import { pointsOf } from '../../collectors/src/start-source.ts'
import type { CallLine, DriftLine, GapLine, QuarantineLine, Reading } from '@gemba/contracts/reading'
import type { RecordLine } from '@gemba/contracts/erp-record'
import type { SourceSettings } from '@gemba/contracts/source'

const ID = 'under-test'

export class WatchedSink {
  readonly folder: string
  sink: Sink
  private spool: Spool
  private readonly settings: SourceSettings
  private readonly lines: Record<string, unknown>[] = []

  constructor(settings: SourceSettings) {
    this.folder = mkdtempSync(join(tmpdir(), 'watched-sink-'))
    this.settings = settings
    this.spool = new Spool(this.folder)
    this.sink = this.open()
  }

  private open(): Sink {
    const definition = {
      id: ID,
      name: { zh: '试验', en: 'Test' },
      family: this.settings.kind === 'sql' ? ('erp' as const) : ('device' as const),
      site: 'SUZ',
      periodMs: 1_000,
      limitMs: 10_000,
      guarantee: 'no-loss' as const,
      settings: this.settings,
    }
    return new Sink(definition, pointsOf(this.settings), { spool: this.spool, wake: () => undefined })
  }

  /** As a collector does that ends and starts again: memory is gone, the spool stays. */
  restart(): void {
    this.sink.close()
    this.drain()
    this.spool.close()
    this.spool = new Spool(this.folder)
    this.sink = this.open()
  }

  close(): void {
    this.sink.close()
    this.spool.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private drain(): void {
    for (let batch = this.spool.peek(ID); batch; batch = this.spool.peek(ID)) {
      for (const line of thaw(batch.body).trimEnd().split('\n'))
        this.lines.push(JSON.parse(line) as Record<string, unknown>)
      this.spool.ack(ID, batch.last)
    }
  }

  private ofKind<Line>(kind: string | undefined): Line[] {
    this.drain()
    return this.lines.filter((line) => line['k'] === kind) as Line[]
  }

  readings(point?: string): Reading[] {
    const readings = this.ofKind<Reading>(undefined)
    return point === undefined ? readings : readings.filter((reading) => reading.p === point)
  }

  values(point: string): Reading['v'][] {
    return this.readings(point).map((reading) => reading.v)
  }

  get records(): RecordLine[] {
    return this.ofKind('record')
  }

  get gaps(): GapLine[] {
    return this.ofKind('gap')
  }

  get quarantined(): QuarantineLine[] {
    return this.ofKind('quarantine')
  }

  get calls(): CallLine[] {
    return this.ofKind('call')
  }

  get drifts(): DriftLine[] {
    return this.ofKind('drift')
  }

  get alive(): { u: Record<string, number> }[] {
    return this.ofKind('alive')
  }

  /** State and class of error, as the collector reports them. */
  get status(): string {
    const { state, errorType } = this.sink.report()
    return errorType === null ? state : `${state}: ${errorType}`
  }
}
