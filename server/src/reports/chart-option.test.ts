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

  it('shows every alarm of a long line, and none of its other points', async () => {
    const draw = await drawingOf()
    const values = Array.from({ length: 200 }, (_, place) => (place % 7 === 3 ? 4.25 : 4.2))
    const marked = values.flatMap((value, place) => (value > 4.2 ? [place] : []))
    const long = {
      ...base,
      categories: values.map((_, place) => String(place)),
      series: [{ ...(base.series[0] as (typeof base.series)[number]), values, texts: values.map(String) }],
      marked,
    }
    const svg = draw(long, { widthMm: 160, heightMm: 40 })
    const red = [...svg.matchAll(/<path[^>]*fill="#b42318"/g)]
    expect(red).toHaveLength(marked.length)
  })

  it('makes points of alarms large and red, on paper and in a workbook', () => {
    const [series] = chartOption(base, 400)['series'] as { data: unknown[] }[]
    expect(series?.data[1]).toMatchObject({ value: 4.219, symbolSize: 8, itemStyle: { color: '#b42318' } })
    const xml = chartXml(base)
    expect(xml).toContain('<c:dPt><c:idx val="1"/><c:marker><c:symbol val="circle"/><c:size val="8"/>')
    expect(xml.match(/<c:ser>/g)).toHaveLength(3)
    expect(xml).toContain('<c:v>4.2161</c:v>')
  })

  it('has no axes when it is plain', () => {
    const option = chartOption({ ...base, plain: true }, 400)
    expect(option['xAxis']).toMatchObject({ show: false })
    expect(chartXml({ ...base, plain: true }).match(/<c:delete val="1"\/>/g)).toHaveLength(2)
  })
})

/** Words of a drawing with their places. */
const wordsIn = (svg: string): { text: string; x: number; y: number }[] =>
  [...svg.matchAll(/<text([^>]*)>([^<]*)<\/text>/g)].map((match) => {
    const [, x = '0', y = '0'] =
      /translate\(([\d.-]+) ([\d.-]+)\)/.exec(match[1] ?? '') ??
      / x="([\d.-]+)" y="([\d.-]+)"/.exec(match[1] ?? '') ??
      []
    return { text: match[2] ?? '', x: Number(x), y: Number(y) }
  })

describe('words on bars', () => {
  const shares = [0.7, 0.886, 0.92, 0.955, 1]
  const bars: ReportChart = {
    ...base,
    kind: 'bar',
    categories: ['V07 宏达弹簧', 'V05 明泰包材', 'V03 盛塑树脂', 'V02 恒力色母', 'V09 康润硅油'],
    series: [
      {
        ...(base.series[0] as ReportChart['series'][number]),
        as: 'bar',
        format: '0.0%',
        labels: true,
        values: shares,
        texts: shares.map((share) => `${(share * 100).toFixed(1)}%`),
      },
    ],
    lines: [{ value: 0.95, name: '目标', text: '95.0%', color: '#56606b' }],
    marked: [],
    min: 0,
    max: 1,
  }

  it('keep clear of a target: the values at the foot of their bars, its words beside the plot', async () => {
    const words = wordsIn((await drawingOf())(bars, { widthMm: 150, heightMm: 40 }))
    const place = (text: string) => words.find((word) => word.text === text) ?? { x: NaN, y: NaN }
    const values = ['70.0%', '88.6%', '92.0%', '95.5%', '100.0%'].map(place)
    const target = place('目标 95.0%')
    expect(new Set(values.map(({ y }) => y)).size).toBe(1)
    for (const value of values) expect(value.y - target.y).toBeGreaterThan(30)
    // The middle of the last bar and half of it lie left of where the words begin.
    expect(target.x - Math.max(...values.map(({ x }) => x))).toBeGreaterThan(20)
  })

  it('of the first bar of a Pareto chart stand in it, for the cumulative line begins on its top', () => {
    const [series] = bars.series
    const pareto: ReportChart = {
      ...bars,
      kind: 'pareto',
      lines: [],
      series: series ? [{ ...series, color: '#c8963e', values: [18, 6, 5, 1, 1] }] : [],
    }
    const drawn = chartOption(pareto, 400)['series'] as { data: { label?: { position: string; color: string } }[] }[]
    expect(drawn[0]?.data[0]?.label).toEqual({ position: 'insideTop', color: '#1b2026' })
    expect(drawn[0]?.data[1]).toBe(6)
    const red = chartOption({ ...pareto, colors: ['#b42318'] }, 400)['series'] as typeof drawn
    expect(red[0]?.data[0]?.label?.color).toBe('#ffffff')
  })
  it('of a first bar too narrow for its value stand left of that line', () => {
    const [series] = bars.series
    const values = [2234, 1398, 838, 690, 670, 588, 571, 321, 162]
    const pareto: ReportChart = {
      ...bars,
      kind: 'pareto',
      lines: [],
      categories: ['飞边', '短射', '气泡', '其他', '色差', '泄漏', '封口', '外观', '印刷'],
      series: series ? [{ ...series, values, texts: values.map(String) }] : [],
    }
    const drawn = chartOption(pareto, 230)['series'] as { data: { label?: { position: string; align?: string } }[] }[]
    expect(drawn[0]?.data[0]?.label).toMatchObject({ position: 'top', align: 'right', color: '#1b2026' })
  })

  it('every bar of a chart has its name below it, in lines as wide as the bar has room', async () => {
    const names = ['模具粘料', '加湿失败', '顶针卡滞', '液压泄漏', '加热圈断路', '机械手取件失败', '其他']
    const [series] = bars.series
    const pareto: ReportChart = {
      ...bars,
      kind: 'pareto',
      lines: [],
      categories: names,
      series: series ? [{ ...series, values: [293, 189, 152, 117, 97, 89, 800], texts: [] }] : [],
    }
    const words = wordsIn((await drawingOf())(pareto, { widthMm: 85, heightMm: 40 })).map(({ text }) => text)
    expect(words.join('')).toContain(names[0]?.slice(0, 3))
    for (const name of names) for (const sign of name) expect(words.join('')).toContain(sign)
  })
})
