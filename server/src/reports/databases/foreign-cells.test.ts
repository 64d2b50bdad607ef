import { describe, expect, it } from 'vitest'
import { cellOf } from './foreign-cells.ts'
import { mysqlCell } from './mysql-cells.ts'

describe('a cell of a database of others', () => {
  it.each([
    ['9007199254740993', 'integer', '9007199254740993'],
    ['11.2500', 'decimal', '11.2500'],
    ['NaN', 'decimal', 'null'],
    ['Infinity', 'decimal', 'null'],
    ['t', 'boolean', 'true'],
    ['2026-01-05', 'date', '"2026-01-05"'],
    ['0000-00-00', 'date', 'null'],
    ['2026-00-05', 'date', 'null'],
    ['infinity', 'date', 'null'],
    ['2026-01-05 04:00:00.123456', 'datetime', '"2026-01-05 04:00:00.123"'],
    ['2026-01-05 04:00:00.123456+00', 'instant', '"2026-01-05T04:00:00.123Z"'],
    ['0000-00-00 00:00:00', 'datetime', 'null'],
    [null, 'text', 'null'],
    ['', 'text', '""'],
  ] as const)('%s as %s is %s', (text, type, token) => {
    expect(cellOf(text, type).token).toBe(token)
  })

  it.each([
    [Math.fround(0.1), 4, '0.1'],
    [Math.fround(16_777_217), 4, '16777216'],
    [1e21, 5, '1e+21'],
    [Number.NaN, 5, 'null'],
    ['18446744073709551615', 8, '18446744073709551615'],
    [Buffer.from([5]), 16, '5'],
    [Buffer.from('ab'), 252, '"0x6162"'],
    [{ x: 1 }, 255, '"{\\"x\\":1}"'],
    [null, 3, 'null'],
  ])('%s of the MySQL type %i is %s', (value, columnType, token) => {
    expect(mysqlCell(value, { name: 'c', columnType, characterSet: 63, flags: 0 }).token).toBe(token)
  })
})
