import type { Bilingual } from '@gemba/contracts/catalog'
import { DATA_FILE_LIMITS, type DataFileUpload, type FileColumn, type FileColumnType } from '@gemba/contracts/data-file'
import { isNum, toNumber } from '@gemba/engine/formula/decimal'
import { Moment, momentText, parseMoment } from '@gemba/engine/formula/moment'
import { addressOf } from '@gemba/engine/report/address'
import { csvRecords } from '../read-csv.ts'
import { ArchiveRefused } from '../zip-reader.ts'

/** A value as it is stored: dates are texts, their column says which. */
type Cell = string | number | boolean | null

/** An uploaded file as read: a table whose first row names the columns. */
export type FileTable = Pick<DataFileUpload, 'format' | 'encoding' | 'sheet' | 'columns'> & { rows: Cell[][] }

/** A file that cannot be read as a table, in words for whoever uploads it. */
export class FileRefused extends Error {
  readonly words: Bilingual

  constructor(zh: string, en: string) {
    super(en)
    this.words = { zh, en }
  }
}

/** What kind of file it is, told by its bytes and never by its name. Throws FileRefused with what is wrong and where. */
export async function readTable(bytes: Buffer): Promise<FileTable> {
  if (bytes.length === 0) throw new FileRefused('文件是空的', 'the file is empty')
  if (bytes.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'))) return readWorkbook(bytes)
  if (bytes.subarray(0, 4).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0])))
    throw new FileRefused(
      '这是旧格式 .xls 或加密的工作簿；请另存为 .xlsx（不加密）',
      'this is an old .xls or an encrypted workbook; save it as .xlsx without a password',
    )
  const { text, encoding } = decoded(bytes)
  return { format: 'csv', encoding, sheet: null, ...tableOf(csvRecords(text)) }
}

async function readWorkbook(bytes: Buffer): Promise<FileTable> {
  const { readFirstSheet } = await import('../read-xlsx.ts')
  try {
    const { grid, name, others, unread } = readFirstSheet(bytes, DATA_FILE_LIMITS.unpackedBytes)
    if (unread.length > 0) throw withoutValue(unread)
    return { format: 'xlsx', encoding: null, sheet: { name, others }, ...tableOf(grid) }
  } catch (error) {
    if (
      error instanceof ArchiveRefused ||
      error instanceof RangeError ||
      (error as { code?: string }).code?.startsWith('Z_')
    )
      throw new FileRefused(
        `不能作为 .xlsx 工作簿读取：${(error as Error).message}`,
        `it cannot be read as an .xlsx workbook: ${(error as Error).message}`,
      )
    throw error
  }
}

/** A guess would be silent: what is neither UTF-8 nor GB 18030 is refused. */
function decoded(bytes: Buffer): { text: string; encoding: 'UTF-8' | 'GB18030' } {
  for (const encoding of ['UTF-8', 'GB18030'] as const) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
      if (!text.includes('\0')) return { text, encoding }
    } catch {
      // The next encoding may do.
    }
  }
  throw new FileRefused(
    '不是 UTF-8 或 GB18030 编码的 CSV，也不是 .xlsx 工作簿',
    'this is neither a CSV in UTF-8 or GB18030 nor an .xlsx workbook',
  )
}

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '')

function tableOf(grid: readonly (readonly unknown[] | undefined)[]): Pick<FileTable, 'columns' | 'rows'> {
  const first = grid.findIndex((row) => row !== undefined && Array.from(row).some((value) => !isBlank(value)))
  if (first < 0) throw new FileRefused('文件里没有内容', 'there is nothing in the file')
  const headings = headingsOf(grid[first] as readonly unknown[], first + 1)
  const rows: { at: number; values: unknown[] }[] = []
  for (let at = first + 1; at < grid.length; at += 1) {
    const row = Array.from(grid[at] ?? [])
    if (row.every(isBlank)) continue
    const beyond = row.findIndex((value, column) => column >= headings.length && !isBlank(value))
    if (beyond >= 0) throw beyondHeadings(at + 1, beyond)
    if (rows.length === DATA_FILE_LIMITS.rows) throw tooManyRows()
    rows.push({ at: at + 1, values: headings.map((_, column) => row[column] ?? null) })
  }
  const names = namesOf(headings)
  const columns = headings.map((heading, index) => readColumn(rows, { heading, name: names[index] as string, index }))
  return {
    columns: columns.map(({ column }) => column),
    rows: rows.map((_, row) => columns.map(({ cells }) => cells[row] ?? null)),
  }
}

function headingsOf(row: readonly unknown[], at: number): string[] {
  const texts = Array.from(row, (value) => (isBlank(value) ? '' : plainText(value).trim().replaceAll(/\s+/g, ' ')))
  while (texts.at(-1) === '') texts.pop()
  if (texts.length > DATA_FILE_LIMITS.columns)
    throw new FileRefused(
      `有 ${texts.length} 列；最多 ${DATA_FILE_LIMITS.columns} 列`,
      `it has ${texts.length} columns; at most ${DATA_FILE_LIMITS.columns} are taken`,
    )
  const empty = texts.indexOf('')
  if (empty >= 0)
    throw new FileRefused(
      `第 ${at} 行是标题行，但 ${addressOf(at - 1, empty)} 没有列名`,
      `row ${at} holds the headings, and ${addressOf(at - 1, empty)} has none`,
    )
  const long = texts.find((text) => text.length > 64)
  if (long !== undefined)
    throw new FileRefused(
      `列名“${long.slice(0, 30)}…”超过 64 个字符；第 ${at} 行应是标题行`,
      `the heading “${long.slice(0, 30)}…” has more than 64 characters; row ${at} should hold the headings`,
    )
  return texts
}

/** Names for formulas: letters, digits and underscores. Two headings that give one name are refused. */
function namesOf(headings: readonly string[]): string[] {
  const names = headings.map((heading) => {
    const name = heading.replaceAll(/[^\p{L}\p{N}_]+/gu, '_').replaceAll(/^_+|_+$/g, '')
    return /^[\p{L}_]/u.test(name) ? name : `_${name}`
  })
  names.forEach((name, index) => {
    const before = names.findIndex((other) => other.toLowerCase() === name.toLowerCase())
    if (before === index) return
    const [one, two] = [headings[before], headings[index]]
    throw new FileRefused(`列名重复：“${one}”与“${two}”`, `two columns have one name: “${one}” and “${two}”`)
  })
  return names
}

interface Reading {
  type: FileColumnType
  /** The value as of this type; undefined when it is of another. */
  read: (value: unknown) => Cell | undefined
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?$/
/** A double keeps these; what has more, a code of eighteen digits, is no quantity. */
const MOST_DIGITS = 15

function numberOf(value: unknown): number | undefined {
  if (isNum(value)) return toNumber(value)
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (!NUMBER.test(text) || text.replaceAll(/\D/g, '').length > MOST_DIGITS) return undefined
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}

/** Year first, the one order that means one thing. */
const DATE = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/

function dateOf(value: unknown): string | undefined {
  if (value instanceof Moment) return value.kind === 'date' ? momentText(value) : undefined
  const match = typeof value === 'string' ? DATE.exec(value.trim()) : null
  if (match === null) return undefined
  const text = `${match[1]}-${match[2]?.padStart(2, '0')}-${match[3]?.padStart(2, '0')}`
  const moment = parseMoment(text)
  return moment?.kind === 'date' ? text : undefined
}

const dateTimeOf = (value: unknown): string | undefined => (value instanceof Moment ? momentText(value) : undefined)

const READINGS: readonly Reading[] = [
  { type: 'decimal', read: numberOf },
  { type: 'date', read: dateOf },
  { type: 'datetime', read: dateTimeOf },
  { type: 'boolean', read: (value) => (typeof value === 'boolean' ? value : undefined) },
]

/** Nearly all values of one kind: the others are worth a look. */
const NEARLY = 0.8

function readColumn(
  rows: readonly { at: number; values: unknown[] }[],
  { heading, name, index }: { heading: string; name: string; index: number },
): { column: FileColumn; cells: Cell[] } {
  const given = rows.filter(({ values }) => !isBlank(values[index]))
  const reading = READINGS.find(({ read }) => given.every(({ values }) => read(values[index]) !== undefined))
  const isKnown = given.length > 0 && reading !== undefined
  const cells = rows.map(({ at, values }) => {
    const value = values[index]
    if (isBlank(value)) return null
    return isKnown ? (reading.read(value) ?? null) : shortText(plainText(value), { at, index })
  })
  const odd = isKnown ? null : oddOf(given, index)
  return { column: { name, heading, type: isKnown ? reading.type : 'text', filled: given.length, odd }, cells }
}

function oddOf(given: readonly { at: number; values: unknown[] }[], index: number): FileColumn['odd'] {
  for (const otherwise of ['decimal', 'date'] as const) {
    const read = otherwise === 'decimal' ? numberOf : dateOf
    const others = given.filter(({ values }) => read(values[index]) === undefined)
    const [first] = others
    if (first !== undefined && others.length <= given.length * (1 - NEARLY))
      return { row: first.at, text: plainText(first.values[index]).slice(0, 60), otherwise }
  }
  return null
}

function plainText(value: unknown): string {
  if (isNum(value)) return String(toNumber(value))
  return value instanceof Moment ? momentText(value) : String(value)
}

function shortText(text: string, { at, index }: { at: number; index: number }): string {
  if (text.length <= DATA_FILE_LIMITS.cellCharacters) return text
  const address = addressOf(at - 1, index)
  throw new FileRefused(
    `${address} 超过 ${DATA_FILE_LIMITS.cellCharacters} 个字符`,
    `${address} has more than ${DATA_FILE_LIMITS.cellCharacters} characters`,
  )
}

function withoutValue(unread: readonly { address: string; text: string }[]): FileRefused {
  const list = unread.slice(0, 5).map(({ address, text }) => `${address} ${text}`)
  const more = unread.length > list.length ? ' …' : ''
  return new FileRefused(
    `${unread.length} 个单元格是错误值，或是没有计算过的公式：${list.join('、')}${more}；请在 Excel 中改正并保存`,
    `${unread.length} cells show an error or hold a formula that was never computed: ${list.join(', ')}${more}; correct them and save the workbook`,
  )
}

const beyondHeadings = (at: number, column: number): FileRefused =>
  new FileRefused(
    `第 ${at} 行在 ${addressOf(at - 1, column)} 有值，但该列没有列名`,
    `row ${at} has a value at ${addressOf(at - 1, column)}, where there is no heading`,
  )
const tooManyRows = (): FileRefused =>
  new FileRefused(
    `超过 ${DATA_FILE_LIMITS.rows} 行；更多的数据请用采集器取入仓库`,
    `it has more than ${DATA_FILE_LIMITS.rows} rows; let a collector bring more into the warehouse`,
  )
