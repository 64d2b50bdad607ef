import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReportCase } from '@gemba/engine/report/cases'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import { printedPages, printLayout } from '@gemba/engine/report/print-layout'
import ExcelJs from 'exceljs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { paintHtml } from './paint-html.ts'
import { paintXlsx } from './paint-xlsx.ts'
import {
  bytesOf,
  CALCULATED,
  converted,
  illustrated,
  inPage,
  office,
  sampleOf,
  samples,
  SHOWN,
} from './painted-fixture.ts'
import { records } from './read-csv.ts'
import { renderReport } from './render-report.ts'
import type { ReportDocument } from './report-document.ts'
import { readArchive } from './zip-reader.ts'
import { ZipWriter } from './zip-writer.ts'

const CASES = join(import.meta.dirname, '../../../test/conformance/report-cases')
const caseNames = readdirSync(CASES).filter((name) => name.endsWith('.json'))
const workbookOf = (document: ReportDocument): Promise<Buffer> => bytesOf((sink) => paintXlsx(document, sink))

function caseOf(name: string): ReportDocument {
  const { cells, sheet, dictionaries, datasets, params } = parseExactJson(
    readFileSync(join(CASES, name), 'utf8'),
  ) as ReportCase
  const given = Object.entries({ sheet, dictionaries, datasets }).filter(([, part]) => part !== undefined)
  const template = { formatVersion: 1, name: 'case', cells, ...Object.fromEntries(given) }
  return renderReport({ template: JSON.stringify(template), params: params ?? {} })
}

/** A workbook of ours whose kept value of `A1 + 1` is wrong by ninety. */
async function wrongWorkbook(): Promise<Buffer> {
  const cells = [
    { at: 'A1', value: { lit: 8 } },
    { at: 'A2', value: { expr: 'A1+1' }, keepFormula: true },
  ]
  const entryOf = readArchive(
    await workbookOf(renderReport({ template: JSON.stringify({ formatVersion: 1, name: 'wrong', cells }) })),
  )
  return bytesOf(async (sink) => {
    const zip = new ZipWriter(sink)
    const parts = ['xl/styles.xml', 'xl/workbook.xml', 'xl/_rels/workbook.xml.rels', '_rels/.rels', 'docProps/core.xml']
    for (const name of ['[Content_Types].xml', ...parts]) await zip.add(name, entryOf(name) as Buffer)
    const sheet = String(entryOf('xl/worksheets/sheet1.xml')).replace('<v>9</v>', '<v>99</v>')
    await zip.add('xl/worksheets/sheet1.xml', sheet)
    await zip.finish()
  })
}

/** Two boxes side by side, each with a sum and what is made of it; the second call is the first one again. */
function boxes(): ReportDocument {
  const value = { sub: { template: 'child', mode: 'boxed' } }
  const cells = [
    { at: 'A1', value: { lit: 'x' } },
    { at: 'B2', span: [3, 2], value },
    { at: 'D3', span: [3, 2], value },
  ]
  const child = [
    { at: 'A1', value: { field: 'r.n', as: 'list' }, expand: 'down' },
    { at: 'A2', value: { expr: 'SUM(A1)' }, keepFormula: true },
    { at: 'B2', value: { expr: 'A2/7' }, format: '0.000', keepFormula: true },
  ]
  const datasets = { r: [{ n: 2.5 }, { n: 8 }] }
  return renderReport({
    template: JSON.stringify({ formatVersion: 1, name: 'boxes', cells }),
    subs: {
      templates: new Map([['child', JSON.stringify({ formatVersion: 1, name: 'child', datasets, cells: child })]]),
      call: ({ params }) => ({ name: 'child/1', params, rows: new Map() }),
    },
  })
}

/** A link down to a total and one back up, with more rows than a sheet holds. */
function placed(): Promise<Buffer> {
  const to = (at: string, target: string): object => ({ at, value: { lit: at }, link: { to: 'place', target } })
  const cells = [
    to('A1', 'B4'),
    { at: 'A2', value: { field: 'r.n', as: 'list' }, expand: 'down' },
    to('A3', 'A1'),
    { at: 'B4', value: { expr: 'SUM(A2)' } },
  ]
  const datasets = { r: Array.from({ length: 8 }, (_, n) => ({ n })) }
  const sheet = { name: "人's 表" }
  const document = renderReport({
    template: JSON.stringify({ formatVersion: 1, name: '位置', sheet, datasets, cells }),
  })
  return bytesOf((sink) => paintXlsx(document, sink, { sheetRows: 4 }))
}

async function sheetOf(bytes: Buffer): Promise<ExcelJs.Worksheet> {
  const workbook = new ExcelJs.Workbook()
  await workbook.xlsx.load(bytes as unknown as ArrayBuffer)
  return workbook.worksheets[0] as ExcelJs.Worksheet
}

/** Values of all formulas of the first sheet, by address. The last digits of a double are the calculator's own. */
async function formulaValues(bytes: Buffer, only?: ReadonlySet<string>): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {}
  ;(await sheetOf(bytes)).eachRow((row) =>
    row.eachCell(({ formula, address, result }) => {
      if (formula === undefined || only?.has(address) === false) return
      values[address] = typeof result === 'number' ? Number(result.toPrecision(12)) : result
    }),
  )
  return values
}

/** LibreOffice writes constants like TRUE as formulas as well: only those of the given workbook are compared. */
async function expectSameWhenCalculated(given: Buffer, calculated: string): Promise<Record<string, unknown>> {
  const kept = await formulaValues(given)
  expect(await formulaValues(await readFile(calculated), new Set(Object.keys(kept)))).toEqual(kept)
  return kept
}

/** Cells of the printed pages with the cell of the continuous sheet that each of them shows; pictures left out. */
async function printedCells(document: ReportDocument): Promise<{ row: number; column: number; text: string }[]> {
  const html = (await bytesOf((sink) => paintHtml(document, sink))).toString('utf8')
  const places = Array.from(printedPages(document.result, printLayout(document.result)))
  return inPage(html, (page) =>
    [...page.querySelectorAll('section.page table')].flatMap((table, number) => {
      const { lines, columns } = places[number] as (typeof places)[number]
      const covered = new Int32Array(columns.length)
      return [...table.querySelectorAll('tr')].flatMap((tr, y) => {
        const tds = [...tr.querySelectorAll(':scope > td')]
        const shown: { row: number; column: number; text: string }[] = []
        for (let x = 0; x < columns.length; x += 1) {
          if ((covered[x] as number) > y) continue
          const td = tds.shift()
          const span = (name: string): number => Number(td?.getAttribute(name) ?? 1)
          covered.fill(y + span('rowspan'), x, x + span('colspan'))
          const isPicture = td?.classList.contains('m') === true
          const text = td?.textContent ?? 'no cell here'
          if (!isPicture) shown.push({ row: lines[y] as number, column: columns[x] as number, text })
        }
        return shown
      })
    }),
  )
}

// Real: LibreOffice, which reads the files, calculates every formula anew and shows every cell in its own way.
describe.skipIf(office === undefined)('a workbook in another program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gemba-workbooks-'))
  const workbooks = new Map<string, Buffer>()
  const documents = new Map<string, ReportDocument>()
  let calculated: (name: string) => string
  let shown: (name: string) => string

  beforeAll(async () => {
    workbooks.set('wrong', await wrongWorkbook())
    workbooks.set('illustrated', await workbookOf(illustrated({ publicUrl: 'https://gemba.example' })))
    workbooks.set('places', await placed())
    workbooks.set('boxes', await workbookOf(boxes()))
    for (const name of caseNames) workbooks.set(name, await workbookOf(caseOf(name)))
    for (const [name, locale] of samples) {
      const document = sampleOf(name, locale)
      documents.set(`${name} ${locale}`, document)
      workbooks.set(`${name} ${locale}`, await workbookOf(document))
    }
    calculated = await converted(workbooks, { folder, ...CALCULATED })
    shown = await converted(workbooks, { folder, ...SHOWN })
  }, 900_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('is calculated anew: a kept value that is wrong does not stand', async () => {
    expect(await formulaValues(workbooks.get('wrong') as Buffer)).toEqual({ A2: 99 })
    expect(await formulaValues(await readFile(calculated('wrong')))).toEqual({ A2: 9 })
  })

  it('keeps its pictures, codes and links', async () => {
    const sheet = await sheetOf(await readFile(calculated('illustrated')))
    expect(sheet.getImages()).toHaveLength(4)
    expect(sheet.getCell('A4').hyperlink).toMatch(/^https:\/\/gemba\.example\/reports\/order-progress\?p=/)
    expect(sheet.getCell('C4').hyperlink).toBe('https://mes.example/o')
  })

  it('keeps its links from sheet to sheet', async () => {
    const entry = readArchive(await readFile(calculated('places')))
    const link = /<hyperlink ref="(\w+)" location="([^"]+)"/
    const links = [1, 2, 3].map((at) => link.exec(String(entry(`xl/worksheets/sheet${at}.xml`)))?.slice(1))
    const down = ['A1', '&apos;人&apos;&apos;s 表 3&apos;!B3']
    expect(links).toEqual([down, undefined, ['A2', '&apos;人&apos;&apos;s 表&apos;!A1']])
  })

  it('has the kept values of formulas in boxes when they are calculated anew', async () => {
    const kept = await expectSameWhenCalculated(workbooks.get('boxes') as Buffer, calculated('boxes'))
    expect(kept).toEqual({ B4: 10.5, C4: 1.5, D5: 10.5, E5: 1.5 })
  })

  it.each(caseNames)('has the kept values of its formulas when they are calculated anew: case %s', async (name) => {
    await expectSameWhenCalculated(workbooks.get(name) as Buffer, calculated(name))
  })

  it.each(samples)(
    'has the kept values of its formulas when they are calculated anew: %s, %s',
    async (name, locale) => {
      const key = `${name} ${locale}`
      const kept = await expectSameWhenCalculated(workbooks.get(key) as Buffer, calculated(key))
      // Every live formula of the template stands in the workbook: none was turned into its value.
      const { formulas, notes } = (documents.get(key) as ReportDocument).result.excel()
      expect(notes).toEqual([])
      expect(Object.keys(kept).toSorted()).toEqual(Object.keys(formulas).toSorted())
      expect(Object.keys(kept)).not.toEqual([])
    },
  )

  it.each(samples)('shows each cell in the words of the printed page: %s, %s', async (name, locale) => {
    const key = `${name} ${locale}`
    const sheet = await sheetOf(workbooks.get(key) as Buffer)
    const rows = records(await readFile(shown(key), 'utf8'), ',')
    const cells = await printedCells(documents.get(key) as ReportDocument)
    const inOffice = cells.map(({ row, column }) => {
      const { row: y, col: x } = sheet.getCell(row + 1, column + 1).master
      return `${row},${column} ${rows[Number(y) - 1]?.[Number(x) - 1] ?? ''}`
    })
    expect(inOffice).toEqual(cells.map(({ row, column, text }) => `${row},${column} ${text}`))
    expect(cells.filter(({ text }) => /\d/.test(text)).length).toBeGreaterThan(20)
  })
})
