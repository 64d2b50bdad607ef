import { describe, expect, it } from 'vitest'
import type { ReportTemplate } from './compile.ts'
import type { ColumnFacts, Row } from './dataset.ts'
import { StreamedReport } from './stream-report.ts'
import { dice, inMemory, streamed } from './streamed-fixture.ts'

const params = { limit: 5 }

type Cell = ReportTemplate['cells'][number]

/** Parts of a report that rows can stream through; any of them may stand together. */
function randomTemplate(roll: (sides: number) => number): ReportTemplate {
  const maybe = (cell: Cell): Cell[] => (roll(2) === 0 ? [cell] : [])
  const isGrouped = roll(2) === 0
  const one = <T>(...options: T[]): T => options[roll(options.length)] as T
  const head: Cell[] = [
    { at: 'A1', value: { lit: '标题' }, span: [1, 2], band: 'title' },
    ...maybe({ at: 'C1', value: { expr: 'param.limit * 2' }, keepFormula: true }),
    ...maybe({ at: 'D1', value: { expr: 'row.a' } }),
    ...maybe({ at: 'E1', value: { lit: 1 }, when: [{ if: 'THIS = 1', set: { pageBreakAfter: true } }] }),
  ]
  const rule = one<NonNullable<Cell['when']>>(
    [{ if: 'THIS > param.limit', set: { fg: '#cc0000' } }],
    [{ if: 'MOD(&A2, 2) = 0', scope: 'row', set: { bg: '#eeeeee' } }],
    [{ if: 'THIS = 3', set: { hideRow: true } }],
    [{ if: 'THIS > 7', set: { pageBreakAfter: true, rowHeight: 9 } }],
    [{ if: 'THIS = 1', set: { display: 'one' } }],
  )
  const details: Cell[] = [
    { at: 'C2', value: { field: 'd.a', as: 'list' }, format: one('', '0.00', '#,##0'), when: rule },
    ...maybe({ at: 'D2', value: { expr: one('C2 * 2', 'C2 + C1', 'ACCSUM(C2)', '&A2', 'ROW()', '1 / C2') } }),
    ...maybe({ at: 'E2', value: { expr: 'C2 + D2' }, keepFormula: true }),
    ...maybe({ at: 'F2', value: { field: 'd.t', as: 'list', emptyAs: '-' }, style: { wrap: true } }),
    ...maybe({ at: 'G2', value: { expr: one('SHARE(C2, A2)', 'RANK(C2, A2)', 'ACCSUM(C2, A2)', 'SUM(C2)') } }),
  ]
  const list: Cell[] = isGrouped
    ? [
        {
          at: 'A2',
          value: { field: 'd.k', as: 'group', ...(roll(2) === 0 ? { adjacent: true } : {}) },
          expand: 'down',
          span: [2, 1],
          merge: one('merge', 'first', 'repeat'),
        },
        { at: 'B2', value: one({ field: 'd.t', as: 'list' }, { field: 'd.s', as: 'group' }), expand: 'down' },
        { at: 'B3', value: { lit: '小计' } },
        { at: 'C3', value: { expr: 'SUM(C2)' }, keepFormula: true },
      ]
    : [
        {
          at: 'A2',
          value: { field: 'd.k', as: 'list' },
          expand: 'down',
          ...(roll(2) === 0 ? { onEmpty: 'remove' } : {}),
        },
      ]
  const row = isGrouped ? 4 : 3
  const tail: Cell[] = [
    ...maybe({ at: `A${row}`, value: { lit: '合计' }, when: [{ if: 'SUM(C2) > 20', set: { bold: true } }] }),
    ...maybe({ at: `C${row}`, value: { expr: `${one('SUM', 'AVG', 'COUNT', 'MAX', 'MIN')}(C2)` }, keepFormula: true }),
    ...maybe({ at: `D${row}`, value: { field: 'd.a', as: one('sum', 'avg', 'count', 'max', 'min', 'first', 'last') } }),
    ...maybe({ at: `E${row}`, value: { expr: `C${row} + D${row} + ROW()` } }),
    ...maybe({ at: `F${row}`, value: { expr: 'SUM(C2[*]) / COUNT(C2)' } }),
    ...maybe({ at: `G${row}`, value: { expr: 'row.a' }, when: [{ if: 'TRUE', set: { pageBreakBefore: true } }] }),
  ]
  return { cells: [...head, ...list, ...details, ...tail], sheet: { rowHeights: { '2': 7 } } }
}

function randomRows(roll: (sides: number) => number): Row[] {
  return Array.from({ length: roll(14) }, () => ({
    k: `k${roll(3)}`,
    s: roll(5) === 0 ? null : `s${roll(2)}`,
    ...(roll(12) === 0 ? {} : { a: roll(10) === 0 ? null : roll(3) === 0 ? `${roll(9)}.${roll(9)}5` : roll(10) }),
    t: roll(6) === 0 ? null : 'long words that have to be wrapped '.repeat(roll(3)),
  }))
}

const facts: ColumnFacts = { types: new Map([['a', 'decimal']]) }

const list: ReportTemplate = {
  cells: [
    { at: 'A1', value: { field: 'd.k', as: 'list' }, expand: 'down' },
    { at: 'B1', value: { field: 'd.late', as: 'list' } },
    { at: 'B2', value: { expr: 'SUM(B1)' } },
  ],
}

describe('a streamed report', () => {
  it('is the report made in memory, cell by cell, wherever its rows are cut', async () => {
    let streamable = 0
    for (let seed = 1; seed <= 120; seed += 1) {
      const roll = dice(seed)
      const template = randomTemplate(roll)
      const rows = randomRows(roll)
      const expected = inMemory(template, rows, { facts, params })
      for (const portionRows of [1, 3, 100]) {
        const seen = await streamed(template, rows, { facts, params, portionRows })
        if (seen === undefined) continue
        streamable += 1
        expect(seen, `seed ${seed}`).toEqual(expected)
      }
    }
    expect(streamable).toBeGreaterThan(240)
  })

  it('knows a field that only its last rows have', async () => {
    const rows = [{ k: 1 }, { k: 2 }, { k: 3, late: 7 }]
    expect(await streamed(list, rows, { portionRows: 1 })).toEqual(inMemory(list, rows, {}))
  })

  it('says that a field is unknown as the report in memory does', async () => {
    const rows = [{ k: 1 }, { k: 2 }]
    const report = await StreamedReport.open(list, { rows: () => [rows], portionRows: 1 })
    expect(report?.template.findings).toMatchObject([{ level: 'error', cells: ['B1'], key: 'unknownField' }])
    expect(await streamed(list, rows, { portionRows: 1 })).toEqual(inMemory(list, rows, {}))
  })

  it('is not made when rows of a group lie apart, and is made when they lie together', async () => {
    const template: ReportTemplate = { cells: [{ at: 'A1', value: { field: 'd.k', as: 'group' }, expand: 'down' }] }
    const open = (rows: readonly Row[]): Promise<StreamedReport | undefined> =>
      StreamedReport.open(template, { rows: () => [rows] })
    expect(await open([{ k: 1 }, { k: 2 }, { k: 1 }])).toBeUndefined()
    expect(await open([{ k: 1 }, { k: 1 }, { k: 2 }])).toBeDefined()
  })

  it('reads its rows once more for each time that it is asked for its portions', async () => {
    const rows = [{ k: 1 }, { k: 2 }, { k: 3 }]
    const report = await StreamedReport.open(list, { rows: () => rows.map((row) => [row]), portionRows: 2 })
    const count = async (): Promise<number> => {
      let found = 0
      for await (const { from, to } of report?.portions() ?? []) found += to - from
      return found
    }
    expect([await count(), await count(), report?.rowsFor(rows.length)]).toEqual([4, 4, 4])
  })

  it('stops at the budget of steps that a report in memory has', async () => {
    const rows = Array.from({ length: 2_000 }, (_, k) => ({ k, late: 1 }))
    const running: ReportTemplate = { cells: [...list.cells, { at: 'C1', value: { expr: 'ACCSUM(B1)' } }] }
    const report = await StreamedReport.open(running, {
      rows: () => [rows],
      portionRows: 100,
      limits: { steps: 3_000 },
    })
    const all = async (): Promise<void> => {
      for await (const { result } of report?.portions() ?? []) expect(result.run.used.steps).toBeLessThanOrEqual(3_000)
    }
    await expect(all()).rejects.toThrow('limit steps of 3000')
  })
})
