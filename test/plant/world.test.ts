/** The same seed lives the same life, whoever asks and however often; another seed lives another one. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Ledger } from './ledger.ts'
import type { ParameterSegment, PlantEvent } from './machine.ts'
import { Supply } from './supply.ts'
import { type Happening, World, type WorldLife } from './world.ts'

// Sixty hours of seven machines take seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const HOUR_MS = 3_600_000
const EPOCH_AT = Date.parse('2026-11-05T02:17:00Z')
const UNTIL_AT = EPOCH_AT + 60 * HOUR_MS
const REFERENCE: ParameterSegment = { fromAt: EPOCH_AT, set: 'reference' }

const lifeOf = (seed: number, more: Partial<WorldLife> = {}): WorldLife => ({
  seed,
  epochAt: EPOCH_AT,
  calendarSet: 'reference',
  segments: [REFERENCE],
  ...more,
})
/** What happens to each unit, asked for in steps. */
function happenings(world: World, stepMs = UNTIL_AT - EPOCH_AT): Map<string, Happening[]> {
  const lists = new Map<string, Happening[]>(world.units.map((unit) => [unit.place.code, []]))
  for (let at = EPOCH_AT; at < UNTIL_AT; at += stepMs)
    for (const unit of world.units)
      lists.get(unit.place.code)!.push(...world.happenings(unit, Math.min(at + stepMs, UNTIL_AT)))
  return lists
}
const told = (lists: Map<string, Happening[]>): Map<string, string> =>
  new Map([...lists].map(([code, list]) => [code, list.map((each) => toldOne(each)).join('\n')]))
const toldOne = ({ event, readings }: Happening): string => JSON.stringify([event, readings])

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plant-world-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** The ledger of a life, as its file on disk. */
async function ledgerOf(life: WorldLife): Promise<string> {
  const file = join(folder, `ledger-${life.seed}.ndjson`)
  const ledger = new Ledger(file)
  const world = new World(life)
  for (const unit of world.units)
    for (const { event } of world.happenings(unit, UNTIL_AT)) ledger.past(unit.place.path, event)
  for (const fact of world.factsUntil(UNTIL_AT)) ledger.fact(fact)
  await ledger.inPlace()
  await ledger.end()
  return readFileSync(file, 'utf8')
}

describe('a life of the plant', () => {
  it('gives the same ledger for the same seed, to the byte', async () => {
    const first = await ledgerOf(lifeOf(7))
    expect(first.split('\n').length).toBeGreaterThan(5_000)
    expect(await ledgerOf(lifeOf(7))).toBe(first)
  })

  it('gives another ledger for another seed, for every unit', async () => {
    const [one, other] = [await ledgerOf(lifeOf(7)), await ledgerOf(lifeOf(8))]
    const stops = (text: string, unit: string) =>
      text
        .split('\n')
        .filter((line) => line.includes('"k":"state"') && line.includes(`/${unit}"`))
        .join('\n')
    for (const { place } of new World(lifeOf(7)).units)
      expect(stops(one, place.code), place.code).not.toBe(stops(other, place.code))
  })

  it('does not depend on how often it is asked', () => {
    const atOnce = told(happenings(new World(lifeOf(7))))
    for (const [code, text] of told(happenings(new World(lifeOf(7)), 7 * 60_000 + 13)))
      expect(text === atOnce.get(code), code).toBe(true)
  })

  it('keeps its past when the parameters change later', () => {
    const changeAt = EPOCH_AT + 30 * HOUR_MS
    const before = (lists: Map<string, Happening[]>) =>
      [...lists.values()].map((list) => JSON.stringify(list.filter(({ event }) => event.at < changeAt).map(toldOne)))
    const changed = happenings(new World(lifeOf(7, { segments: [REFERENCE, { fromAt: changeAt, set: 'nervous' }] })))
    const steady = happenings(new World(lifeOf(7)))
    expect(before(changed)).toEqual(before(steady))
    const stopsAfter = (lists: Map<string, Happening[]>) =>
      [...lists.values()].flat().filter(({ event }) => event.kind === 'state' && event.at >= changeAt).length
    expect(stopsAfter(changed)).toBeGreaterThan(5 * stopsAfter(steady))
  })
})

describe.each(['reference', 'nervous'] as const)('the ledger of the %s plant', (set) => {
  const world = new World(lifeOf(7, { calendarSet: set, segments: [{ fromAt: EPOCH_AT, set }] }))
  const lists = happenings(world)

  it.each(world.units.map((unit) => unit.place.code))('tells of %s in order, each order until the next', (code) => {
    const events = lists.get(code)!.map(({ event }) => event)
    expect(events[0]).toMatchObject({ kind: 'order', at: EPOCH_AT })
    expect(events.filter((event, index) => index > 0 && event.at < events[index - 1]!.at)).toEqual([])
    let order = ''
    for (const event of events) {
      if (event.kind === 'order') order = event.order.number
      if (event.kind === 'pieces') expect(event.order.number).toBe(order)
    }
  })

  it.each(world.units.map((unit) => unit.place.code))('makes pieces of %s only while it runs', (code) => {
    let truth = ''
    const wrong: PlantEvent[] = []
    for (const { event } of lists.get(code)!) {
      if (event.kind === 'state') truth = event.truth
      if (event.kind === 'pieces' && truth !== 'RUN') wrong.push(event)
    }
    expect(wrong).toEqual([])
  })

  it.each(world.units.map((unit) => unit.place.code))('shows counters of %s that add up and never fall', (code) => {
    const shown = { total: 0, good: 0, scrap: 0, rework: 0 }
    for (const { event, readings } of lists.get(code)!) {
      for (const { role, value } of readings) {
        if (!(role in shown) || typeof value !== 'number') continue
        expect(value).toBeGreaterThan(shown[role as keyof typeof shown])
        shown[role as keyof typeof shown] = value
      }
      if (event.kind === 'pieces') expect(shown.good + shown.scrap + shown.rework).toBe(shown.total)
    }
    expect(shown.total).toBeGreaterThan(0)
  })
})

describe('what the offices are told', () => {
  it('never lies before what they were told up to, so that a restart knows what is new', () => {
    const world = new World(lifeOf(7))
    const supply = new Supply({ ...lifeOf(7), set: 'reference' })
    const stepMs = 13 * 60_000
    let count = 0
    for (let at = EPOCH_AT + stepMs; at <= UNTIL_AT; at += stepMs) {
      for (const unit of world.units) for (const happening of world.happenings(unit, at)) void happening
      const orders = world.factsUntil(at)
      const told = [...orders, ...supply.advance(orders, at), ...world.learned(at).facts]
      count += told.length
      expect(told.filter((fact) => fact.at < at - stepMs || fact.at > at)).toEqual([])
    }
    expect(count).toBeGreaterThan(1_000)
  })
})
