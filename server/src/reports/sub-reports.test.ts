import ExcelJs from 'exceljs'
import { describe, expect, it } from 'vitest'
import { paintCsv } from './paint-csv.ts'
import { paintHtml } from './paint-html.ts'
import { paintJson } from './paint-json.ts'
import { paintXlsx } from './paint-xlsx.ts'
import { bytesOf, inPage } from './painted-fixture.ts'
import { renderReport } from './render-report.ts'
import type { ReportDocument } from './report-document.ts'
import { lineageAt } from './run-lineage.ts'

/** The stops of one machine: a heading in red, rows, a sum, and a chart where asked for. */
const STOPS = {
  formatVersion: 1,
  name: '停机',
  parameters: [{ name: 'unit', required: true }],
  datasets: {
    s: [
      { unit: 'IM01', reason: '换模', minutes: 12.5 },
      { unit: 'IM01', reason: '缺料', minutes: 3 },
      { unit: 'IM02', reason: '故障', minutes: 40 },
    ],
  },
  sheet: { columnWidths: { A: 60, B: 20 } },
  cells: [
    { at: 'A1', value: { expr: '"停机 " && param.unit' }, style: { fg: '#CC0000' } },
    { at: 'B1', value: { lit: '分钟' } },
    { at: 'A2', value: { field: 's.reason', as: 'list', where: 'row.unit = param.unit' }, expand: 'down' },
    { at: 'B2', value: { field: 's.minutes', as: 'list' }, format: '0.0' },
    { at: 'A3', value: { lit: '合计' } },
    { at: 'B3', value: { expr: 'SUM(B2)' }, format: '0.0', keepFormula: true },
  ],
}

const host = (mode: 'boxed' | 'inline', span: [number, number]) => ({
  formatVersion: 1,
  name: '班报',
  datasets: { u: [{ unit: 'IM01' }, { unit: 'IM02' }] },
  sheet: { paging: { mode: 'paper' } },
  cells: [
    { at: 'A1', value: { field: 'u.unit', as: 'list' }, expand: 'down', span: [span[0], 1] },
    { at: 'B1', span, value: { sub: { template: 'stops', mode, params: { unit: 'A1' } } } },
  ],
})

function documentOf(template: object, child: object = STOPS): ReportDocument {
  let calls = 0
  return renderReport({
    template: JSON.stringify(template),
    locale: 'zh-CN',
    subs: {
      templates: new Map([['stops', JSON.stringify(child)]]),
      call: ({ params }) => ({ name: `stops/${(calls += 1)}`, params, rows: new Map() }),
    },
  })
}

const jsonOf = async (document: ReportDocument): Promise<Record<string, unknown>> =>
  JSON.parse((await bytesOf((sink) => paintJson(document, sink))).toString('utf8')) as Record<string, unknown>

const csvOf = async (document: ReportDocument): Promise<string[]> =>
  (await bytesOf((sink) => paintCsv(document, sink))).toString('utf8').slice(1).trimEnd().split('\r\n')

async function workbookOf(document: ReportDocument): Promise<ExcelJs.Workbook> {
  const workbook = new ExcelJs.Workbook()
  await workbook.xlsx.load((await bytesOf((sink) => paintXlsx(document, sink))) as unknown as ArrayBuffer)
  return workbook
}

const ROWS = [
  'IM01,停机 IM01,分钟',
  ',换模,12.5',
  ',缺料,3',
  ',合计,15.5',
  'IM02,停机 IM02,分钟',
  ',故障,40',
  ',合计,40',
]

describe('an inline sub-report in files', () => {
  const document = documentOf(host('inline', [1, 2]))

  it('is rows of CSV, JSON and the workbook, numbers as numbers, and its formulas are live', async () => {
    expect(await csvOf(document)).toEqual(ROWS)
    expect((await jsonOf(document))['grid']).toHaveLength(7)
    const [sheet] = (await workbookOf(document)).worksheets
    expect([2, 4, 7].map((row) => sheet?.getCell(row, 3).value)).toEqual([
      12.5,
      { formula: 'SUM(C2:C3)', result: 15.5 },
      { formula: 'SUM(C6)', result: 40 },
    ])
    expect(sheet?.getCell(4, 3).numFmt).toBe('0.0')
  })

  it('looks on a page as it looks alone', async () => {
    const html = (await bytesOf((sink) => paintHtml(document, sink))).toString('utf8')
    const heading = await inPage(html, (page) => {
      const cell = [...page.querySelectorAll('td')].find((each) => each.textContent === '停机 IM01')
      return { name: cell?.className ?? '', tables: page.querySelectorAll('table table').length }
    })
    expect(heading.tables).toBe(0)
    expect(html).toMatch(new RegExp(`\\.${heading.name}\\{[^}]*color:#CC0000`))
  })

  it('tells of each figure from which rows of the sub-report it was made', () => {
    const lineage = lineageAt(document, { page: 1, cell: 'C4' })
    expect(lineage).toMatchObject({ templateCell: 'stops/1 B3', expression: 'SUM(B2)', text: '15.5' })
    expect(lineage?.sources).toMatchObject([{ dataset: 'stops/1.s', rows: 3 }])
  })
})

describe('a formula of a sub-report that needs what it hides', () => {
  it('stands as its value in the workbook, and a note says so for all calls at once', async () => {
    const hidden = [{ if: 'TRUE', scope: 'row', set: { hideRow: true } }]
    const more = [
      { at: 'A4', value: { lit: 60 }, when: hidden },
      { at: 'A5', value: { lit: '小时' } },
      { at: 'B5', value: { expr: 'B3/A4' }, keepFormula: true },
    ]
    const child = { ...STOPS, cells: [...STOPS.cells, ...more] }
    const { worksheets } = await workbookOf(documentOf(host('inline', [1, 2]), child))
    expect(worksheets[0]?.getCell(5, 3).value).toBeCloseTo(15.5 / 60)
    expect(worksheets[1]?.getCell(1, 1).value).toBe(
      'stops B5：2 个公式写为数值（引用的单元格不在工作表上，已写入数值）',
    )
  })
})

describe('a boxed sub-report in files', () => {
  it('is a table of its own on the page, as small as its box asks for, and each figure has its address', async () => {
    const document = documentOf(host('boxed', [2, 1]))
    const html = (await bytesOf((sink) => paintHtml(document, sink))).toString('utf8')
    const texts = await inPage(html, (page) =>
      [...page.querySelectorAll('.boxed table')].map((table) => table.querySelectorAll('td').length),
    )
    expect(texts).toEqual([8, 6])
    // 80 mm of columns in the 22 mm of the box, 24 mm of rows in 12.
    expect(html).toContain('transform:scale(0.275')
    expect(lineageAt(document, { page: 1, cell: 'B1.B4' })).toMatchObject({ templateCell: 'stops/1 B3', text: '15.5' })
    expect(lineageAt(document, { page: 1, cell: 'B1' })).toBeNull()
  })

  it('stands in the cells of a workbook where its box has room, else as text with a note', async () => {
    const roomy = await workbookOf(documentOf(host('boxed', [4, 2])))
    expect(roomy.worksheets).toHaveLength(1)
    expect([1, 2, 4].map((row) => roomy.worksheets[0]?.getCell(row, 3).value)).toEqual([
      '分钟',
      12.5,
      { formula: 'SUM(C2:C3)', result: 15.5 },
    ])
    const narrow = await workbookOf(documentOf(host('boxed', [2, 1])))
    expect(narrow.worksheets[0]?.getCell(1, 2).value).toBe('停机 IM01 | 分钟\n换模 | 12.5\n缺料 | 3.0\n合计 | 15.5')
    expect(narrow.worksheets[1]?.getCell(1, 1).value).toMatch(/^2 个子报表的格子比框内的行列多/)
  })

  it('fills its cells of CSV and JSON where its box has room', async () => {
    const document = documentOf(host('boxed', [4, 2]))
    expect((await csvOf(document)).slice(0, 4)).toEqual(ROWS.slice(0, 4))
    expect((await jsonOf(document))['grid']).toMatchObject({ 1: [null, '换模', '12.5'] })
  })
})

describe('a sub-report that fails', () => {
  it('says why in its cell, and the rest is rendered', async () => {
    const wrong = host('inline', [1, 2])
    const sub = { template: 'stops', mode: 'inline', params: { unit: 'NULL' } }
    wrong.cells[1] = { at: 'B1', span: [1, 2], value: { sub } } as never
    const { errors, grid } = await jsonOf(documentOf(wrong))
    expect(grid).toEqual([
      ['IM01', '#SUB!', null],
      ['IM02', '#SUB!', null],
    ])
    expect(errors).toMatchObject([{ cell: 'B1', code: '#SUB!', why: '子报表 stops：unit: 必填' }, {}])
  })

  it('is one that cannot be read, too', async () => {
    const { errors } = await jsonOf(documentOf(host('inline', [1, 2]), { formatVersion: 1, name: 'x', cells: 'none' }))
    expect(errors).toMatchObject([{ code: '#SUB!', why: expect.stringMatching(/^子报表 stops：cells/) as string }, {}])
  })
})
