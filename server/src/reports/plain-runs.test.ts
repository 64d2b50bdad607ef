import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Template } from '@gemba/contracts/template'
import type { Row } from '@gemba/engine/report/dataset'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { pagesOf } from './paint-html.ts'
import { hostileRow, plainTemplate, plainTemplateText, type PlainTemplate } from './plain-lists-fixture.ts'
import { openStream, type OpenedStream } from './row-source.ts'
import { computedOf } from './run-figures.ts'
import { inputsFile, rowsFile, type RunInputs } from './run-files.ts'
import { made, printed } from './run-folder-fixture.ts'
import { lineageAt, rowsAt } from './run-lineage.ts'
import { documentIn, inputsIn, paintPages, type PaintedPages } from './run-work.ts'
import { lineageIn, rowsIn } from './streamed-lineage.ts'
import { acrossOf, pagedOf } from './streamed-pages.ts'
import { makeStreamed } from './streamed-run.ts'

/** More than two portions hold. */
const ROWS_OF_PORTIONS = 1_900

const root = mkdtempSync(join(tmpdir(), 'gemba-plain-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const paper = { mode: 'paper', size: [120, 70] as [number, number], orientation: 'portrait' } as const
const sheet = fc.constantFrom<Template['sheet']>(
  { paging: { ...paper, order: 'downThenOver', footer: { left: '', center: '', right: '{page} / {pages}' } } },
  { paging: { ...paper, order: 'overThenDown' }, rowHeights: { 2: 9 } },
  { paging: { mode: 'fixedRows', rows: 4 } },
  {},
)

function folderOf(given: PlainTemplate, rows: readonly Row[], sheet: Template['sheet']): string {
  const dir = mkdtempSync(join(root, 'run-'))
  const inputs: RunInputs = {
    ...{ template: plainTemplateText(given, sheet), params: { limit: 2.5 }, locale: 'en', timeZone: 'Asia/Shanghai' },
    ...{ nowAt: 0, datasets: ['d'], notices: [], hidden: { d: given.hidden } },
    types: { d: Object.fromEntries(given.types) as RunInputs['types'][string] },
  }
  writeFileSync(inputsFile(dir), JSON.stringify(inputs))
  writeFileSync(rowsFile(dir, 'd'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return dir
}

const rows = fc.array(hostileRow, { minLength: 7, maxLength: 20 })

describe('a run of a plain list whose rows go by', () => {
  it('tells, shows and prints what it does in memory', async () => {
    let plainPortions = 0
    const check = async (given: PlainTemplate, own: Row[], of: Template['sheet']): Promise<void> => {
      const dir = folderOf(given, own, of)
      const document = await documentIn(dir)
      const memory = made(dir, { ...computedOf(document), ...(await paintPages(document, dir)) })
      const input = { ...(await inputsIn(dir)), portionRows: 3 }
      const stream = (await openStream(input)) as OpenedStream
      for await (const { plain } of stream.report.portions()) if (plain !== undefined) plainPortions += 1
      expect(made(dir, await makeStreamed(stream, { dir, input, told: () => undefined }))).toEqual(memory)
      const down = memory.pages.length / acrossOf(stream.report).columns.length
      expect(await printed(await pagedOf(stream, down))).toEqual(await printed(await pagesOf(document)))
      rmSync(dir, { recursive: true })
    }
    await fc.assert(fc.asyncProperty(plainTemplate, rows, sheet, check), { numRuns: 110 })
    expect(plainPortions).toBeGreaterThan(80)
  }, 120_000)

  it('answers where its cells come from as it does in memory', async () => {
    let answered = 0
    const check = async (given: PlainTemplate, some: Row[], of: Template['sheet']): Promise<void> => {
      const own = Array.from({ length: ROWS_OF_PORTIONS }, (_, i) => some[i % some.length] as Row)
      const dir = folderOf(given, own, of)
      const document = await documentIn(dir)
      const input = await inputsIn(dir)
      const { pages } = (await makeStreamed((await openStream(input)) as OpenedStream, {
        ...{ dir, input, told: () => undefined },
      })) as PaintedPages
      for (const page of [Math.ceil(pages / 2), Math.ceil(pages / 3)])
        for (const cell of ['A2', 'C3', 'F3']) {
          const at = { page, cell, dataset: 'd', from: 1, to: 50 }
          const part = lineageAt(document, at)
          expect(await lineageIn(dir, at), `${page} ${cell}`).toEqual(part)
          if (part === null) continue
          expect(await rowsIn(dir, at), `${page} ${cell}`).toEqual(rowsAt(document, at))
          answered += 1
        }
      rmSync(dir, { recursive: true })
    }
    await fc.assert(fc.asyncProperty(plainTemplate, rows, sheet, check), { numRuns: 5 })
    expect(answered).toBeGreaterThan(5)
  }, 120_000)
})
