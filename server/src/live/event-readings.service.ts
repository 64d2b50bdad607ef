import { isDriving } from '@gemba/contracts/catalog'
import type { UnitEvent } from '@gemba/engine/kpi/equipment-time'
import type { CatalogSnapshot } from '../catalog/catalog-snapshot.service.ts'

/** A row of `reading` as the queries of event readings select it. */
export interface EventRow {
  point: string
  at: number
  number: number
  text: string
  quality: number
  kind: number
}

export const EVENT_COLUMNS = 'point, toUnixTimestamp64Milli(source_at) AS at, number, text, quality, kind'

function valueOf(row: EventRow): string | number | null {
  if (row.kind === 0) return null
  return row.kind === 2 ? row.text : row.number
}

/** An event from its stored row; null for a point that does not drive anything (any more). */
export function eventOfRow(row: EventRow, catalog: CatalogSnapshot): { unit: string; event: UnitEvent } | null {
  const point = catalog.point(row.point)
  if (!point || !isDriving(point.role)) return null
  const quality = Math.min(2, Math.max(0, row.quality)) as 0 | 1 | 2
  return {
    unit: point.equipment,
    event: { at: Number(row.at), role: point.role, value: valueOf(row), quality },
  }
}

/** Ids of the points that drive equipment time, counts and energy of a unit. */
export function drivingPoints(catalog: CatalogSnapshot, unit: string): string[] {
  return catalog
    .pointsOf(unit)
    .filter((point) => isDriving(point.role))
    .map((point) => point.id)
}
