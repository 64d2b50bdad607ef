import type { RecipientDirectory } from '@gemba/contracts/mail'
import { describe, expect, it } from 'vitest'
import { candidatesOf, found, keyOf, nameOf, typedOutsider, warningsOf } from './recipient-choice.ts'

const directory: RecipientDirectory = {
  users: [
    { user: 'manager', name: { zh: '陈刚', en: 'Chen Gang' }, hasAddress: true, maySee: true },
    { user: 'welder', name: { zh: '李伟', en: 'Li Wei' }, hasAddress: false, maySee: false },
  ],
  groups: [
    { group: 'shift-leads', name: { zh: '班组长', en: 'Shift leads' }, members: 4, withoutAddress: 1, withoutRight: 2 },
    { group: 'empty', name: { zh: '空组', en: 'Nobody' }, members: 0, withoutAddress: 0, withoutRight: 0 },
  ],
  contacts: [{ name: '客户采购', address: 'Buyer@customer.example' }],
  channels: [{ id: 'floor', name: '车间群', kind: 'wecom' }],
}
const own = { directory, rights: 'recipient' } as const
const shared = { directory, rights: 'snapshot' } as const

describe('choosing recipients', () => {
  it('finds people by name, account, group and address, and leaves out who is chosen', () => {
    const all = candidatesOf(directory, 'zh')
    const names = (text: string) => found(all, { text, chosen: [] }).map(({ name }) => name)
    expect(names('陈')).toEqual(['陈刚'])
    expect(names('WELDER')).toEqual(['李伟'])
    expect(names('shift')).toEqual(['班组长'])
    expect(names('customer.example')).toEqual(['客户采购'])
    expect(found(all, { text: '陈', chosen: [{ kind: 'user', user: 'manager' }] })).toEqual([])
  })

  it('takes an outsider by address, and knows two spellings of one mailbox as the same', () => {
    expect(typedOutsider('采购 部 <buyer@customer.example>')).toEqual({
      kind: 'external',
      name: '采购 部',
      address: 'buyer@customer.example',
      confirmed: false,
    })
    expect(typedOutsider('buyer@customer.example')).toMatchObject({ name: 'buyer@customer.example' })
    expect(typedOutsider('采购部')).toBeNull()
    const known = candidatesOf(directory, 'zh').find(({ recipient }) => recipient.kind === 'external')
    const typed = typedOutsider('buyer@customer.example')
    expect(typed && keyOf(typed)).toBe(known?.key)
  })

  it('warns of who would get nothing, and of parts of a group', () => {
    expect(warningsOf({ kind: 'user', user: 'manager' }, own)).toEqual([])
    expect(warningsOf({ kind: 'user', user: 'welder' }, own)).toEqual([{ kind: 'no-address' }, { kind: 'no-right' }])
    expect(warningsOf({ kind: 'user', user: 'left' }, own)).toEqual([{ kind: 'gone' }])
    expect(warningsOf({ kind: 'group', group: 'empty' }, own)).toEqual([{ kind: 'nobody' }])
    expect(warningsOf({ kind: 'group', group: 'shift-leads' }, own)).toEqual([
      { kind: 'some-without-address', count: 1, of: 4 },
      { kind: 'some-without-right', count: 2, of: 4 },
    ])
  })

  it('asks nobody for rights of their own in a shared snapshot, and wants outsiders confirmed there', () => {
    expect(warningsOf({ kind: 'user', user: 'welder' }, shared)).toEqual([{ kind: 'no-address' }])
    const outsider = { kind: 'external', name: '客户', address: 'buyer@customer.example', confirmed: false } as const
    expect(warningsOf(outsider, own)).toEqual([{ kind: 'needs-snapshot' }])
    expect(warningsOf(outsider, shared)).toEqual([{ kind: 'unconfirmed' }])
    expect(warningsOf({ ...outsider, confirmed: true }, shared)).toEqual([])
    expect(warningsOf({ kind: 'channel', channel: 'gone', confirmed: true }, shared)).toEqual([{ kind: 'gone' }])
  })

  it('shows names, and the account where there is none any more', () => {
    expect(nameOf({ kind: 'user', user: 'manager' }, directory, 'en')).toBe('Chen Gang')
    expect(nameOf({ kind: 'user', user: 'left' }, directory, 'en')).toBe('left')
  })
})
