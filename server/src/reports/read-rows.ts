import { readFile } from 'node:fs/promises'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import type { Row } from '@gemba/engine/report/dataset'
import { csvRows, decodeText } from './read-csv.ts'
import { ReportRefused } from './report-refused.ts'
import type { RowSource } from './row-source.ts'

/**
 * Rows from a file: a JSON array of objects, CSV, or the first sheet of a workbook, told by what is inside. Rows of CSV
 * are made as they are asked for; the others are there at once.
 */
export async function readRows(name: string, file: string): Promise<RowSource> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch {
    throw new ReportRefused([`--data ${name}=${file}: the file cannot be read`])
  }
  try {
    return await rowsOf(bytes)
  } catch (error) {
    throw new ReportRefused([`--data ${name}=${file}: ${(error as Error).message}`])
  }
}

const all = (rows: readonly Row[]): RowSource => ({ batches: () => [rows], count: rows.length })

async function rowsOf(bytes: Buffer): Promise<RowSource> {
  if (bytes.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'))) {
    const { readXlsx } = await import('./read-xlsx.ts')
    return all(await readXlsx(bytes))
  }
  const text = decodeText(bytes)
  if (!/^[\ufeff\s]*[[{]/.test(text)) return csvRows(text)
  const parsed = parseExactJson(text.replace(/^\ufeff/, ''))
  if (!Array.isArray(parsed)) throw new Error('a JSON array of rows is expected')
  const wrong = parsed.findIndex((row) => typeof row !== 'object' || row === null || Array.isArray(row))
  if (wrong >= 0) throw new Error(`row ${wrong + 1} is not an object`)
  return all(parsed as Row[])
}
