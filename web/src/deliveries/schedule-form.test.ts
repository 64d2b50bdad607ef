import { describe, expect, it } from 'vitest'
import type { ChosenRecipient } from './recipient-choice.ts'
import { type ScheduleFields, fieldsOf, scheduleOf } from './schedule-form.ts'

const full = (): ScheduleFields => ({
  ...fieldsOf(null, 'manager'),
  name: '日报',
  report: 'daily-production',
  recipients: [
    { kind: 'user', user: 'executive' },
    { kind: 'group', group: 'shift-leads' },
  ],
})
const asked = { site: 'SUZ', before: null }

describe('the form of a schedule', () => {
  it('makes a schedule of its fields, and gives the same fields back', () => {
    const made = scheduleOf({ ...full(), rowsMore: '0', source: 'mes', sourceMinutes: '30' }, asked)
    if (!('schedule' in made)) throw new Error(made.faults.join())
    expect(made.schedule.recipients).toEqual([
      { kind: 'user', user: 'executive' },
      { kind: 'group', group: 'shift-leads' },
    ])
    expect(made.schedule.conditions).toEqual([
      { kind: 'rows', dataset: null, is: '>', than: 0 },
      { kind: 'freshness', source: 'mes', maxAgeMinutes: 30 },
    ])
    const again = scheduleOf(fieldsOf(made.schedule, 'other'), { site: 'SUZ', before: made.schedule })
    expect(again).toEqual(made)
  })

  it('takes outsiders only in a snapshot and only when they are confirmed', () => {
    const outsider = (confirmed: boolean): ChosenRecipient => ({
      kind: 'external',
      address: 'buyer@customer.example',
      name: '采购 部',
      confirmed,
    })
    const asSnapshot = (confirmed: boolean): ScheduleFields => ({
      ...full(),
      rights: 'snapshot',
      recipients: [outsider(confirmed)],
    })
    expect(scheduleOf(asSnapshot(false), asked)).toHaveProperty('faults')
    expect(scheduleOf({ ...asSnapshot(true), rights: 'recipient' }, asked)).toHaveProperty('faults')
    const made = scheduleOf(asSnapshot(true), asked)
    expect('schedule' in made && made.schedule.recipients.at(-1)).toEqual({
      kind: 'external',
      address: 'buyer@customer.example',
      name: '采购 部',
      confirmed: true,
    })
    // Who changes it confirms anew.
    const [again] = 'schedule' in made ? fieldsOf(made.schedule, 'other').recipients : []
    expect(again).toMatchObject({ kind: 'external', confirmed: false })
  })

  it('names what is wrong', () => {
    const made = scheduleOf({ ...full(), params: { day: undefined as never }, recipients: [], delay: 'x' }, asked)
    expect('faults' in made && made.faults.join(' ')).toMatch(/params.*recipients/)
  })
})
