import type { ChangeLine } from '@gemba/contracts/change'
import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { describe, expect, it } from 'vitest'
import { createLanguage } from '../language/i18n.ts'
import { canBeProposedAnew } from './change-marks.ts'
import DiffTable from './DiffTable.vue'

const text = (en: string) => ({ zh: en, en })
const line = (id: string, before: string | null, after: string | null): ChangeLine => ({
  id,
  field: text(id),
  before: before === null ? null : text(before),
  after: after === null ? null : text(after),
  changed: before !== after,
})

describe('the difference on screen', () => {
  it('says of each field what it was and what it will be, what goes, what is new, and what stays', () => {
    const lines = [
      line('Value', '120 s', '300 s'),
      line('Until', null, 'May'),
      line('Roles', 'a', null),
      line('Site', 'SUZ', 'SUZ'),
    ]
    const table = mount(DiffTable, {
      props: { lines, beforeLabel: 'In force', afterLabel: 'Proposed' },
      global: { plugins: [createPinia(), createLanguage('en')] },
    })
    const rows = table.findAll('tbody tr').map((row) => row.findAll('th, td').map((cell) => cell.text()))
    expect(rows).toEqual([
      ['Value', '120 s', '300 s'],
      ['Until', '—', 'May'],
      ['Roles', 'a', 'removed'],
      ['Site', 'SUZ', 'same'],
    ])
    expect(table.findAll('ins').map((cell) => cell.text())).toEqual(['300 s', 'May'])
  })
})

describe('a change that did not come into force', () => {
  it('is proposed anew by its author, not while it waits and not when it holds', () => {
    const own = { isMine: true, moved: null } as const
    for (const state of ['outdated', 'rejected', 'withdrawn'] as const)
      expect(canBeProposedAnew({ ...own, state })).toBe(true)
    for (const state of ['draft', 'in-review', 'approved'] as const)
      expect(canBeProposedAnew({ ...own, state })).toBe(false)
    expect(canBeProposedAnew({ ...own, state: 'in-review', moved: [] })).toBe(true)
    expect(canBeProposedAnew({ isMine: false, moved: null, state: 'rejected' })).toBe(false)
  })
})
