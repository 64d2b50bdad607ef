import { describe, expect, it } from 'vitest'
import { compileTemplate, type ReportTemplate } from './compile.ts'
import { datasetOf, type ColumnFacts, type Row } from './dataset.ts'
import { formulaTranslator } from './excel-formulas.ts'
import { runReport, type ReportResult, type ShownCell } from './report-result.ts'
import { StreamedReport } from './stream-report.ts'
import { tierOf } from './tier.ts'

interface Seen {
  cells: unknown[]
  breaks: number[]
  rows: number
}

/** What a reader can see of a cell, at its place in the whole report. */
function seen(shown: ShownCell, result: ReportResult, before: number): unknown {
  const { box, cell, instance, blank, value, display, settings } = shown
  return {
    at: [box.y0 + before, box.x0, box.y1 + before, box.x1],
    cell: cell.address,
    blank,
    value: result.run.context.locale === 'en' ? String(value) : value,
    text: display.text,
    number: display.number,
    faithful: display.faithful,
    settings,
    look: result.looks.of(cell, settings),
    formula: formulaTranslator(result.run)(cell.index, instance),
  }
}

const heights = (result: ReportResult, from: number, to: number): number[] => [...result.sizes.rows.subarray(from, to)]

function inMemory(template: ReportTemplate, rows: readonly Row[], facts: ColumnFacts): Seen {
  const result = runReport(template, { datasets: new Map([['d', datasetOf('d', rows, facts)]]), params })
  const cells = Array.from(result.rows(), (row) => row.map((shown) => seen(shown, result, 0)))
  const { rows: count } = result.run.placements
  return {
    cells: [cells, [...result.sizes.columns], heights(result, 0, count)],
    breaks: [...result.conditions.breaks].filter((row) => row < count).sort((a, b) => a - b),
    rows: count,
  }
}

async function streamed(
  template: ReportTemplate,
  rows: readonly Row[],
  { facts, portionRows }: { facts: ColumnFacts; portionRows: number },
): Promise<Seen> {
  const batches = (): Row[][] => rows.map((row) => [row])
  const report = await StreamedReport.open(template, { rows: batches, facts, params, portionRows })
  if (report === undefined) throw new Error('not streamed')
  const [cells, sizes, breaks]: [unknown[], number[], number[]] = [[], [], []]
  let count = 0
  for await (const { result, from, to, before } of report.portions()) {
    for (const row of result.rowsBetween(from, to)) {
      const first = cells.length - (row[0]?.box.y0 ?? 0)
      cells.push(row.map((shown) => seen(shown, result, first)))
    }
    sizes.push(...heights(result, from, to))
    for (const row of result.conditions.breaks) {
      const at = before + row - from
      if (row >= from && row <= to) breaks.push(at)
    }
    count = before + to - from
  }
  return {
    cells: [cells, [...report.first.sizes.columns], sizes],
    breaks: [...new Set(breaks)].filter((row) => row < count).sort((a, b) => a - b),
    rows: count,
  }
}

const params = { limit: 5 }

/** A small generator of numbers, the same in each run. */
function dice(seed: number): (sides: number) => number {
  let state = seed * 2_654_435_761 + 1
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

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
          value: { field: 'd.k', as: 'group', adjacent: true },
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
    ...maybe({ at: `G${row}`, value: { expr: 'row.a' } }),
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

describe('a streamed report', () => {
  it('is the report made in memory, cell by cell, wherever its rows are cut', async () => {
    let streamable = 0
    for (let seed = 1; seed <= 300; seed += 1) {
      const roll = dice(seed)
      const template = randomTemplate(roll)
      const rows = randomRows(roll)
      const tier = tierOf(compileTemplate(template), template)
      if (tier.kind === 'memory') continue
      streamable += 1
      const expected = inMemory(template, rows, facts)
      for (const portionRows of [1, 3, 100])
        expect(await streamed(template, rows, { facts, portionRows }), `seed ${seed}`).toEqual(expected)
    }
    expect(streamable).toBeGreaterThan(200)
  })
})
