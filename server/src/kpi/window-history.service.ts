import { Injectable } from '@nestjs/common'
import type { RestatementCause } from '@gemba/contracts/restatement'
import type { UnitWindow } from '@gemba/engine/kpi/equipment-time'
import type { TimeWindow } from '@gemba/engine/time/calendar'
import { PoliciesService } from '../policies/policies.service.ts'
import type { Recalculation } from '../policies/recalculations.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { sumEnergy } from './energy-sums.ts'
import { KnownWindows } from './known-windows.service.ts'
import { LateRowsReader } from './late-rows.service.ts'
import {
  type KnownWindow,
  type RestatedWindow,
  energyVersionRows,
  isSameFigure,
  restatementRow,
  versionRow,
  wasPublished,
} from './window-versions.ts'

/** A figure that stood this long has been read by somebody. */
const PUBLISHED_AFTER_MS = 120_000
/** A reading may reach the warehouse this long after it came in; the derivation meanwhile has not seen it. */
const MARGIN_MS = 60_000

export interface DerivedWindow {
  window: TimeWindow
  result: UnitWindow
}

/** Keeps every version of a stored window, and says of each published figure that changes from what to what, and why. */
@Injectable()
export class WindowHistory {
  /** How long a figure must have stood for its change to be a restatement, ms. */
  publishedAfterMs = PUBLISHED_AFTER_MS

  constructor(
    private readonly known: KnownWindows,
    private readonly lateRows: LateRowsReader,
    private readonly policies: PoliciesService,
    private readonly warehouse: WarehouseService,
  ) {}

  /** Before the roll-ups are written: while they hold the old figure, a kill only means that this is done once more. */
  async record(
    unit: string,
    derived: readonly DerivedWindow[],
    { knownAt, recalculations }: { knownAt: number; recalculations: readonly Recalculation[] },
  ): Promise<void> {
    const starts = derived.map(({ window }) => window.fromAt)
    const current = await this.known.current(unit, starts)
    const versions: KnownWindow[] = []
    const restated: RestatedWindow[] = []
    for (const each of derived) {
      const after = knownWindow(unit, each, knownAt)
      const before = current.get(after.fromAt)
      if (before && isSameFigure(before, after)) continue
      if (before && before.knownAts.length === 0) versions.push(before)
      versions.push(after)
      const knownAts = before ? [...before.knownAts, ...(before.knownAts.length === 0 ? [before.knownAt] : [])] : []
      if (!before || !wasPublished(knownAts, knownAt, this.publishedAfterMs)) continue
      const causes = await this.causes(unit, before, recalculations)
      const isClosed = after.fromAt < this.policies.closedUntilAt(unit.split('/')[0] ?? '')
      restated.push({ before, after, causes, isClosed })
    }
    const token = `${unit}:${starts[0]}:${knownAt}`
    await this.warehouse.insertRows('equipment_window_version', versions.map(versionRow), `version:${token}`)
    const energy = versions.flatMap(energyVersionRows)
    await this.warehouse.insertRows('equipment_energy_version', energy, `energy-version:${token}`)
    await this.warehouse.insertRows('restatement', restated.map(restatementRow), `restatement:${token}`)
  }

  private async causes(
    unit: string,
    before: KnownWindow,
    recalculations: readonly Recalculation[],
  ): Promise<RestatementCause[]> {
    const settings = recalculations.map(({ cause }) => cause)
    const causes: RestatementCause[] = [...settings, ...(await this.lateRows.since(unit, before, before.knownAt))]
    if (causes.length > 0) return causes
    const underWay = await this.lateRows.since(unit, before, before.knownAt - MARGIN_MS)
    return underWay.length > 0 ? underWay : [{ kind: 'recomputed' }]
  }
}

const knownWindow = (unit: string, { window, result }: DerivedWindow, knownAt: number): KnownWindow => ({
  unit,
  fromAt: window.fromAt,
  toAt: window.toAt,
  knownAt,
  kind: window.kind,
  productionDate: window.productionDate,
  shiftCode: window.shift?.code ?? '',
  parts: result.parts,
  stops: result.stops,
  noData: result.intervals.filter(({ state }) => state === 'NO_DATA').map(({ fromAt, toAt }) => ({ fromAt, toAt })),
  energy: sumEnergy(result.energy),
})
