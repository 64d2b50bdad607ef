import type { Sheet, TemplateCell } from '@gemba/contracts/template'
import { describe, expect, it } from 'vitest'
import { chartOf } from './charts.ts'
import { datasetOf, type Row } from './dataset.ts'
import { pageWords } from './print-layout.ts'
import { runReport, type ReportResult } from './report-result.ts'
import { lineCount, textWidthMm } from './text-width.ts'

function run(cells: TemplateCell[], { sheet, rows }: { sheet?: Sheet; rows: Row[] }): ReportResult {
  return runReport({ cells, ...(sheet ? { sheet } : {}) }, { datasets: new Map([['d', datasetOf('d', rows)]]) })
}

/** Paper that holds a number of rows of 50 mm. */
const paper = (rows: number, more: Partial<Extract<Sheet['paging'], { mode: 'paper' }>> = {}): Sheet => ({
  defaultRowHeight: 50,
  paging: {
    mode: 'paper',
    size: [100, 20 + rows * 50],
    orientation: 'portrait',
    order: 'downThenOver',
    margins: { top: 10, right: 10, bottom: 10, left: 10 },
    ...more,
  },
})

const groups: Row[] = ['A', 'A', 'B', 'B', 'B', 'C'].map((g, i) => ({ g, n: i + 1 }))
const pagesOf = (result: ReportResult): string[] =>
  result.pageGrids().map((page) => page.map((row) => row.map((value) => value ?? '·').join(' ')).join('|'))

const list: TemplateCell[] = [
  { at: 'A1', value: { field: 'd.g', as: 'group' }, expand: 'down' },
  { at: 'B1', value: { field: 'd.n', as: 'list' }, expand: 'down' },
]

describe('paper', () => {
  it('takes as many rows as fit and prints a cut group again', () => {
    expect(pagesOf(run(list, { sheet: paper(4), rows: groups }))).toEqual(['A 1|· 2|B 3|· 4', 'B 5|C 6'])
  })

  it('moves a block that is to stay together to the next page', () => {
    const together = list.map((cell) => (cell.at === 'A1' ? { ...cell, keepTogether: true } : cell))
    expect(pagesOf(run(together, { sheet: paper(4), rows: groups }))).toEqual(['A 1|· 2', 'B 3|· 4|· 5|C 6'])
  })

  it('cuts a block that is longer than a page all the same', () => {
    const together = list.map((cell) => (cell.at === 'A1' ? { ...cell, keepTogether: true } : cell))
    expect(pagesOf(run(together, { sheet: paper(2), rows: groups }))).toEqual(['A 1|· 2', 'B 3|· 4', 'B 5|C 6'])
  })

  it('keeps a heading with the row behind it', () => {
    const cells: TemplateCell[] = [
      { at: 'A1', value: { field: 'd.g', as: 'group' }, expand: 'down', keepWith: 'next' },
      { at: 'A2', value: { field: 'd.n', as: 'list' }, expand: 'down', left: 'A1' },
    ]
    expect(pagesOf(run(cells, { sheet: paper(4), rows: groups }))).toEqual(['A|1|2', 'B|3|4|5', 'C|6'])
  })

  it('prints the header of a group again where the group is cut', () => {
    const cells: TemplateCell[] = [
      { at: 'A1', value: { field: 'd.g', as: 'group' }, expand: 'down', repeatOnPage: true },
      { at: 'A2', value: { field: 'd.n', as: 'list' }, expand: 'down', left: 'A1' },
    ]
    expect(pagesOf(run(cells, { sheet: paper(5), rows: groups }))).toEqual(['A|1|2|B|3', 'B|4|5|C|6'])
  })

  it('prints the header of the table again that is cut, never that of another one', () => {
    const cells: TemplateCell[] = [
      { at: 'A1', value: { lit: 'H1' }, repeatOnPage: true },
      { at: 'A2', value: { field: 'd.n', as: 'list' }, expand: 'down' },
      { at: 'A3', value: { lit: 'note' }, repeatOnPage: false },
      { at: 'A4', value: { lit: 'H2' }, repeatOnPage: true },
      { at: 'A5', value: { field: 'd.g', as: 'list' }, expand: 'down' },
    ]
    const pages = pagesOf(run(cells, { sheet: paper(4), rows: groups }))
    expect(pages).toEqual(['H1|1|2|3', 'H1|4|5|6', 'note|H2|A|A', 'H2|B|B|B', 'H2|C'])
  })

  it('fills what a cell shows into the lines of the page', () => {
    const cells: TemplateCell[] = [
      { at: 'A1', value: { field: 'd.n', as: 'list', order: { by: 'self', dir: 'desc' } }, expand: 'down' },
      { at: 'A2', value: { expr: 'SUM(A1)' }, format: '#,##0.0' },
    ]
    const footer = '{A2} / {A1} / {Z9} / {page}'
    const result = run(cells, { sheet: paper(9, { footer }), rows: groups })
    const words = pageWords(footer, result, { page: 2, pages: 3, name: '' })
    expect(words.center).toBe('21.0 / 6 / {Z9} / 2')
  })

  it('leaves room for the title on the first page and the summary on the last', () => {
    const cells: TemplateCell[] = [
      { at: 'A1', value: { lit: 'T' }, band: 'title' },
      { at: 'A2', value: { lit: 'H' }, band: 'headerRepeat' },
      { at: 'A3', value: { field: 'd.n', as: 'list' }, expand: 'down' },
      { at: 'A4', value: { lit: 'S' }, band: 'summary' },
    ]
    expect(pagesOf(run(cells, { sheet: paper(4), rows: groups }))).toEqual(['T|H|1|2', 'H|3|4|5', 'H|6|S'])
    expect(pagesOf(run(cells, { sheet: paper(4), rows: groups.slice(0, 5) }))).toEqual(['T|H|1|2', 'H|3|4', 'H|5|S'])
  })

  it('cuts columns that are wider than the paper into pages side by side, with the repeated ones on each', () => {
    const cells: TemplateCell[] = [
      { at: 'A1', value: { field: 'd.g', as: 'group' }, expand: 'down', band: 'leftRepeat' },
      { at: 'B1', value: { lit: 'b' } },
      { at: 'C1', value: { lit: 'c' } },
      { at: 'D1', value: { lit: 'd' } },
    ]
    const sheet = { ...paper(2), defaultColumnWidth: 25 }
    expect(pagesOf(run(cells, { sheet, rows: groups }))).toEqual(['A b c|B b c', 'C b c', 'A d|B d', 'C d'])
    const over = { ...paper(2, { order: 'overThenDown' }), defaultColumnWidth: 25 }
    expect(pagesOf(run(cells, { sheet: over, rows: groups }))).toEqual(['A b c|B b c', 'A d|B d', 'C b c', 'C d'])
    const fitted = run(cells, { sheet: { ...paper(2, { fitToWidth: true }), defaultColumnWidth: 25 }, rows: groups })
    expect(fitted.scale()).toBeCloseTo(0.8, 9)
    expect(pagesOf(fitted)).toEqual(['A b c d|B b c d', 'C b c d'].slice(0, pagesOf(fitted).length))
  })

  it('never loses or doubles a row of the body', () => {
    for (let size = 2; size < 9; size += 1) {
      for (const cells of [list, list.map((cell) => ({ ...cell, keepTogether: true }))]) {
        const result = run(cells, { sheet: paper(size), rows: groups })
        const numbers = result.pageGrids().flatMap((page) => page.map((row) => row[1]))
        expect(numbers).toEqual([1, 2, 3, 4, 5, 6])
      }
    }
  })
})

describe('sizes of lines', () => {
  it('follow the template line that an output line stems from', () => {
    const result = run(list, { sheet: { rowHeights: { '1': 9 }, columnWidths: { B: 40 } }, rows: groups })
    expect([...result.sizes.rows]).toEqual([9, 9, 9, 9, 9, 9])
    expect([...result.sizes.columns]).toEqual([22, 40])
  })

  it('grow for text that wraps, so that no word is cut off', () => {
    const cells: TemplateCell[] = [{ at: 'A1', value: { lit: '停机原因'.repeat(30) }, style: { wrap: true } }]
    const { sizes } = run(cells, { rows: [] })
    expect(sizes.rows[0]).toBeGreaterThan(60)
    expect(lineCount('一二三四', { sizePt: 10, widthMm: textWidthMm('一二', 10) + 0.01 })).toBe(2)
    expect(lineCount('a\nb', { sizePt: 10, widthMm: 100 })).toBe(2)
  })
})

describe('a chart', () => {
  const chart = (value: TemplateCell['value']): ReturnType<typeof chartOf> => {
    const result = run([...list, { at: 'A3', value }], { rows: groups })
    const cell = result.run.template.byAddress.get('A3')
    return cell === undefined ? undefined : chartOf(result.run, cell, 0)
  }

  it('reads its values from cells', () => {
    const found = chart({ chart: { kind: 'bar', category: 'A1', values: [{ name: 'n', value: 'B1', format: '0.0' }] } })
    expect(found).toMatchObject({
      categories: ['A', 'B', 'C'],
      series: [{ values: [1, 2, 3], texts: ['1.0', '2.0', '3.0'] }],
    })
  })

  it('sums rows by category, and adds the cumulative share to a Pareto chart', () => {
    const found = chart({ chart: { kind: 'pareto', rows: { dataset: 'd', category: 'g', value: 'n', as: 'sum' } } })
    expect(found?.categories).toEqual(['A', 'B', 'C'])
    expect(found?.series.map(({ values }) => values)).toEqual([
      [3, 12, 6],
      [3 / 21, 15 / 21, 1],
    ])
  })

  it('names the error of an expression and leaves a gap, never zero', () => {
    const found = chart({ chart: { kind: 'line', category: 'A1', values: [{ value: '1/0' }] } })
    expect(found).toMatchObject({ errors: ['#DIV/0!'], series: [{ values: [null, null, null] }] })
  })

  it('has lines for its target and its limits, and leaves out those without a value', () => {
    const found = chart({
      chart: {
        kind: 'line',
        category: 'A1',
        values: [{ value: 'B1', format: '0.000' }],
        target: { value: '4.2', name: 'CL' },
        lines: [{ value: '4.2161', name: 'UCL', color: '#b42318' }, { value: 'NULL' }],
        marked: 'B1>2',
      },
    })
    expect(found?.lines).toEqual([
      { value: 4.2, name: 'CL', text: '4.200', color: undefined },
      { value: 4.2161, name: 'UCL', text: '4.216', color: '#b42318' },
    ])
    expect(found?.marked).toEqual([2])
  })
})

describe('an instant', () => {
  it('is read on the wall clock of the report, as a number of milliseconds too', () => {
    const fields = new Map([['at', 'instant' as const]])
    const rows = [{ at: '2026-11-20T17:00:00Z' }, { at: Date.UTC(2026, 10, 20, 17) }]
    const cells: TemplateCell[] = [
      { at: 'A1', value: { field: 'd.at', as: 'list' }, expand: 'down', format: 'yyyy-mm-dd hh:mm' },
      { at: 'B1', value: { expr: 'TEXT(A1,"yyyy-mm-dd hh:mm")' } },
    ]
    const result = runReport(
      { cells },
      { datasets: new Map([['d', datasetOf('d', rows, { types: fields })]]), timeZone: 'Asia/Shanghai' },
    )
    expect(result.grid()).toEqual(Array.from({ length: 2 }, () => ['2026-11-21 01:00', '2026-11-21 01:00']))
  })
})
