import type { ColumnType, Row } from '@gemba/engine/report/dataset'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paintCsv } from './paint-csv.ts'
import { paintXlsx } from './paint-xlsx.ts'
import { bytesOf } from './painted-fixture.ts'
import { renderSources, streamReport } from './row-source.ts'
import type { SheetDocument } from './sheet-document.ts'
import { readArchive } from './zip-reader.ts'

const TYPES: readonly ColumnType[] = ['boolean', 'integer', 'decimal', 'text', 'date', 'datetime', 'instant']
const FIELDS = ['a', 'b', 'c', 'd'] as const

const value = fc.oneof(
  fc.integer(),
  fc.constantFrom(1, 'x', 2.5),
  fc.double(),
  fc.tuple(fc.integer(), fc.nat({ max: 9 })).map(([units, places]) => units / 10 ** places),
  fc.constantFrom(null, undefined, -0, 1e15, 123_456_789_012_345_680, 1e21, 1e-7, Infinity, NaN, true, false, ''),
  fc.constantFrom('9007199254740993', '12.50', '-0.0', '2026-03-08', '2026-03-08T10:11:12', '1899-12-31', '1e400'),
  fc.constantFrom(
    '=1+1',
    ' x',
    'x ',
    'a  b',
    '_x0041_',
    '<&>"\'',
    '\u0007',
    '\ud800',
    '𠮷\n',
    '987654322',
    '字'.repeat(40_000),
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constant([1, 'x']),
)
const row = fc.record({ a: value, b: value, c: value, d: value }, { requiredKeys: ['a', 'b', 'c', 'd'] })

const EXPRESSIONS = [
  'A2',
  'B2 + C2 * 2',
  '(B2 - E1) / C2',
  '-B2 ^ 2 & "987654322"',
  'IF(B2 > 0, "= 876543211", D2)',
  'IFS(B2 > 1, "x", TRUE, CONCAT(A2, "IFS(1)"))',
  'SUM(B2, C2, E1)',
  'MAX(B2, 3.5)',
  'row.d',
  'param.limit + G2',
  'ROUND(C2, 1) = 2',
  '1 / B2',
  'E1 + 987654322',
] as const
const FORMATS = ['', '0.00', '#,##0', '@', 'yyyy-mm-dd', '0%', '[Red]-0;0', '"~"@'] as const

const cell = fc.record({
  format: fc.constantFrom(...FORMATS),
  dict: fc.option(fc.constant('words'), { freq: 2, nil: undefined }),
  emptyAs: fc.option(fc.constantFrom('-', 0), { freq: 5, nil: undefined }),
  style: fc.option(fc.constant({ bold: true, align: 'center' }), { nil: undefined }),
})
const expression = fc.record({
  expr: fc.constantFrom(...EXPRESSIONS),
  keepFormula: fc.boolean(),
  format: fc.constantFrom(...FORMATS),
})

const plainTemplate = fc.record({
  cells: fc.tuple(cell, cell, cell, cell),
  expressions: fc.tuple(expression, expression, expression),
  types: fc.array(fc.tuple(fc.constantFrom(...FIELDS), fc.constantFrom(...TYPES)), { maxLength: 4 }),
  hidden: fc.subarray([...FIELDS], { maxLength: 1 }),
  withTail: fc.boolean(),
})
type PlainTemplate = typeof plainTemplate extends fc.Arbitrary<infer T> ? T : never

/** Fields in A to D, an own letter in E1 of the head, expressions behind, totals below. */
function templateOf({ cells, expressions, types, withTail }: PlainTemplate): string {
  const shown = cells.map(({ format, style, dict, emptyAs }, x) => ({
    at: `${'ABCD'[x] as string}2`,
    value: { field: `d.${FIELDS[x] as string}`, as: 'list', dict, emptyAs },
    format,
    style,
    ...(x === 0 ? { expand: 'down' } : {}),
  }))
  const computed = expressions.map(({ expr, ...rest }, x) => ({
    at: `${'FGH'[x] as string}2`,
    value: { expr },
    ...rest,
  }))
  const tail = [
    { at: 'B3', value: { expr: 'COUNT(B2)' }, keepFormula: true },
    { at: 'C3', value: { field: 'd.c', as: 'count' } },
    { at: 'F3', value: { expr: 'SUM(F2) + MAX(C2)' }, keepFormula: true },
  ]
  return JSON.stringify({
    formatVersion: 1,
    name: '清单',
    dictionaries: { words: { 1: '一', x: '叉', '': '空' } },
    datasets: {
      d: { kind: 'sql', sql: 'SELECT 1', fields: [...new Map(types)].map(([name, type]) => ({ name, type })) },
    },
    cells: [
      { at: 'A1', value: { lit: '标题' }, style: { bold: true } },
      { at: 'E1', value: { expr: 'param.limit * 2' }, keepFormula: true },
      ...shown,
      { at: 'I2', value: { lit: '件' } },
      ...computed,
      ...(withTail ? tail : []),
    ],
  })
}

/** What a workbook holds, cell by cell. */
function partsOf(bytes: Buffer): string[][] {
  const part = readArchive(bytes)
  const names = ['worksheets/sheet1.xml', 'worksheets/sheet2.xml', 'styles.xml']
  return names.map((name) => (part(`xl/${name}`)?.toString('utf8') ?? '').split(/(?=<c |<xf )/))
}

describe('rows of a plain list', () => {
  it('are the same in a workbook and in a text, computed without a run or in memory', async () => {
    let plainPortions = 0
    const check = async (given: PlainTemplate, rows: Row[]): Promise<void> => {
      const template = templateOf(given)
      const facts = { types: new Map(given.types), hidden: new Set(given.hidden) }
      const sources = new Map([['d', { batches: () => [rows], count: rows.length, ...facts }]])
      const input = { template, sources, params: { limit: 2.5 }, portionRows: 3 }
      const sheet = (await streamReport(input)) as SheetDocument
      const document = await renderSources(input)
      for await (const { plain } of sheet.portions()) if (plain !== undefined) plainPortions += 1
      const workbooks = [
        await bytesOf(async (sink) => void (await paintXlsx(sheet, sink))),
        await bytesOf(async (sink) => void (await paintXlsx(document, sink))),
      ] as const
      expect(partsOf(workbooks[0])).toEqual(partsOf(workbooks[1]))
      const texts = [await bytesOf((sink) => paintCsv(sheet, sink)), await bytesOf((sink) => paintCsv(document, sink))]
      expect(texts[0]?.toString('utf8')).toBe(texts[1]?.toString('utf8'))
    }
    await fc.assert(fc.asyncProperty(plainTemplate, fc.array(row, { minLength: 7, maxLength: 20 }), check), {
      numRuns: 150,
    })
    expect(plainPortions).toBeGreaterThan(150)
  })
})
