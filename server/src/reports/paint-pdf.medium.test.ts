import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from '@gemba/engine/report/dataset'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { describe, expect, it } from 'vitest'
import { findBrowser } from './browser.ts'
import { paintPdf } from './paint-pdf.ts'
import { renderReport } from './render-report.ts'
import type { ReportDocument } from './report-document.ts'

const templates = join(import.meta.dirname, '../../../report-templates')

async function pdfOf(document: ReportDocument): Promise<Buffer> {
  const chunks: Buffer[] = []
  await paintPdf(document, async (chunk) => {
    chunks.push(Buffer.from(chunk))
  })
  return Buffer.concat(chunks)
}

/** Text of each page without blanks: a reader of PDF sees letters, not words. */
async function pagesOf(pdf: Buffer): Promise<{ text: string; width: number; height: number }[]> {
  const task = getDocument({ data: new Uint8Array(pdf), verbosity: 0 })
  const file = await task.promise
  const pages: { text: string; width: number; height: number }[] = []
  for (let n = 1; n <= file.numPages; n += 1) {
    const page = await file.getPage(n)
    const { items } = await page.getTextContent()
    const { width, height } = page.getViewport({ scale: 1 })
    pages.push({
      text: items
        .map((item) => ('str' in item ? item.str : ''))
        .join('')
        .replaceAll(/\s/g, ''),
      width,
      height,
    })
  }
  await task.destroy()
  return pages
}

// Real: Chromium and the bundled font. Read back by another program.
describe.skipIf(findBrowser() === undefined)('a printed report', () => {
  it.each(readdirSync(templates))(
    '%s holds every value of the sheet as text on pages of A4, with an embedded font',
    async (name) => {
      const text = (file: string): string => readFileSync(join(templates, name, file), 'utf8')
      const sample = parseExactJson(text('sample.json')) as {
        params: Record<string, unknown>
        datasets: Record<string, Row[]>
      }
      const rows = new Map(Object.entries(sample.datasets).map(([key, list]) => [key, { rows: list }]))
      const document = renderReport({ template: text('template.json'), rows, params: sample.params })
      const pdf = await pdfOf(document)
      const pages = await pagesOf(pdf)
      expect(pages).toHaveLength(document.result.pageGrids().length)
      expect([pages[0]?.width, pages[0]?.height].map((size) => Math.round((size ?? 0) / 7.2)).toSorted()).toEqual([
        117, 83,
      ])
      const missing = document.result
        .grid()
        .flat()
        .map((value) => String(value ?? '').replaceAll(/\s/g, ''))
        .filter((value) => value !== '' && !pages.some(({ text: words }) => words.includes(value)))
      expect(missing).toEqual([])
      expect(pages[0]?.text).toContain(`第1页/共${pages.length}页`)
      expect(pdf.toString('latin1')).toMatch(/\/BaseFont\s*\/[A-Z]{6}\+NotoSansSC/)
      expect(pdf.length).toBeLessThan(1_500_000)
    },
  )

  it('of 130 pages is printed in chunks: each row once, titles on every page, numbers of pages right', async () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => ({ id: `订单-${i + 1}`, qty: i }))
    const document = renderReport({
      template: JSON.stringify({
        formatVersion: 1,
        name: '长表',
        sheet: {
          paging: {
            mode: 'paper',
            margins: { top: 12, right: 10, bottom: 14, left: 10 },
            footer: { right: '{page}/{pages}' },
          },
        },
        cells: [
          { at: 'A1', value: { lit: '单号' }, band: 'headerRepeat' },
          { at: 'B1', value: { lit: '数量' }, band: 'headerRepeat' },
          { at: 'A2', value: { field: 'd.id', as: 'list' }, expand: 'down' },
          { at: 'B2', value: { field: 'd.qty', as: 'list' } },
          { at: 'A3', value: { lit: '合计' } },
          { at: 'B3', value: { expr: 'SUM(B2)' } },
        ],
      }),
      rows: new Map([['d', { rows }]]),
    })
    const pages = await pagesOf(await pdfOf(document))
    const count = document.result.pageRows().length
    expect(pages).toHaveLength(count)
    expect(count).toBeGreaterThan(100)
    pages.forEach(({ text }, i) => {
      expect(text.startsWith('单号数量')).toBe(true)
      expect(text.endsWith(`${i + 1}/${count}`)).toBe(true)
    })
    const all = pages.map(({ text }) => text).join('|')
    expect([...all.matchAll(/订单-(\d{1,4})(?=\d)/g)].length).toBe(5_000)
    expect(all).toContain('合计12497500')
  })
})
