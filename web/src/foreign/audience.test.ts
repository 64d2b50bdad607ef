import { describe, expect, it } from 'vitest'
import { askedColumns, audienceFieldsOf, audienceOf, factOf, guessedColumns, idOf } from './audience.ts'

describe('who sees the rows of a file', () => {
  it('is nobody but who is granted it, until somebody says otherwise', () => {
    expect(audienceOf(audienceFieldsOf(undefined))).toEqual({ kind: 'granted' })
  })

  it('names only columns of the fact, and only those that stand for something', () => {
    const fields = { kind: 'fact' as const, fact: 'order', columns: { customer: 'Kunde', unit: '', lot: 'Los' } }
    expect(audienceOf(fields)).toEqual({ kind: 'fact', fact: 'order', columns: { customer: 'Kunde' } })
    expect(audienceOf({ ...fields, kind: 'house' })).toEqual({ kind: 'house' })
  })

  it('is not asked for site, area and line where the work unit says them', () => {
    const names = (fact: string) => askedColumns(factOf(fact)).map(({ name }) => name)
    expect([names('order').includes('site'), names('stock').includes('site')]).toEqual([false, true])
  })

  it('is guessed from columns of the same name in either language', () => {
    expect(guessedColumns(factOf('order'), ['客户', 'Work Center', 'x'])).toEqual({
      customer: '客户',
      workCenter: 'Work Center',
    })
  })
})

it('a file name gives an id as far as its letters do', () => {
  expect([idOf('Yearly Targets (2026).xlsx'), idOf('年度目标.csv')]).toEqual(['yearly-targets-2026', ''])
})
