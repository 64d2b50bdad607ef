import { describe, expect, it } from 'vitest'
import { fieldsOf, scheduleOf } from './schedule-form.ts'

const full = () => ({
  ...fieldsOf(null, 'manager'),
  name: '日报',
  report: 'daily-production',
  users: 'executive, manager',
})
const asked = { site: 'SUZ', before: null }

describe('the form of a schedule', () => {
  it('makes a schedule of its fields, and gives the same fields back', () => {
    const made = scheduleOf({ ...full(), rowsMore: '0', source: 'mes', sourceMinutes: '30' }, asked)
    if (!('schedule' in made)) throw new Error(made.faults.join())
    expect(made.schedule.recipients).toEqual([
      { kind: 'user', user: 'executive' },
      { kind: 'user', user: 'manager' },
    ])
    expect(made.schedule.conditions).toEqual([
      { kind: 'rows', dataset: null, is: '>', than: 0 },
      { kind: 'freshness', source: 'mes', maxAgeMinutes: 30 },
    ])
    const again = scheduleOf(fieldsOf(made.schedule, 'other'), { site: 'SUZ', before: made.schedule })
    expect(again).toEqual(made)
  })

  it('takes outsiders only in a snapshot and only when they are confirmed', () => {
    const outside = { ...full(), externals: '采购 部 buyer@customer.example' }
    expect(scheduleOf({ ...outside, rights: 'snapshot' }, asked)).toHaveProperty('faults')
    expect(scheduleOf({ ...outside, confirmed: true }, asked)).toHaveProperty('faults')
    const made = scheduleOf({ ...outside, rights: 'snapshot', confirmed: true }, asked)
    expect('schedule' in made && made.schedule.recipients.at(-1)).toEqual({
      kind: 'external',
      address: 'buyer@customer.example',
      name: '采购 部',
      confirmed: true,
    })
  })

  it('names what is wrong', () => {
    const made = scheduleOf({ ...full(), params: '{', users: '', delay: 'x' }, asked)
    expect('faults' in made && made.faults.join(' ')).toMatch(/params.*recipients/)
  })
})
