import { describe, expect, it } from 'vitest'
import { formatDuration, formatElapsed, formatMinutes, formatSpan } from './durations.ts'

const MINUTE = 60_000
const HOUR = 3_600_000

describe('a length of time', () => {
  it.each([
    [0, '00:00', '00:00'],
    [59_999, '00:59', '00:59'],
    [5 * MINUTE + 42_000, '05:42', '05:42'],
    [2 * HOUR + 5 * MINUTE, '2 小时 05 分', '2 h 05 min'],
    [76 * HOUR, '3 天 4 小时', '3 d 4 h'],
    [-90_000, '−01:30', '−01:30'],
  ])('of %d ms is written by its size', (ms, zh, en) => {
    expect(formatDuration(ms, 'zh-CN')).toBe(zh)
    expect(formatDuration(ms, 'en')).toBe(en)
  })

  it('since a loss counts hours beyond a day', () => {
    expect(formatElapsed(72_000)).toBe('00:01:12')
    expect(formatElapsed(30 * HOUR)).toBe('30:00:00')
    expect(formatElapsed(-5)).toBe('00:00:00')
  })

  it('of losses is given in minutes', () => {
    expect(formatMinutes(24.75 * MINUTE, 'zh-CN', 1).text).toBe('24.8\u00a0分')
    expect(formatMinutes(235 * MINUTE, 'en').text).toBe('235\u00a0min')
  })

  it('in little room names its largest whole unit', () => {
    expect(formatSpan(0, 'zh-CN')).toBe('1 秒')
    expect(formatSpan(12_400, 'zh-CN')).toBe('12 秒')
    expect(formatSpan(6 * MINUTE + 59_000, 'zh-CN')).toBe('6 分')
    expect(formatSpan(2 * HOUR, 'en')).toBe('2 h')
    expect(formatSpan(50 * HOUR, 'en')).toBe('2 d')
  })
})
