/** The plant's goods: the same seed lives the same life, books balance, and what is planted is there. */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { addDays } from '@gemba/engine/time/local-time'
import { sites } from './sites.ts'
import { Supply } from './supply.ts'
import { WorkCalendar } from './supply-calendar.ts'
import type { SupplyFact } from './supply-facts.ts'
import { type SupplyLife, dateAtPlant, liveSupply } from './supply-life.ts'
import { CUSTOMERS, PLANT_MATERIALS, SPRING, materialOf } from './supply-materials.ts'
import { World } from './world.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const DAY_MS = 86_400_000
const EPOCH_AT = Date.parse('2026-10-22T07:00:00+08:00')
const UNTIL_AT = EPOCH_AT + 36 * DAY_MS
const calendar = new WorkCalendar(sites('reference')[0]!)

type Of<K extends SupplyFact['kind']> = Extract<SupplyFact, { kind: K }>
const of = <K extends SupplyFact['kind']>(kind: K): Of<K>[] =>
  life.facts.filter((fact): fact is Of<K> => fact.kind === kind)
const thousandths = (quantity: number): number => Math.round(quantity * 1000)

let life: SupplyLife
beforeAll(() => {
  life = liveSupply({ seed: 7, epochAt: EPOCH_AT, untilAt: UNTIL_AT })
})

describe('a life of the plant’s goods', () => {
  it('is the same for the same seed, however often it is asked', () => {
    const segments = [{ fromAt: EPOCH_AT, set: 'reference' as const }]
    const world = new World({ seed: 7, epochAt: EPOCH_AT, calendarSet: 'reference', segments })
    const supply = new Supply({ seed: 7, epochAt: EPOCH_AT, set: 'reference' })
    const told: SupplyFact[] = []
    const untilAt = EPOCH_AT + 6 * DAY_MS
    for (let at = EPOCH_AT; at < untilAt; at += 7 * 3_600_000 + 13_000) {
      const to = Math.min(at + 7 * 3_600_000 + 13_000, untilAt)
      for (const unit of world.units) for (const happening of world.happenings(unit, to)) void happening
      told.push(...supply.advance(world.factsUntil(to), to))
    }
    expect(told.length).toBeGreaterThan(1_000)
    expect(JSON.stringify(told)).toBe(JSON.stringify(life.facts.filter((fact) => fact.at <= untilAt)))
  })

  it('is another one for another seed', () => {
    const other = liveSupply({ seed: 8, epochAt: EPOCH_AT, untilAt: EPOCH_AT + 2 * DAY_MS })
    expect(JSON.stringify(other.facts)).not.toBe(JSON.stringify(life.facts.slice(0, other.facts.length)))
  })

  it('is told in order of time, in whole seconds, as an ERP keeps them', () => {
    let before = 0
    for (const { at } of life.facts) {
      expect(at).toBeGreaterThanOrEqual(before)
      expect(at % 1000).toBe(0)
      before = at
    }
  })
})

describe('the books', () => {
  it('never owe anything, at no place and in no state', () => {
    const balances = new Map<string, number>()
    const below: string[] = []
    for (const { movement } of of('movement')) {
      const key = `${movement.material}/${movement.location}/${movement.status}/${movement.lot}`
      const balance = (balances.get(key) ?? 0) + thousandths(movement.quantity)
      balances.set(key, balance)
      if (balance < 0) below.push(key)
    }
    expect(below).toEqual([])
  })

  it('balance every transfer, and give back all that a reversal takes back', () => {
    const documents = Map.groupBy(of('movement'), ({ movement }) => movement.document)
    const sum = (document: string | undefined): number =>
      (documents.get(document ?? '') ?? []).reduce((total, { movement }) => total + thousandths(movement.quantity), 0)
    const reversals = new Set<string>()
    for (const [document, [first]] of documents) {
      if (first?.movement.type === '311') expect(sum(document)).toBe(0)
      if (first?.movement.type !== '262') continue
      reversals.add(document)
      expect(sum(document)).toBe(-sum(first.movement.reverses))
    }
    expect(reversals.size).toBeGreaterThan(5)
  })

  it('take from stock what a bill says for every reported piece of assembly', () => {
    const reported = new Map<string, number>()
    for (const fact of life.office)
      if (fact.kind === 'report' && fact.report.operation === '0010' && fact.report.workCenter === 'MTG-A1') {
        const { order, good, scrap, rework } = fact.report
        reported.set(order, (reported.get(order) ?? 0) + good + scrap + rework)
      }
    const done = life.office.flatMap((fact) =>
      fact.kind === 'delivery' && reported.has(fact.order) ? [fact.order] : [],
    )
    expect(done.length).toBeGreaterThan(20)
    for (const order of done.slice(0, -2)) {
      const springs = of('movement').filter(({ movement }) => movement.order === order && movement.material === SPRING)
      expect(-springs.reduce((sum, { movement }) => sum + movement.quantity, 0)).toBe(reported.get(order))
    }
  })

  it('speak only of materials that have a master record, in whole pieces where they are counted', () => {
    const known = new Set(PLANT_MATERIALS.map(({ id }) => id))
    for (const { movement } of of('movement')) {
      expect(known.has(movement.material)).toBe(true)
      if (movement.material !== 'BLISTER' && materialOf(movement.material).unit === 'piece')
        expect(Number.isInteger(movement.quantity)).toBe(true)
    }
  })
})

describe('what is planted', () => {
  it('is a use of springs of 26 000 a working day, and none on other days', () => {
    const days = new Map<string, number>()
    for (const { at, movement } of of('movement')) {
      if (movement.material !== SPRING || movement.quantity > 0) continue
      const date = calendar.productionDateOf(at)
      days.set(date, (days.get(date) ?? 0) - movement.quantity)
    }
    expect([...days.keys()].filter((date) => !calendar.isWorkday(date))).toEqual([])
    const whole = [...days].filter(([date]) => date < calendar.productionDateOf(UNTIL_AT))
    for (const [date, used] of whole)
      if (date !== life.supply.springs.shortageOn)
        expect([date, used]).toEqual([date, life.supply.springs.targets.get(date)])
  })

  it('is one receipt of springs put off two working days before they run short', () => {
    const { warnedOn, shortageOn } = life.supply.springs
    expect(calendar.workday(warnedOn, 2)).toBe(shortageOn)
    expect(shortageOn >= addDays(calendar.productionDateOf(EPOCH_AT), 31)).toBe(true)
    const late = of('confirmation').filter(
      ({ at, sequence }) => sequence === 2 && at === calendar.instant(warnedOn, '09:00'),
    )
    expect(late).toMatchObject([{ promisedOn: calendar.workday(shortageOn, 1) }])
  })

  it('are suppliers that are late and bad as often as they should be', () => {
    const came = new Map<string, { on: string; received: number; bad: number }>()
    for (const { at, movement } of of('movement')) {
      if (!movement.purchase) continue
      const key = `${movement.purchase.order}/${movement.purchase.line}`
      const sum = came.get(key) ?? { on: dateAtPlant(at), received: 0, bad: 0 }
      if (movement.quantity > 0) sum.received += movement.quantity
      else sum.bad -= movement.quantity
      came.set(key, sum)
    }
    for (const [supplier, onTime, ppm] of [
      ['V03', 0.92, 1_200],
      ['V07', 0.7, 8_000],
    ] as const) {
      const lines = of('purchase')
        .filter(({ line }) => line.supplier === supplier)
        .flatMap(({ line }) => {
          const receipt = came.get(`${line.order}/${line.line}`)
          return receipt ? [{ ...receipt, isOnTime: receipt.on <= line.promisedOn }] : []
        })
      const share = lines.filter((line) => line.isOnTime).length / lines.length
      expect(Math.abs(share - onTime)).toBeLessThan(4 * Math.sqrt((onTime * (1 - onTime)) / lines.length))
      const [received, bad] = [
        lines.reduce((sum, line) => sum + line.received, 0),
        lines.reduce((sum, line) => sum + line.bad, 0),
      ]
      const expected = (received * ppm) / 1e6
      expect(Math.abs(bad - expected)).toBeLessThan(4 * Math.sqrt(expected))
    }
  })

  it('are deliveries of which .9118 come on time in full', () => {
    const shipped = new Map(
      of('shipment').flatMap(({ at, shipment }) =>
        shipment.sales ? [[shipment.sales.order, { on: dateAtPlant(at), quantity: shipment.quantity }] as const] : [],
      ),
    )
    const lines = of('sale').flatMap(({ line }) => {
      const shipment = shipped.get(line.order)
      if (!shipment) return []
      const [early, late] = CUSTOMERS.find(({ id }) => id === line.customer)?.windowDays ?? [0, 0]
      const isOnTime = shipment.on >= addDays(line.promisedOn, early) && shipment.on <= addDays(line.promisedOn, late)
      return [isOnTime && shipment.quantity >= line.quantity]
    })
    const share = lines.filter(Boolean).length / lines.length
    expect(Math.abs(share - 0.9118)).toBeLessThan(4 * Math.sqrt((0.9118 * 0.0882) / lines.length))
  })

  it('is a week in which one resin is issued 1.5 % above its use', () => {
    const { overdrawn, overdrawnFromAt, overdrawnToAt } = life.supply.planted
    const isInside = (at: number): boolean => at >= overdrawnFromAt && at < overdrawnToAt
    const issued = (inside: boolean): number =>
      -of('movement')
        .filter(({ at, movement }) => isInside(at) === inside && movement.order && movement.material === overdrawn)
        .reduce((sum, { movement }) => sum + movement.quantity, 0)
    const used = (inside: boolean): number =>
      of('consumption')
        .filter(({ at, consumption }) => isInside(at) === inside && consumption.material === overdrawn)
        .reduce((sum, { consumption }) => sum + consumption.quantity, 0)
    expect(issued(true) / used(true)).toBeCloseTo(1.015, 3)
    expect(issued(false) / used(false)).toBeCloseTo(1, 3)
  })
})

describe.each([1, 2, 3, 20261121])('the plan of springs of seed %i', (seed) => {
  it('holds for two years, whatever day the plant begins', () => {
    for (const days of [0, 1, 2, 3, 4, 5, 6]) {
      const supply = new Supply({ seed, epochAt: EPOCH_AT + days * DAY_MS, set: 'reference' })
      expect(supply.springs.targets.size).toBeGreaterThan(600)
      expect(supply.springs.warnedOn < supply.springs.shortageOn).toBe(true)
    }
  })
})
