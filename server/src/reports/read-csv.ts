import { parseNum } from '@gemba/engine/formula/decimal'
import type { Row } from '@gemba/engine/report/dataset'

/** UTF-8 with or without BOM, else GB 18030, which every Chinese spreadsheet writes. */
export function decodeText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

/** Rows that are read again from their text each time they are asked for. */
export interface CsvRows {
  count: number
  batches: () => Generator<Row[]>
}

const BATCH_ROWS = 500

/** Rows of a CSV text, all at once; see `csvRows`. */
export const readCsv = (text: string): Row[] => [...csvRows(text).batches()].flat()

/**
 * Rows of a CSV text; the first line names the columns. The separator is a comma, semicolon or tab, whichever the
 * first line holds most. A column is numeric when each of its values is a plain number without leading zeros; an
 * empty field is null. The text is gone through once beforehand, for the kinds of the columns.
 */
export function csvRows(text: string): CsvRows {
  const separator = separatorOf(text)
  const names = recordsOf(text, separator).next().value ?? []
  const isNumeric = names.map(() => true)
  let count = 0
  for (const line of linesOf(text, separator)) {
    count += 1
    for (const [column, numeric] of isNumeric.entries())
      if (numeric) isNumeric[column] = (line[column] ?? '') === '' || NUMBER.test(line[column] as string)
  }
  const rowOf = (line: string[]): Row => {
    const row = Object.create(null) as Record<string, unknown>
    names.forEach((name, column) => {
      const field = line[column] ?? ''
      row[name] = field === '' ? null : isNumeric[column] === true ? (parseNum(field) ?? field) : field
    })
    return row
  }
  const batches = function* (): Generator<Row[]> {
    let batch: Row[] = []
    for (const line of linesOf(text, separator)) {
      batch.push(rowOf(line))
      if (batch.length < BATCH_ROWS) continue
      yield batch
      batch = []
    }
    yield batch
  }
  return { count, batches }
}

/** Lines below the first that are not empty. */
function* linesOf(text: string, separator: string): Generator<string[]> {
  let isHead = true
  for (const line of recordsOf(text, separator)) {
    if (!isHead && (line.length > 1 || line[0] !== '')) yield line
    isHead = false
  }
}

/** Fields of a CSV text, line by line, the first line too. */
export const csvRecords = (text: string): string[][] => records(text, separatorOf(text))

function separatorOf(text: string): string {
  const line = text.slice(0, text.search(/[\r\n]|$/))
  const count = (mark: string): number => line.split(mark).length
  return [',', ';', '\t'].toSorted((a, b) => count(b) - count(a))[0] as string
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?$/

/** Fields of a CSV text, line by line, as they stand. */
export const records = (source: string, separator: string): string[][] => [...recordsOf(source, separator)]

function* recordsOf(source: string, separator: string): Generator<string[], undefined> {
  const text = source.startsWith('\ufeff') ? source.slice(1) : source
  let line: string[] = []
  let at = 0
  while (at < text.length) {
    const { field, next } = text[at] === '"' ? quotedField(text, at) : plainField(text, at, separator)
    line.push(field)
    at = next
    if (text[at] === separator) {
      at += 1
      if (at === text.length) line.push('')
      continue
    }
    yield line
    line = []
    at += text.startsWith('\r\n', at) ? 2 : 1
  }
  if (line.length > 0) yield line
}

interface Field {
  field: string
  next: number
}

function plainField(text: string, from: number, separator: string): Field {
  let next = from
  while (next < text.length && text[next] !== separator && text[next] !== '\n' && text[next] !== '\r') next += 1
  return { field: text.slice(from, next), next }
}

/** Two quotes stand for one. What follows the closing quote belongs to the field, as spreadsheets read it. */
function quotedField(text: string, from: number): Field {
  let field = ''
  let at = from + 1
  for (;;) {
    const close = text.indexOf('"', at)
    if (close < 0) return { field: field + text.slice(at), next: text.length }
    field += text.slice(at, close)
    if (text[close + 1] !== '"') return { field, next: close + 1 }
    field += '"'
    at = close + 2
  }
}
