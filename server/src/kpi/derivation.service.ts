import { Injectable } from '@nestjs/common'
import type { TimeRange } from '@gemba/contracts/time'
import { type UnitEvent, type UnitWindow, deriveUnitWindow } from '@gemba/engine/kpi/equipment-time'
import { CatalogService } from '../catalog/catalog.service.ts'
import { LiveService } from '../live/live.service.ts'
import { correctedClock } from '@gemba/engine/kpi/clock-correction'
import { SiteCalendar } from './site-calendar.service.ts'

const DEFAULT_MICRO_STOP_MS = 120_000
const COUNTERS = ['total', 'good', 'scrap', 'rework'] as const

/** Calls the engine for one unit and window with everything the catalog knows about the unit. */
@Injectable()
export class Derivation {
  constructor(
    private readonly catalog: CatalogService,
    private readonly calendar: SiteCalendar,
    private readonly live: LiveService,
  ) {}

  derive(unit: string, window: TimeRange, facts: { events: readonly UnitEvent[]; nowAt: number }): UnitWindow {
    const { snapshot } = this.catalog
    const site = snapshot.siteOf(unit)
    if (!site) throw new Error(`the site of ${unit} is not in the catalog`)
    return deriveUnitWindow({
      window,
      events: facts.events,
      shifts: this.calendar.shiftsAround(site, window),
      knownUntilAt: this.live.knownUntilAt(unit),
      nowAt: facts.nowAt,
      microStopThresholdMs: snapshot.equipment(unit)?.microStopThresholdMs ?? DEFAULT_MICRO_STOP_MS,
      idealMsPerPiece: (material) => {
        const seconds = snapshot.idealSeconds(unit, material)
        return seconds === null ? null : seconds * 1000
      },
      reasonCategory: (reason) => snapshot.reason(reason)?.category ?? null,
      rollover: this.rollover(unit),
      corrected: this.corrected(unit),
    })
  }

  private rollover(unit: string): Partial<Record<(typeof COUNTERS)[number], number>> {
    const limits: Partial<Record<(typeof COUNTERS)[number], number>> = {}
    for (const point of this.catalog.snapshot.pointsOf(unit)) {
      const role = COUNTERS.find((name) => name === point.role)
      if (role && point.rolloverAt !== undefined) limits[role] = point.rolloverAt
    }
    return limits
  }

  private corrected(unit: string): (typeof COUNTERS)[number][] {
    const points = this.catalog.snapshot.pointsOf(unit).filter((point) => point.decreases === 'correction')
    return COUNTERS.filter((role) => points.some((point) => point.role === role))
  }

  /** A window that lies in memory: the running one, the last ones. */
  fromMemory(unit: string, window: TimeRange, nowAt: number): UnitWindow {
    return this.derive(unit, window, { events: this.onTime(unit, this.live.memory(unit).events()), nowAt })
  }

  private onTime(unit: string, events: readonly UnitEvent[]): readonly UnitEvent[] {
    return correctedClock(events, this.catalog.snapshot.clockCorrectionsOf(unit))
  }

  isInMemory(unit: string, window: TimeRange): boolean {
    return window.fromAt >= this.live.memory(unit).fromAt
  }
}
