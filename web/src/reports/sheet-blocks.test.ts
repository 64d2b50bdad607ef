import { describe, expect, it } from 'vitest'
import { blocksOf, headOf, rowsOf } from './sheet-blocks.ts'

const page = (rows: string): Document =>
  new DOMParser().parseFromString(
    `<section class="page"><div class="sheet"><table>${rows}</table></div></section>`,
    'text/html',
  )

const text = (value: string, more = '') => `<td data-cell="A1" ${more}>${value}</td>`
const figure = (value: string) => `<td class="n s1" data-cell="B2">${value}</td>`
const TABLE = `<tr>${text('Unit')}${text('Good')}${text('Scrap')}</tr>
<tr>${text('IM01', 'rowspan="2"')}${figure('9,762')}${figure('118')}</tr>
<tr>${figure('9,643')}${figure('121')}${figure('5')}</tr>`

describe('a page for a narrow screen', () => {
  it('has texts as they come and figures with their headings as a table', () => {
    const blocks = blocksOf(rowsOf(page(`<tr>${text('Daily report', 'colspan="3"')}</tr><tr></tr>${TABLE}`)))
    expect(blocks.map(({ kind }) => kind)).toEqual(['text', 'table'])
    const [, table] = blocks
    if (table?.kind !== 'table') throw new Error('no table')
    expect(table.head.map((row) => row.map(({ text: each }) => each))).toEqual([['Unit', 'Good', 'Scrap']])
    expect(table.body).toHaveLength(2)
  })

  it('has a chart as the table of what it shows, and nothing of the words of its axes', () => {
    const figures = {
      title: '',
      categories: ['V07', 'V05'],
      series: [{ name: '准时率', texts: ['70.0%', ''] }],
      lines: [{ name: '目标', text: '95.0%' }],
    }
    const attribute = JSON.stringify(figures).replaceAll('"', '&quot;')
    const drawing = '<svg><text>0%</text><text>20%</text><text>V07</text></svg>'
    const chart = `<td class="m" data-cell="A10" data-chart="${attribute}">${drawing}</td>`
    const sparkline = `<td class="m" data-cell="B10">${drawing}</td>`
    const blocks = blocksOf(rowsOf(page(`<tr>${text('On time')}</tr><tr>${chart}${sparkline}</tr>`)))
    expect(blocks.map(({ kind }) => kind)).toEqual(['text', 'chart'])
    expect(blocks[1]).toEqual({ kind: 'chart', chart: figures, points: [] })
    const broken = `<td class="m" data-cell="A10" data-chart="{">${drawing}</td>`
    expect(blocksOf(rowsOf(page(`<tr>${broken}</tr>`)))).toEqual([])
  })

  it('knows the column of a cell beside one that reaches over rows', () => {
    const rows = rowsOf(page(TABLE))
    expect(rows[2]?.map(({ x }) => x)).toEqual([1, 2, 3])
  })

  it('stacks label, figure and note of the same columns into cards', () => {
    const line = (...values: string[]) => `<tr>${values.map((value) => text(value)).join('')}</tr>`
    const blocks = blocksOf(
      rowsOf(page(line('Good', 'OEE') + line('107,815', '81.7%') + line('plan 109,050', 'target'))),
    )
    expect(blocks).toHaveLength(1)
    expect(blocks[0]).toMatchObject({ kind: 'cards' })
    if (blocks[0]?.kind !== 'cards') throw new Error('no cards')
    expect(blocks[0].cards.map((card) => card.map((cell) => cell.text))).toEqual([
      ['Good', '107,815', 'plan 109,050'],
      ['OEE', '81.7%', 'target'],
    ])
    expect(blocks[0].cards[1]?.[1]?.isNumber).toBe(true)
  })

  it('takes one row of figures for cards, not for a table', () => {
    const cards = blocksOf(rowsOf(page(`<tr>${figure('107,815')}${figure('81.7 %')}${figure('683')}</tr>`)))
    expect(cards.map(({ kind }) => kind)).toEqual(['text'])
  })

  it('shows markup in the data as the text it is', () => {
    const [row] = rowsOf(page(`<tr>${text('&lt;img src=x onerror=alert(1)&gt;')}</tr>`))
    expect(row?.[0]?.text).toBe('<img src=x onerror=alert(1)>')
  })

  it('names the headings of its longest table, and where that ends', () => {
    expect(headOf(rowsOf(page(`<tr>${text('Title')}</tr>${TABLE}`)))).toEqual({ from: 1, to: 2, end: 4 })
    expect(headOf(rowsOf(page(`<tr>${text('Title')}</tr>`)))).toBeNull()
  })

  it('has the rows of a box after the row in which it stands, each figure with its own address', () => {
    const inner = '<tr><td data-cell="B1.A1">换模</td><td data-cell="B1.B1" class="n">12</td></tr>'
    const box = `<td class="b"><div class="boxed"><div><table>${inner}</table></div></div></td>`
    const rows = rowsOf(page(`<tr>${text('IM01')}${box}</tr><tr>${text('IM02')}</tr>`))
    expect(rows.map((row) => row.map((cell) => [cell.text, cell.address]))).toEqual([
      [
        ['IM01', 'A1'],
        ['', null],
      ],
      [
        ['换模', 'B1.A1'],
        ['12', 'B1.B1'],
      ],
      [['IM02', 'A1']],
    ])
  })
})
