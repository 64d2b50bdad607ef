import type { Template } from '@gemba/contracts/template'
import { describe, expect, it } from 'vitest'
import { tierWords } from './tier-words.ts'

const template = (cells: Template['cells']): Template => ({ formatVersion: 1, name: 'x', cells })
const list: Template['cells'] = [
  { at: 'A1', value: { field: 'd.k', as: 'list' }, expand: 'down' },
  { at: 'B1', value: { field: 'd.n', as: 'list' } },
]

describe('the author of a template is told', () => {
  it('that rows go through without being held', () => {
    expect(tierWords(template(list))).toEqual({
      kind: 'stream',
      text: {
        zh: '页面、Excel 与 CSV 逐行生成，不必把全部行放在内存中',
        en: 'Pages, Excel and CSV are made row by row, without all rows in memory',
      },
      reasons: [],
    })
  })

  it('which cells keep the pages alone in memory', () => {
    const footer = { at: 'B2', value: { expr: 'SUM(B1)' }, band: 'footerRepeat' } as const
    expect(tierWords(template([...list, footer]))).toEqual({
      kind: 'stream',
      text: {
        zh: 'Excel 与 CSV 逐行写出，不必把全部行放在内存中；页面在内存中生成',
        en: 'Excel and CSV are written row by row, without all rows in memory; pages are made in memory',
      },
      reasons: [
        {
          cells: ['B2'],
          text: {
            zh: '每页都要印，却要等全部行才知道',
            en: 'is printed on pages before it is known, which is after all rows',
          },
        },
      ],
    })
  })

  it('which cells hold all rows in memory, and why, in both languages', () => {
    expect(tierWords(template([...list, { at: 'C1', value: { expr: 'SHARE(B1)' } }]))).toMatchObject({
      kind: 'memory',
      reasons: [{ cells: ['C1'], text: { zh: '要看同一列表的其他行', en: 'looks at other rows of the same list' } }],
    })
  })
})
