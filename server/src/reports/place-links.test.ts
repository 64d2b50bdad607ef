import ExcelJs from 'exceljs'
import { describe, expect, it } from 'vitest'
import { paintHtml } from './paint-html.ts'
import { paintXlsx } from './paint-xlsx.ts'
import type { PaintNews } from './paint-news.ts'
import { bytesOf, inPage } from './painted-fixture.ts'
import { renderReport } from './render-report.ts'
import type { ReportDocument } from './report-document.ts'
import { renderSources, streamReport, type SourcedInput } from './row-source.ts'
import type { SheetDocument } from './sheet-document.ts'
import { readArchive } from './zip-reader.ts'

const hidden = [{ if: 'TRUE', scope: 'row', set: { hideRow: true } }]
const toPlace = (at: string, target: string, text = at): object => ({
  at,
  value: { lit: text },
  link: { to: 'place', target },
})

/** Rows between a link and the total that it leads to, some of them hidden; a sub-report with a link of its own. */
function placed(): ReportDocument {
  const cells = [
    toPlace('A1', 'B4', '到合计'),
    toPlace('B1', 'Z9', '无此格'),
    { at: 'A2', value: { lit: '藏' }, when: hidden },
    { at: 'A3', value: { field: 'r.n', as: 'list' }, expand: 'down' },
    { at: 'A4', value: { lit: '合计' } },
    { at: 'B4', value: { expr: 'SUM(A3)' } },
    { at: 'A5', span: [1, 2], value: { sub: { template: 'child', mode: 'inline' } } },
  ]
  const child = { formatVersion: 1, name: 'child', cells: [toPlace('A1', 'B4', '子'), { at: 'B1', value: { lit: 1 } }] }
  return renderReport({
    template: JSON.stringify({
      formatVersion: 1,
      name: '位置',
      sheet: { name: "人's 表" },
      datasets: { r: [{ n: 1 }, { n: 2 }, { n: 3 }] },
      cells,
    }),
    subs: {
      templates: new Map([['child', JSON.stringify(child)]]),
      call: ({ params }) => ({ name: 'child/1', params, rows: new Map() }),
    },
  })
}

describe('a link to a place of the report', () => {
  it('leads in a page of markup to the cell that carries its name, once', async () => {
    const html = (await bytesOf((sink) => paintHtml(placed(), sink))).toString('utf8')
    const found = await inPage(html, (page) => ({
      links: [...page.querySelectorAll('a')].map((link) => [link.textContent, link.getAttribute('href')]),
      places: [...page.querySelectorAll('[id]')].map((cell) => [cell.id, cell.textContent]),
    }))
    expect(found).toEqual({ links: [['到合计', '#place-B4']], places: [['place-B4', '6']] })
  })

  it('leads in a workbook to the cell of the sheet, hidden rows counted; nothing of it is outside', async () => {
    const bytes = await bytesOf((sink) => paintXlsx(placed(), sink))
    const entry = readArchive(bytes)
    expect(String(entry('xl/worksheets/sheet1.xml'))).toContain(
      '<hyperlinks><hyperlink ref="A1" location="&#39;人&#39;&#39;s 表&#39;!B6"/></hyperlinks>',
    )
    expect(entry('xl/worksheets/_rels/sheet1.xml.rels')).toBeUndefined()
    const workbook = new ExcelJs.Workbook()
    await workbook.xlsx.load(bytes as unknown as ArrayBuffer)
    expect(workbook.worksheets.map(({ name }) => name)).toEqual(["人's 表"])
    expect(workbook.worksheets[0]?.getCell('B6').value).toBe(6)
  })
})

/** Links up, down and into a list of twelve rows; above it a head that each sheet repeats, below it a total. */
function long(count = 12): SourcedInput {
  const cells = [
    { at: 'A1', value: { lit: '编号' }, band: 'headerRepeat' },
    { ...toPlace('B1', 'A4', '到合计'), band: 'headerRepeat' },
    { at: 'A2', value: { field: 'd.id', as: 'list' }, expand: 'down' },
    { at: 'B2', value: { expr: 'A2&"…"' }, link: { to: 'place', target: 'A1' } },
    toPlace('A3', 'A2', '到首行'),
    { at: 'A4', value: { lit: '合计' } },
    toPlace('B4', 'A3', '向上'),
  ]
  const datasets = { d: { kind: 'sql', sql: 'SELECT 1' } }
  const rows = Array.from({ length: count }, (_, i) => ({ id: `第${i + 1}行` }))
  return {
    template: JSON.stringify({ formatVersion: 1, name: 'long', sheet: { name: "人's 表" }, datasets, cells }),
    sources: new Map([['d', { count, batches: () => [rows] }]]),
    portionRows: 2,
  }
}

/** Each link with the words of the cell that it leads to, by sheet; a sheet holds five rows. */
async function linksOf(report: ReportDocument | SheetDocument): Promise<{ links: string[][]; notes: string[] }> {
  let notes: string[] = []
  const bytes = await bytesOf(async (sink) => {
    notes = (await paintXlsx(report, sink, { sheetRows: 5 })).map(({ key }) => key)
  })
  const workbook = new ExcelJs.Workbook()
  await workbook.xlsx.load(bytes as unknown as ArrayBuffer)
  const entry = readArchive(bytes)
  const links = workbook.worksheets.map(({ name }, i) => {
    const xml = String(entry(`xl/worksheets/sheet${i + 1}.xml`)).replaceAll('&#39;', "'")
    return [...xml.matchAll(/<hyperlink ref="(\w+)" location="'(.*?)'!(\w+)"\/>/g)].map(
      ([, ref, sheet = '', at = '']) => {
        const target = workbook.getWorksheet(sheet.replaceAll("''", "'"))
        return `${name} ${ref} → ${target?.name} ${at} ${target?.getCell(at).text}`
      },
    )
  })
  return { links, notes }
}

describe('a link to a place of a report on several sheets', () => {
  const sheets = ["人's 表", "人's 表 2", "人's 表 3", "人's 表 4"]
  const expected = sheets.map((name, i) => [
    ...(i === 3 ? [] : [2, 3, 4, 5]).map((row) => `${name} B${row} → ${sheets[0]} A1 编号`),
  ])
  expected[0]?.unshift(`${sheets[0]} B1 → ${sheets[3]} A3 合计`)
  // The head that stands on each sheet leads to the same place from there.
  for (const i of [1, 2, 3]) expected[i]?.unshift(`${sheets[i]} B1 → ${sheets[3]} A3 合计`)
  expected[3]?.push(`${sheets[3]} A2 → ${sheets[0]} A2 第1行`, `${sheets[3]} B3 → ${sheets[3]} A2 到首行`)

  it('leads across them, whether the rows are in memory or go by', async () => {
    const streamed = await streamReport(long())
    if (streamed === undefined) throw new Error('the template is not streamed')
    const inMemory = await renderSources(long())
    expect(await linksOf(inMemory)).toEqual({ links: [...expected, []], notes: ['sheetsSplit'] })
    expect(await linksOf(streamed)).toEqual(await linksOf(inMemory))
  })

  it('is left out and counted where the cell is not there', async () => {
    const input = long(0)
    const removed = {
      ...input,
      template: input.template.replace('"expand":"down"', '"expand":"down","onEmpty":"remove"'),
    }
    expect((await linksOf(await renderSources(removed))).notes).toEqual(['placesAbsent'])
  })
})

describe('a workbook that is written', () => {
  it('tells how many of all its rows are there, over all its sheets', async () => {
    for (const report of [await renderSources(long()), await streamReport(long())]) {
      if (report === undefined) throw new Error('the template is not streamed')
      const news: PaintNews[] = []
      await bytesOf((sink) => paintXlsx(report, sink, { sheetRows: 5, told: (each) => news.push(each) }))
      // Fifteen rows; the head stands on three sheets once more.
      const told = (done: number) => ({ unit: 'rows', done, of: 15 })
      expect(news).toEqual([5, 9, 13, 15].map(told))
    }
  })
})
