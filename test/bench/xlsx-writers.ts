/** One writer of a workbook in a process of its own: `node xlsx-writers.ts WRITER ROWS FILE`. Prints CPU and memory. */
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { createDeflateRaw } from 'node:zlib'
import { COLUMNS, valueAt } from './list-values.ts'

const [writer = 'own', count = '1000', out = 'out.xlsx'] = process.argv.slice(2)
const rows = Number(count)

type RowSourceFile = typeof import('../../server/src/reports/row-source.ts')
type PaintXlsxFile = typeof import('../../server/src/reports/paint-xlsx.ts')
type Value = string | number

const NAMES = Array.from({ length: COLUMNS - 1 }, (_, x) => `c${x}`)
const BATCH = 500
/** How hard deflate packs where nobody says otherwise, and in our files. */
const [USUAL_LEVEL, OWN_LEVEL] = [6, 2]
/** Many small pieces would cost the floor more than the work itself. */
const FLOOR_CHUNK = 512 * 1024

/** Rows as they would come from a database: made as they are asked for, and nobody keeps them. */
function* batches(): Generator<Record<string, Value>[]> {
  for (let from = 0; from < rows; from += BATCH) {
    const batch: Record<string, Value>[] = []
    for (let y = from; y < Math.min(rows, from + BATCH); y += 1) {
      const row: Record<string, Value> = {}
      for (const [x, name] of NAMES.entries()) row[name] = valueAt(y, x)
      batch.push(row)
    }
    yield batch
  }
}

const border = { bottom: { style: 'thin', color: '#cccccc' } }
const letter = (column: number): string => String.fromCharCode(65 + column)

/** A list of all columns, the last one a live formula. */
function listTemplate(): string {
  const cells = NAMES.map((name, x) => ({
    at: `${letter(x)}1`,
    value: { field: `d.${name}`, as: 'list' },
    ...(x === 0 ? { expand: 'down' } : {}),
    ...(x >= 8 ? { format: '#,##0.00' } : {}),
    style: { border },
  }))
  const formula = { at: `${letter(COLUMNS - 1)}1`, value: { expr: 'I1+J1' }, keepFormula: true, style: { border } }
  return JSON.stringify({ formatVersion: 1, name: 'bench', cells: [...cells, formula] })
}

/** Two columns merged in each row: as many merges as rows. */
function mergesTemplate(): string {
  const cells = [
    { at: 'A1', value: { field: 'd.c0', as: 'list' }, expand: 'down', span: [1, 2] },
    { at: 'C1', value: { field: 'd.c8', as: 'list' } },
  ]
  return JSON.stringify({ formatVersion: 1, name: 'bench', cells })
}

async function own(template: string, isStreamed: boolean): Promise<void> {
  // As the product runs: the server compiled.
  const built = join(import.meta.dirname, '../../server/dist/reports')
  const { renderSources, streamReport } = (await import(join(built, 'row-source.js'))) as RowSourceFile
  const { paintXlsx } = (await import(join(built, 'paint-xlsx.js'))) as PaintXlsxFile
  const sources = new Map([['d', { batches, count: rows }]])
  const document = await (isStreamed ? streamReport({ template, sources }) : renderSources({ template, sources }))
  if (document === undefined) throw new Error('the template of the bench is not streamed')
  const file = createWriteStream(out)
  await paintXlsx(document, async (chunk) => {
    if (!file.write(chunk)) await once(file, 'drain')
  })
  await new Promise((resolve) => file.end(resolve))
}

/** The physical reference: template strings and one deflate stream. */
async function floor(level: number): Promise<void> {
  const deflate = createDeflateRaw({ level })
  const file = createWriteStream(out)
  deflate.pipe(file)
  let buffer = ''
  for (let y = 0; y < rows; y += 1) {
    buffer += `<row r="${y + 1}">`
    for (let x = 0; x < COLUMNS; x += 1) {
      const value = valueAt(y, x)
      buffer +=
        typeof value === 'number'
          ? `<c r="A${y}" s="1"><v>${value}</v></c>`
          : `<c r="A${y}" s="1" t="inlineStr"><is><t>${value}</t></is></c>`
    }
    buffer += '</row>'
    if (buffer.length < FLOOR_CHUNK) continue
    if (!deflate.write(buffer)) await once(deflate, 'drain')
    buffer = ''
  }
  deflate.end(buffer)
  await once(file, 'finish')
}

async function exceljs(isStream: boolean): Promise<void> {
  const { default: ExcelJs } = await import('exceljs')
  const border = { bottom: { style: 'thin' as const, color: { argb: 'FFCCCCCC' } } }
  const workbook = isStream
    ? new ExcelJs.stream.xlsx.WorkbookWriter({ filename: out, useStyles: true })
    : new ExcelJs.Workbook()
  const sheet = workbook.addWorksheet('bench')
  for (let y = 0; y < rows; y += 1) {
    const values = Array.from({ length: COLUMNS }, (_, x) =>
      x === COLUMNS - 1 ? { formula: `I${y + 1}+J${y + 1}`, result: 1 } : valueAt(y, x),
    )
    const row = sheet.addRow(values)
    row.eachCell((cell, x) => {
      cell.border = border
      if (x > 8) cell.numFmt = '#,##0.00'
    })
    if (isStream) row.commit()
    if (isStream && y % 2000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  if (workbook instanceof ExcelJs.stream.xlsx.WorkbookWriter) await workbook.commit()
  else await workbook.xlsx.writeFile(out)
}

/** Two columns merged in each row. */
async function exceljsMerges(): Promise<void> {
  const { default: ExcelJs } = await import('exceljs')
  const workbook = new ExcelJs.Workbook()
  const sheet = workbook.addWorksheet('bench')
  for (let y = 0; y < rows; y += 1) {
    sheet.addRow([valueAt(y, 0), null, valueAt(y, 8)])
    sheet.mergeCells(y + 1, 1, y + 1, 2)
  }
  await workbook.xlsx.writeFile(out)
}

if (writer === 'own') await own(listTemplate(), true)
else if (writer === 'own-memory') await own(listTemplate(), false)
else if (writer === 'own-merges') await own(mergesTemplate(), true)
else if (writer === 'floor') await floor(USUAL_LEVEL)
else if (writer === 'floor-fast') await floor(OWN_LEVEL)
else if (writer === 'exceljs-merges') await exceljsMerges()
else await exceljs(writer === 'exceljs-stream')

const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1000 }))
