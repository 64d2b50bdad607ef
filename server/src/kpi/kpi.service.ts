import { Injectable } from '@nestjs/common'
import type { EquipmentDefinition, SiteDefinition } from '@gemba/contracts/catalog'
import type { EquipmentTimeParts, OeeAnswer, StopPart } from '@gemba/contracts/kpi'
import type { PolicySettings } from '@gemba/contracts/metric'
import type { TimeRange } from '@gemba/contracts/time'
import type { StateEnergy } from '@gemba/engine/kpi/energy'
import type { UnitWindow } from '@gemba/engine/kpi/equipment-time'
import { oeeFromParts, sumParts } from '@gemba/engine/kpi/oee'
import type { TimeWindow } from '@gemba/engine/time/calendar'
import { merge } from '@gemba/engine/time/ranges'
import { CatalogService } from '../catalog/catalog.service.ts'
import { Fault } from '../http/fault.ts'
import { LiveService } from '../live/live.service.ts'
import { PoliciesService } from '../policies/policies.service.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { Derivation } from './derivation.service.ts'
import { sumEnergy } from './energy-sums.ts'
import { EquipmentDeriver } from './equipment-deriver.service.ts'
import { EventHistory } from './event-history.service.ts'
import { EventSlices } from './event-slices.ts'
import { KnownWindows } from './known-windows.service.ts'
import { readOnce } from './shared-reading.ts'
import { SiteCalendar } from './site-calendar.service.ts'
import { StoredWindows } from './stored-windows.service.ts'
import type { KnownWindow } from './window-versions.ts'

/** Parts, stops and unknown stretches of any stretch of time. */
export interface TimeFigures {
  parts: EquipmentTimeParts
  stops: StopPart[]
  noData: TimeRange[]
  /** Energy by state; of stored windows only when it was asked for (`withEnergy`). */
  energy: StateEnergy[]
}

export type KpiPeriod = TimeRange | 'current'

interface FiguresAsked {
  units: readonly string[]
  range: TimeRange
  nowAt: number
  /** Policies that hold instead of those in force. */
  whatIf?: Partial<PolicySettings> | undefined
  /** As known then (ms): windows of that knowledge alone, whole ones within the range. */
  knownAt?: number | undefined
  withEnergy?: boolean
  /** Questions with the same object read the same rows once. */
  shared?: object | undefined
}

type WindowsAsked = FiguresAsked & { withStops?: boolean }

/** What windows summed in the store are asked with: neither other policies nor another knowledge. */
type SumsAsked = Pick<FiguresAsked, 'units' | 'range' | 'nowAt' | 'shared'>

type DerivationAsked = Pick<FiguresAsked, 'nowAt' | 'whatIf' | 'shared'>

interface FiguresOfWindow {
  unit: string
  window: TimeWindow
  figures: TimeFigures
}

const DEFINITION = { id: 'oee', version: 1 } as const
const text = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

@Injectable()
export class KpiService {
  constructor(
    private readonly catalog: CatalogService,
    private readonly calendar: SiteCalendar,
    private readonly derivation: Derivation,
    private readonly deriver: EquipmentDeriver,
    private readonly history: EventHistory,
    private readonly known: KnownWindows,
    private readonly policies: PoliciesService,
    private readonly stored: StoredWindows,
    private readonly live: LiveService,
    private readonly sources: SourcesService,
  ) {}

  backlog(): number {
    return this.deriver.backlog()
  }

  get caughtUpOnce(): boolean {
    return this.deriver.caughtUpOnce
  }

  /** Work units of a path; an unknown path, or one without work units, is refused. */
  unitsOf(path: string): { site: SiteDefinition; units: EquipmentDefinition[] } {
    const site = this.catalog.snapshot.siteOf(path)
    const units = this.catalog.snapshot.unitsUnder(path)
    if (site && units.length > 0) return { site, units }
    const isStation = this.catalog.snapshot.equipment(path)?.level === 'station'
    throw new Fault(
      'EQUIPMENT_UNKNOWN',
      { equipment: path },
      isStation
        ? { zh: `${path} 是工位，OEE 按机台计算`, en: `${path} is a station; OEE is defined for work units` }
        : { zh: `目录中没有 ${path}`, en: `${path} is not in the catalog` },
    )
  }

  /** The shift that runs now; null when nothing is scheduled. */
  runningWindow(site: SiteDefinition, nowAt: number): TimeWindow {
    return this.calendar.windowAt(site, nowAt)
  }

  async oee(
    path: string,
    period: KpiPeriod,
    { nowAt, whatIf, knownAt }: Pick<FiguresAsked, 'nowAt' | 'whatIf' | 'knownAt'>,
  ): Promise<OeeAnswer> {
    const { site, units } = this.unitsOf(path)
    const window = period === 'current' ? this.calendar.windowAt(site, nowAt) : this.windowLike(site, period)
    const range = period === 'current' ? { fromAt: (window as TimeWindow).fromAt, toAt: nowAt } : period
    const asked = { units: units.map((unit) => unit.path), range, nowAt, whatIf, knownAt }
    const figures = await this.figures(site, asked)
    const parts = sumParts(figures.map((each) => each.parts))
    const ratios = oeeFromParts(parts, this.coverageLimit(site, range, whatIf))
    const dataAt = oldest(units.map((unit) => this.dataAt(unit.path, range)))
    return {
      equipment: path,
      fromAt: new Date(range.fromAt).toISOString(),
      toAt: new Date(range.toAt).toISOString(),
      shift: window?.shift
        ? { code: window.shift.code, productionDate: window.productionDate, running: window.toAt > nowAt }
        : null,
      value: ratios.oee,
      availability: ratios.availability,
      performance: ratios.performance,
      quality: ratios.quality,
      missing: ratios.missing,
      coverage: ratios.coverage,
      sourceTime: text(dataAt),
      receivedTime: text(oldest(units.map((unit) => (unit.source ? this.sources.receivedAt(unit.source) : null)))),
      parts,
      stops: sumStops(figures.flatMap((each) => each.stops)),
      noData: merge(figures.flatMap((each) => each.noData)),
      definition: { ...DEFINITION, rule: units.length > 1 ? 'sum-of-parallel-units' : 'work-unit' },
      flags: ratios.flags,
    }
  }

  /** Known share below which figures of the end of a range are marked. */
  coverageLimit(site: SiteDefinition, range: TimeRange, whatIf: Partial<PolicySettings> | undefined): number {
    const question = whatIf === undefined ? {} : { whatIf }
    return this.policies.settingsAt(site.id, range.toAt - 1, question).coverageLimit
  }

  /** The shift that a range is exactly, if it is one. */
  private windowLike(site: SiteDefinition, range: TimeRange): TimeWindow | null {
    const window = this.calendar.windowAt(site, range.fromAt)
    return window.fromAt === range.fromAt && range.toAt <= window.toAt ? window : null
  }

  /** Newest data that the range can hold: for a past range its end, for a running one the last proof of observation. */
  private dataAt(unit: string, range: TimeRange): number | null {
    const at = this.live.dataAt(unit)
    return at === null ? null : Math.min(at, range.toAt)
  }

  /**
   * Figures of units of one site: whole ended windows from the roll-up, the rest from readings by the same engine. A
   * what-if is derived from readings altogether.
   */
  async figures(site: SiteDefinition, asked: FiguresAsked): Promise<TimeFigures[]> {
    const { shared, units } = asked
    if (shared === undefined) return this.ownFigures(site, asked)
    const key = keyOf(site, { ...asked, units: units.toSorted() })
    // Whoever asks first asks for energy as well: another figure of the page may need it.
    const figures = await readOnce(shared, `figures ${key}`, () =>
      this.ownFigures(site, { ...asked, withEnergy: true }).then(byUnit(units)),
    )
    return units.map((unit) => figures.get(unit) as TimeFigures)
  }

  private async ownFigures(site: SiteDefinition, asked: FiguresAsked): Promise<TimeFigures[]> {
    const { units, range, nowAt, whatIf, shared, withEnergy = false } = asked
    if (asked.knownAt !== undefined) {
      const known = await this.windowFigures(site, asked)
      return units.map((unit) => sumFigures(known.filter((each) => each.unit === unit).map(({ figures }) => figures)))
    }
    const windows = this.calendar.windows(site, range)
    const whole = windows.filter(
      (window) =>
        whatIf === undefined && window.fromAt >= range.fromAt && window.toAt <= range.toAt && window.toAt <= nowAt,
    )
    const stored = await this.stored.figures(units, whole, { withEnergy, shared })
    return Promise.all(
      [...stored].map(async ([unit, kept]) => {
        const rest = windows
          .filter((window) => !kept.windows.has(window.fromAt))
          .map((window) => ({ fromAt: Math.max(window.fromAt, range.fromAt), toAt: Math.min(window.toAt, range.toAt) }))
        const derived = await this.deriveAll(unit, rest, { nowAt, whatIf, shared })
        return sumFigures([kept.figures, ...derived])
      }),
    )
  }

  /** Figures of each window of a range, cut where the range cuts it, for each unit; stops only where they are read. */
  windowFigures(site: SiteDefinition, asked: WindowsAsked): Promise<FiguresOfWindow[]> {
    if (asked.shared === undefined) return this.ownWindowFigures(site, asked)
    // Stops and energy as well: another figure of the page may need them.
    const all = { ...asked, withStops: true, withEnergy: true }
    return readOnce(asked.shared, `windows ${keyOf(site, asked)}`, () => this.ownWindowFigures(site, all))
  }

  private async ownWindowFigures(
    site: SiteDefinition,
    { units, range, nowAt, whatIf, knownAt, shared, withEnergy = false, withStops = true }: WindowsAsked,
  ): Promise<FiguresOfWindow[]> {
    if (knownAt !== undefined) {
      const known = await this.known.asKnown(units, range, knownAt)
      return known.map((each) => ({
        unit: each.unit,
        window: windowOfKnown(site, each),
        figures: figuresOfKnown(each),
      }))
    }
    const windows = this.calendar.windows(site, { ...range, toAt: Math.min(range.toAt, nowAt) })
    const isWhole = (window: TimeWindow) =>
      whatIf === undefined && window.fromAt >= range.fromAt && window.toAt <= range.toAt && window.toAt <= nowAt
    const stored = await this.stored.byWindow(units, windows.filter(isWhole), { withStops, withEnergy, shared })
    const lists = await Promise.all(
      [...stored].map(async ([unit, kept]) => {
        const rest = windows.filter((window) => !kept.has(window.fromAt))
        for (const { window, figures } of await this.deriveWindows(unit, rest, { range, nowAt, whatIf, shared }))
          kept.set(window.fromAt, figures)
        return windows.map((window) => ({ unit, window, figures: kept.get(window.fromAt) as TimeFigures }))
      }),
    )
    return lists.flat()
  }

  /**
   * The same, summed over the units in the store: for figures that read no stops. Windows of which the store lacks a
   * unit come in several pieces.
   */
  windowSums(site: SiteDefinition, asked: SumsAsked): Promise<Omit<FiguresOfWindow, 'unit'>[]> {
    return readOnce(asked.shared, `sums ${keyOf(site, asked)}`, () => this.ownWindowSums(site, asked))
  }

  private async ownWindowSums(
    site: SiteDefinition,
    { units, range, nowAt, shared }: SumsAsked,
  ): Promise<Omit<FiguresOfWindow, 'unit'>[]> {
    const windows = this.calendar.windows(site, { ...range, toAt: Math.min(range.toAt, nowAt) })
    const isWhole = ({ fromAt, toAt }: TimeWindow) => fromAt >= range.fromAt && toAt <= Math.min(range.toAt, nowAt)
    const stored = await this.stored.sumsByWindow(units, windows.filter(isWhole))
    const lists = await Promise.all(
      units.map((unit) => {
        const rest = windows.filter(({ fromAt }) => stored.get(fromAt)?.absent.includes(unit) ?? true)
        return this.deriveWindows(unit, rest, { range, nowAt, shared })
      }),
    )
    const sums = windows.flatMap((window) => {
      const parts = stored.get(window.fromAt)?.parts
      return parts ? [{ window, figures: { parts, stops: [], noData: [], energy: [] } }] : []
    })
    return [...sums, ...lists.flat()]
  }

  /** Data times of a scope: the oldest of its units. */
  agesOf(path: string, range: TimeRange): { dataAt: number | null; receivedAt: number | null } {
    const { units } = this.unitsOf(path)
    return {
      dataAt: oldest(units.map((unit) => this.dataAt(unit.path, range))),
      receivedAt: oldest(units.map((unit) => (unit.source ? this.sources.receivedAt(unit.source) : null))),
    }
  }

  /** Figures of windows from readings, cut where the range cuts them. */
  private async deriveWindows(
    unit: string,
    windows: readonly TimeWindow[],
    { range, ...asked }: DerivationAsked & Pick<FiguresAsked, 'range'>,
  ): Promise<{ window: TimeWindow; figures: TimeFigures }[]> {
    const cut = windows.map(({ fromAt, toAt }) => ({
      fromAt: Math.max(fromAt, range.fromAt),
      toAt: Math.min(toAt, range.toAt),
    }))
    const derived = await this.deriveAll(unit, cut, asked)
    return windows.map((window, index) => ({ window, figures: derived[index] as TimeFigures }))
  }

  /** Figures of ranges, in the order of the ranges. */
  private deriveAll(
    unit: string,
    ranges: readonly TimeRange[],
    { shared, ...asked }: DerivationAsked,
  ): Promise<TimeFigures[]> {
    const key = JSON.stringify([unit, ranges, asked.nowAt, asked.whatIf ?? null])
    return readOnce(shared, `derived ${key}`, () => this.ownDerived(unit, ranges, asked))
  }

  private async ownDerived(
    unit: string,
    ranges: readonly TimeRange[],
    { nowAt, whatIf }: Omit<DerivationAsked, 'shared'>,
  ): Promise<TimeFigures[]> {
    const results = new Map<TimeRange, UnitWindow>()
    const older: TimeRange[] = []
    for (const range of ranges) {
      if (this.derivation.isInMemory(unit, range))
        results.set(range, this.derivation.fromMemory(unit, range, nowAt, whatIf))
      else older.push(range)
    }
    for (const run of adjoining(older)) {
      const slices = new EventSlices(await this.history.around(unit, spanOf(run)))
      for (const range of run)
        results.set(range, this.derivation.derive(unit, range, { events: slices.of(range), nowAt, whatIf }))
    }
    return ranges.map((range) => timeFigures(results.get(range) as UnitWindow))
  }
}

/** All that figures of a site follow from. */
const keyOf = (site: SiteDefinition, { units, range, nowAt, whatIf, knownAt }: FiguresAsked): string =>
  JSON.stringify([site.id, units, range, nowAt, whatIf ?? null, knownAt ?? null])

const byUnit =
  (units: readonly string[]) =>
  (figures: readonly TimeFigures[]): ReadonlyMap<string, TimeFigures> =>
    new Map(units.map((unit, index) => [unit, figures[index] as TimeFigures]))

const timeFigures = ({ parts, stops, intervals, energy }: UnitWindow): TimeFigures => ({
  parts,
  stops,
  energy: sumEnergy(energy),
  noData: intervals.filter((interval) => interval.state === 'NO_DATA').map(({ fromAt, toAt }) => ({ fromAt, toAt })),
})

const sumFigures = (list: readonly TimeFigures[]): TimeFigures => ({
  parts: sumParts(list.map((each) => each.parts)),
  stops: sumStops(list.flatMap((each) => each.stops)),
  noData: merge(list.flatMap((each) => each.noData)),
  energy: sumEnergy(list.flatMap((each) => each.energy)),
})

const figuresOfKnown = ({ parts, stops, noData, energy }: KnownWindow): TimeFigures => ({
  parts,
  stops: [...stops],
  noData: [...noData],
  energy: [...(energy ?? [])],
})

/** The window as it was cut then, whatever the calendar says now. */
function windowOfKnown(site: SiteDefinition, known: KnownWindow): TimeWindow {
  const { fromAt, toAt, productionDate, shiftCode: code, parts } = known
  const range = { fromAt, toAt, productionDate }
  if (code === '') return { ...range, kind: 'off', shift: null }
  return { ...range, kind: 'shift', shift: { ...range, site: site.id, code, breaks: [], plannedMs: parts.scheduledMs } }
}

/** Ranges in order, grouped into runs without a hole between them: what lies in a hole need not be read. */
export function adjoining(ranges: readonly TimeRange[]): TimeRange[][] {
  const runs: TimeRange[][] = []
  for (const range of ranges) {
    const run = runs.at(-1)
    if (run && run.at(-1)?.toAt === range.fromAt) run.push(range)
    else runs.push([range])
  }
  return runs
}

const spanOf = (run: readonly TimeRange[]): TimeRange => ({
  fromAt: run[0]?.fromAt ?? 0,
  toAt: run.at(-1)?.toAt ?? 0,
})

/** The oldest of the data times; null when one of them is unknown. */
export function oldest(instants: readonly (number | null)[]): number | null {
  if (instants.length === 0 || instants.some((at) => at === null)) return null
  return Math.min(...(instants as number[]))
}

/** Stop parts with the same state and reason together, longest first. */
export function sumStops(stops: readonly StopPart[]): StopPart[] {
  const sums = new Map<string, StopPart>()
  for (const stop of stops) {
    const key = `${stop.state}\n${stop.reason ?? ''}`
    const known = sums.get(key)
    if (known) sums.set(key, { ...known, ms: known.ms + stop.ms, count: known.count + stop.count })
    else sums.set(key, { ...stop })
  }
  return [...sums.values()].sort((a, b) => b.ms - a.ms)
}
