import { readFile } from 'node:fs/promises'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import type { Row } from '@gemba/engine/report/dataset'
import { decodeText, readCsv } from './read-csv.ts'
import type { GivenRows } from './render-report.ts'
import { ReportRefused } from './report-refused.ts'

/** Rows from a file: a JSON array of objects, CSV, or the first sheet of a workbook, told by what is inside. */
export async function readRows(name: string, file: string): Promise<GivenRows> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch {
    throw new ReportRefused([`--data ${name}=${file}: the file cannot be read`])
  }
  try {
    return { rows: await rowsOf(bytes) }
  } catch (error) {
    throw new ReportRefused([`--data ${name}=${file}: ${(error as Error).message}`])
  }
}

async function rowsOf(bytes: Buffer): Promise<readonly Row[]> {
  if (bytes.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'))) {
    const { readXlsx } = await import('./read-xlsx.ts')
    return readXlsx(bytes)
  }
  const text = decodeText(bytes)
  if (!/^[\ufeff\s]*[[{]/.test(text)) return readCsv(text)
  const parsed = parseExactJson(text.replace(/^\ufeff/, ''))
  if (!Array.isArray(parsed)) throw new Error('a JSON array of rows is expected')
  const wrong = parsed.findIndex((row) => typeof row !== 'object' || row === null || Array.isArray(row))
  if (wrong >= 0) throw new Error(`row ${wrong + 1} is not an object`)
  return parsed as Row[]
}
