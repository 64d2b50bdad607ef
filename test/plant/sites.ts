/** The two sites and their calendars. */
import type { CalendarException, SiteDefinition } from '@gemba/contracts/catalog'
import { addDays, isoWeekday, localDateOf } from '@gemba/engine/time/local-time'
import type { SetName } from './parameters.ts'

const shift = (
  [code, zh, en]: readonly [string, string, string],
  [start, end]: readonly [string, string],
  breaks: readonly (readonly [string, string])[],
) => ({
  code,
  name: { zh, en },
  start,
  end,
  endOffsetDays: end < start ? 1 : 0,
  breaks: breaks.map(([from, to]) => ({ start: from, end: to })),
})

/** The nervous plant never rests, so that something happens whenever somebody looks. */
const workdays = (set: SetName): number[] => (set === 'nervous' ? [1, 2, 3, 4, 5, 6, 7] : [1, 2, 3, 4, 5, 6])

const SPRING_FESTIVAL = { shifts: [], name: { zh: '春节', en: 'Spring Festival' } }

/** The first date from `date` on that is (or is not) a certain weekday. */
const nextDate = (date: string, suits: (weekday: number) => boolean): string =>
  suits(isoWeekday(date)) ? date : nextDate(addDays(date, 1), suits)

/** When a plant with special days began, and when its past was told: what is planted lies before. */
export interface SpecialDays {
  readonly epochAt: number
  /** Without it as long ago as need be. */
  readonly toldAt?: number | undefined
}

/**
 * The dates of the special days. Each has its place after the first day; in a plant with a shorter past it is the last
 * day that suits and was over when the past was told, or none.
 */
function specialDates({ epochAt, toldAt = Infinity }: SpecialDays): (string | null)[] {
  const first = localDateOf('Asia/Shanghai', epochAt)
  // The night of the day before yesterday had ended yesterday morning, whatever the hour is.
  const last = toldAt === Infinity ? '9999-12-31' : addDays(localDateOf('Asia/Shanghai', toldAt), -2)
  const workday = (weekday: number) => weekday <= 5
  const taken = new Set<string>()
  return (
    [
      [6, (weekday: number) => weekday === 6],
      [3, workday],
      [16, workday],
    ] as const
  ).map(([days, suits]) => {
    let date = nextDate(addDays(first, days), suits)
    if (date > last) date = last
    while (date > first && (!suits(isoWeekday(date)) || taken.has(date))) date = addDays(date, -1)
    if (date <= first) return null
    taken.add(date)
    return date
  })
}

/** Days on which Suzhou did otherwise than by rule. */
export function calendarSpecials(life: SpecialDays): CalendarException[] {
  const [saturday, cancelled, moved] = specialDates(life)
  const on = (date: string | null | undefined, day: Omit<CalendarException, 'from' | 'to'>): CalendarException[] =>
    date ? [{ from: date, to: date, ...day }] : []
  return [
    ...on(saturday, {
      shifts: ['A', 'X'],
      rules: [shift(['X', '周六加班', 'Saturday overtime'], ['15:00', '19:00'], [['17:00', '17:10']])],
      name: { zh: '周六短班加班', en: 'Short Saturday with overtime' },
    }),
    ...on(cancelled, { shifts: ['A', 'B'], name: { zh: '夜班取消', en: 'Night shift cancelled' } }),
    ...on(moved, {
      shifts: ['A', 'B', 'C'],
      rules: [
        shift(
          ['A', '白班 A', 'Shift A'],
          ['07:00', '15:00'],
          [
            ['09:00', '09:10'],
            ['12:10', '12:40'],
            ['13:00', '13:10'],
          ],
        ),
      ],
      name: { zh: '午休后移', en: 'Lunch break moved' },
    }),
  ]
}

/** `specials`: of a plant whose Suzhou calendar has its special days; without them the plain calendars. */
export function sites(set: SetName, specials?: SpecialDays): SiteDefinition[] {
  return [
    {
      id: 'SUZ',
      name: { zh: '苏州工厂', en: 'Suzhou plant' },
      timeZone: 'Asia/Shanghai',
      productionDayStart: '07:00',
      shifts: [
        shift(
          ['A', '白班 A', 'Shift A'],
          ['07:00', '15:00'],
          [
            ['09:00', '09:10'],
            ['11:00', '11:30'],
            ['13:00', '13:10'],
          ],
        ),
        shift(
          ['B', '中班 B', 'Shift B'],
          ['15:00', '23:00'],
          [
            ['17:00', '17:10'],
            ['19:00', '19:30'],
            ['21:00', '21:10'],
          ],
        ),
        shift(
          ['C', '夜班 C', 'Shift C'],
          ['23:00', '07:00'],
          [
            ['01:00', '01:10'],
            ['03:00', '03:30'],
            ['05:00', '05:10'],
          ],
        ),
      ],
      workdays: workdays(set),
      exceptions: [
        ...(specials === undefined || set === 'nervous' ? [] : calendarSpecials(specials)),
        { from: '2026-02-16', to: '2026-02-22', ...SPRING_FESTIVAL },
        { from: '2027-02-05', to: '2027-02-11', ...SPRING_FESTIVAL },
      ],
    },
    {
      id: 'BRQ',
      name: { zh: '布尔诺工厂', en: 'Brno plant' },
      timeZone: 'Europe/Prague',
      productionDayStart: '06:00',
      shifts: [
        shift(['R', '早班 R', 'Shift R'], ['06:00', '14:00'], [['10:00', '10:30']]),
        shift(['O', '午班 O', 'Shift O'], ['14:00', '22:00'], [['18:00', '18:30']]),
        shift(['N', '夜班 N', 'Shift N'], ['22:00', '06:00'], [['01:00', '01:30']]),
      ],
      workdays: workdays(set),
      exceptions: [],
    },
  ]
}
