import { parseNum } from '@gemba/engine/formula/decimal'
import { Moment } from '@gemba/engine/formula/moment'
import { formatSections } from '@gemba/engine/formula/format-code'
import { positionOf } from '@gemba/engine/report/address'
import type { Row } from '@gemba/engine/report/dataset'
import { ArchiveRefused, readArchive } from './zip-reader.ts'

const DAY = 86_400_000
const BUILT_IN_DATES = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 30, 36, 45, 46, 47, 50, 57])

/** The first sheet of a workbook. Formulas give their cached value, dates are local dates. */
export interface FirstSheet {
  name: string
  /** How many sheets follow it. */
  others: number
  grid: unknown[][]
  /** Cells whose value is an error, or a formula that was never computed: their value reads as nothing. */
  unread: { address: string; text: string }[]
}

/** Rows of the first sheet of a workbook; its first row holds the names of the columns. */
export function readXlsx(bytes: Buffer): Row[] {
  const [names = [], ...rows] = readFirstSheet(bytes).grid
  return rows.flatMap((row) => (row === undefined || row.every(isEmpty) ? [] : [rowOf(names, row)]))
}

/** Throws ArchiveRefused for what is no workbook, or unpacks to more than `mostBytes`. */
export function readFirstSheet(bytes: Buffer, mostBytes?: number): FirstSheet {
  const entry = readArchive(bytes, mostBytes)
  const text = (name: string): string => entry(name)?.toString('utf8') ?? ''
  const sheet = text(firstSheet(text))
  if (sheet === '') throw new ArchiveRefused('no worksheet')
  if (/<!DOCTYPE/i.test(sheet.slice(0, 1_000))) throw new ArchiveRefused('document type declarations are not read')
  const workbook = text('xl/workbook.xml')
  const shared = [...text('xl/sharedStrings.xml').matchAll(/<si\b[^>]*?(?:\/>|>([\s\S]*?)<\/si>)/g)].map((match) =>
    textsOf(match[1] ?? ''),
  )
  const dates = dateStyles(text('xl/styles.xml'))
  const isFrom1904 = /<workbookPr\b[^>]*date1904="(1|true)"/.test(workbook)
  const grid: unknown[][] = []
  const unread: FirstSheet['unread'] = []
  for (const match of sheet.matchAll(/<c\b([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)) {
    const [attributes, content] = [match[1] ?? '', match[2] ?? '']
    const address = attribute(attributes, 'r') ?? ''
    const position = positionOf(address)
    if (position === undefined) continue
    const row = (grid[position.row] ??= [])
    row[position.column] = cellValue(content, { attributes, shared, dates, isFrom1904 })
    const why = unreadOf(attributes, content)
    if (why !== null) unread.push({ address, text: why })
  }
  const sheets = [...workbook.matchAll(/<sheet\b[^>]*>/g)].map(([tag]) => decoded(attribute(tag, 'name') ?? ''))
  return { name: sheets[0] ?? '', others: Math.max(0, sheets.length - 1), grid, unread }
}

/** What a cell shows that has no value to be read; null when it has one, or is empty. */
function unreadOf(attributes: string, content: string): string | null {
  const value = /<v\b[^>]*>([\s\S]*?)<\/v>/.exec(content)?.[1]
  if (attribute(attributes, 't') === 'e') return decoded(value ?? '')
  return value === undefined && /<f\b/.test(content) ? '=…' : null
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === ''

function rowOf(names: readonly unknown[], row: readonly unknown[]): Row {
  const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  names.forEach((name, i) => {
    if (!isEmpty(name)) result[String(name)] = row[i] ?? null
  })
  return result
}

function firstSheet(text: (name: string) => string): string {
  const id = /<sheet\b[^>]*r:id="([^"]+)"/.exec(text('xl/workbook.xml'))?.[1]
  for (const match of text('xl/_rels/workbook.xml.rels').matchAll(/<Relationship\b[^>]*>/g)) {
    if (attribute(match[0], 'Id') !== id) continue
    const target = attribute(match[0], 'Target') ?? ''
    return target.startsWith('/') ? target.slice(1) : `xl/${target}`
  }
  return 'xl/worksheets/sheet1.xml'
}

const attribute = (text: string, name: string): string | undefined =>
  new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(text)?.[1]

/** Indexes of cell formats that show a date. */
function dateStyles(styles: string): Set<number> {
  const own = new Map<number, string>()
  for (const match of styles.matchAll(/<numFmt\b[^>]*>/g)) {
    own.set(Number(attribute(match[0], 'numFmtId')), decoded(attribute(match[0], 'formatCode') ?? ''))
  }
  const formats = /<cellXfs\b[^>]*>([\s\S]*?)<\/cellXfs>/.exec(styles)?.[1] ?? ''
  const dates = new Set<number>()
  let index = 0
  for (const match of formats.matchAll(/<xf\b[^>]*>/g)) {
    const id = Number(attribute(match[0], 'numFmtId'))
    const code = own.get(id)
    if (BUILT_IN_DATES.has(id) || (code !== undefined && formatSections(code)[0]?.isDate === true)) dates.add(index)
    index += 1
  }
  return dates
}

interface Reading {
  attributes: string
  shared: readonly string[]
  dates: ReadonlySet<number>
  isFrom1904: boolean
}

function cellValue(content: string, { attributes, shared, dates, isFrom1904 }: Reading): unknown {
  const type = attribute(attributes, 't') ?? 'n'
  if (type === 'inlineStr') return textsOf(content)
  const value = /<v\b[^>]*>([\s\S]*?)<\/v>/.exec(content)?.[1]
  if (value === undefined) return null
  if (type === 's') return shared[Number(value)] ?? null
  if (type === 'b') return value === '1'
  if (type === 'n') {
    if (!dates.has(Number(attribute(attributes, 's') ?? '-1'))) return parseNum(value) ?? Number(value)
    return dateOf(Number(value) + (isFrom1904 ? 1_462 : 0))
  }
  return type === 'e' ? null : decoded(value)
}

function dateOf(serial: number): Moment {
  const days = serial < 61 ? serial + 1 : serial
  const ms = Math.round((days - 25_569) * 86_400) * 1000
  return new Moment(ms % DAY === 0 ? 'date' : 'datetime', ms)
}

/** All text runs of a string; phonetic hints are left out. */
function textsOf(content: string): string {
  const plain = content.replaceAll(/<rPh\b[\s\S]*?<\/rPh>/g, '')
  return decoded([...plain.matchAll(/<t\b[^>]*?(?:\/>|>([\s\S]*?)<\/t>)/g)].map((match) => match[1] ?? '').join(''))
}

const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function decoded(text: string): string {
  return text.replaceAll(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, name: string) => {
    if (!name.startsWith('#')) return NAMED[name] ?? whole
    const code = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ''
  })
}
