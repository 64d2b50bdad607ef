import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exactText, type Num } from '@gemba/engine/formula/decimal'
import type { Row } from '@gemba/engine/report/dataset'
import { afterAll, describe, expect, it } from 'vitest'
import { paintCsv } from './paint-csv.ts'
import { paintXlsx } from './paint-xlsx.ts'
import { bytesOf } from './painted-fixture.ts'
import type { ReportDocument } from './report-document.ts'
import { jsonLineBatches, jsonLineSource, renderSources, streamReport, type SourcedInput } from './row-source.ts'
import { inputsFile, rowsFile, type RunInputs } from './run-files.ts'
import { documentIn, sheetIn } from './run-work.ts'
import { SheetDealer } from './sheet-dealer.ts'
import { sheetOf, type SheetDocument } from './sheet-document.ts'
import { readArchive } from './zip-reader.ts'

const folder = mkdtempSync(join(tmpdir(), 'gemba-rows-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The parts of a workbook that hold its rows, its looks and what it knows of itself. */
function partsOf(bytes: Buffer): Record<string, string | undefined> {
  const part = readArchive(bytes)
  const names = ['worksheets/sheet1.xml', 'worksheets/sheet2.xml', 'worksheets/_rels/sheet1.xml.rels', 'styles.xml']
  return Object.fromEntries([...names, 'workbook.xml'].map((name) => [name, part(`xl/${name}`)?.toString('utf8')]))
}

const rows: Row[] = Array.from({ length: 700 }, (_, i) => ({
  shift: `班次 ${Math.floor(i / 7)}`,
  item: i % 11 === 0 ? '=1+1' : ` 件 <${i}>\u0007`,
  n: i % 13 === 0 ? null : i % 5 === 0 ? `${i}.05` : i,
  day: `2026-03-${String((i % 28) + 1).padStart(2, '0')}`,
}))

const template = (isGrouped: boolean): string =>
  JSON.stringify({
    formatVersion: 1,
    name: '交接',
    datasets: {
      d: {
        kind: 'sql',
        sql: 'SELECT 1',
        fields: [
          { name: 'n', type: 'decimal' },
          { name: 'day', type: 'date' },
        ],
      },
    },
    sheet: { freeze: { rows: 1 } },
    cells: [
      { at: 'A1', value: { lit: '班次' }, band: 'headerRepeat', style: { bold: true } },
      { at: 'C1', value: { lit: '数量' } },
      {
        at: 'A2',
        value: { field: 'd.shift', as: isGrouped ? 'group' : 'list' },
        expand: 'down',
        ...(isGrouped ? { span: [2, 1] } : {}),
      },
      { at: 'B2', value: { field: 'd.item', as: 'list' }, ...(isGrouped ? { expand: 'down' } : {}) },
      {
        at: 'C2',
        value: { field: 'd.n', as: 'list' },
        format: '#,##0.00',
        when: [
          { if: 'THIS > 600', scope: 'row', set: { bg: '#ffeeee' } },
          { if: 'THIS = 8', set: { hideRow: true } },
          { if: 'MOD(THIS, 90) = 1', set: { pageBreakAfter: true } },
        ],
        link: { to: 'url', target: 'https://example.com/', params: { n: 'C2' } },
      },
      { at: 'D2', value: { expr: 'C2 * 2' }, keepFormula: true },
      { at: 'E2', value: { field: 'd.day', as: 'list' } },
      ...(isGrouped ? [{ at: 'C3', value: { expr: 'SUM(C2)' }, keepFormula: true }] : []),
      { at: isGrouped ? 'C4' : 'C3', value: { expr: 'SUM(C2)' }, keepFormula: true },
    ],
  })

const inputOf = (text: string): SourcedInput => ({
  template: text,
  sources: new Map([['d', { batches: () => [rows.slice(0, 250), rows.slice(250)], count: rows.length }]]),
  notices: ['some rows are missing'],
  portionRows: 60,
})

async function both(text: string): Promise<[ReportDocument, SheetDocument]> {
  const sheet = await streamReport(inputOf(text))
  if (sheet === undefined) throw new Error('the template is not streamed')
  return [await renderSources(inputOf(text)), sheet]
}

describe.each([
  ['a list', false],
  ['groups with subtotals', true],
])('a file of %s', (_, isGrouped) => {
  it('is the same workbook, part by part, streamed and from memory', async () => {
    const [document, sheet] = await both(template(isGrouped))
    const notes: unknown[] = []
    const expected = partsOf(await bytesOf(async (sink) => void notes.push(await paintXlsx(document, sink))))
    const parts = partsOf(await bytesOf(async (sink) => void notes.push(await paintXlsx(sheet, sink))))
    // How far a sheet of groups reaches is not known before they are written, and nobody needs to be told.
    const name = 'worksheets/sheet1.xml'
    if (isGrouped) expected[name] = expected[name]?.replace(/<dimension[^>]*>/, '') ?? ''
    expect(expected[name]).toContain('hidden="1"')
    expect(expected[name]).toContain('<brk ')
    expect(parts).toEqual(expected)
    expect(notes[0]).toEqual(notes[1])
  })

  it('is the same text, streamed and from memory', async () => {
    const [document, sheet] = await both(template(isGrouped))
    const expected = await bytesOf((sink) => paintCsv(document, sink))
    expect((await bytesOf((sink) => paintCsv(sheet, sink))).equals(expected)).toBe(true)
    expect(expected.toString('utf8').split('\r\n').length).toBeGreaterThan(rows.length)
  })

  it('is dealt out to the same sheets', async () => {
    const dealt = async (report: ReportDocument | SheetDocument): Promise<string[][]> => {
      const dealer = new SheetDealer({ ...sheetOf(report), rows: 2 * rows.length }, 150)
      const sheets: string[][] = []
      for (let at = 0; at < 4; at += 1) {
        const lines: string[] = []
        for await (const stretch of dealer.nextSheet())
          if ('result' in stretch)
            for (const row of stretch.result.rowsWithHidden(stretch.lines))
              lines.push(row.map(({ display }) => display.text).join('|'))
        sheets.push(lines)
      }
      return sheets
    }
    const [document, sheet] = await both(template(isGrouped))
    const sheets = await dealt(sheet)
    expect(sheets.map((lines) => lines.length)).toEqual([150, 150, 150, 150])
    expect(sheets.map(([head]) => head)).toEqual(Array.from({ length: 4 }, () => '班次|数量'))
    expect(sheets).toEqual(await dealt(document))
  })
})

describe('rows of a run folder', () => {
  it('make the same file, whether they are streamed or not', async () => {
    const inputs: RunInputs = {
      template: template(true),
      params: {},
      locale: 'zh-CN',
      timeZone: 'Asia/Shanghai',
      nowAt: 0,
      datasets: ['d'],
      types: { d: { n: 'decimal' } },
      hidden: { d: ['day'] },
      notices: [],
    }
    writeFileSync(inputsFile(folder), JSON.stringify(inputs))
    const lines = rows.map(({ day: _, ...row }) => JSON.stringify(row))
    writeFileSync(rowsFile(folder, 'd'), `${lines.join('\n')}\n`)
    const sheet = await sheetIn(folder)
    if (sheet === undefined) throw new Error('the template is not streamed')
    const streamed = await bytesOf((sink) => paintCsv(sheet, sink))
    const document = await documentIn(folder)
    expect(streamed.toString('utf8')).toContain('#HIDDEN!')
    expect(streamed.equals(await bytesOf((sink) => paintCsv(document, sink)))).toBe(true)
  })

  it('are read and counted with any ends of lines, all their digits kept', async () => {
    const file = join(folder, 'lines.jsonl')
    const many = Array.from({ length: 9_000 }, (_, i) => `{"i":${i},"t":"字${'x'.repeat(i % 9)}"}`)
    for (const text of [many.join('\n'), `${many.join('\r\n')}\r\n`]) {
      writeFileSync(file, text)
      const read: Row[] = []
      for await (const batch of jsonLineBatches(file)) read.push(...batch)
      expect(read.length).toBe(many.length)
      expect((await jsonLineSource(file, {})).count).toBe(many.length)
      expect(read.every((row, i) => row['i'] === i && row['t'] === `字${'x'.repeat(i % 9)}`)).toBe(true)
    }
    writeFileSync(file, '{"n":12345678901234567890.123}\n')
    for await (const [row] of jsonLineBatches(file))
      expect(exactText(row?.['n'] as Num)).toBe('12345678901234567890.123')
    writeFileSync(file, '')
    expect((await jsonLineSource(file, {})).count).toBe(0)
  })
})
