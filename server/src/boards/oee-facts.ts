import type { BoardScope } from '@gemba/contracts/board'
import type { EquipmentDefinition, SiteDefinition } from '@gemba/contracts/catalog'
import type { EquipmentTimeParts, StateInterval, StopPart } from '@gemba/contracts/kpi'
import type { TimeRange } from '@gemba/contracts/time'
import type { CountBucket } from '@gemba/engine/kpi/equipment-time'
import type { OeeFigures } from '@gemba/engine/kpi/oee'

export interface TimelineRow {
  equipment: EquipmentDefinition
  intervals: StateInterval[]
  silentSince: number | null
}

/** Everything that the tiles of an OEE board share, computed once for a frame. */
export interface OeeFacts {
  site: SiteDefinition
  equipment: EquipmentDefinition
  units: EquipmentDefinition[]
  shift: NonNullable<BoardScope['shift']>
  /** From the start of the shift to now, or the whole of an ended shift. */
  elapsed: TimeRange
  nowAt: number
  parts: EquipmentTimeParts
  figures: OeeFigures
  stops: StopPart[]
  counts: { unit: string; buckets: CountBucket[] }[]
  planned: TimeRange[]
  /** Sources of the units, and their oldest data time. */
  sources: string[]
  dataAt: number | null
  known: { known: number; expected: number }
  rows: TimelineRow[]
  /** Ideal pieces per planned millisecond of a unit for the material it makes now. */
  idealPerMs: Map<string, number>
}
