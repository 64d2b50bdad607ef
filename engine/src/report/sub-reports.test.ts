import type { TemplateCell } from '@gemba/contracts/template'
import { describe, expect, it } from 'vitest'
import { FormulaError, isError, textOf } from '../formula/values.ts'
import { datasetOf, type Row } from './dataset.ts'
import { ReportLimitError, TemplateRefusedError, type ReportLimits } from './findings.ts'
import { findingText } from './messages.ts'
import { runReport, type ReportResult } from './report-result.ts'
import { spread } from './spread.ts'
import { subText, type SubCall, type SubTemplate } from './sub-reports.ts'

/** Stops of three machines; a sub-report gets those of one. */
const STOPS: Row[] = [
  { unit: 'IM01', reason: '换模', minutes: 12 },
  { unit: 'IM01', reason: '缺料', minutes: 3 },
  { unit: 'IM02', reason: '故障', minutes: 40 },
]
const UNITS: Row[] = [{ unit: 'IM01' }, { unit: 'IM02' }, { unit: 'IM03' }]

/** The stops of one machine, with their sum. */
const stopsOf: SubTemplate = {
  parameters: [{ name: 'unit', type: 'text', required: true }],
  cells: [
    { at: 'A1', value: { field: 's.reason', as: 'list' }, expand: 'down', onEmpty: 'remove' },
    { at: 'B1', value: { field: 's.minutes', as: 'list' } },
    { at: 'A2', value: { lit: '合计' } },
    { at: 'B2', value: { expr: 'SUM(B1)' }, format: '0.0' },
  ],
}

interface World {
  templates?: Record<string, SubTemplate>
  rows?: Row[]
  limits?: Partial<ReportLimits>
  host?: string
}

interface Made {
  result: ReportResult
  calls: string[]
}

function made(cells: TemplateCell[], { templates = { stops: stopsOf }, rows = UNITS, limits, host }: World = {}): Made {
  const calls: string[] = []
  const find = (call: SubCall) => {
    const template = templates[call.template]
    calls.push(`${call.template} ${Object.values(call.params).map(textOf).join()}`)
    if (template === undefined) return new FormulaError('#SUB!', { key: 'subUnknown' })
    const own = STOPS.filter(({ unit }) => unit === call.params['unit'])
    return { name: `${calls.length}`, template, params: call.params, datasets: new Map([['s', datasetOf('s', own)]]) }
  }
  const datasets = new Map([['u', datasetOf('u', rows)]])
  const subs = { find, template: (id: string) => templates[id], host }
  return { result: runReport({ cells }, { datasets, subs, limits }), calls }
}

const unitCell: TemplateCell = { at: 'A1', value: { field: 'u.unit', as: 'group' }, expand: 'down' }
const inline = (over: Partial<TemplateCell> = {}): TemplateCell => ({
  at: 'B1',
  span: [1, 2],
  value: { sub: { template: 'stops', mode: 'inline', params: { unit: 'A1' } } },
  ...over,
})
const boxed = (template = 'stops', params: Record<string, string> = { unit: 'A1' }): TemplateCell => ({
  at: 'B1',
  value: { sub: { template, mode: 'boxed', params } },
})

function causesOf(result: ReportResult): string[] {
  return [...result.rows()].flat().flatMap(({ value }) => (isError(value) ? [value.cause?.key ?? ''] : []))
}

function refusalOf(run: () => unknown): string[] {
  try {
    run()
  } catch (error) {
    if (error instanceof TemplateRefusedError) return error.findings.map((finding) => findingText(finding, 'en'))
    throw error
  }
  return []
}

describe('an inline sub-report', () => {
  it('gives its rows to the block that asks, each with the parameters of its instance', () => {
    const { result } = made([unitCell, inline(), { at: 'A2', value: { lit: '完' } }])
    expect(result.grid()).toEqual([
      ['IM01', '换模', 12],
      [null, '缺料', 3],
      [null, '合计', '15.0'],
      ['IM02', '故障', 40],
      [null, '合计', '40.0'],
      ['IM03', '合计', '0.0'],
      ['完', '', ''],
    ])
    expect(result.merges()).toEqual(['A1:A3', 'A4:A5'])
  })

  it('keeps the cells of the sub-report as its own: template, look and value', () => {
    const { result } = made([unitCell, inline()])
    const total = [...result.rows()].flat().find(({ display }) => display.text === '15.0')
    expect(total?.cell.address).toBe('B2')
    expect(total?.of).not.toBe(result)
    expect(total?.of.looks.of(total.cell, total.settings)).toMatchObject({ format: '0.0' })
  })

  it('is cut by pages as any other rows, and its heights hold', () => {
    const tall: SubTemplate = { ...stopsOf, sheet: { defaultRowHeight: 11 } }
    const { result } = made(
      [unitCell, inline({ at: 'B1', value: { sub: { template: 'stops', mode: 'inline', params: { unit: 'A1' } } } })],
      {
        templates: { stops: tall },
      },
    )
    expect([...result.sizes.rows]).toEqual([11, 11, 11, 11, 11, 11])
    const pages = [...result.pages({ mode: 'fixedRows', rows: 4 })].map(({ rows }) =>
      [...rows].flat().map(({ display }) => display.text),
    )
    expect(pages).toEqual([
      ['IM01', '换模', '12', '缺料', '3', '合计', '15.0', 'IM02', '故障', '40'],
      ['IM02', '合计', '40.0', 'IM03', '合计', '0.0'],
    ])
  })

  it('says in its cell that the columns do not fit, and the rest is rendered', () => {
    const { result } = made([unitCell, inline({ span: [1, 3] })])
    expect(result.grid().map(([, second]) => second)).toEqual(['#SUB!', '#SUB!', '#SUB!'])
    expect(new Set(causesOf(result))).toEqual(new Set(['subColumns']))
    expect(result.run.template.findings).toMatchObject([
      { level: 'error', cells: ['B1'], key: 'subColumns', details: { has: '2', needs: '3' } },
    ])
  })

  it('shows parts of parts, three levels deep', () => {
    const pass = (template: string): SubTemplate => ({
      parameters: [{ name: 'unit', type: 'text' }],
      cells: [{ at: 'A1', span: [1, 2], value: { sub: { template, mode: 'inline', params: { unit: 'param.unit' } } } }],
    })
    const templates = { one: pass('two'), two: pass('stops'), stops: stopsOf }
    const { result } = made(
      [unitCell, inline({ value: { sub: { template: 'one', mode: 'inline', params: { unit: 'A1' } } } })],
      { templates },
    )
    expect(result.grid()[1]).toEqual([null, '缺料', 3])
    const deeper = { ...templates, two: pass('three'), three: pass('stops') }
    const refused = () =>
      made([unitCell, inline({ value: { sub: { template: 'one', mode: 'inline', params: {} } } })], {
        templates: deeper,
      })
    expect(refusalOf(refused)).toEqual(['B1: more than 3 levels of sub-reports'])
  })
})

describe('a boxed sub-report', () => {
  it('is one cell with all texts, and the finished report for who can paint it', () => {
    const { result } = made([unitCell, boxed()])
    const cells = [...result.rows()].flat().filter(({ boxed: inside }) => inside !== undefined)
    expect(cells.map(({ display }) => display.text)).toEqual([
      '换模 | 12\n缺料 | 3\n合计 | 15.0',
      '故障 | 40\n合计 | 40.0',
      '合计 | 0.0',
    ])
    expect(subText(cells[1]?.boxed as ReportResult)).toBe(cells[1]?.display.text)
  })

  it('has its own cells in a grid where its box has room for them, else stays one cell', () => {
    const cells: TemplateCell[] = [
      unitCell,
      { ...boxed(), span: [3, 2] },
      { at: 'A2', value: { lit: 1 } },
      { at: 'A3', value: { lit: 2 } },
    ]
    const { result } = made(cells, { rows: [{ unit: 'IM01' }] })
    const texts = [...spread(result.rows())].map((row) => row.map(({ box, display }) => [box.x0, display.text]))
    expect(texts).toEqual([
      [
        [0, 'IM01'],
        [1, '换模'],
        [2, '12'],
      ],
      [
        [0, '1'],
        [1, '缺料'],
        [2, '3'],
      ],
      [
        [0, '2'],
        [1, '合计'],
        [2, '15.0'],
      ],
    ])
    const narrow = made([unitCell, boxed()], { rows: [{ unit: 'IM01' }] })
    expect([...spread(narrow.result.rows())].flat()).toHaveLength(2)
  })
})

describe('a call', () => {
  it('is made once for equal parameters', () => {
    const { calls } = made([unitCell, boxed(), { ...boxed(), at: 'C1' }], { rows: [...UNITS, { unit: 'IM01' }] })
    expect(calls).toEqual(['stops IM01', 'stops IM02', 'stops IM03'])
  })

  it('tells numbers from texts that look the same', () => {
    const { calls } = made([boxed('stops', { unit: '1' }), { ...boxed('stops', { unit: '"1"' }), at: 'C1' }])
    expect(calls).toHaveLength(2)
  })

  it('with a parameter that is an error shows that error', () => {
    expect(made([boxed('stops', { unit: '1/0' })]).result.grid()[0]?.[1]).toBe('#DIV/0!')
  })

  it('beyond the budget ends the run, and the cell is named', () => {
    const run = () => made([unitCell, boxed()], { limits: { subReports: 2 } })
    expect(run).toThrow(ReportLimitError)
    expect(run).toThrow(/subReports of 2 exceeded by B1/)
  })

  it('that asks for more than the budget of all shows the limit in its cell', () => {
    const { result } = made([unitCell, boxed()], { limits: { instances: 12 } })
    expect(causesOf(result)).toContain('subFailed')
  })
})

describe('before a run', () => {
  it('reports that contain each other are refused, with the cell and the way round', () => {
    const loop: SubTemplate = { cells: [{ at: 'A1', value: { sub: { template: 'host', mode: 'boxed' } } }] }
    const run = () => made([boxed('loop', {})], { templates: { loop, host: { cells: [] } }, host: 'host' })
    expect(refusalOf(run)).toEqual(['B1: sub-reports that contain each other: host → loop → host'])
  })

  it('unknown templates and parameters, and missing ones, are found', () => {
    const { result } = made([boxed('nothing', {}), { ...boxed('stops', { machine: '1' }), at: 'C1' }])
    expect(result.run.template.findings.map(({ cells, key }) => [...cells, key])).toEqual([
      ['B1', 'subUnknown'],
      ['C1', 'subParameterUnknown'],
      ['C1', 'subParameterMissing'],
    ])
  })

  it('a parameter that asks for a place in the output is refused', () => {
    expect(refusalOf(() => made([boxed('stops', { unit: 'ROW()' })]))[0]).toMatch(/^B1: the parameter unit cannot ask/)
  })

  it('an inline sub-report is the parent of cells of its own row only', () => {
    const cells: TemplateCell[] = [unitCell, inline(), { at: 'B2', value: { lit: 'x' }, left: 'B1' }]
    expect(refusalOf(() => made(cells))[0]).toMatch(/^B2, B1: an inline sub-report is the parent/)
  })

  it('without any sub-reports given the cell says so', () => {
    const result = runReport({ cells: [boxed()] }, { datasets: new Map() })
    expect(causesOf(result)).toEqual(['subNotGiven'])
  })
})
