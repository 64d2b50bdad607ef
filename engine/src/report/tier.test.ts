import { describe, expect, it } from 'vitest'
import { compileTemplate, type ReportTemplate } from './compile.ts'
import { MESSAGE_KEYS } from './messages.ts'
import { tierOf, type Tier } from './tier.ts'

type Cell = ReportTemplate['cells'][number]

const title: Cell = { at: 'A1', value: { lit: '清单' } }
const key: Cell = { at: 'A2', value: { field: 'd.k', as: 'list' }, expand: 'down' }
const amount: Cell = { at: 'B2', value: { field: 'd.n', as: 'list' } }

const tier = (cells: Cell[], sheet?: ReportTemplate['sheet']): Tier =>
  tierOf(compileTemplate({ cells }), { cells, sheet })

const total = (expr: string): Cell => ({ at: 'B3', value: { expr } })
const beside = (rest: Partial<Cell>): Cell => ({ at: 'C2', ...rest })

describe('a template is streamed', () => {
  it.each<[string, Cell[]]>([
    ['that is a list with a title', [title, key, amount]],
    ['with totals below', [title, key, amount, total('SUM(B2) / COUNT(B2[*])')]],
    ['with a total of a field', [key, amount, { at: 'B3', value: { field: 'd.n', as: 'sum' } }]],
    ['with a running total and a formula of the row', [key, amount, beside({ value: { expr: 'ACCSUM(B2) + B2' } })]],
    ['with conditions on rows', [key, { ...amount, when: [{ if: 'THIS > 3', scope: 'row', set: { bg: '#ffffff' } }] }]],
    [
      'with a list sorted inside a group',
      [
        { ...key, value: { field: 'd.k', as: 'group' } },
        { ...amount, expand: 'down', value: { field: 'd.n', as: 'list', order: { by: 'self', dir: 'asc' } } },
      ],
    ],
  ])('%s', (_, cells) => {
    expect(tier(cells).kind).toBe('stream')
  })

  it('when its groups lie together, which only adjacent ones always do', () => {
    const grouped = (adjacent: boolean): Tier => tier([{ ...key, value: { field: 'd.k', as: 'group', adjacent } }])
    expect(grouped(true)).toMatchObject({ plan: { mustLieTogether: false, groupBy: 'k' } })
    expect(grouped(false)).toMatchObject({ plan: { mustLieTogether: true, groupBy: 'k' } })
  })
})

describe('a template is held in memory, and the cell is named,', () => {
  it.each<[string, string, string[], Cell[]]>([
    ['without a list', 'tierNoList', [], [title]],
    ['with two lists', 'tierSeveralLists', ['A2', 'A5'], [key, { ...key, at: 'A5' }]],
    ['that grows to the right', 'tierExpandsRight', ['C1'], [key, { ...key, at: 'C1', expand: 'right' }]],
    ['that grows by an expression', 'tierArray', ['A2'], [{ ...key, value: { expr: 'SEQUENCE(3)' } }]],
    ['with bands', 'tierBands', ['A2'], [{ ...key, value: { field: 'd.k', as: 'bands', bands: [] } }]],
    ['that is sorted', 'tierChosenRows', ['A2'], [{ ...key, value: { field: 'd.k', as: 'list', top: 3 } }]],
    ['with another dataset', 'tierSeveralDatasets', ['B2'], [key, { at: 'B2', value: { field: 'e.x', as: 'list' } }]],
    ['with a total above', 'tierAhead', ['B1'], [key, amount, { at: 'B1', value: { expr: 'SUM(B2)' } }]],
    ['with a share of the total', 'tierLooksAround', ['C2'], [key, amount, beside({ value: { expr: 'SHARE(B2)' } })]],
    ['that looks one row back', 'tierLooksAround', ['C2'], [key, amount, beside({ value: { expr: 'B2[A2:-1]' } })]],
    ['that looks at all rows', 'tierLooksAround', ['C2'], [key, amount, beside({ value: { expr: 'SUM(B2[*])' } })]],
    [
      'that reads its total',
      'tierAhead',
      ['C2'],
      [key, amount, total('SUM(B2)'), beside({ value: { expr: 'B2/B3' } })],
    ],
    ['with a wider sum', 'tierAllRows', ['C2'], [key, beside({ value: { field: 'd.n', as: 'sum', scope: 'report' } })]],
    ['with a median below', 'tierTail', ['B3'], [key, amount, total('MEDIAN(B2)')]],
    ['with a product of two columns below', 'tierTail', ['B3'], [key, amount, total('SUMPRODUCT(A2, B2)')]],
    ['with distinct values below', 'tierTail', ['B3'], [key, { at: 'B3', value: { field: 'd.n', as: 'distinct' } }]],
    ['with a note beside the list', 'tierBeside', ['C2'], [key, beside({ value: { lit: 'x' }, left: 'none' })]],
    ['with sums of pages', 'tierPages', ['B3'], [key, amount, total('PAGESUM(B2)')]],
    ['with a look into a dataset', 'tierLookup', ['C2'], [key, beside({ value: { expr: "LOOKUP('d','k',A2,'n')" } })]],
    ['with pictures', 'tierDrawn', ['C2'], [key, beside({ value: { code: { kind: 'qr', expr: 'A2' } } })]],
    ['that hides columns', 'tierColumns', ['B2'], [key, { ...amount, when: [{ if: 'TRUE', set: { hideCol: true } }] }]],
    [
      'that takes breaks back',
      'tierBreaks',
      ['B2'],
      [key, { ...amount, when: [{ if: 'TRUE', set: { pageBreakAfter: false } }] }],
    ],
    ['with a repeated row in the list', 'tierBand', ['A2'], [{ ...key, band: 'headerRepeat' }]],
    [
      'with a running total as a live formula',
      'tierLiveSum',
      ['C2'],
      [key, amount, beside({ value: { expr: 'ACCSUM(B2)' }, keepFormula: true })],
    ],
  ])('%s', (...[, reason, cells, template]) => {
    const found = tier(template)
    expect(found).toMatchObject({ kind: 'memory' })
    expect(found.kind === 'memory' && found.reasons).toContainEqual({ key: reason, cells })
    expect(MESSAGE_KEYS).toContain(reason)
  })

  it('when frozen rows reach into the list', () => {
    expect(tier([title, key], { freeze: { rows: 1 } }).kind).toBe('stream')
    expect(tier([title, key], { freeze: { rows: 2 } })).toEqual({
      kind: 'memory',
      reasons: [{ key: 'tierFreeze', cells: ['A2'] }],
    })
  })
})
