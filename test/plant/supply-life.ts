/** For tests: a month of the plant's goods, lived at once, and a sender of its records. */
import { createHash } from 'node:crypto'
import { localDateOf } from '@gemba/engine/time/local-time'
import type { OfficeFact } from './order-book.ts'
import { Supply } from './supply.ts'
import { type Conformed, conformed, conformedConsumption } from './supply-conformed.ts'
import type { SupplyFact } from './supply-facts.ts'
import { World } from './world.ts'

const DAY_MS = 86_400_000
const ZONE = 'Asia/Shanghai'

export interface SupplyLife {
  readonly epochAt: number
  readonly untilAt: number
  readonly office: readonly OfficeFact[]
  readonly facts: readonly SupplyFact[]
  readonly supply: Supply
}

export const dateAtPlant = (at: number): string => localDateOf(ZONE, at)

/** The start of a production day some days before an instant. */
export function epochBefore(nowAt: number, days: number): number {
  const shift = (8 - 7) * 3_600_000
  return Math.floor((nowAt + shift) / DAY_MS) * DAY_MS - shift - days * DAY_MS
}

export function liveSupply(life: { seed: number; epochAt: number; untilAt: number }): SupplyLife {
  const { seed, epochAt, untilAt } = life
  const segments = [{ fromAt: epochAt, set: 'reference' as const }]
  const world = new World({ seed, epochAt, calendarSet: 'reference', segments })
  for (const unit of world.units) for (const happening of world.happenings(unit, untilAt)) void happening
  const office = world.factsUntil(untilAt)
  const supply = new Supply({ seed, epochAt, set: 'reference' })
  return { ...life, office, facts: supply.advance(office, untilAt), supply }
}

/** Records as a collector would send them, one line each. */
export function recordLines(life: SupplyLife, sources: { erp: string; mes: string }): string[] {
  const line = (source: string, { type, key, data }: Conformed): string => {
    const sourceUnit = 'unit' in data ? { sourceUnit: String(data['unit']) } : {}
    const document = { document: key.split('/')[0], item: key.split('/')[1] ?? '', sourceKind: '', reverses: null }
    const more = type === 'stock-movement' || type === 'goods-receipt' ? document : {}
    return JSON.stringify({
      ...{ k: 'record', source, key, version: '1', deleted: false, at: life.untilAt, type },
      data: { ...sourceUnit, ...more, ...data },
    })
  }
  return [
    ...conformed(life.facts, dateAtPlant).map((record) => line(sources.erp, record)),
    ...conformedConsumption(life.facts).map((record) => line(sources.mes, record)),
  ]
}

/** Headers of a plain batch. */
export function batchHeaders(
  collector: { id: string; token: string },
  place: { stream: string; first: number; count: number },
  body: string,
): Record<string, string> {
  return {
    authorization: `Bearer ${collector.token}`,
    'x-gemba-collector': collector.id,
    'x-gemba-epoch': '0123456789abcdef',
    'x-gemba-stream': place.stream,
    'x-gemba-first': String(place.first),
    'x-gemba-last': String(place.first + place.count - 1),
    'x-gemba-sha256': createHash('sha256').update(body).digest('hex'),
  }
}
