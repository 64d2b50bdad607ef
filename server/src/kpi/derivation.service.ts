import { Injectable } from '@nestjs/common'
import type { PolicySettings } from '@gemba/contracts/metric'
import type { TimeRange } from '@gemba/contracts/time'
import { correctedClock } from '@gemba/engine/kpi/clock-correction'
import { type UnitEvent, type UnitWindow, deriveUnitWindow } from '@gemba/engine/kpi/equipment-time'
import { joinUnitWindows } from '@gemba/engine/kpi/join-windows'
import type { PolicySegment } from '@gemba/engine/metrics/policies'
import { CatalogService } from '../catalog/catalog.service.ts'
import { CodesService } from '../codes/codes.service.ts'
import { LiveService } from '../live/live.service.ts'
import { PoliciesService } from '../policies/policies.service.ts'
import { SiteCalendar } from './site-calendar.service.ts'

/** What a window is derived from; `whatIf` = policies that hold instead of those in force. */
export interface DerivationFacts {
  events: readonly UnitEvent[]
  nowAt: number
  whatIf?: Partial<PolicySettings> | undefined
}

const COUNTERS = ['total', 'good', 'scrap', 'rework'] as const
/** What may roll over: counters of pieces and the register of the meter. */
const REGISTERS = [...COUNTERS, 'energy'] as const

/**
 * Calls the engine for one unit and window with everything the catalog knows about the unit, the policies in force and the
 * meaning of codes at their time. A window in which a policy changes is derived in pieces.
 */
@Injectable()
export class Derivation {
  constructor(
    private readonly catalog: CatalogService,
    private readonly calendar: SiteCalendar,
    private readonly live: LiveService,
    private readonly policies: PoliciesService,
    private readonly codes: CodesService,
  ) {}

  derive(unit: string, window: TimeRange, facts: DerivationFacts): UnitWindow {
    const { snapshot } = this.catalog
    const site = snapshot.siteOf(unit)
    if (!site) throw new Error(`the site of ${unit} is not in the catalog`)
    const own = snapshot.equipment(unit)
    const given = {
      events: this.conformed(own?.source ?? '', facts.events),
      shifts: this.calendar.shiftsAround(site, window),
      knownUntilAt: this.live.knownUntilAt(unit),
      nowAt: facts.nowAt,
      idealMsPerPiece: (material: string | null) => {
        const seconds = snapshot.idealSeconds(unit, material)
        return seconds === null ? null : seconds * 1000
      },
      reasonCategory: (reason: string | null) => snapshot.reason(reason)?.category ?? null,
      rollover: this.rollover(unit),
      corrected: this.corrected(unit),
    }
    const question = facts.whatIf === undefined ? {} : { whatIf: facts.whatIf }
    const segments = equipmentSegments(this.policies.segments(site.id, window, question))
    return joinUnitWindows(
      segments.map(({ fromAt, toAt, settings }) =>
        deriveUnitWindow({
          ...given,
          window: { fromAt, toAt },
          microStopThresholdMs: own?.microStopThresholdMs ?? settings.microStopThresholdMs,
          policies: settings,
        }),
      ),
    )
  }

  /** Reasons and materials as they are called here; what is not mapped keeps the code it came with. */
  private conformed(source: string, events: readonly UnitEvent[]): readonly UnitEvent[] {
    const { book } = this.codes
    return events.map((event) => {
      const { role, value, at } = event
      if ((role !== 'reason' && role !== 'material') || typeof value !== 'string' || value === '') return event
      const meaning = book.resolve({ domain: role, source, code: value }, at)
      return meaning === null || meaning === value ? event : { ...event, value: meaning }
    })
  }

  private rollover(unit: string): Partial<Record<(typeof REGISTERS)[number], number>> {
    const limits: Partial<Record<(typeof REGISTERS)[number], number>> = {}
    for (const point of this.catalog.snapshot.pointsOf(unit)) {
      const role = REGISTERS.find((name) => name === point.role)
      if (role && point.rolloverAt !== undefined) limits[role] = point.rolloverAt
    }
    return limits
  }

  private corrected(unit: string): (typeof COUNTERS)[number][] {
    const points = this.catalog.snapshot.pointsOf(unit).filter((point) => point.decreases === 'correction')
    return COUNTERS.filter((role) => points.some((point) => point.role === role))
  }

  /** A window that lies in memory: the running one, the last ones. */
  fromMemory(unit: string, window: TimeRange, nowAt: number, whatIf?: Partial<PolicySettings>): UnitWindow {
    return this.derive(unit, window, { events: this.onTime(unit, this.live.memory(unit).events()), nowAt, whatIf })
  }

  private onTime(unit: string, events: readonly UnitEvent[]): readonly UnitEvent[] {
    return correctedClock(events, this.catalog.snapshot.clockCorrectionsOf(unit))
  }

  isInMemory(unit: string, window: TimeRange): boolean {
    return window.fromAt >= this.live.memory(unit).fromAt
  }
}

/** Segments that differ in other policies than those of equipment time are one. */
function equipmentSegments(segments: readonly PolicySegment[]): PolicySegment[] {
  const joined: PolicySegment[] = []
  for (const segment of segments) {
    const before = joined.at(-1)
    const isSame =
      before?.settings.plannedMaintenance === segment.settings.plannedMaintenance &&
      before.settings.waiting === segment.settings.waiting &&
      before.settings.microStopThresholdMs === segment.settings.microStopThresholdMs
    if (before && isSame) before.toAt = segment.toAt
    else joined.push({ ...segment })
  }
  return joined
}
