import { Injectable } from '@nestjs/common'
import type { BoardScope } from '@gemba/contracts/board'
import type { EquipmentDefinition, SiteDefinition } from '@gemba/contracts/catalog'
import type { UnitWindow } from '@gemba/engine/kpi/equipment-time'
import { oeeFromParts, sumParts } from '@gemba/engine/kpi/oee'
import {
  type ShiftInstance,
  lastShiftBefore,
  nextShiftAfter,
  plannedSegments,
  shiftRuleOf,
} from '@gemba/engine/time/calendar'
import { clip } from '@gemba/engine/time/ranges'
import { CatalogService } from '../catalog/catalog.service.ts'
import { Derivation } from '../kpi/derivation.service.ts'
import { KpiService, oldest, sumStops } from '../kpi/kpi.service.ts'
import { SiteCalendar } from '../kpi/site-calendar.service.ts'
import { GRACE_MS, LiveService } from '../live/live.service.ts'
import type { OeeFacts, TimelineRow } from './oee-facts.ts'

const MOST_ROWS = 6

/** Prepares what the tiles of an OEE board need, from live memory. */
@Injectable()
export class OeeFactsService {
  constructor(
    private readonly catalog: CatalogService,
    private readonly calendar: SiteCalendar,
    private readonly derivation: Derivation,
    private readonly kpi: KpiService,
    private readonly live: LiveService,
  ) {}

  /** The running shift, or the one that ended last when nothing is scheduled now. */
  scope(path: string, nowAt: number): BoardScope {
    const { snapshot } = this.catalog
    const site = snapshot.siteOf(path)
    const equipment = snapshot.equipment(path)
    const running = site ? this.calendar.windowAt(site, nowAt).shift : null
    const shift = running ?? (site ? lastShiftBefore(site, nowAt) : null)
    return {
      site: site?.id ?? '',
      siteName: site?.name ?? { zh: path, en: path },
      timeZone: site?.timeZone ?? 'UTC',
      equipment: path,
      equipmentName: equipment?.name ?? site?.name ?? { zh: path, en: path },
      equipmentLevel: equipment?.level ?? 'site',
      shift: site && shift ? shiftOf(site, shift, running !== null) : null,
      nextShiftAt: site && !running ? (nextShiftAfter(site, nowAt)?.fromAt ?? null) : null,
    }
  }

  /** Null when nothing was ever scheduled, or when there is no work unit under the path. */
  facts(path: string, scope: BoardScope, nowAt: number): OeeFacts | null {
    const { snapshot } = this.catalog
    const equipment = snapshot.equipment(path)
    if (!scope.shift || !equipment || snapshot.unitsUnder(path).length === 0) return null
    const { site, units } = this.kpi.unitsOf(path)
    const window = { fromAt: scope.shift.fromAt, toAt: scope.shift.toAt }
    const elapsed = { fromAt: window.fromAt, toAt: Math.min(window.toAt, nowAt) }
    const derived = units.map((unit) => ({ unit, result: this.derivation.fromMemory(unit.path, window, nowAt) }))
    const parts = sumParts(derived.map(({ result }) => result.parts))
    const dataAts = units.map((unit) => {
      const at = this.live.dataAt(unit.path)
      return at === null ? null : Math.min(at, elapsed.toAt)
    })
    return {
      site,
      equipment,
      units,
      shift: scope.shift,
      elapsed,
      nowAt,
      parts,
      figures: oeeFromParts(parts),
      stops: sumStops(derived.flatMap(({ result }) => result.stops)),
      counts: derived.map(({ unit, result }) => ({ unit: unit.path, buckets: result.counts })),
      planned: clip(plannedSegments(this.calendar.shiftsAround(site, window)), window),
      sources: [...new Set(units.map((unit) => unit.source).filter((source) => source !== undefined))],
      // An ended shift does not grow old: its data are complete when they reach its end.
      dataAt: scope.shift.running ? oldest(dataAts) : dataAts.every((at) => at !== null) ? nowAt : null,
      ...this.timeline(path, units, { site, window, nowAt, derived }),
      idealPerMs: new Map(units.map((unit) => [unit.path, this.idealPerMs(unit.path)])),
    }
  }

  private idealPerMs(unit: string): number {
    const material = this.live.lastValue(`${unit}:material`)?.[2]
    const seconds = this.catalog.snapshot.idealSeconds(
      unit,
      typeof material === 'string' && material !== '' ? material : null,
    )
    return seconds === null ? 0 : 1 / (seconds * 1000)
  }

  /** Stations of a synchronous unit, or the units of a line. */
  private timeline(
    path: string,
    units: readonly EquipmentDefinition[],
    facts: {
      site: SiteDefinition
      window: { fromAt: number; toAt: number }
      nowAt: number
      derived: { unit: EquipmentDefinition; result: UnitWindow }[]
    },
  ): Pick<OeeFacts, 'rows' | 'known'> {
    const stations = this.catalog.snapshot.children(path).filter((child) => child.level === 'station')
    const shown = (stations.length > 0 ? stations : units).slice(0, MOST_ROWS)
    const rows = shown.map((equipment): TimelineRow => {
      const known = facts.derived.find(({ unit }) => unit.path === equipment.path)
      const { intervals } = known?.result ?? this.derivation.fromMemory(equipment.path, facts.window, facts.nowAt)
      const dataAt = this.live.dataAt(equipment.path)
      const silent = dataAt === null || facts.nowAt - dataAt > GRACE_MS
      return { equipment, intervals, silentSince: silent ? dataAt : null }
    })
    const members = [...units, ...stations]
    const heard = members.filter((member) => facts.nowAt - (this.live.dataAt(member.path) ?? 0) <= GRACE_MS)
    return { rows, known: { known: heard.length, expected: members.length } }
  }
}

function shiftOf(site: SiteDefinition, shift: ShiftInstance, running: boolean): NonNullable<BoardScope['shift']> {
  return {
    code: shift.code,
    name: shiftRuleOf(site, shift.code)?.name ?? { zh: shift.code, en: shift.code },
    productionDate: shift.productionDate,
    fromAt: shift.fromAt,
    toAt: shift.toAt,
    running,
    breaks: shift.breaks.map(({ fromAt, toAt }) => ({ fromAt, toAt })),
  }
}
