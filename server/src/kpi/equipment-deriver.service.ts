import { createHash } from 'node:crypto'
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import type { TimeRange } from '@gemba/contracts/time'
import type { UnitEvent, UnitWindow } from '@gemba/engine/kpi/equipment-time'
import type { TimeWindow } from '@gemba/engine/time/calendar'
import { Subject, type Subscription } from 'rxjs'
import { CatalogService } from '../catalog/catalog.service.ts'
import { log } from '../http/log.ts'
import { LiveService, type UnitSpan } from '../live/live.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { Derivation } from './derivation.service.ts'
import { DirtyStart } from './dirty-start.service.ts'
import { EventHistory } from './event-history.service.ts'
import { EventSlices } from './event-slices.ts'
import { SiteCalendar } from './site-calendar.service.ts'
import { derivedRows, windowRow } from './window-rows.ts'
import { WindowRetirement } from './window-retirement.service.ts'

const LOOK_EVERY_MS = 1_000
/** A window is closed this long after its end: what was on its way has come by then. */
const CLOSE_AFTER_MS = 5_000
const ROWS_PER_INSERT = 50_000
/** The derivation follows stops this far beyond a window. */
const STOP_REACH_MS = 2 * 86_400_000

type DerivedTable = keyof ReturnType<typeof derivedRows>
type StoredKeys = Record<DerivedTable, Map<string, Record<string, unknown>>>

/** Keeps the roll-ups of ended windows equal to what their readings say. The running window is never stored. */
@Injectable()
export class EquipmentDeriver implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Nothing is left to derive. */
  readonly caughtUp = new Subject<void>()
  private readonly dirty = new Map<string, TimeRange>()
  /** Stretches whose windows are others since the calendar changed, unit by unit. */
  private readonly recut: { unit: string; range: TimeRange }[] = []
  private readonly lastHashes = new Map<string, string>()
  private timer: NodeJS.Timeout | null = null
  private working: Promise<void> | null = null
  private subscription: Subscription | null = null
  private seenWindow = new Map<string, number>()
  private stopped = false
  caughtUpOnce = false

  constructor(
    private readonly catalog: CatalogService,
    private readonly calendar: SiteCalendar,
    private readonly derivation: Derivation,
    private readonly history: EventHistory,
    private readonly live: LiveService,
    private readonly warehouse: WarehouseService,
    private readonly dirtyStart: DirtyStart,
    private readonly retirement: WindowRetirement,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.subscription = this.live.storedEvents.subscribe((spans) => spans.forEach((span) => this.mark(span)))
    for (const span of await this.dirtyStart.spans()) this.mark(span)
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS)
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true
    this.subscription?.unsubscribe()
    if (this.timer) clearInterval(this.timer)
    await this.working
  }

  /** Units with ended windows that are not derived yet. */
  backlog(): number {
    return this.dirty.size + this.recut.length + (this.working ? 1 : 0)
  }

  /** The windows of this stretch are others now: they are derived anew, those that are no more leave the roll-ups. */
  deriveRecut(unit: string, range: TimeRange): void {
    this.recut.push({ unit, range })
  }

  /** Readings of this span are durable. Those of the running window alone cost nothing here. */
  private mark({ unit, fromAt, toAt }: UnitSpan): void {
    if (this.catalog.snapshot.equipment(unit)?.level !== 'work-unit') return
    const site = this.catalog.snapshot.siteOf(unit)
    if (!site) return
    const running = this.calendar.windowAt(site, Date.now())
    const settles = this.isOpenAcross(unit, running)
    if (fromAt >= running.fromAt && !settles) return
    this.widen(unit, {
      fromAt: settles ? Math.min(fromAt, running.fromAt - 1) : fromAt,
      toAt: Math.min(toAt, running.fromAt),
    })
  }

  private widen(unit: string, range: TimeRange): void {
    const known = this.dirty.get(unit)
    this.dirty.set(
      unit,
      known ? { fromAt: Math.min(known.fromAt, range.fromAt), toAt: Math.max(known.toAt, range.toAt) } : range,
    )
  }

  /** A stop that began in the window before is judged anew when it ends: once for each running window. */
  private isOpenAcross(unit: string, running: TimeWindow): boolean {
    if (this.seenWindow.get(unit) === running.fromAt) return false
    const ended = this.live
      .memory(unit)
      .events()
      .some((event) => event.at >= running.fromAt && (event.value === 'executing' || event.value === 'setup'))
    if (ended) this.seenWindow.set(unit, running.fromAt)
    return ended
  }

  private look(): void {
    this.closeEnded()
    if (this.dirty.size === 0 && this.recut.length === 0) {
      this.caughtUpOnce = true
      if (!this.working) this.caughtUp.next()
      return
    }
    this.working ??= this.work()
      .catch((error: unknown) => log.error({ err: error }, 'windows could not be derived; they stay marked'))
      .finally(() => (this.working = null))
  }

  /** Marks the window that ended last, once, for every unit. */
  private closeEnded(): void {
    const now = Date.now()
    for (const { path } of this.catalog.snapshot.document.equipment) {
      if (this.catalog.snapshot.equipment(path)?.level !== 'work-unit') continue
      const site = this.catalog.snapshot.siteOf(path)
      if (!site) continue
      const running = this.calendar.windowAt(site, now - CLOSE_AFTER_MS)
      const key = `closed ${path}`
      if (this.seenWindow.get(key) === running.fromAt) continue
      this.seenWindow.set(key, running.fromAt)
      this.widen(path, { fromAt: running.fromAt - 1, toAt: running.fromAt })
    }
  }

  private async work(): Promise<void> {
    for (let next = this.recut[0]; next && !this.stopped; next = this.recut[0]) {
      await this.deriveRecutRange(next.unit, next.range)
      this.recut.shift()
    }
    while (this.dirty.size > 0 && !this.stopped) {
      const [unit, range] = [...this.dirty.entries()][0] as [string, TimeRange]
      this.dirty.delete(unit)
      try {
        await this.deriveRange(unit, range)
      } catch (error) {
        this.widen(unit, range)
        throw error
      }
    }
  }

  private async deriveRecutRange(unit: string, range: TimeRange): Promise<void> {
    const site = this.catalog.snapshot.siteOf(unit)
    if (!site) return
    const windows = this.calendar.windows(site, range)
    // A stop is judged by the planned time it covers, also in the windows around the change.
    await this.retirement.retire(unit, range, new Set(windows.map((window) => window.fromAt)))
    await this.deriveRange(unit, { fromAt: range.fromAt - STOP_REACH_MS, toAt: range.toAt + STOP_REACH_MS })
  }

  /**
   * Derives every ended window that the range touches, the one before (a stop may reach back into it) and the one after
   * (a state holds until the next reading).
   */
  async deriveRange(unit: string, range: TimeRange): Promise<void> {
    const site = this.catalog.snapshot.siteOf(unit)
    if (!site) return
    const nowAt = Date.now()
    const touched = this.calendar.windows(site, { fromAt: range.fromAt, toAt: Math.max(range.fromAt + 1, range.toAt) })
    const before = this.calendar.windowAt(site, (touched[0]?.fromAt ?? range.fromAt) - 1)
    const after = this.calendar.windowAt(site, touched.at(-1)?.toAt ?? range.toAt)
    const ended = [before, ...touched, after].filter((window) => window.toAt <= nowAt)
    const first = ended[0]
    const last = ended.at(-1)
    if (!first || !last) return
    const events = await this.history.around(unit, { fromAt: first.fromAt, toAt: last.toAt })
    const slices = new EventSlices(events)
    const results: { window: TimeWindow; result: UnitWindow }[] = []
    for (const window of ended) {
      results.push({ window, result: this.deriveWindow(unit, window, slices.of(window), nowAt) })
      if (results.length % 8 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const news = results.filter(({ window, result }) => this.isNews(unit, window, result))
    // The mark says which readings were seen: those that were there when the derivation began.
    await this.store(unit, news, nowAt)
  }

  private deriveWindow(unit: string, window: TimeWindow, events: readonly UnitEvent[], nowAt: number): UnitWindow {
    return this.derivation.derive(unit, window, { events, nowAt })
  }

  private isNews(unit: string, window: TimeWindow, result: UnitWindow): boolean {
    const key = `${unit} ${window.fromAt}`
    return this.lastHashes.get(key) !== hashOf(result)
  }

  private async store(
    unit: string,
    results: readonly { window: TimeWindow; result: UnitWindow }[],
    computedAt: number,
  ): Promise<void> {
    if (results.length === 0) return
    const stored = await this.storedRows(unit, results)
    const rows: Record<DerivedTable, object[]> = { equipment_state: [], equipment_stop: [], equipment_count: [] }
    for (const { window, result } of results) {
      const derived = derivedRows(unit, window, result)
      for (const table of Object.keys(rows) as DerivedTable[])
        rows[table].push(...versioned(derived[table], stored.get(window.fromAt)?.[table], computedAt))
    }
    for (const table of Object.keys(rows) as DerivedTable[]) {
      for (let index = 0; index < rows[table].length; index += ROWS_PER_INSERT)
        await this.warehouse.insertRows(table, rows[table].slice(index, index + ROWS_PER_INSERT))
    }
    // Last: a window counts as derived when its parts are there.
    await this.warehouse.insertRows(
      'equipment_window',
      results.map(({ window, result }) => windowRow(unit, window, result.parts, computedAt)),
    )
    for (const { window, result } of results) this.lastHashes.set(`${unit} ${window.fromAt}`, hashOf(result))
    if (this.lastHashes.size > 50_000) this.lastHashes.clear()
  }

  /** Rows that are stored for these windows now: what is not derived again has vanished. */
  private async storedRows(unit: string, results: readonly { window: TimeWindow }[]): Promise<Map<number, StoredKeys>> {
    const windows = results.map(({ window }) => window.fromAt)
    const params = { unit, windows }
    const where =
      'FROM {table:Identifier} FINAL WHERE unit = {unit:String} AND toUnixTimestamp64Milli(window_at) IN {windows:Array(Int64)}'
    const found = new Map<number, StoredKeys>(
      windows.map((at) => [at, { equipment_state: new Map(), equipment_stop: new Map(), equipment_count: new Map() }]),
    )
    const load = async (table: DerivedTable, columns: string, keyOf: (row: Record<string, unknown>) => string) => {
      const rows = await this.warehouse.query<Record<string, unknown>>(
        `SELECT toUnixTimestamp64Milli(window_at) AS window_at_ms, ${columns} ${where}`,
        { ...params, table },
      )
      for (const { window_at_ms: at, ...row } of rows)
        found.get(Number(at))?.[table].set(keyOf(row), { ...row, unit, window_at: Number(at) })
    }
    await load(
      'equipment_state',
      'toUnixTimestamp64Milli(started_at) AS started_at, toUnixTimestamp64Milli(ended_at) AS ended_at, state',
      (row) => String(row['started_at']),
    )
    await load(
      'equipment_stop',
      'state, reason, ms, count',
      (row) => `${String(row['state'])}\n${String(row['reason'])}`,
    )
    await load(
      'equipment_count',
      'toUnixTimestamp64Milli(minute_at) AS minute_at, order_no, material, total, good, scrap, rework',
      (row) => `${String(row['minute_at'])}\n${String(row['order_no'])}\n${String(row['material'])}`,
    )
    return found
  }
}

/** Of what is stored: whether a state goes on in the next window is not. */
const hashOf = (result: UnitWindow): string =>
  createHash('sha1')
    .update(JSON.stringify(result, (key, value: unknown) => (key === 'open' ? undefined : value)))
    .digest('base64')

/** New rows with their version, and tombstones for stored rows that are not among them. */
function versioned(
  derived: readonly { key: string; row: Record<string, unknown> }[],
  stored: Map<string, Record<string, unknown>> | undefined,
  computedAt: number,
): object[] {
  const keys = new Set(derived.map(({ key }) => key))
  const gone = [...(stored ?? [])]
    .filter(([key]) => !keys.has(key))
    .map(([, row]) => ({ ...numeric(row), computed_at: computedAt, is_deleted: 1 }))
  return [...derived.map(({ row }) => ({ ...row, computed_at: computedAt, is_deleted: 0 })), ...gone]
}

const numeric = (row: Record<string, unknown>): Record<string, unknown> => {
  const copy = { ...row }
  for (const name of ['started_at', 'ended_at', 'minute_at']) if (name in copy) copy[name] = Number(copy[name])
  return copy
}
