/**
 * Where a source puts what it received. Readings are grouped for a moment and committed together; `alive` lines follow
 * the readings they vouch for; after a lost session the gap, if there is one, is proved by source times.
 */
import type { RecordLine } from '@gemba/contracts/erp-record'
import type { CallLine, DriftLine, GapLine, QuarantineReason, Reading } from '@gemba/contracts/reading'
import type { SourceDefinition, SourceErrorType, SourceReport } from '@gemba/contracts/source'
import { isProcess, unitOf, unseenStretches } from './gap-watch.ts'
import { log } from './log.ts'
import type { SourceStatus } from './source.ts'
import { type LastReading, type Spool, SpoolFullError } from './spool/spool.ts'

const GROUP_MS = 15
const ALIVE_EVERY_MS = 1_000
const MOST_LINES = 5_000
/** Lines held in memory while the disk takes none; beyond it the source starts anew and the gap becomes a row. */
const MOST_HELD = 50_000
const LONGEST_RAW = 4_000
/** From the first value of a new session on they are collected for this long, then compared with the last known ones. */
const FIRST_VALUES_MS = 1_200
/** A source that tells when all first values are there is waited for this long: one silent node must not hold all others. */
const TOLD_FIRST_VALUES_MS = 15_000

type Cause = GapLine['cause']

export class Sink {
  readonly source: SourceDefinition
  /** Called when lines had to be dropped: the source must ask for the present values again. */
  onLoss: () => void = () => undefined
  private readonly spool: Spool
  private readonly wake: (stream: string) => void
  private readonly units: Set<string>
  private lines: object[] = []
  private readonly changed = new Map<string, LastReading>()
  private readonly last = new Map<string, LastReading | null>()
  private waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  private timer: NodeJS.Timeout | null = null
  private readonly aliveTimer: NodeJS.Timeout
  /** Source time until which the units were seen; not yet vouched for. */
  private observedAt = 0
  private vouchedAt: number
  private first: { readings: Reading[]; cause: Cause; isTold: boolean } | null = null
  /** What was vouched for when the present session began. */
  private session: { cause: Cause; vouchedAt: number } = { cause: 'session-lost', vouchedAt: 0 }
  private firstTimer: NodeJS.Timeout | null = null
  private readonly counts = { received: 0, quarantined: 0, gaps: 0, reconnects: 0 }
  private status: SourceStatus & { since: number } = {
    state: 'starting',
    errorType: null,
    errorText: null,
    since: Date.now(),
  }
  private lastDataAt: number | null = null

  constructor(
    source: SourceDefinition,
    points: readonly string[],
    spooling: { spool: Spool; wake: (stream: string) => void },
  ) {
    this.source = source
    this.spool = spooling.spool
    this.wake = spooling.wake
    this.units = new Set(points.map(unitOf))
    this.vouchedAt = this.spool.state<number>(`alive:${source.id}`) ?? 0
    this.aliveTimer = setInterval(() => this.vouch(), ALIVE_EVERY_MS)
  }

  /**
   * A session begins whose first values are what is the case now, not news. `isTold`: the source names each of them and
   * says when all are there, and asks for all of them anew in the next session.
   */
  beginSession(cause: Cause, { isTold = false }: { isTold?: boolean } = {}): void {
    if (this.firstTimer) clearTimeout(this.firstTimer)
    this.firstTimer = null
    this.first = { readings: isTold ? [] : (this.first?.readings ?? []), cause, isTold }
    this.session = { cause, vouchedAt: this.vouchedAt }
    if (this.isHoldingFirst) this.awaitFirstValues()
  }

  /** A first value of the session. One that comes after the others were compared is compared by itself. */
  firstValue(reading: Reading): void {
    if (!this.first) this.compare([reading], this.session)
    this.reading(reading)
  }

  /** Every point that has a value has given its first one. */
  firstValuesAreThere(): void {
    if (this.firstTimer) clearTimeout(this.firstTimer)
    this.judgeFirstValues()
  }

  /** A slow server or a node that is away may take its time before the first value. */
  private awaitFirstValues(): void {
    const waitMs = this.first?.isTold ? TOLD_FIRST_VALUES_MS : FIRST_VALUES_MS
    this.firstTimer ??= setTimeout(() => this.judgeFirstValues(), waitMs)
  }

  private get isHoldingFirst(): boolean {
    return this.first !== null && this.first.readings.length > 0
  }

  reading(reading: Reading): void {
    this.counts.received += 1
    this.lastDataAt = Math.max(this.lastDataAt ?? 0, reading.t)
    if (this.first) this.awaitFirstValues()
    if (this.first && !isProcess(reading.p)) this.first.readings.push(reading)
    else this.keep(reading)
  }

  /** Exact repeats of the last known reading of a point say nothing. */
  private keep(reading: Reading): void {
    if (isProcess(reading.p)) return this.line(reading)
    this.units.add(unitOf(reading.p))
    const known = this.lastOf(reading.p)
    const value = reading.q === undefined ? String(reading.v) : `${String(reading.v)} (${reading.q})`
    if (known && known.at === reading.t && known.value === value) return
    if (!known || reading.t >= known.at) {
      this.last.set(reading.p, { at: reading.t, value })
      this.changed.set(reading.p, { at: reading.t, value })
    }
    this.line(reading)
  }

  private lastOf(point: string): LastReading | null {
    const known = this.last.get(point)
    if (known !== undefined) return known
    const stored = this.spool.lastReading(point)
    this.last.set(point, stored)
    return stored
  }

  private judgeFirstValues(): void {
    const session = this.first
    this.first = null
    this.firstTimer = null
    if (!session) return
    this.compare(session.readings, { cause: session.cause, vouchedAt: this.vouchedAt })
    for (const reading of session.readings) this.keep(reading)
    if (this.lines.length === 0) this.settle((waiter) => waiter.resolve())
  }

  private compare(readings: readonly Reading[], { cause, vouchedAt }: { cause: Cause; vouchedAt: number }): void {
    for (const unseen of unseenStretches(readings, { lastOf: (point) => this.lastOf(point), vouchedAt }))
      this.gap(unseen.unit, { ...unseen, cause })
  }

  /** The unit was not seen in `[fromAt, toAt)`. */
  gap(unit: string, { fromAt, toAt, cause }: { fromAt: number; toAt: number; cause: Cause }): void {
    if (fromAt <= 0 || toAt <= fromAt) return
    this.counts.gaps += 1
    log.warn({ source: this.source.id, unit, fromAt, toAt, cause }, 'gap')
    this.line({ p: `${unit}:link`, t: fromAt, v: 0 })
    this.line({ p: `${unit}:link`, t: toAt, v: 1 })
    this.line({ k: 'gap', source: this.source.id, unit, cause, fromAt, toAt, count: null } satisfies GapLine)
  }

  /** Values were lost although the units were in sight: counted and told, states stay what they are. */
  lost(cause: Cause, range: { fromAt: number; toAt: number; unit: string | null; count: number | null }): void {
    this.counts.gaps += 1
    log.warn({ source: this.source.id, cause, ...range }, 'values lost')
    this.line({ k: 'gap', source: this.source.id, cause, ...range } satisfies GapLine)
  }

  /** Units of this source. */
  get ownUnits(): readonly string[] {
    return [...this.units]
  }

  /** Until when the units are known to have been seen. */
  get seenUntil(): number {
    return Math.max(this.vouchedAt, this.observedAt)
  }

  /** The units were seen without interruption up to this source time. */
  observed(at: number): void {
    if (at > this.observedAt) this.observedAt = at
    this.lastDataAt = Math.max(this.lastDataAt ?? 0, at)
  }

  private vouch(): void {
    if (this.first || this.observedAt <= this.vouchedAt || this.units.size === 0) return
    this.vouchedAt = this.observedAt
    this.line({ k: 'alive', u: Object.fromEntries([...this.units].map((unit) => [unit, this.vouchedAt])) })
  }

  quarantine(reason: QuarantineReason, text: string, raw: string): void {
    this.counts.quarantined += 1
    const line = { k: 'quarantine', source: this.source.id, reason, at: Date.now() }
    this.line({ ...line, text: text.slice(0, 500), raw: raw.slice(0, LONGEST_RAW) })
  }

  /** Records and the cursor that they reach (full names of state), in one transaction. Throws when not stored. */
  records(records: readonly RecordLine[], state: Record<string, unknown>): void {
    this.flush()
    this.spool.commit({ stream: this.source.id, lines: records, state })
    this.counts.received += records.length
    if (records.length > 0) this.wake(this.source.id)
  }

  /** One call of the interface, well or badly ended. */
  called(call: Pick<CallLine, 'at' | 'durationMs' | 'outcome' | 'rows' | 'rejected' | 'newestAt'>): void {
    this.line({ k: 'call', source: this.source.id, ...call } satisfies CallLine)
  }

  /** What changed in the tables of the source, and the shapes (full name of the state) they have now. */
  drifted(drifts: readonly Omit<DriftLine, 'k' | 'source'>[], state: Record<string, unknown>): void {
    const lines = drifts.map((drift) => ({ k: 'drift', source: this.source.id, ...drift }) satisfies DriftLine)
    this.flush()
    this.spool.commit({ stream: this.source.id, lines, state })
    for (const { table, column, change } of drifts)
      log.warn({ source: this.source.id, table, column, change }, 'a table of the source has changed')
    if (lines.length > 0) this.wake(this.source.id)
  }

  /** The source answered completely at this time. */
  pulled(at: number): void {
    this.lastDataAt = at
  }

  private line(line: object): void {
    this.lines.push(line)
    if (this.lines.length >= MOST_LINES && this.lines.length % MOST_LINES === 0) this.flush()
    else this.timer ??= setTimeout(() => this.flush(), GROUP_MS)
  }

  /** Resolves when everything handed over so far is durable; rejects when it had to be dropped. */
  committed(): Promise<void> {
    if (this.lines.length === 0 && !this.isHoldingFirst) return Promise.resolve()
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }))
  }

  private settle(tell: (waiter: { resolve: () => void; reject: (error: Error) => void }) => void): void {
    const waiting = this.waiting
    this.waiting = []
    for (const waiter of waiting) tell(waiter)
  }

  flush(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    if (this.lines.length === 0) return
    const state = { [`alive:${this.source.id}`]: this.vouchedAt }
    try {
      this.spool.commit({ stream: this.source.id, lines: this.lines, lastReadings: this.changed, state })
    } catch (error) {
      this.holdBack(error)
      return
    }
    this.lines = []
    this.changed.clear()
    if (this.status.errorType === 'disk') this.running()
    this.wake(this.source.id)
    if (!this.isHoldingFirst) this.settle((waiter) => waiter.resolve())
  }

  /** The disk takes nothing: lines wait in memory, acknowledgements wait with them. */
  private holdBack(error: unknown): void {
    const isFull = error instanceof SpoolFullError
    this.failing(
      'disk',
      isFull ? 'The spool has reached its limit.' : 'The spool cannot be written; the disk may be full.',
    )
    this.timer ??= setTimeout(() => this.flush(), 1_000)
    if (this.lines.length < MOST_HELD) return
    this.lines = []
    this.changed.clear()
    this.last.clear()
    this.vouchedAt = this.spool.state<number>(`alive:${this.source.id}`) ?? 0
    this.settle((waiter) => waiter.reject(new Error('The lines were dropped')))
    this.onLoss()
  }

  /** Sources hold back when the spool is nearly full. */
  get mustHoldBack(): boolean {
    return this.spool.fill >= 0.95
  }

  state<T>(name: string): T | null {
    return this.spool.state<T>(`${this.source.id}:${name}`)
  }

  saveState(name: string, value: unknown): void {
    this.spool.commit({ stream: this.source.id, lines: [], state: { [`${this.source.id}:${name}`]: value } })
  }

  connecting(): void {
    if (this.status.state === 'failing') return
    this.setStatus({ state: 'connecting', errorType: null, errorText: null })
  }

  running(): void {
    this.setStatus({ state: 'running', errorType: null, errorText: null })
  }

  /** `text` is one sentence for a person. */
  failing(errorType: SourceErrorType, text: string): void {
    this.setStatus({ state: 'failing', errorType, errorText: text.slice(0, 500) })
  }

  reconnected(): void {
    this.counts.reconnects += 1
  }

  private setStatus(status: SourceStatus): void {
    if (this.status.state === status.state && this.status.errorText === status.errorText) return
    this.status = { ...status, since: Date.now() }
    log.info({ source: this.source.id, ...status }, 'source state')
  }

  report(): SourceReport {
    const { batches, bytes } = this.spool.backlog(this.source.id)
    const { status, counts, lastDataAt } = this
    return { source: this.source.id, ...status, lastDataAt, ...counts, spoolBatches: batches, spoolBytes: bytes }
  }

  close(): void {
    clearInterval(this.aliveTimer)
    if (this.firstTimer) clearTimeout(this.firstTimer)
    // What was not compared is not vouched for; a source that tells gives its first values anew.
    if (!this.first) this.vouch()
    else if (!this.first.isTold) this.judgeFirstValues()
    this.flush()
    if (this.timer) clearTimeout(this.timer)
    this.settle((waiter) => waiter.reject(new Error('The source is closed')))
  }
}
