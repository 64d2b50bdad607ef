/** For tests: units whose shifts lie some days back, and a collector that brings their readings when it likes. */
import { createHash } from 'node:crypto'
import type { CatalogDocument } from '@gemba/contracts/catalog'
import { vi } from 'vitest'
import { COLLECTOR, type RunningApplication } from '../application-fixture.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { fixtureCatalog } from '../catalog-fixture.ts'
import { KpiService } from './kpi.service.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export interface UnitReading {
  role: 'state' | 'total' | 'material' | 'reason' | 'order'
  at: number
  value: string | number
}

/** Start of the production day (08:00 in Shanghai) that began `days` days before the running one. */
export function dayStart(days: number): number {
  const zoneMs = 8 * HOUR
  const eightMs = 8 * HOUR
  const local = Date.now() + zoneMs - eightMs
  return Math.floor(local / DAY) * DAY + eightMs - zoneMs - days * DAY
}

/** The catalog of the other tests with more units of the same kind, each with points for reasons and orders. */
export function historyCatalog(units: number, changes: Partial<CatalogDocument> = {}): CatalogDocument {
  const catalog = fixtureCatalog()
  const codes = Array.from({ length: units }, (_, index) => `IM${String(index + 1).padStart(2, '0')}`)
  const name = (text: string) => ({ zh: text, en: text })
  const roles = ['state', 'total', 'material', 'reason', 'order'] as const
  return {
    ...catalog,
    equipment: [
      ...catalog.equipment.filter(({ level }) => level !== 'work-unit'),
      ...codes.map((code, sortOrder) => ({
        path: `SUZ/MOLD/IM/${code}`,
        level: 'work-unit' as const,
        name: name(code),
        idealCycleSeconds: 10,
        source: 'im-opcua',
        sortOrder,
      })),
    ],
    reasons: [
      ...catalog.reasons,
      { code: 'R2', name: name('No material'), category: 'starved', owner: name('Logistics') },
    ],
    points: codes.flatMap((code) =>
      roles.map((role) => ({
        id: `SUZ/MOLD/IM/${code}:${role}`,
        equipment: `SUZ/MOLD/IM/${code}`,
        role,
        name: name(role),
      })),
    ),
    ...changes,
  }
}

export async function useCatalog(server: RunningApplication, catalog: CatalogDocument): Promise<void> {
  await server.app.get(CatalogService).importDocument(catalog)
}

let streams = 0

/** Sends lines as a new stream and returns its name; every line must be taken. */
export async function send(server: RunningApplication, lines: readonly object[]): Promise<string> {
  streams += 1
  const stream = `history-${streams}`
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const answer = await server.call('POST', '/ingest/v1/batches', {
    body,
    headers: {
      authorization: `Bearer ${COLLECTOR.token}`,
      'x-gemba-collector': COLLECTOR.id,
      'x-gemba-epoch': '0123456789abcdef',
      'x-gemba-stream': stream,
      'x-gemba-first': '1',
      'x-gemba-last': String(lines.length),
      'x-gemba-sha256': createHash('sha256').update(body).digest('hex'),
    },
  })
  const { rejected } = answer.json() as { rejected?: unknown[] }
  if (answer.status !== 200 || rejected) throw new Error(answer.text)
  return `${COLLECTOR.id}/0123456789abcdef/${stream}`
}

export const lineOf = (unit: string, { role, at, value }: UnitReading): object => ({
  p: `${unit}:${role}`,
  t: at,
  v: value,
})

/** The unit was observed until now. */
export const aliveLine = (units: readonly string[]): object => ({
  k: 'alive',
  u: Object.fromEntries(units.map((unit) => [unit, Date.now()])),
})

/** A day of one unit: it runs, makes a piece every 10 s, and stands `stopMinutes` once in each shift of 12 h. */
export function runningDay(
  days: number,
  { stopMinutes, reason }: { stopMinutes: number; reason?: string },
): UnitReading[] {
  const startAt = dayStart(days)
  const readings: UnitReading[] = [
    { role: 'state', at: startAt, value: 'executing' },
    { role: 'material', at: startAt, value: 'M1' },
    { role: 'total', at: startAt, value: 0 },
  ]
  for (const shift of [0, 1]) {
    const stopAt = startAt + shift * 12 * HOUR + 3 * HOUR
    readings.push({ role: 'state', at: stopAt, value: 'not-executing' })
    if (reason !== undefined) {
      readings.push({ role: 'reason', at: stopAt, value: reason })
      readings.push({ role: 'reason', at: stopAt + stopMinutes * MINUTE, value: '' })
    }
    readings.push({ role: 'state', at: stopAt + stopMinutes * MINUTE, value: 'executing' })
    for (let hour = 1; hour <= 11; hour += 2)
      readings.push({ role: 'total', at: startAt + (shift * 12 + hour) * HOUR, value: (shift * 12 + hour) * 300 })
  }
  return readings
}

/** Nothing is left to derive, and everything that was sent has been looked at. */
export async function settled(server: RunningApplication): Promise<void> {
  const kpi = server.app.get(KpiService)
  await vi.waitUntil(() => kpi.backlog() === 0, { timeout: 60_000, interval: 20 })
}
