import { describe, expect, it } from 'vitest'
import { instantOfDats, instantOfLocalText, instantOfWallClock } from './local-time.ts'

const wall = (text: string) => Date.parse(`${text}Z`)

describe('the instant of a local time', () => {
  it.each([
    ['Asia/Shanghai', '2026-11-21T12:00:00', '2026-11-21T04:00:00Z'],
    ['Asia/Shanghai', '2026-01-01T00:00:00', '2025-12-31T16:00:00Z'],
    ['Europe/Prague', '2026-01-15T06:00:00', '2026-01-15T05:00:00Z'],
    ['Europe/Prague', '2026-07-15T06:00:00', '2026-07-15T04:00:00Z'],
    ['America/St_Johns', '2026-01-15T06:00:00', '2026-01-15T09:30:00Z'],
    ['UTC', '2026-01-15T06:00:00', '2026-01-15T06:00:00Z'],
  ])('in %s at %s is %s', (zone, text, instant) => {
    expect(new Date(instantOfWallClock(zone, wall(text))).toISOString()).toBe(instant.replace('Z', '.000Z'))
  })

  it('that occurs twice in autumn is the earlier one', () => {
    expect(instantOfWallClock('Europe/Prague', wall('2026-10-25T02:30:00'))).toBe(Date.parse('2026-10-25T00:30:00Z'))
  })

  it('that does not occur in spring is moved on by the gap', () => {
    expect(instantOfWallClock('Europe/Prague', wall('2026-03-29T02:30:00'))).toBe(Date.parse('2026-03-29T01:30:00Z'))
  })

  it('on both sides of a change of clocks keeps its order and its milliseconds', () => {
    const before = instantOfWallClock('Europe/Prague', wall('2026-03-29T01:59:59.999'))
    const after = instantOfWallClock('Europe/Prague', wall('2026-03-29T03:00:00'))
    expect(after - before).toBe(1)
  })
})

describe('a date and time in the manner of SAP', () => {
  it('is in the zone of the plant', () => {
    expect(instantOfDats('Asia/Shanghai', '20261121', '230500')).toBe(Date.parse('2026-11-21T15:05:00Z'))
  })
  it('without a time is the beginning of the day', () => {
    expect(instantOfDats('Asia/Shanghai', '20261121', null)).toBe(Date.parse('2026-11-20T16:00:00Z'))
  })
  it('at 24:00 is the beginning of the next day', () => {
    expect(instantOfDats('Asia/Shanghai', '20261121', '240000')).toBe(Date.parse('2026-11-21T16:00:00Z'))
  })
  it.each([null, '', '00000000', '2026112', '2026-11-21', 'garbage!'])('that is %j is none', (date) => {
    expect(instantOfDats('Asia/Shanghai', date, '120000')).toBeNull()
  })
})

describe('a timestamp without zone', () => {
  it.each([
    ['2026-07-15 06:00:00.123', '2026-07-15T04:00:00.123Z', 'exact'],
    ['2026-10-25 02:30:00', '2026-10-25T00:30:00.000Z', 'ambiguous'],
    ['2026-03-29 02:30:00', '2026-03-29T01:30:00.000Z', 'skipped'],
    ['2026-10-25 03:00:00.5', '2026-10-25T02:00:00.500Z', 'exact'],
  ])('%s is %s, %s', (text, instant, certainty) => {
    const read = instantOfLocalText('Europe/Prague', text)
    expect([new Date(read?.at ?? 0).toISOString(), read?.certainty]).toEqual([instant, certainty])
  })
  it.each([null, '', '2026-10-25', '25.10.2026 02:30', '2026-13-25 02:30:00'])('that is %j is none', (text) => {
    expect(instantOfLocalText('Europe/Prague', text)).toBeNull()
  })
})
