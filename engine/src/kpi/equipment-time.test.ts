import { describe, expect, it } from 'vitest'
import { siteDefinition } from '@gemba/contracts/catalog'
import { shiftInstances } from '../time/calendar.ts'
import { deriveUnitWindow, type UnitEvent, type UnitWindowInput } from './equipment-time.ts'
import { oeeFromParts } from './oee.ts'

const MINUTE = 60_000
const HOUR = 3_600_000
const name = { zh: '班', en: 'shift' }
const site = siteDefinition.parse({
  id: 'SUZ',
  name,
  timeZone: 'Asia/Shanghai',
  productionDayStart: '07:00',
  workdays: [1, 2, 3, 4, 5, 6],
  shifts: [
    { code: 'A', name, start: '07:00', end: '15:00', endOffsetDays: 0, breaks: [{ start: '11:00', end: '11:30' }] },
    { code: 'B', name, start: '15:00', end: '23:00', endOffsetDays: 0, breaks: [{ start: '19:00', end: '19:30' }] },
  ],
  exceptions: [],
})

/** Monday 2026-03-02, instants as `at('08:30')` or `at('08:30:10.5')`. */
const at = (time: string) => Date.parse(`2026-03-02T${time.length === 5 ? `${time}:00` : time}+08:00`)
const word = (time: string, role: UnitEvent['role'], value: string | number | null): UnitEvent => ({
  at: at(time),
  role,
  value,
  quality: 0,
})
const withQuality = (event: UnitEvent, quality: 0 | 1 | 2): UnitEvent => ({ ...event, quality })
const state = (time: string, value: string | null) => word(time, 'state', value)

const shiftA = { fromAt: at('07:00'), toAt: at('15:00') }
const categories: Record<string, ReturnType<UnitWindowInput['reasonCategory']>> = {
  F1: 'failure',
  ST: 'starved',
  BL: 'blocked',
  OP: 'operator',
  CH: 'changeover',
  PL: 'planned',
  OT: 'other',
}
const derive = (events: UnitEvent[], changes: Partial<UnitWindowInput> = {}) =>
  deriveUnitWindow({
    window: shiftA,
    events,
    shifts: shiftInstances(site, { fromAt: shiftA.fromAt - 48 * HOUR, toAt: shiftA.toAt + 48 * HOUR }),
    knownUntilAt: at('23:00'),
    nowAt: at('23:00'),
    microStopThresholdMs: 120_000,
    idealMsPerPiece: (material) => (material === 'unknown' ? null : 2_000),
    reasonCategory: (reason) => (reason === null ? null : (categories[reason] ?? null)),
    ...changes,
  })
const running = [state('06:00', 'executing'), word('06:00', 'total', 100), word('06:00', 'good', 90)]
const shape = (window: ReturnType<typeof derive>) =>
  window.intervals.map((each) => {
    const local = (ms: number) => new Date(ms + 8 * HOUR).toISOString().slice(11, 19)
    return `${local(each.fromAt)} ${local(each.toAt)} ${each.state}${each.reason ? ` ${each.reason}` : ''}${each.open ? ' open' : ''}`
  })

describe('equipment time of a shift', () => {
  it('is run time with the break as planned stop when nothing happens', () => {
    const window = derive(running)
    expect(shape(window)).toEqual([
      '07:00:00 11:00:00 RUN',
      '11:00:00 11:30:00 PLANNED_STOP',
      '11:30:00 15:00:00 RUN open',
    ])
    expect(window.parts).toMatchObject({
      allMs: 8 * HOUR,
      plannedStopMs: 30 * MINUTE,
      plannedMs: 450 * MINUTE,
      runMs: 450 * MINUTE,
    })
  })

  it('splits a stop by the break it spans and counts it once, with its planned length only', () => {
    const window = derive([
      ...running,
      state('10:59', 'not-executing'),
      word('10:59', 'reason', 'F1'),
      state('11:30:30', 'executing'),
      word('11:30:30', 'reason', ''),
    ])
    expect(shape(window)).toContain('10:59:00 11:00:00 MICRO_STOP F1')
    expect(window.parts).toMatchObject({
      microStops: 1,
      microStopMs: 90_000,
      downMs: 0,
      failures: 0,
      runMs: 450 * MINUTE,
    })
    expect(window.stops).toEqual([{ reason: 'F1', state: 'MICRO_STOP', ms: 90_000, count: 1 }])
  })

  it('takes a stop of exactly the threshold for a stop and one a millisecond shorter for a micro-stop', () => {
    const stop = (end: string) => derive([...running, state('08:00', 'not-executing'), state(end, 'executing')]).parts
    expect(stop('08:02:00')).toMatchObject({ microStops: 0, failures: 1, downMs: 120_000 })
    expect(stop('08:01:59.999')).toMatchObject({ microStops: 1, failures: 0, downMs: 0, microStopMs: 119_999 })
  })

  it('names a stop by the last reason in force during it, also when the reason comes late', () => {
    const window = derive([
      ...running,
      state('08:00', 'not-executing'),
      word('08:00', 'reason', 'ST'),
      word('08:05', 'reason', 'F1'),
      word('08:06', 'reason', ''),
      state('08:10', 'executing'),
      word('08:10', 'reason', 'BL'),
    ])
    expect(shape(window)[1]).toBe('08:00:00 08:10:00 DOWN F1')
    expect(window.parts.failures).toBe(1)
  })

  it('sorts stops into their loss by the category of the reason', () => {
    const hours = ['07:30', '08:00', '08:30', '09:00', '09:30', '10:00', '10:30']
    const reasons = ['F1', 'ST', 'BL', 'OP', 'CH', 'PL', 'OT']
    const events = hours.flatMap((time, i) => [
      state(time, 'not-executing'),
      word(time, 'reason', reasons[i]!),
      state(`${time.slice(0, 3)}${Number(time.slice(3)) + 10}`, 'executing'),
      word(`${time.slice(0, 3)}${Number(time.slice(3)) + 10}`, 'reason', ''),
    ])
    const window = derive([...running, ...events])
    expect(
      shape(window)
        .filter((each) => !/RUN/.test(each))
        .map((each) => each.slice(18)),
    ).toEqual([
      'DOWN F1',
      'STARVED ST',
      'BLOCKED BL',
      'WAIT_OPERATOR OP',
      'SETUP CH',
      'PLANNED_STOP PL',
      'DOWN OT',
      'PLANNED_STOP',
    ])
    expect(window.parts).toMatchObject({
      downMs: 50 * MINUTE,
      setupMs: 10 * MINUTE,
      plannedStopMs: 40 * MINUTE,
      failures: 1,
      setups: 1,
    })
  })

  it('keeps setup and maintenance apart from stops', () => {
    const window = derive([
      ...running,
      state('08:00', 'not-executing'),
      word('08:00', 'mode', 'setup'),
      word('08:20', 'mode', 'processing'),
      state('08:21', 'executing'),
      state('09:00', 'out-of-service'),
      word('09:00', 'mode', 'maintenance'),
      state('09:30', 'executing'),
      word('09:30', 'mode', 'processing'),
    ])
    expect(shape(window).slice(1, 5)).toEqual([
      '08:00:00 08:20:00 SETUP',
      '08:20:00 08:21:00 MICRO_STOP',
      '08:21:00 09:00:00 RUN',
      '09:00:00 09:30:00 PLANNED_STOP',
    ])
    expect(window.parts).toMatchObject({
      setups: 1,
      setupMs: 20 * MINUTE,
      microStopMs: MINUTE,
      plannedStopMs: HOUR,
      downMs: 0,
    })
  })

  it('judges an open stop by its length so far and marks it open', () => {
    const events = [...running, state('08:00', 'not-executing')]
    expect(shape(derive(events, { nowAt: at('08:01'), knownUntilAt: at('08:01') })).at(-1)).toBe(
      '08:00:00 08:01:00 MICRO_STOP open',
    )
    expect(shape(derive(events, { nowAt: at('08:03'), knownUntilAt: at('08:03') })).at(-1)).toBe(
      '08:00:00 08:03:00 DOWN open',
    )
  })

  it('counts a stop over a shift change once, where it starts, and gives each shift its minutes', () => {
    const events = [
      ...running,
      state('14:59', 'not-executing'),
      word('15:02', 'order', 'O9'),
      state('15:04', 'executing'),
    ]
    const first = derive(events)
    const second = derive(events, { window: { fromAt: at('15:00'), toAt: at('23:00') } })
    expect(first.parts).toMatchObject({ failures: 1, downMs: MINUTE })
    expect(second.parts).toMatchObject({ failures: 0, downMs: 4 * MINUTE })
    expect(second.stops).toEqual([{ reason: null, state: 'DOWN', ms: 4 * MINUTE, count: 0 }])
    expect(first.intervals.at(-1)).toMatchObject({ state: 'DOWN', open: true })
  })

  it('does not call it a stop when the unit stands outside shifts', () => {
    const sunday = { fromAt: shiftA.fromAt - 24 * HOUR, toAt: shiftA.toAt - 24 * HOUR }
    const window = derive([{ at: sunday.fromAt - HOUR, role: 'state', value: 'not-executing', quality: 0 }], {
      window: sunday,
    })
    expect(window.parts).toMatchObject({ unscheduledMs: 8 * HOUR, plannedMs: 0, downMs: 0 })
    expect(oeeFromParts(window.parts)).toMatchObject({ oee: null, missing: 'not-scheduled', availability: null })
  })
})

describe('unknown time', () => {
  it('begins with bad quality, unknown words, link 0, and lies before the first state and beyond what is known', () => {
    const window = derive(
      [
        state('07:10', 'executing'),
        withQuality(state('08:00', 'executing'), 2),
        withQuality(state('08:10', 'executing'), 1),
        state('09:00', 'not-available'),
        state('09:10', 'executing'),
        word('10:00', 'link', 0),
        word('10:10', 'link', 1),
      ],
      { knownUntilAt: at('14:00') },
    )
    expect(shape(window)).toEqual([
      '07:00:00 07:10:00 NO_DATA',
      '07:10:00 08:00:00 RUN',
      '08:00:00 08:10:00 NO_DATA',
      '08:10:00 09:00:00 RUN',
      '09:00:00 09:10:00 NO_DATA',
      '09:10:00 10:00:00 RUN',
      '10:00:00 10:10:00 NO_DATA',
      '10:10:00 11:00:00 RUN',
      '11:00:00 11:30:00 PLANNED_STOP',
      '11:30:00 14:00:00 RUN',
      '14:00:00 15:00:00 NO_DATA open',
    ])
  })

  it('lowers coverage and not availability', () => {
    const gap = [word('12:00', 'link', 0), word('14:00', 'link', 1)]
    const figures = oeeFromParts(derive([...running, ...gap]).parts)
    expect(figures.availability).toBe(1)
    expect(figures.coverage).toBeCloseTo(1 - 120 / 450, 12)
    expect(figures.flags).toContain('coverage-below-95')
  })

  it('takes the pieces of a gap as pieces, but not as ideal time', () => {
    const window = derive([
      ...running,
      word('08:00', 'total', 130),
      word('08:00', 'good', 118),
      word('09:00', 'link', 0),
      word('10:00', 'link', 1),
      word('10:00', 'total', 190),
      word('10:00', 'good', 170),
      word('10:05', 'total', 200),
      word('10:05', 'good', 180),
    ])
    expect(window.parts).toMatchObject({ total: 100, good: 90, scrap: 10, uncoveredPieces: 60 })
    expect(window.parts.idealMs).toBe(40 * 2_000)
    expect(window.parts.idealGoodMs).toBe(38 * 2_000)
  })

  it('interrupts a stop and does not end it', () => {
    const window = derive([
      ...running,
      state('08:00', 'not-executing'),
      word('08:01', 'link', 0),
      word('08:30', 'link', 1),
      state('08:31:10', 'executing'),
    ])
    expect(window.parts).toMatchObject({ failures: 1, microStops: 0, downMs: 130_000, noDataMs: 29 * MINUTE })
  })

  it('is not made of history that was not given', () => {
    const events = [word('14:00', 'total', 10), state('14:30', 'executing'), word('15:10', 'total', 15)]
    const window = derive(events, { window: { fromAt: at('15:00'), toAt: at('23:00') } })
    expect(window.parts).toMatchObject({ total: 5, uncoveredPieces: 0, noDataMs: 0 })
  })

  it('is assumed before the first word about the link when that word is 1', () => {
    const window = derive([...running, word('07:30', 'link', 1), word('07:31', 'total', 160)])
    expect(window.parts).toMatchObject({ total: 60, uncoveredPieces: 60, noDataMs: 0 })
  })
})

describe('pieces', () => {
  it('belong to the order and material in force just before the reading that shows them', () => {
    const window = derive([
      ...running,
      word('06:00', 'order', 'O1'),
      word('06:00', 'material', 'M1'),
      word('08:00:10', 'total', 110),
      word('08:00:20', 'total', 118),
      word('08:00:20', 'order', 'O2'),
      word('08:00:20', 'material', 'M2'),
      word('08:00:30', 'total', 120),
    ])
    expect(window.counts).toMatchObject([
      { minuteAt: at('08:00'), order: 'O1', material: 'M1', total: 18 },
      { minuteAt: at('08:00'), order: 'O2', material: 'M2', total: 2 },
    ])
  })

  it('survive a reset and a rollover of the counter', () => {
    const fall = [...running, word('08:00', 'total', 150), word('08:10', 'total', 7), word('08:20', 'total', 9)]
    expect(derive(fall).parts.total).toBe(50 + 7 + 2)
    expect(derive(fall, { rollover: { total: 256 } }).parts.total).toBe(50 + (7 + 256 - 150) + 2)
  })

  it('pass over readings that are missing, bad or no numbers', () => {
    const events = [
      ...running,
      word('08:00', 'total', null),
      withQuality(word('08:01', 'total', 0), 2),
      word('08:02', 'total', Number.NaN),
    ]
    expect(derive([...events, word('08:03', 'total', 120)]).parts.total).toBe(20)
  })

  it('make good = total − scrap − rework when the unit has no good counter', () => {
    const start = [
      state('06:00', 'executing'),
      word('06:00', 'total', 0),
      word('06:00', 'scrap', 0),
      word('06:00', 'rework', 0),
    ]
    const window = derive([
      ...start,
      word('08:00', 'total', 100),
      word('08:00', 'scrap', 3),
      word('08:05', 'rework', 2),
    ])
    expect(window.parts).toMatchObject({ total: 100, good: 95, scrap: 3, rework: 2, idealGoodMs: 95 * 2_000 })
  })

  it('make the total when the unit counts good and scrap only', () => {
    const start = [state('06:00', 'executing'), word('06:00', 'good', 0), word('06:00', 'scrap', 0)]
    const window = derive([...start, word('08:00', 'good', 96), word('08:00', 'scrap', 4)])
    expect(window.parts).toMatchObject({ total: 100, good: 96, scrap: 4, idealMs: 200_000 })
  })

  it('without any ideal rate give no figure instead of a zero', () => {
    const window = derive([
      ...running,
      word('06:30', 'material', 'unknown'),
      word('08:00', 'total', 120),
      word('08:00', 'good', 110),
    ])
    expect(oeeFromParts(window.parts)).toMatchObject({
      oee: null,
      performance: null,
      missing: 'not-configured',
      availability: 1,
    })
  })

  it('made before the first reading are unknown: the first reading is the base line', () => {
    expect(derive([state('06:00', 'executing'), word('08:00', 'total', 5_000)]).parts.total).toBe(0)
  })
})
