/** Meters, alarms and maintenance of some days of the plant: what is told fits what happened, however often it is asked. */
import { alarmMessage } from '@gemba/contracts/alarm'
import { describe, expect, it } from 'vitest'
import type { StateEvent } from './machine.ts'
import { METER_RESOLUTION_KWH } from './meter.ts'
import type { QualityFact, TruthLine } from './quality-facts.ts'
import type { DeviceReading } from './readings.ts'
import { World } from './world.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const EPOCH_AT = Date.parse('2026-10-21T23:00:00Z')

interface Lived {
  readings: DeviceReading[]
  truths: TruthLine[]
  facts: QualityFact[]
  states: Map<string, StateEvent[]>
}

function live(days: number, stepMs = days * DAY_MS): Lived {
  const segments = [{ fromAt: EPOCH_AT, set: 'reference' as const }]
  const world = new World({ seed: 11, epochAt: EPOCH_AT, calendarSet: 'reference', segments })
  const lived: Lived = { readings: [], truths: [], facts: [], states: new Map() }
  for (let at = EPOCH_AT + stepMs; at <= EPOCH_AT + days * DAY_MS; at += stepMs) {
    for (const unit of world.units) {
      const states = lived.states.get(unit.place.path) ?? []
      lived.states.set(unit.place.path, states)
      for (const { event } of world.happenings(unit, at)) if (event.kind === 'state') states.push(event)
      const { readings, truths } = world.besides(unit, at)
      lived.readings.push(...readings)
      lived.truths.push(...truths)
    }
    const { facts, truths } = world.learned(at)
    lived.facts.push(...facts.filter(({ table }) => table === 'maintenance_order'))
    lived.truths.push(...truths.filter(({ k }) => k === 'maintenance'))
  }
  const order = (a: { at: number }, b: { at: number }) => a.at - b.at
  lived.readings.sort((a, b) => order(a, b) || (a.equipment + a.role < b.equipment + b.role ? -1 : 1))
  return lived
}

const week = live(7)
const told = (role: string) =>
  Map.groupBy(
    week.readings.filter((each) => each.role === role),
    (each) => each.equipment,
  )
const failuresOf = (states: readonly StateEvent[]): StateEvent[] =>
  states.filter((event, index) => {
    const isNew = states[index - 1]?.activity !== 'stop'
    return event.activity === 'stop' && isNew && event.truth === 'DOWN' && !event.isPaused
  })

describe('what is told beside the machines', { timeout: 60_000 }, () => {
  it('is the same however often the plant is asked', () => {
    const [once, often] = [live(2), live(2, DAY_MS / 50)]
    expect(often.readings).toEqual(once.readings)
    const byKey = (facts: readonly QualityFact[]) => [...facts].sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1))
    expect(byKey(often.facts)).toEqual(byKey(once.facts))
  })

  it('is one word of one point at an instant', () => {
    const seen = new Set(week.readings.map(({ equipment, role, at }) => `${equipment}:${role}@${at}`))
    expect(seen.size).toBe(week.readings.length)
  })
})

describe('meters', () => {
  it('only rise, by whole watt-hours, at whole minutes and changes of state', () => {
    for (const [unit, readings] of told('energy')) {
      const changes = new Set(week.states.get(unit)?.map(({ at }) => at))
      readings.forEach(({ at, value }, index) => {
        const before = Number(readings[index - 1]?.value ?? -1)
        expect(Number(value)).toBeGreaterThan(before)
        expect(Math.abs(Number(value) * 1_000 - Math.round(Number(value) * 1_000))).toBeLessThan(1e-6)
        expect(at % MINUTE_MS === 0 || changes.has(at) || at === EPOCH_AT).toBe(true)
      })
    }
  })

  it('show what was drawn to their resolution', () => {
    const truths = week.truths.filter(({ k }) => k === 'energy')
    const shown = new Map(week.readings.map(({ equipment, role, at, value }) => [`${equipment}:${role}@${at}`, value]))
    for (const { unit, t, kwh } of truths) {
      const behind = Number(kwh) - Number(shown.get(`${String(unit)}:energy@${t}`))
      expect(behind).toBeGreaterThan(-1e-5)
      expect(behind).toBeLessThan(METER_RESOLUTION_KWH + 1e-5)
    }
  })
})

describe('alarms', () => {
  it('come with every failure, and some for nothing', () => {
    for (const [unit, states] of week.states) {
      const raised = (told('alarm').get(unit) ?? [])
        .map(({ at, value }) => ({ at, ...alarmMessage.parse(JSON.parse(String(value))) }))
        .filter(({ event }) => event === 'raised')
      for (const { at } of failuresOf(states)) expect(raised.some((each) => Math.abs(each.at - at) <= 5)).toBe(true)
      expect(raised.length).toBeGreaterThan(failuresOf(states).length)
    }
  })

  it('are raised before anything else happens to them, each change once', () => {
    const changes = [...told('alarm').values()].flat().map(({ at, equipment, value }) => {
      return { at, equipment, ...alarmMessage.parse(JSON.parse(String(value))) }
    })
    for (const own of Map.groupBy(changes, ({ equipment, id }) => `${equipment} ${id}`).values()) {
      expect(own[0]?.event).toBe('raised')
      expect(new Set(own.map(({ event }) => event)).size).toBe(own.length)
    }
  })
})

describe('maintenance orders', () => {
  it('have the stamps of their failure in order, and answer each one', () => {
    const rows = new Map(week.facts.map(({ key, row }) => [key, row]))
    const corrective = [...rows.values()].filter(({ kind }) => kind === 'corrective')
    for (const [unit, states] of week.states) {
      const code = unit.split('/').at(-1)
      // The newest failure may not have been called for yet.
      const failed = new Set(failuresOf(states).map(({ at }) => new Date(at).toISOString()))
      const own = corrective.filter(({ equipment_no: place }) => place === code)
      expect(own.every(({ failed_at: at }) => failed.has(String(at)))).toBe(true)
      expect(failed.size - own.length).toBeLessThanOrEqual(1)
    }
    for (const row of corrective) {
      const stamps = ['failed_at', 'called_at', 'arrived_at', 'repaired_at', 'restarted_at'].flatMap((name) =>
        row[name] === null ? [] : [Date.parse(String(row[name]))],
      )
      expect(stamps).toEqual(stamps.toSorted((a, b) => a - b))
    }
  })

  it('are planned before they are done, and done inside their window', () => {
    const preventive = week.truths.filter(({ k, kind }) => k === 'maintenance' && kind === 'preventive')
    expect(preventive.some(({ status }) => status === 'closed')).toBe(true)
    for (const line of preventive) {
      expect(line.t).toBeGreaterThanOrEqual(EPOCH_AT)
      if (line['status'] !== 'closed') continue
      expect(Number(line['arrivedAt'])).toBeGreaterThanOrEqual(Number(line['plannedFromAt']))
      expect(Number(line['repairedAt'])).toBeLessThanOrEqual(Number(line['plannedToAt']))
    }
  })
})
