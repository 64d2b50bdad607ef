import type { Template } from '@gemba/contracts/template'
import type { ColumnType } from '@gemba/engine/report/dataset'
import fc from 'fast-check'

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
/** Rows with everything that a source may hand over. */
export const hostileRow = fc.record({ a: value, b: value, c: value, d: value }, { requiredKeys: ['a', 'b', 'c', 'd'] })

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

/** Lists whose rows are plain, with what else such a report has. */
export const plainTemplate = fc.record({
  cells: fc.tuple(cell, cell, cell, cell),
  expressions: fc.tuple(expression, expression, expression),
  types: fc.array(fc.tuple(fc.constantFrom(...FIELDS), fc.constantFrom(...TYPES)), { maxLength: 4 }),
  hidden: fc.subarray([...FIELDS], { maxLength: 1 }),
  withTail: fc.boolean(),
})
export type PlainTemplate = typeof plainTemplate extends fc.Arbitrary<infer T> ? T : never

/** Fields in A to D, an own letter in E1 of the head, expressions behind, totals below. */
export function plainTemplateText(
  { cells, expressions, types, withTail }: PlainTemplate,
  sheet?: Template['sheet'],
): string {
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
    sheet,
  })
}
