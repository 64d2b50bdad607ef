import { describe, expect, it } from 'vitest'
import {
  formatAge,
  formatClock,
  formatClockSeconds,
  formatDate,
  formatDue,
  formatInstant,
  formatProductionDay,
} from './times.ts'

const suzhou = { timeZone: 'Asia/Shanghai', locale: 'zh-CN' } as const
const at = Date.parse('2026-11-20T16:30:05.000Z')

describe('a time of a site', () => {
  it('follows the zone of the site, whatever the zone of the machine', () => {
    expect(formatClock(at, 'Asia/Shanghai')).toBe('00:30')
    expect(formatClockSeconds(at, 'Europe/Prague')).toBe('17:30:05')
    expect(formatDate(at, 'Asia/Shanghai')).toBe('2026-11-21')
    expect(formatDate(at, 'Europe/Prague')).toBe('2026-11-20')
  })

  it('keeps the hour of a clock change', () => {
    expect(formatClock(Date.parse('2026-03-29T00:59:00Z'), 'Europe/Prague')).toBe('01:59')
    expect(formatClock(Date.parse('2026-03-29T01:00:00Z'), 'Europe/Prague')).toBe('03:00')
  })

  it('refuses an unknown zone', () => {
    expect(() => formatClock(at, 'Nowhere/Land')).toThrow(RangeError)
  })

  it('names the production day with its shift', () => {
    expect(formatProductionDay('2026-11-21', '夜班', 'zh-CN')).toBe('11-21 夜班')
    expect(formatProductionDay('2026-11-21', 'Night', 'en')).toBe('21 Nov Night')
    expect(formatProductionDay('2026-11-21', null, 'zh-CN')).toBe('11-21')
  })

  it('shows the clock today and the date on other days', () => {
    const now = Date.parse('2026-11-21T05:30:00Z')
    expect(formatDue(Date.parse('2026-11-21T12:40:00Z'), now, suzhou)).toBe('20:40')
    expect(formatDue(Date.parse('2026-11-23T03:00:00Z'), now, suzhou)).toBe('11-23')
    expect(formatInstant(Date.parse('2026-11-21T00:42:00Z'), now, suzhou)).toBe('08:42')
    expect(formatInstant(Date.parse('2026-11-19T00:42:00Z'), now, { ...suzhou, locale: 'en' })).toBe('19 Nov 08:42')
    expect(formatInstant(Date.parse('2025-11-19T00:42:00Z'), now, suzhou)).toBe('2025-11-19 08:42')
  })

  it('is relative to 60 minutes, then the clock, after a day the date', () => {
    const now = Date.parse('2026-11-21T05:30:00Z')
    expect(formatAge(now - 12_000, now, suzhou)).toBe('12 秒')
    expect(formatAge(now - 59 * 60_000, now, suzhou)).toBe('59 分')
    expect(formatAge(now - 60 * 60_000, now, suzhou)).toBe('12:30')
    expect(formatAge(now - 86_400_000, now, suzhou)).toBe('11-20')
    expect(formatAge(now + 5_000, now, suzhou)).toBe('1 秒')
  })
})
