import { describe, expect, it } from 'vitest'
import {
  type ChangeField,
  differenceOf,
  listText,
  nameText,
  proposedDifference,
  sameText,
  timeText,
} from './change-lines.ts'

const field = (id: string, zh: string, en = zh): ChangeField => ({ id, label: sameText(id), text: { zh, en } })

describe('the difference of two documents', () => {
  it('names each field with what it was and what it will be, and marks those that change', () => {
    const lines = differenceOf(
      [field('value', '120 秒', '120 s'), field('scope', '苏州')],
      [field('value', '300 秒', '300 s'), field('scope', '苏州')],
    )
    expect(lines.map(({ id, changed }) => [id, changed])).toEqual([
      ['value', true],
      ['scope', false],
    ])
    expect(lines[0]).toMatchObject({ before: { en: '120 s' }, after: { en: '300 s' } })
  })

  it('shows what is new without a before, and what goes without an after, at the end', () => {
    const lines = differenceOf([field('gone', 'x'), field('stays', 'y')], [field('new', 'z'), field('stays', 'y')])
    expect(lines.map(({ id, before, after }) => [id, before?.en ?? null, after?.en ?? null])).toEqual([
      ['new', null, 'z'],
      ['stays', 'y', 'y'],
      ['gone', 'x', null],
    ])
    expect(lines.filter(({ changed }) => changed).map(({ id }) => id)).toEqual(['new', 'gone'])
  })

  it('sees a change in one language alone, because a name is read in both', () => {
    expect(differenceOf([field('name', '客户', 'customer')], [field('name', '客户', 'customers')])[0]?.changed).toBe(
      true,
    )
    expect(nameText({ zh: '客户', en: 'customer' })).toEqual(sameText('客户 / customer'))
  })

  it('leaves out of a proposal which record is in force, and not of what has moved', () => {
    const mark: ChangeField = { ...field('version', '#5'), isMark: true }
    expect(proposedDifference([field('value', '1'), mark], [field('value', '2')]).map(({ id }) => id)).toEqual([
      'value',
    ])
    expect(differenceOf([mark], [{ ...mark, text: sameText('#6') }])).toMatchObject([{ id: 'version', changed: true }])
  })

  it('says an empty list in words and an instant with its zone', () => {
    expect(listText([], { zh: '所有人', en: 'everybody' }).en).toBe('everybody')
    expect(listText([sameText('a'), sameText('b')], sameText('-'))).toEqual({ zh: 'a、b', en: 'a, b' })
    expect(timeText(Date.UTC(2026, 10, 20), 'Asia/Shanghai')).toBe('2026-11-20 08:00 Asia/Shanghai')
  })
})
