/** One writer of a workbook in a process of its own: `node xlsx-writers.ts WRITER ROWS FILE`. Prints CPU and memory. */
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { createDeflateRaw } from 'node:zlib'

const COLUMNS = 20
const [writer = 'own', count = '1000', out = 'out.xlsx'] = process.argv.slice(2)
const rows = Number(count)

type Value = string | number

function valueAt(row: number, column: number): Value {
  if (column === 0) return `ID-${row}`
  if (column < 8) return `文本${(row * (column + 3)) % 1000}`
  return ((row * (column + 7)) % 10_000) / (column % 2 === 0 ? 1 : 100)
}

/** Memory of the process when the rows are there and nothing else has happened. */
let rowsMb = 0

function rowsOf(names: readonly string[]): Record<string, Value>[] {
  const list: Record<string, Value>[] = []
  for (let y = 0; y < rows; y += 1) {
    const row: Record<string, Value> = {}
    for (const [x, name] of names.entries()) row[name] = valueAt(y, x)
    list.push(row)
  }
  return list
}

async function own(): Promise<void> {
  const { renderReport } = await import('../../server/src/reports/render-report.ts')
  const { paintXlsx } = await import('../../server/src/reports/paint-xlsx.ts')
  const border = { bottom: { style: 'thin', color: '#cccccc' } }
  const name = (column: number): string => String.fromCharCode(65 + column)
  const cells = Array.from({ length: COLUMNS - 1 }, (_, x) => ({
    at: `${name(x)}1`,
    value: { field: `d.c${x}`, as: 'list' },
    ...(x === 0 ? { expand: 'down' } : {}),
    ...(x >= 8 ? { format: '#,##0.00' } : {}),
    style: { border },
  }))
  const formula = { at: `${name(COLUMNS - 1)}1`, value: { expr: 'I1+J1' }, keepFormula: true, style: { border } }
  const data = rowsOf(Array.from({ length: COLUMNS - 1 }, (_, x) => `c${x}`))
  rowsMb = process.memoryUsage().rss / 1e6
  const document = renderReport({
    template: JSON.stringify({ formatVersion: 1, name: 'bench', cells: [...cells, formula] }),
    rows: new Map([['d', { rows: data }]]),
  })
  const file = createWriteStream(out)
  await paintXlsx(document, async (chunk) => {
    if (!file.write(chunk)) await once(file, 'drain')
  })
  await new Promise((resolve) => file.end(resolve))
}

async function floor(): Promise<void> {
  const deflate = createDeflateRaw({ level: 3 })
  const file = createWriteStream(out)
  deflate.pipe(file)
  for (let y = 0; y < rows; y += 1) {
    let xml = `<row r="${y + 1}">`
    for (let x = 0; x < COLUMNS; x += 1) {
      const value = valueAt(y, x)
      xml +=
        typeof value === 'number'
          ? `<c r="A${y}" s="1"><v>${value}</v></c>`
          : `<c r="A${y}" s="1" t="inlineStr"><is><t>${value}</t></is></c>`
    }
    if (!deflate.write(`${xml}</row>`)) await once(deflate, 'drain')
  }
  deflate.end()
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

if (writer === 'own') await own()
else if (writer === 'floor') await floor()
else await exceljs(writer === 'exceljs-stream')

const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1000, rowsMb }))
