import { isNum, toNumber } from '@gemba/engine/formula/decimal'
import { localMoment } from '@gemba/engine/formula/function-table'
import { Moment, serialOf } from '@gemba/engine/formula/moment'
import ExcelJs from 'exceljs'
import { describe, expect, it } from 'vitest'
import { paintCsv } from './paint-csv.ts'
import { paintHtml } from './paint-html.ts'
import { paintJson } from './paint-json.ts'
import { paintXlsx } from './paint-xlsx.ts'
import { bytesOf, inPage, sampleOf, samples } from './painted-fixture.ts'
import { readCsv } from './read-csv.ts'

describe.each(samples)('the outputs of %s in %s', (name, locale) => {
  const document = sampleOf(name, locale)
  const grid = document.result.grid()

  it('hold the same values as HTML, cell by cell', async () => {
    const html = (await bytesOf((sink) => paintHtml(document, sink))).toString('utf8')
    // Codes say in words what they hold; charts hold no text of cells.
    const spoken = html.replaceAll(/<svg class="p"[^>]*aria-label="([^"]*)"[\s\S]*?<\/svg>\s*/g, '$1')
    const shown = await inPage(spoken.replaceAll(/<svg[\s\S]*?<\/svg>/g, ''), (page) =>
      [...page.querySelectorAll('tr')].map((row) =>
        [...row.querySelectorAll(':scope > td')].map((cell) => cell.textContent ?? ''),
      ),
    )
    const printed = document.result.pageGrids().flat()
    const expected = printed.map((row) => row.filter((value) => value !== null).map((value) => String(value)))
    expect(shown).toEqual(expected)
  })

  it('hold the same values, types and merges as a workbook that another program reads', async () => {
    const bytes = await bytesOf((sink) => paintXlsx(document, sink))
    const workbook = new ExcelJs.Workbook()
    await workbook.xlsx.load(bytes as unknown as ArrayBuffer)
    const sheet = workbook.worksheets[0] as ExcelJs.Worksheet
    const { rows, columns } = document.result.run.placements
    let numbers = 0
    const all = Int32Array.from({ length: rows }, (_, line) => line)
    for (const row of document.result.rowsWithHidden(all)) {
      for (const { box, value, display, cell, blank } of row) {
        if (cell.source.value !== undefined && 'chart' in cell.source.value) continue
        const held = sheet.getCell(box.y0 + 1, box.x0 + 1)
        const result: unknown = held.formula === undefined ? held.value : held.result
        if (blank) expect(result).toBeNull()
        else if (display.faithful && isNum(value)) {
          numbers += 1
          expect(result).toBeCloseTo(toNumber(value), 9)
          expect(held.numFmt ?? 'General').toBe(cell.source.format ?? 'General')
        } else if (display.faithful && value instanceof Moment) {
          const local = localMoment(value, document.result.run.context.timeZone)
          expect(((result as Date).getTime() / 86_400_000 + 25_569).toFixed(6)).toBe(serialOf(local).toFixed(6))
        } else if (display.faithful && typeof value === 'boolean') expect(result).toBe(value)
        else expect(result ?? '').toBe(display.text)
      }
    }
    expect(numbers).toBeGreaterThan(30)
    expect(sheet.columnCount).toBeLessThanOrEqual(columns)
    expect(workbook.worksheets).toHaveLength(1)
  })

  it('hold the same values as CSV, unrounded', async () => {
    const csv = (await bytesOf((sink) => paintCsv(document, sink))).toString('utf8')
    expect(csv.startsWith('\ufeff')).toBe(true)
    const lines = readCsv(`${grid[0]?.map((_, i) => `c${i}`).join(',') ?? ''}\r\n${csv.slice(1)}`)
    const texts = lines.map((line) => Object.values(line).map((value) => (value === null ? '' : String(value))))
    for (const row of document.result.rows()) {
      for (const { box, value, display } of row) {
        if (!display.faithful || isNum(value) || value instanceof Moment || texts[box.y0] === undefined) continue
        if (texts.length === grid.length) expect(texts[box.y0]?.[box.x0]?.replace(/^'/, '')).toBe(display.text)
      }
    }
    expect(texts.length).toBeGreaterThan(10)
  })

  it('are the same as JSON, with pages and charts', async () => {
    const json = JSON.parse((await bytesOf((sink) => paintJson(document, sink))).toString('utf8')) as Record<
      string,
      unknown
    >
    expect(json['grid']).toEqual(grid)
    expect(json['merges']).toEqual(document.result.merges())
    expect(json['excel']).toEqual(document.result.excel().formulas)
  })
})
