import { describe, expect, it } from 'vitest'
import { mesMapping } from './mappings/mes.ts'
import { sapMapping } from './mappings/sap.ts'
import { driftsBetween, shapesOf, tablesOf } from './schema-watch.ts'

describe('the tables a mapping reads', () => {
  it('are named by its statements, without the subqueries', () => {
    expect(tablesOf(sapMapping)).toEqual(
      expect.arrayContaining(['aufk', 'afko', 'afpo', 'crhd', 'jest', 'mard', 'resb', 'vbak']),
    )
    expect(tablesOf(mesMapping)).toContain('job_report')
    expect(
      tablesOf([
        { name: 'x', sql: 'SELECT 1 FROM (SELECT * FROM "Plant".a) AS b JOIN C c ON 1=1', toRecord: () => null },
      ]),
    ).toEqual(['a', 'c'])
  })
})

describe('a drift', () => {
  const before = { a: { x: 'text', y: 'integer' }, b: { z: 'date' } }

  it('is an added, a removed or a retyped column', () => {
    expect(driftsBetween(before, { a: { x: 'text', y: 'numeric', w: 'text' }, b: {} })).toEqual([
      { table: 'a', column: 'y', change: 'type', before: 'integer', after: 'numeric' },
      { table: 'a', column: 'w', change: 'added', before: '', after: 'text' },
      { table: 'b', column: 'z', change: 'removed', before: 'date', after: '' },
    ])
  })

  it('is not seen where nothing changed or a table is new', () => {
    expect(driftsBetween(before, { ...before, c: { q: 'text' } })).toEqual([])
    expect(driftsBetween({}, before)).toEqual([])
  })

  it('is found whatever the order of the rows', () => {
    const rows = [
      { table_name: 'a', column_name: 'y', data_type: 'integer' },
      { table_name: 'a', column_name: 'x', data_type: 'text' },
      { table_name: 'b', column_name: 'z', data_type: 'date' },
    ]
    expect(driftsBetween(before, shapesOf(rows))).toEqual([])
  })
})
