import { describe, expect, it } from 'vitest'
import { cronWords, weekDayName } from './cron-words.ts'

describe('a cron line in words', () => {
  it.each([
    ['30 7 * * *', { every: 'day', days: [], time: '07:30' }],
    ['0 8 1 * *', { every: 'month', days: [1], time: '08:00' }],
    ['5  18 * * 1-5', { every: 'week', days: [1, 2, 3, 4, 5], time: '18:05' }],
    ['0 6 * * 1,4', { every: 'week', days: [1, 4], time: '06:00' }],
    ['0 6 * * 6-1', { every: 'week', days: [6, 0, 1], time: '06:00' }],
    ['0 6 * * 7', { every: 'week', days: [0], time: '06:00' }],
  ])('says when %s is', (cron, words) => expect(cronWords(cron)).toEqual(words))

  it.each(['*/15 * * * *', '0 8 1 * 1', '0 8 1 1 *', '0 8-10 * * *', '0 8 * * 9', '0 8 * * 1-3,5', 'nonsense', ''])(
    'leaves %s as it is',
    (cron) => expect(cronWords(cron)).toBeNull(),
  )

  it('names the days of the week in both languages', () => {
    expect([weekDayName(1, 'zh-CN'), weekDayName(0, 'zh-CN')]).toEqual(['周一', '周日'])
    expect([weekDayName(1, 'en'), weekDayName(0, 'en')]).toEqual(['Mon', 'Sun'])
  })
})
