import type { ReportChart } from '@gemba/engine/report/charts'
import { describe, expect, it } from 'vitest'
import { chartOption } from './chart-option.ts'
import { drawingOf } from './draw-chart.ts'
import { chartXml } from './xlsx-chart.ts'

const base: ReportChart = {
  kind: 'line',
  title: '',
  categories: ['1', '2', '3'],
  series: [
    {
      name: 'mean',
      as: 'line',
      axis: 'left',
      color: '#4a5560',
      format: '0.000',
      labels: false,
      values: [4.2, 4.219, 4.19],
      texts: ['4.200', '4.219', '4.190'],
    },
  ],
  lines: [
    { value: 4.2161, name: 'UCL', text: '4.216', color: '#b42318' },
    { value: 4.1839, name: 'LCL', text: '4.184', color: '#b42318' },
  ],
  marked: [1],
  plain: false,
  legend: false,
  outlined: new Set(),
  colors: [],
  min: undefined,
  max: undefined,
  errors: [],
}

/** Height of the first path of a colour in a drawing: lines are the paths with a dash. */
const heightsOf = (svg: string): number[] =>
  [...svg.matchAll(/<path d="M[\d.]+ ([\d.]+)L[\d.]+ \1[^"]*"[^>]*stroke="#b42318"[^>]*stroke-dasharray/g)].map(
    (match) => Number(match[1]),
  )

describe('a chart with limits', () => {
  it('draws a limit where it is and not at the next hundredth, and keeps every limit in sight', async () => {
    const draw = await drawingOf()
    const svg = draw(base, { widthMm: 120, heightMm: 50 })
    const [upper, lower] = heightsOf(svg)
    const circles = [
      ...svg.matchAll(/translate\(([\d.]+),([\d.]+)\)|matrix\([\d.-]+,0,0,[\d.-]+,([\d.]+),([\d.]+)\)/g),
    ].map((match) => Number(match[2] ?? match[4]))
    expect(upper).toBeDefined()
    expect(lower).toBeGreaterThan(upper as number)
    // The middle point lies above the upper limit.
    expect(Math.min(...circles)).toBeLessThan(upper as number)
  })

  it('makes points of alarms large and red, on paper and in a workbook', () => {
    const [series] = chartOption(base)['series'] as { data: unknown[] }[]
    expect(series?.data[1]).toMatchObject({ value: 4.219, symbolSize: 8, itemStyle: { color: '#b42318' } })
    const xml = chartXml(base)
    expect(xml).toContain('<c:dPt><c:idx val="1"/><c:marker><c:symbol val="circle"/><c:size val="8"/>')
    expect(xml.match(/<c:ser>/g)).toHaveLength(3)
    expect(xml).toContain('<c:v>4.2161</c:v>')
  })

  it('has no axes when it is plain', () => {
    const option = chartOption({ ...base, plain: true })
    expect(option['xAxis']).toMatchObject({ show: false })
    expect(chartXml({ ...base, plain: true }).match(/<c:delete val="1"\/>/g)).toHaveLength(2)
  })
})
