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

/**
 * Rows of a CSV text; the first line names the columns. The separator is a comma, semicolon or tab, whichever the
 * first line holds most. A column is numeric when each of its values is a plain number without leading zeros; an
 * empty field is null.
 */
export function readCsv(text: string): Row[] {
  const [names = [], ...lines] = csvRecords(text)
  const rows = lines.filter((line) => line.length > 1 || line[0] !== '')
  const readers = names.map((_, column) => readerOf(rows, column))
  return rows.map((line) => {
    const row = Object.create(null) as Record<string, unknown>
    names.forEach((name, column) => {
      const field = line[column] ?? ''
      row[name] = field === '' ? null : (readers[column] as (text: string) => unknown)(field)
    })
    return row
  })
}

/** Fields of a CSV text, line by line, the first line too. */
export const csvRecords = (text: string): string[][] => records(text, separatorOf(text))

function separatorOf(text: string): string {
  const line = text.slice(0, text.search(/[\r\n]|$/))
  const count = (mark: string): number => line.split(mark).length
  return [',', ';', '\t'].toSorted((a, b) => count(b) - count(a))[0] as string
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?$/

function readerOf(rows: readonly string[][], column: number): (text: string) => unknown {
  const isNumeric = rows.every((line) => (line[column] ?? '') === '' || NUMBER.test(line[column] as string))
  return isNumeric ? (text) => parseNum(text) ?? text : (text) => text
}

/** Fields of a CSV text, line by line, as they stand. */
export function records(source: string, separator: string): string[][] {
  const text = source.startsWith('\ufeff') ? source.slice(1) : source
  const lines: string[][] = []
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
    lines.push(line)
    line = []
    at += text.startsWith('\r\n', at) ? 2 : 1
  }
  if (line.length > 0) lines.push(line)
  return lines
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
