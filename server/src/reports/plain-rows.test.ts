import type { Row } from '@gemba/engine/report/dataset'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paintCsv } from './paint-csv.ts'
import { paintXlsx } from './paint-xlsx.ts'
import { bytesOf } from './painted-fixture.ts'
import { hostileRow, plainTemplate, plainTemplateText, type PlainTemplate } from './plain-lists-fixture.ts'
import { renderSources, streamReport } from './row-source.ts'
import type { SheetDocument } from './sheet-document.ts'
import { readArchive } from './zip-reader.ts'

/** What a workbook holds, cell by cell. */
function partsOf(bytes: Buffer): string[][] {
  const part = readArchive(bytes)
  const names = ['worksheets/sheet1.xml', 'worksheets/sheet2.xml', 'styles.xml']
  return names.map((name) => (part(`xl/${name}`)?.toString('utf8') ?? '').split(/(?=<c |<xf )/))
}

describe('rows of a plain list', () => {
  it('are the same in a workbook and in a text, computed without a run or in memory', async () => {
    let plainPortions = 0
    const check = async (given: PlainTemplate, rows: Row[]): Promise<void> => {
      const template = plainTemplateText(given)
      const facts = { types: new Map(given.types), hidden: new Set(given.hidden) }
      const sources = new Map([['d', { batches: () => [rows], count: rows.length, ...facts }]])
      const input = { template, sources, params: { limit: 2.5 }, portionRows: 3 }
      const sheet = (await streamReport(input)) as SheetDocument
      const document = await renderSources(input)
      for await (const { plain } of sheet.portions()) if (plain !== undefined) plainPortions += 1
      const workbooks = [
        await bytesOf(async (sink) => void (await paintXlsx(sheet, sink))),
        await bytesOf(async (sink) => void (await paintXlsx(document, sink))),
      ] as const
      expect(partsOf(workbooks[0])).toEqual(partsOf(workbooks[1]))
      const texts = [await bytesOf((sink) => paintCsv(sheet, sink)), await bytesOf((sink) => paintCsv(document, sink))]
      expect(texts[0]?.toString('utf8')).toBe(texts[1]?.toString('utf8'))
    }
    await fc.assert(fc.asyncProperty(plainTemplate, fc.array(hostileRow, { minLength: 7, maxLength: 20 }), check), {
      numRuns: 220,
    })
    expect(plainPortions).toBeGreaterThan(150)
  })
})
