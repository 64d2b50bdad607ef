import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReportCase } from '@gemba/engine/report/cases'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import { readdirSync } from 'node:fs'
import ExcelJs from 'exceljs'
import { describe, expect, it } from 'vitest'
import { paintXlsx } from './paint-xlsx.ts'
import { renderReport } from './render-report.ts'

const office = ['soffice', 'libreoffice'].find((name) => spawnSync(name, ['--version']).status === 0)
if (office === undefined)
  console.warn('SKIPPED: LibreOffice is not installed, so live formulas were NOT recalculated by another program')

const cases = join(import.meta.dirname, '../../../test/conformance/report-cases')

async function workbookOf(name: string): Promise<Buffer> {
  const { cells, sheet, dictionaries, datasets, params } = parseExactJson(
    readFileSync(join(cases, name), 'utf8'),
  ) as ReportCase
  const template = {
    formatVersion: 1,
    name: 'case',
    cells,
    ...(sheet ? { sheet } : {}),
    ...(dictionaries ? { dictionaries } : {}),
    ...(datasets ? { datasets } : {}),
  }
  const chunks: Buffer[] = []
  await paintXlsx(renderReport({ template: JSON.stringify(template), params: params ?? {} }), async (chunk) => {
    chunks.push(Buffer.from(chunk))
  })
  return Buffer.concat(chunks)
}

// Real: LibreOffice, which calculates every formula anew.
describe.skipIf(office === undefined)('live formulas', () => {
  it.each(readdirSync(cases).filter((name) => name.endsWith('.json')))(
    'of %s give their cached values when they are calculated anew',
    async (name) => {
      const folder = mkdtempSync(join(tmpdir(), 'gemba-recalculated-'))
      try {
        const before = new ExcelJs.Workbook()
        const bytes = await workbookOf(name)
        writeFileSync(join(folder, 'report.xlsx'), bytes)
        await before.xlsx.load(bytes as unknown as ArrayBuffer)
        const out = join(folder, 'out')
        execFileSync(office as string, [
          '--headless',
          `-env:UserInstallation=file://${folder}/profile`,
          '--convert-to',
          'xlsx',
          '--outdir',
          out,
          join(folder, 'report.xlsx'),
        ])
        const after = new ExcelJs.Workbook()
        await after.xlsx.readFile(join(out, 'report.xlsx'))
        before.worksheets[0]?.eachRow((row, y) =>
          row.eachCell((cell, x) => {
            if (cell.formula === undefined) return
            const again = after.worksheets[0]?.getCell(y, x).result
            if (typeof cell.result === 'number') expect(again).toBeCloseTo(cell.result, 9)
            else expect(again).toEqual(cell.result)
          }),
        )
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )
})
