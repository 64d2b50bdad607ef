import type { TemplateCell } from '@gemba/contracts/template'
import { describe, expect, it } from 'vitest'
import { datasetOf, type Row } from './dataset.ts'
import { runReport, type ReportResult } from './report-result.ts'
import type { SubTemplate } from './sub-reports.ts'

const STOPS: Row[] = [
  { unit: 'IM01', reason: '换模', minutes: 12 },
  { unit: 'IM01', reason: '缺料', minutes: 3 },
  { unit: 'IM02', reason: '故障', minutes: 40 },
]

/** Stops of one machine: a title, rows, their sum and the share of each. */
const stops = (more: TemplateCell[] = []): SubTemplate => ({
  parameters: [{ name: 'unit', type: 'text', required: true }],
  cells: [
    { at: 'A1', span: [1, 2], value: { expr: '"停机 " && param.unit' } },
    { at: 'A2', value: { field: 's.reason', as: 'list' }, expand: 'down' },
    { at: 'B2', value: { field: 's.minutes', as: 'list' } },
    { at: 'A3', value: { expr: 'B3/SUM(B2)' }, keepFormula: true },
    { at: 'B3', value: { expr: 'SUM(B2)' }, keepFormula: true },
    ...more,
  ],
})

function made(cells: TemplateCell[], templates: Record<string, SubTemplate>): ReportResult {
  let calls = 0
  const subs = {
    find: ({ template, params }: { template: string; params: Readonly<Record<string, unknown>> }) => ({
      name: `${template}/${(calls += 1)}`,
      template: templates[template] as SubTemplate,
      params,
      datasets: new Map([
        [
          's',
          datasetOf(
            's',
            STOPS.filter(({ unit }) => unit === params['unit']),
          ),
        ],
      ]),
    }),
    template: (id: string) => templates[id],
  }
  const datasets = new Map([['u', datasetOf('u', [{ unit: 'IM01' }, { unit: 'IM02' }])]])
  return runReport({ cells }, { datasets, subs })
}

const unit: TemplateCell = { at: 'A2', value: { field: 'u.unit', as: 'list' }, expand: 'down' }
const title: TemplateCell = { at: 'A1', value: { lit: '班报' } }
const sub = (at: string, mode: 'inline' | 'boxed', more: Partial<TemplateCell> = {}): TemplateCell => ({
  at,
  span: mode === 'inline' ? [1, 2] : [4, 2],
  value: { sub: { template: 'stops', mode, params: { unit: 'A2' } } },
  ...more,
})
const HIDDEN = [{ if: 'TRUE', scope: 'row' as const, set: { hideRow: true } }]

describe('formulas of a sub-report on the sheet of its host', () => {
  it('name the cells where its rows stand, inline', () => {
    const result = made([title, unit, sub('B2', 'inline')], { stops: stops() })
    expect(result.excel()).toEqual({
      formulas: { B5: 'C5/SUM(C3:C4)', C5: 'SUM(C3:C4)', B8: 'C8/SUM(C7)', C8: 'SUM(C7)' },
      notes: [],
    })
  })

  it('name the cells of its box, where it is spread over them', () => {
    const result = made([title, { ...unit, span: [4, 1] }, sub('B2', 'boxed')], { stops: stops() })
    expect(result.excel().formulas).toEqual({
      B5: 'C5/SUM(C3:C4)',
      C5: 'SUM(C3:C4)',
      B8: 'C8/SUM(C7)',
      C8: 'SUM(C7)',
    })
  })

  it('are none where the box has no room and the sub-report is one text', () => {
    const result = made([title, { ...unit, span: [2, 1] }, sub('B2', 'boxed', { span: [2, 2] })], { stops: stops() })
    expect(result.excel()).toEqual({ formulas: {}, notes: [] })
  })

  it('stand at each place of a call that is made once', () => {
    const same = { sub: { template: 'stops', mode: 'inline', params: { unit: '"IM02"' } } } as const
    const cells: TemplateCell[] = [
      title,
      { at: 'B2', span: [1, 2], value: same },
      { at: 'B4', span: [1, 2], value: same },
    ]
    expect(made(cells, { stops: stops() }).excel().formulas).toEqual({
      B4: 'C4/SUM(C3)',
      C4: 'SUM(C3)',
      B8: 'C8/SUM(C7)',
      C8: 'SUM(C7)',
    })
  })

  it('count what the sub-report hides above them as not there, and hidden rows of the host as there', () => {
    const cells: TemplateCell[] = [{ ...title, when: HIDDEN }, unit, sub('B2', 'inline')]
    const [first, ...others] = stops().cells
    const child: SubTemplate = { ...stops(), cells: [{ ...(first as TemplateCell), when: HIDDEN }, ...others] }
    expect(made(cells, { stops: child }).excel().formulas).toMatchObject({ C4: 'SUM(C2:C3)', C6: 'SUM(C5)' })
  })

  it('become values, and say so, where they need a cell that is hidden in the sub-report', () => {
    const child = stops([
      { at: 'A4', value: { lit: 60 }, when: HIDDEN },
      { at: 'A5', value: { lit: 'x' } },
      { at: 'B5', value: { expr: 'B3/A4' }, keepFormula: true },
      { at: 'A6', value: { expr: 'ROW()' }, keepFormula: true },
    ])
    const { formulas, notes } = made([title, unit, sub('B2', 'inline')], { stops: child }).excel()
    expect(formulas).toMatchObject({ C5: 'SUM(C3:C4)' })
    expect(notes.slice(0, 2)).toEqual([
      { address: 'C6', cell: 'stops B5', key: 'notOnSheet' },
      { address: 'B7', cell: 'stops A6', key: 'noEquivalent' },
    ])
  })

  it('are moved through several levels', () => {
    const middle: SubTemplate = {
      parameters: [{ name: 'unit', type: 'text', required: true }],
      cells: [
        { at: 'A1', value: { lit: '中' } },
        {
          at: 'A2',
          span: [1, 2],
          value: { sub: { template: 'stops', mode: 'inline', params: { unit: 'param.unit' } } },
        },
      ],
    }
    const inMiddle = { sub: { template: 'middle', mode: 'inline', params: { unit: 'A2' } } } as const
    const result = made([title, unit, sub('B2', 'inline', { value: inMiddle })], { stops: stops(), middle })
    expect(result.excel().formulas).toMatchObject({ C6: 'SUM(C4:C5)', C10: 'SUM(C9)' })
  })
})
