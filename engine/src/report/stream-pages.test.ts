import type { Sheet } from '@gemba/contracts/template'
import { describe, expect, it } from 'vitest'
import { compileTemplate, type ReportTemplate } from './compile.ts'
import { datasetOf, type Row } from './dataset.ts'
import { printedPages, printLayout } from './print-layout.ts'
import { runReport, type ShownCell } from './report-result.ts'
import { heightsOn, shownOn, StreamedPages, type DealtPage } from './stream-pages.ts'
import { StreamedReport } from './stream-report.ts'
import { dice } from './streamed-fixture.ts'
import { tierOf } from './tier.ts'

type Cell = ReportTemplate['cells'][number]
type Roll = (sides: number) => number

/** What a reader sees of a page. */
interface SeenPage {
  cells: unknown[][]
  heights: number[]
}

const seen = ({ box, cell, blank, value, display, settings }: ShownCell): unknown => ({
  at: [box.y0, box.x0, box.y1, box.x1],
  cell: cell.address,
  blank,
  value,
  text: display.text,
  settings,
})

function inMemory(template: ReportTemplate, rows: readonly Row[]): SeenPage[] {
  const result = runReport(template, { datasets: new Map([['d', datasetOf('d', rows)]]) })
  return Array.from(printedPages(result, printLayout(result)), (page) => ({
    cells: Array.from(page.rows, (row) => row.map(seen)),
    heights: Array.from(page.lines, (line) => result.sizes.rows[line] as number),
  }))
}

async function streamed(
  template: ReportTemplate,
  rows: readonly Row[],
  portionRows: number,
): Promise<{ pages: SeenPage[]; across: number } | undefined> {
  const report = await StreamedReport.open(template, { rows: () => rows.map((row) => [row]), portionRows })
  if (report === undefined || report.plan.pageReasons.length > 0) return undefined
  const { first } = report
  const own = first.paging
  const paging = own === undefined || own.mode === 'continuous' ? printLayout(first).paging : own
  const across = first.pageColumns(paging)
  const [columns = new Int32Array()] = across
  const pager = new StreamedPages(report, paging)
  const pages: SeenPage[] = []
  const look = (page: DealtPage): void => {
    const cells = Array.from(shownOn(page, columns), (row) => row.map(seen))
    expect(page.number).toBe(pages.push({ cells, heights: [...heightsOn(page)] }))
  }
  for await (const portion of report.portions()) for (const page of pager.take(portion)) look(page)
  return { pages, across: across.length }
}

function randomPaging(roll: Roll): Sheet['paging'] {
  const rows = 4 + roll(6)
  const margins = { top: 10, right: 10, bottom: 10, left: 10 }
  const size: [number, number] = [300, 20 + rows * 10]
  const paper = { mode: 'paper', size, orientation: 'landscape', order: 'downThenOver', margins } as const
  const upright = { ...paper, size: [120, 20 + rows * 10] as [number, number], orientation: 'portrait' as const }
  return [
    paper,
    upright,
    { ...upright, fitToWidth: true },
    { mode: 'fixedRows' as const, rows },
    { mode: 'breaks' as const },
    undefined,
  ][roll(6)]
}

/** Heads, groups or a list, totals, with everything that asks something of pages. */
function randomReport(roll: Roll): ReportTemplate {
  const one = <T>(...options: T[]): T => options[roll(options.length)] as T
  const maybe = (...cells: Cell[]): Cell[] => (roll(2) === 0 ? cells : [])
  const joins = (): Partial<Cell> =>
    one({}, {}, { keepWith: 'next' }, { keepWith: 'prev' }, { repeatOnPage: true }, { keepTogether: true })
  const rule = one<NonNullable<Cell['when']>>(
    [{ if: 'THIS > 6', set: { pageBreakAfter: true } }],
    [{ if: 'THIS = 3', set: { pageBreakBefore: true } }],
    [{ if: 'THIS = 4', set: { hideRow: true } }],
    [{ if: 'THIS > 7', set: { rowHeight: 23 } }],
    [{ if: 'MOD(&A3, 2) = 0', scope: 'row', set: { bg: '#eeeeee', pageBreakBefore: true } }],
  )
  const head: Cell[] = [
    { at: 'A1', value: { lit: '标题' }, ...one<Partial<Cell>>({}, { band: 'title' }, { band: 'summary' }, joins()) },
    ...maybe({ at: 'C1', value: { lit: 1 }, when: [{ if: 'THIS = 1', set: { pageBreakAfter: true } }] }),
    {
      at: 'A2',
      value: { lit: '表头' },
      ...one<Partial<Cell>>({ band: 'headerRepeat' }, { repeatOnPage: true }, joins()),
    },
  ]
  const isGrouped = roll(3) > 0
  const merge = one('merge', 'first', 'repeat')
  const list: Cell[] = isGrouped
    ? [
        {
          at: 'A3',
          value: { field: 'd.k', as: 'group', adjacent: true },
          expand: 'down',
          span: [3, 1],
          merge,
          ...joins(),
          ...(roll(3) === 0 ? { repeatOnSplit: false } : {}),
        },
        { at: 'B3', value: { lit: '组' }, ...joins() },
        { at: 'B4', value: { field: 'd.t', as: 'list' }, expand: 'down', style: { wrap: true }, ...joins() },
        { at: 'C4', value: { field: 'd.a', as: 'list' }, when: rule },
        { at: 'C5', value: { expr: 'SUM(C4)' }, ...joins() },
        ...maybe({ at: 'D4', value: { expr: one('ACCSUM(C4)', 'C4 * 2', 'ROW()') } }),
      ]
    : [
        { at: 'A3', value: { field: 'd.k', as: 'list' }, expand: 'down', ...joins() },
        { at: 'B3', value: { field: 'd.t', as: 'list' }, style: { wrap: true } },
        { at: 'C3', value: { field: 'd.a', as: 'list' }, when: rule, ...joins() },
        ...maybe({ at: 'D3', value: { expr: one('ACCSUM(C3)', 'C3 * 2', 'ROW()') } }),
      ]
  const [at, from] = isGrouped ? [6, 4] : [4, 3]
  const tail: Cell[] = [
    ...maybe({ at: `A${at}`, value: { lit: '注' }, span: one([1, 1], [2, 1]), ...joins() }),
    ...maybe({
      at: `B${at}`,
      value: { lit: 5 },
      band: one('footerRepeat', 'title', 'summary'),
      when: [
        { if: 'THIS = 5', set: one<NonNullable<Cell['when']>[0]['set']>({ bold: true }, { pageBreakBefore: true }) },
      ],
    }),
    ...maybe({
      at: `C${at + 1}`,
      value: { expr: `SUM(C${from})` },
      ...one({}, { band: 'summary' as const }),
      ...joins(),
    }),
    ...maybe({ at: `D${at + 1}`, value: { lit: '完' }, ...joins() }),
  ]
  return { cells: [...head, ...list, ...tail], sheet: { defaultRowHeight: 10, paging: randomPaging(roll) } }
}

const randomRows = (roll: Roll): Row[] => {
  let group = 0
  return Array.from({ length: roll(40) }, () => {
    if (roll(4) === 0) group += 1
    return { k: group, a: roll(9), t: roll(5) === 0 ? 'long words that have to be wrapped '.repeat(roll(6)) : 't' }
  })
}

describe('pages of a streamed report', () => {
  it('are those of the report in memory, wherever its rows are cut', async () => {
    let pages = 0
    let streamable = 0
    for (let seed = 1; seed <= 150; seed += 1) {
      const roll = dice(seed)
      const template = randomReport(roll)
      const rows = randomRows(roll)
      const expected = inMemory(template, rows)
      for (const portionRows of [1, 5, 100]) {
        const own = await streamed(template, rows, portionRows)
        if (own === undefined) continue
        streamable += 1
        pages += own.pages.length
        expect(own.pages, `seed ${seed}, ${portionRows} rows`).toEqual(expected.slice(0, own.pages.length))
        expect(own.pages.length * own.across, `seed ${seed}`).toBe(expected.length)
      }
    }
    expect(streamable).toBeGreaterThan(300)
    expect(pages / streamable).toBeGreaterThan(3)
  })
})

describe('pages are cut in memory, with the reason,', () => {
  const list: Cell[] = [
    { at: 'A1', value: { field: 'd.k', as: 'list' }, expand: 'down' },
    { at: 'B1', value: { field: 'd.a', as: 'list' } },
  ]
  const reasons = (cells: Cell[], paging: Sheet['paging']): unknown => {
    const template = { cells, sheet: { paging } }
    const tier = tierOf(compileTemplate(template), template)
    return tier.kind === 'stream' ? tier.plan.pageReasons : tier
  }
  const paper = { mode: 'paper', size: 'A4', orientation: 'portrait', order: 'downThenOver' } as const
  const footer = (cell: Omit<Cell, 'at'>): Cell[] => [...list, { at: 'B2', band: 'footerRepeat', ...cell }]

  it('when only breaks would end them and there are none', () => {
    expect(reasons(list, { mode: 'breaks' })).toEqual([{ key: 'tierOnePage', cells: ['A1'] }])
    const cut = list.map((cell) => ({ ...cell, when: [{ if: 'THIS = 3', set: { pageBreakAfter: true } }] }))
    expect(reasons(cut, { mode: 'breaks' })).toEqual([])
  })

  it('when each of them shows what all rows come to', () => {
    const cause = [{ key: 'tierPageBand', cells: ['B2'] }]
    expect(reasons(footer({ value: { expr: 'SUM(B1)' } }), paper)).toEqual(cause)
    const when = [{ if: 'SUM(B1) > 3', set: { bold: true } }]
    expect(reasons(footer({ value: { lit: 'x' }, when }), paper)).toEqual(cause)
    expect(reasons(footer({ value: { expr: '1 + 1' } }), paper)).toEqual([])
  })
})
