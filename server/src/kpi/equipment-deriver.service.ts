import { createHash } from 'node:crypto'
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import type { TimeRange } from '@gemba/contracts/time'
import type { TimeWindow } from '@gemba/engine/time/calendar'
import { Subject, type Subscription } from 'rxjs'
import { CatalogService } from '../catalog/catalog.service.ts'
import { log } from '../http/log.ts'
import { LiveService, type UnitSpan } from '../live/live.service.ts'
import { type Recalculation, Recalculations } from '../policies/recalculations.service.ts'
import { Derivation } from './derivation.service.ts'
import { type DirtySpan, DirtySpans } from './dirty-spans.ts'
import { DirtyStart } from './dirty-start.service.ts'
import { EventHistory } from './event-history.service.ts'
import { EventSlices } from './event-slices.ts'
import { SiteCalendar } from './site-calendar.service.ts'
import type { DerivedWindow } from './window-history.service.ts'
import { WindowRetirement } from './window-retirement.service.ts'
import { WindowStore } from './window-store.service.ts'

const LOOK_EVERY_MS = 1_000
/** A window is closed this long after its end: what was on its way has come by then. */
const CLOSE_AFTER_MS = 5_000
/** The derivation follows stops this far beyond a window. */
const STOP_REACH_MS = 2 * 86_400_000
/** So many windows are derived and stored at once: two weeks of three shifts. */
const WINDOWS_PER_TURN = 42

/** Keeps the roll-ups of ended windows equal to what their readings say. The running window is never stored. */
@Injectable()
export class EquipmentDeriver implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Nothing is left to derive. */
  readonly caughtUp = new Subject<void>()
  private readonly dirty = new DirtySpans()
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
    private readonly dirtyStart: DirtyStart,
    private readonly recalculations: Recalculations,
    private readonly retirement: WindowRetirement,
    private readonly store: WindowStore,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.subscription = this.live.storedEvents.subscribe((spans) => spans.forEach((span) => this.mark(span)))
    this.subscription.add(this.recalculations.requested.subscribe((asked) => this.deriveAgain(asked)))
    this.deriveAgain(await this.recalculations.pending())
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
    const settles = [this.isOpenAcross(unit, running), this.isMeteredAcross(unit, running)].includes(true)
    if (fromAt >= running.fromAt && !settles) return
    this.dirty.add(unit, {
      fromAt: settles ? Math.min(fromAt, running.fromAt - 1) : fromAt,
      toAt: Math.min(toAt, running.fromAt),
    })
  }

  /** Settings have changed: the stretches they touch are derived again, and done only when that is stored. */
  private deriveAgain(asked: readonly Recalculation[]): void {
    for (const each of asked)
      this.dirty.add(each.unit, { fromAt: each.fromAt, toAt: each.toAt, recalculations: [each] })
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

  /** What was drawn between the last reading of a meter and the end of its window is known by the next reading. */
  private isMeteredAcross(unit: string, running: TimeWindow): boolean {
    const key = `metered ${unit}`
    if (this.seenWindow.get(key) === running.fromAt) return false
    const isRead = this.live
      .memory(unit)
      .events()
      .some((event) => event.role === 'energy' && event.at >= running.fromAt)
    if (isRead) this.seenWindow.set(key, running.fromAt)
    return isRead
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
      this.dirty.add(path, { fromAt: running.fromAt - 1, toAt: running.fromAt })
    }
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      const cut = this.recut[0]
      if (cut) {
        await this.deriveRecutRange(cut.unit, cut.range)
        this.recut.shift()
        continue
      }
      const next = this.dirty.take()
      if (!next) return
      await this.deriveSpan(next.unit, next.span)
    }
  }

  private async deriveSpan(unit: string, span: DirtySpan): Promise<void> {
    const startedAt = Date.now()
    try {
      if (!(await this.deriveRange(unit, span, span.recalculations))) return
      await this.recalculations.done(span.recalculations.map(({ id }) => id))
      // A span that still waits would be forgotten by a kill.
      if (!this.dirty.has(unit)) await this.dirtyStart.seen(unit, startedAt)
    } catch (error) {
      this.dirty.add(unit, span)
      throw error
    }
  }

  private async deriveRecutRange(unit: string, asked: TimeRange): Promise<void> {
    const site = this.catalog.snapshot.siteOf(unit)
    // What cannot be derived anew stays as it was cut.
    const range = { fromAt: Math.max(asked.fromAt, this.recalculations.floorAt), toAt: asked.toAt }
    if (!site || range.fromAt >= range.toAt) return
    const windows = this.calendar.windows(site, range)
    const around = { fromAt: range.fromAt - STOP_REACH_MS, toAt: range.toAt + STOP_REACH_MS }
    // Production dates are cut by a policy: it is the cause, and not the calendar.
    const waiting = this.dirty.waiting(unit, range)
    const isPolicy = waiting.some(({ cause }) => cause.facts['policy'] === 'productionDateOwner')
    const recalculations = isPolicy ? waiting : [calendarChange(unit, site.id, around)]
    // A stop is judged by the planned time it covers, also in the windows around the change.
    const retired = await this.retirement.retire(unit, range, {
      starts: new Set(windows.map((window) => window.fromAt)),
      recalculations,
    })
    // A window may come back as it once was.
    for (const start of retired) this.lastHashes.delete(`${unit} ${start}`)
    await this.deriveRange(unit, around, isPolicy ? [] : recalculations)
  }

  /**
   * Derives every ended window that the range touches, the one before (a stop may reach back into it) and the one after
   * (a state holds until the next reading). False when the server stopped before all was done.
   */
  async deriveRange(unit: string, range: TimeRange, recalculations: readonly Recalculation[] = []): Promise<boolean> {
    const site = this.catalog.snapshot.siteOf(unit)
    if (!site) return true
    const nowAt = Date.now()
    const touched = this.calendar.windows(site, { fromAt: range.fromAt, toAt: Math.max(range.fromAt + 1, range.toAt) })
    const before = this.calendar.windowAt(site, (touched[0]?.fromAt ?? range.fromAt) - 1)
    const after = this.calendar.windowAt(site, touched.at(-1)?.toAt ?? range.toAt)
    // Below the floor the readings have been dropped: what was made of them is all there is.
    const ended = [before, ...touched, after].filter(
      (window) => window.toAt <= nowAt && window.fromAt >= this.recalculations.floorAt,
    )
    for (let index = 0; index < ended.length; index += WINDOWS_PER_TURN) {
      if (this.stopped) return false
      await this.deriveWindows(unit, ended.slice(index, index + WINDOWS_PER_TURN), recalculations)
    }
    return true
  }

  private async deriveWindows(
    unit: string,
    windows: readonly TimeWindow[],
    recalculations: readonly Recalculation[],
  ): Promise<void> {
    // The mark says which readings were seen: those that were there when the derivation began.
    const computedAt = Date.now()
    const span = { fromAt: windows[0]?.fromAt ?? 0, toAt: windows.at(-1)?.toAt ?? 0 }
    const slices = new EventSlices(await this.history.around(unit, span))
    const derived: DerivedWindow[] = []
    for (const window of windows) {
      const events = slices.of(window)
      derived.push({ window, result: this.derivation.derive(unit, window, { events, nowAt: computedAt }) })
      if (derived.length % 8 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const news = derived.filter((each) => this.lastHashes.get(keyOf(unit, each)) !== hashOf(each))
    const causes = [...recalculations, ...this.dirty.waiting(unit, span)]
    await this.store.store(unit, news, { knownAt: computedAt, recalculations: causes })
    for (const each of news) this.lastHashes.set(keyOf(unit, each), hashOf(each))
    if (this.lastHashes.size > 50_000) this.lastHashes.clear()
  }
}

/** The calendar itself tells what it changed; nothing of it has to be remembered but the cause. */
const calendarChange = (unit: string, site: string, range: TimeRange): Recalculation => ({
  id: 0,
  unit,
  ...range,
  cause: { kind: 'calendar', id: site, facts: {} },
})

const keyOf = (unit: string, { window }: DerivedWindow): string => `${unit} ${window.fromAt}`

/** Of what is stored: whether a state goes on in the next window is not. */
const hashOf = ({ window: { kind, productionDate, shift }, result }: DerivedWindow): string => {
  const stored = [kind, productionDate, shift?.code, result]
  const text = JSON.stringify(stored, (key, value: unknown) => (key === 'open' ? undefined : value))
  return createHash('sha1').update(text).digest('base64')
}
