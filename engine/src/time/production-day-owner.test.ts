import { type SiteDefinition, siteDefinition } from '@gemba/contracts/catalog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { productionDateOf, productionDays, shiftInstances, timeWindows } from './calendar.ts'

const DAY = 86_400_000
const at = (text: string) => Date.parse(text)
const name = { zh: '班', en: 'shift' }
const rule = (code: string, start: string, end: string) => ({
  code,
  name,
  start,
  end,
  endOffsetDays: start > end ? 1 : 0,
  breaks: [],
})
const site = (timeZone: string, owners: SiteDefinition['productionDateOwners']): SiteDefinition =>
  siteDefinition.parse({
    id: 'BRQ',
    name,
    timeZone,
    productionDayStart: '06:00',
    workdays: [1, 2, 3, 4, 5, 6],
    shifts: [rule('R', '06:00', '14:00'), rule('O', '14:00', '22:00'), rule('N', '22:00', '06:00')],
    exceptions: [],
    productionDateOwners: owners,
  })

describe('the owner of the production date', () => {
  const range = { fromAt: at('2026-03-03T05:00:00Z'), toAt: at('2026-03-06T05:00:00Z') }
  const nights = (of: SiteDefinition) =>
    shiftInstances(of, range)
      .filter((each) => each.code === 'N' && each.fromAt >= range.fromAt)
      .map((each) => [new Date(each.fromAt).toISOString().slice(5, 13), each.productionDate.slice(5)])

  it('is the start of a night shift by default, and its end where a site says so', () => {
    expect(nights(site('Europe/Prague', undefined))).toEqual([
      ['03-03T21', '03-03'],
      ['03-04T21', '03-04'],
      ['03-05T21', '03-05'],
    ])
    expect(nights(site('Europe/Prague', [{ fromAt: 0, owner: 'end' }])).map(([, date]) => date)).toEqual([
      '03-04',
      '03-05',
      '03-06',
    ])
  })

  it('holds from its date on: the nights before keep theirs, and no day loses or doubles time', () => {
    const changed = site('Europe/Prague', [{ fromAt: at('2026-03-04T05:00:00Z'), owner: 'end' }])
    expect(nights(changed).map(([, date]) => date)).toEqual(['03-03', '03-05', '03-06'])
    const days = productionDays(changed, range)
    expect(days.map(({ date, fromAt, toAt }) => [date.slice(8), (toAt - fromAt) / 3_600_000])).toEqual([
      ['03', 24],
      ['04', 16],
      ['05', 24],
      ['06', 24],
    ])
  })

  it('never touches a shift that stays within one date, or ends at midnight sharp', () => {
    const late = siteDefinition.parse({
      ...site('Europe/Prague', [{ fromAt: 0, owner: 'end' }]),
      shifts: [{ ...rule('B', '16:00', '00:00'), endOffsetDays: 1 }],
    })
    const [shift] = shiftInstances(late, { fromAt: at('2026-03-03T16:00:00Z'), toAt: at('2026-03-03T17:00:00Z') })
    expect(shift?.productionDate).toBe('2026-03-03')
  })

  it('keeps days and windows whole, and every shift in the day of its date, through both changes of the clock', () => {
    const owner = fc.constantFrom('start' as const, 'end' as const)
    const change = fc.record({
      fromAt: fc.integer({ min: at('2026-03-20T00:00:00Z'), max: at('2026-11-05T00:00:00Z') }),
      owner,
    })
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 4 }),
        fc.constantFrom('Europe/Prague', 'Asia/Shanghai'),
        fc.constantFrom('2026-03-25T00:00:00Z', '2026-10-22T00:00:00Z', '2026-06-01T00:00:00Z'),
        (changes, zone, start) => {
          const of = site(
            zone,
            changes.toSorted((a, b) => a.fromAt - b.fromAt),
          )
          const asked = { fromAt: at(start), toAt: at(start) + 8 * DAY }
          const days = productionDays(of, asked)
          days.forEach((day, index) => {
            if (index > 0) expect(day.fromAt).toBe(days[index - 1]!.toAt)
            expect(productionDateOf(of, day.fromAt)).toBe(day.date)
          })
          const windows = timeWindows(of, asked)
          windows.forEach((window, index) => {
            if (index > 0) expect(window.fromAt).toBe(windows[index - 1]!.toAt)
            const day = days.find((each) => each.fromAt <= window.fromAt && window.fromAt < each.toAt)
            if (day) expect(window.productionDate).toBe(day.date)
          })
        },
      ),
    )
  })
})
