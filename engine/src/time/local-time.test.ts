import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instantOfLocal, localDateOf } from './local-time.ts'

const MINUTE = 60_000
const DAY = 86_400_000

/** Clocks that change at midnight, one minute after it, by half an hour, twice around a fast, or by a whole day. */
const ZONES = [
  'Asia/Shanghai',
  'Europe/Prague',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Africa/Casablanca',
  'Africa/Cairo',
  'America/Sao_Paulo',
  'Pacific/Apia',
  'Asia/Kathmandu',
]

/** The local date and time as the runtime's own calendar tells them. */
const told = new Map(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' }),
  ]),
)
const wall = (timeZone: string, at: number): [string, string] => {
  const [date = '', time = ''] = told.get(timeZone)!.format(at).split(', ')
  return [date, time]
}

const zone = fc.constantFrom(...ZONES)
const instant = fc.integer({ min: Date.parse('1970-01-02') / MINUTE, max: Date.parse('2040-01-01') / MINUTE })

const FIRST_DAY = Date.parse('2006-12-01') / DAY
const LAST_DAY = Date.parse('2026-12-01') / DAY

/** The days of twenty years on which the clock of a zone changes, counted from 1970. */
function changesOf(timeZone: string): number[] {
  const days: number[] = []
  let last = Number.NaN
  for (let day = FIRST_DAY; day <= LAST_DAY; day += 1) {
    const [date, time] = wall(timeZone, day * DAY)
    const offset = Date.parse(`${date}T${time}Z`) - day * DAY
    if (offset !== last) days.push(day - 1)
    last = offset
  }
  return days
}

describe('local time', () => {
  it('has the dates that the calendar of the runtime has, in any order of asking', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(zone, instant), { minLength: 1, maxLength: 40 }), (asked) => {
        for (const [timeZone, minute] of asked)
          expect(localDateOf(timeZone, minute * MINUTE)).toBe(wall(timeZone, minute * MINUTE)[0])
      }),
      { numRuns: 200 },
    )
  })

  it('has them on every day on which a clock changes, and finds the way back', () => {
    for (const timeZone of ZONES)
      for (const day of changesOf(timeZone))
        for (let at = day * DAY; at < (day + 1) * DAY; at += 30 * MINUTE) {
          const [date, time] = wall(timeZone, at)
          expect([timeZone, at, localDateOf(timeZone, at)]).toEqual([timeZone, at, date])
          // Of two equal times the first is meant: both read the same on the clock.
          expect(wall(timeZone, instantOfLocal(timeZone, date, time))).toEqual([date, time])
        }
  })

  it('refuses zones, dates and times that there are not', () => {
    expect(() => localDateOf('Asia/Atlantis', 0)).toThrow(RangeError)
    expect(() => localDateOf('Asia/Shanghai', Number.NaN)).toThrow(RangeError)
    expect(() => instantOfLocal('Asia/Shanghai', '2026-3-1', '07:00')).toThrow(RangeError)
    expect(() => instantOfLocal('Asia/Shanghai', '2026-03-01', 'noon')).toThrow(RangeError)
  })
})
