// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { clickAt } from './page-clicks.ts'

const page = (inner: string): Element => {
  const body = document.createElement('div')
  body.innerHTML = `<table><tr>${inner}</tr></table>`
  return body
}
const points = JSON.stringify([
  ['/reports/one?p=1', null],
  ['/reports/one?p=3', '/reports/one?p=4'],
])
const chart = page(
  `<td data-cell="A2" data-points='${points}'><svg><path id="b" ecmeta_series_index="1" ecmeta_data_index="1"></path><path id="none" ecmeta_series_index="0" ecmeta_data_index="1"></path><path id="far" ecmeta_series_index="7" ecmeta_data_index="0"></path><path id="axis"></path></svg></td>`,
)

describe('a click on a page', () => {
  it('on a link is the link, with the cell that it stands in', () => {
    const cell = page('<td data-cell="B3"><a href="#rows:"><b>12</b></a></td>')
    expect(clickAt(cell.querySelector('b'))).toEqual({ href: '#rows:', cell: 'B3' })
  })

  it('on a figure is its cell', () => {
    expect(clickAt(page('<td data-cell="B3">12</td>').querySelector('td'))).toEqual({ href: null, cell: 'B3' })
  })

  it('on a point of a chart is where that point leads; elsewhere on the chart it is the cell', () => {
    const at = (id: string) => clickAt(chart.querySelector(`#${id}`)).href
    expect([at('b'), at('none'), at('far'), at('axis')]).toEqual(['/reports/one?p=4', null, '/reports/one?p=3', null])
  })

  it('beside everything is nothing', () => {
    expect(clickAt(null)).toEqual({ href: null, cell: null })
  })
})
