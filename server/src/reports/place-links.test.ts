import ExcelJs from 'exceljs'
import { describe, expect, it } from 'vitest'
import { paintHtml } from './paint-html.ts'
import { paintXlsx } from './paint-xlsx.ts'
import { bytesOf, inPage } from './painted-fixture.ts'
import { renderReport } from './render-report.ts'
import type { ReportDocument } from './report-document.ts'
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
