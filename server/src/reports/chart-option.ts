import type { ChartSeries, ReportChart } from '@gemba/engine/report/charts'

/** Colours that keep apart in print and for colour-blind readers; the first is the quiet one. */
export const CHART_COLOURS = ['#84919e', '#c8963e', '#4f7f6f', '#5b78a6', '#a65b5b', '#8a6fa8', '#b0b7bf', '#6b8f3a']

const INK = '#1b2026'
const QUIET = '#56606b'
const HAIR = '#d5dae0'
/** Size of the words of a target or limit. */
const LINE_WORDS_PX = 9.5
/** A first bar of a Pareto chart that reaches this share of the total has room for its value inside. */
const ROOM_INSIDE = 0.15
/** Size of the words below an axis, and of the values at bars. */
const AXIS_WORDS_PX = 9.5
const VALUE_PX = 10
/** Up to so many bars each has its name below it, broken into lines; of more only some are named. */
const MOST_NAMED_BARS = 14
const MOST_BAR_PX = 34
export const ALARM = '#b42318'

export const CHART_FONT = 'Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, sans-serif'

/** The part of an option of ECharts that is used here; plain data. */
export type ChartOption = Record<string, unknown>

/**
 * A chart as an option for ECharts, `width` pixels wide at 96 to the inch. Letters are as large as those of the cells.
 */
export function chartOption(chart: ReportChart, width: number): ChartOption {
  const base: ChartOption = {
    animation: false,
    textStyle: { fontFamily: CHART_FONT, fontSize: 10, color: INK },
    title:
      chart.title === ''
        ? undefined
        : { text: chart.title, left: 0, top: 0, textStyle: { fontSize: 11, fontWeight: 700, color: INK } },
    legend: chart.legend
      ? { top: 0, right: 0, itemWidth: 10, itemHeight: 8, textStyle: { fontSize: 10, color: QUIET } }
      : undefined,
  }
  if (chart.kind === 'pie') return { ...base, series: [pieOf(chart)] }
  const series = chart.kind === 'waterfall' ? waterfallOf(chart) : barsAndLines(chart, bandOf(chart, width))
  return {
    ...base,
    ...(chart.plain ? plainAxes(chart) : axes(chart, bandOf(chart, width))),
    series: [...series, ...plotLines(chart)],
  }
}

/** About how many pixels one category of an upright chart has. */
function bandOf(chart: ReportChart, width: number): number {
  const isRight = chart.series.some(({ axis }) => axis === 'right')
  const beside = (isRight ? 34 : saysLinesOutside(chart) ? roomOfLines(chart) : 14) + leftOf(chart)
  return Math.max(0, width - beside) / Math.max(1, chart.categories.length)
}

/** The value of the first bar of a Pareto chart may stand to the left of it. */
const leftOf = ({ kind }: ReportChart): number => (kind === 'pareto' ? 16 : 4)

/** Names of bars are all there, in lines as wide as the bar has room; courses are named where there is room. */
function namesOf(chart: ReportChart, band: number): ChartOption {
  const isNamed = chart.kind !== 'line' && chart.kind !== 'horizontalBar' && chart.categories.length <= MOST_NAMED_BARS
  if (isNamed) return { interval: 0, width: Math.max(AXIS_WORDS_PX, band - 3), overflow: 'break', lineHeight: 12 }
  return { interval: chart.categories.length > 8 ? 'auto' : 0, hideOverlap: true }
}

function axes(chart: ReportChart, band: number): ChartOption {
  const isHorizontal = chart.kind === 'horizontalBar'
  const label = { fontSize: AXIS_WORDS_PX, color: QUIET }
  const categories = {
    type: 'category',
    data: chart.categories,
    inverse: isHorizontal,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: '#8b95a1' } },
    axisLabel: { ...label, ...namesOf(chart, band) },
  }
  const left = valueAxis(chart, { name: 'left', label })
  const right = chart.series.some(({ axis }) => axis === 'right') ? [valueAxis(chart, { name: 'right', label })] : []
  const top = chart.title !== '' || chart.legend ? 34 : 18
  return {
    grid: {
      left: leftOf(chart),
      right: right.length > 0 ? 4 : saysLinesOutside(chart) ? roomOfLines(chart) : 14,
      top,
      bottom: 4,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    xAxis: isHorizontal ? left : categories,
    yAxis: isHorizontal ? categories : [left, ...right],
  }
}

function valueAxis(chart: ReportChart, { name, label }: { name: 'left' | 'right'; label: ChartOption }): ChartOption {
  const isShare = chart.series.find(({ axis }) => axis === name)?.format?.includes('%') === true
  const isLabelled = name === 'left' && (chart.kind === 'pareto' || chart.kind === 'waterfall')
  const bounds = boundsOf(chart, name)
  return {
    type: 'value',
    ...bounds,
    axisLabel: {
      ...label,
      show: !isLabelled,
      hideOverlap: true,
      // A bound that reaches for a limit is no round number.
      ...(chart.lines.length > 0
        ? { showMaxLabel: false, ...(chart.kind === 'line' ? { showMinLabel: false } : {}) }
        : {}),
      formatter: isShare ? (value: number) => `${Math.round(value * 1000) / 10}%` : undefined,
    },
    splitLine: { show: name === 'left' && !isLabelled, lineStyle: { color: HAIR, width: 0.6 } },
  }
}

/** Among upright bars and courses the words of a line would be struck through: they stand to the right of the plot. */
const saysLinesOutside = ({ kind, lines, series }: ReportChart): boolean =>
  (kind === 'bar' || kind === 'stacked' || kind === 'line') &&
  lines.length > 0 &&
  !series.some(({ axis }) => axis === 'right')

const wordsOf = ({ name, text }: ReportChart['lines'][number]): string => `${name} ${text}`.trim()

/** About how wide words are: a Chinese sign is as wide as it is high, others about half of that. */
const widthOf = (text: string, size: number): number =>
  [...text].reduce((sum, sign) => sum + (/[\u2e80-\uffef]/.test(sign) ? size : size * 0.6), 0)

/** Pixels that the longest words of a line take. */
const roomOfLines = ({ lines }: ReportChart): number =>
  Math.ceil(Math.max(14, ...lines.map((line) => widthOf(wordsOf(line), LINE_WORDS_PX)))) + 8

/** A target or limit beyond all values stays in sight; null leaves the bound to the values. */
function reachOf({ lines }: ReportChart, side: 'min' | 'max'): (shown: { min: number; max: number }) => number | null {
  const all = lines.map(({ value }) => value)
  return ({ min, max }) => {
    const [lowest, highest] = [Math.min(min, ...all), Math.max(max, ...all)]
    const margin = (highest - lowest) * 0.05
    if (side === 'max') return highest > max ? highest + margin : null
    return lowest < min && lowest !== 0 ? lowest - margin : null
  }
}

/** Bars of a Pareto chart stand against their total, so that bars and cumulative line share one height. */
function boundsOf(chart: ReportChart, name: 'left' | 'right'): ChartOption {
  // A line is read by its slope: its axis need not begin at zero, as that of a bar must.
  if (chart.kind !== 'pareto')
    return name === 'left'
      ? {
          min: chart.min ?? reachOf(chart, 'min'),
          max: chart.max ?? reachOf(chart, 'max'),
          scale: chart.kind === 'line',
        }
      : {}
  if (name === 'right') return { min: 0, max: 1, interval: 0.5 }
  const total = (chart.series[0]?.values ?? []).reduce<number>((all, value) => all + (value ?? 0), 0)
  return { min: 0, max: total > 0 ? total : undefined }
}

/** The colours of a chart are those of its bars if there is one series, else those of its series. */
function colourOf(chart: ReportChart, { series, i }: { series: ChartSeries; i: number }): string {
  const isSingle = series.as === 'bar' && (chart.series.length === 1 || chart.kind === 'pareto')
  const own = series.color ?? (isSingle ? CHART_COLOURS[0] : chart.colors[i])
  return own ?? (CHART_COLOURS[i % CHART_COLOURS.length] as string)
}

function barsAndLines(chart: ReportChart, band: number): ChartOption[] {
  return chart.series.map((series, i) => {
    const isLine = series.as === 'line'
    const colour = isLine && chart.kind === 'pareto' ? INK : colourOf(chart, { series, i })
    return {
      name: series.name,
      type: isLine ? 'line' : 'bar',
      yAxisIndex: chart.kind !== 'horizontalBar' && series.axis === 'right' ? 1 : 0,
      stack: chart.kind === 'stacked' && !isLine ? 'all' : undefined,
      barMaxWidth: MOST_BAR_PX,
      symbol: 'circle',
      symbolSize: 4,
      // Else the points of a long line are thinned out, and alarms with them.
      showAllSymbol: chart.marked.length > 0 ? true : 'auto',
      lineStyle: { width: 1.4, color: colour },
      itemStyle: { color: colour },
      label: labelOf(chart, series),
      data: series.values.map((value, place) => pointOf(chart, { value, place, isLine, band })),
    }
  })
}

function pointOf(
  chart: ReportChart,
  { value, place, isLine, band }: { value: number | null; place: number; isLine: boolean; band: number },
): unknown {
  if (isLine) return linePointOf(chart, { value, place })
  if (chart.outlined.has(place))
    return { value, itemStyle: { color: '#ffffff', borderColor: QUIET, borderType: 'dashed', borderWidth: 1 } }
  const own = chart.series.length === 1 || chart.kind === 'pareto' ? chart.colors[place] : undefined
  const label = labelAside(chart, { value, place, band })
  if (own === undefined && label === null) return value
  const colour = own ?? colourOf(chart, { series: chart.series[0] as ChartSeries, i: 0 })
  return {
    value,
    ...(own === undefined ? {} : { itemStyle: { color: own } }),
    ...(label === null ? {} : { label: { color: label['position'] === 'top' ? INK : inkOn(colour), ...label } }),
  }
}

/**
 * Where a value would be struck through it stands in its bar: at its foot below a target, and in the first bar of a
 * Pareto chart, on whose top the cumulative line begins; to the left of that line where the bar is too narrow. Null =
 * above the bar, as elsewhere.
 */
function labelAside(
  chart: ReportChart,
  { value, place, band }: { value: number | null; place: number; band: number },
): ChartOption | null {
  const bars = chart.series.filter(({ as }) => as === 'bar')
  if (bars.length !== 1 || bars[0]?.labels !== true) return null
  if (chart.kind === 'bar' && chart.lines.length > 0) return { position: 'insideBottom' }
  if (chart.kind !== 'pareto' || place !== 0) return null
  const total = bars[0].values.reduce<number>((all, each) => all + (each ?? 0), 0)
  const isWide = widthOf(bars[0].texts[place] ?? '', VALUE_PX) <= Math.min(MOST_BAR_PX, band * 0.8)
  if (total > 0 && (value ?? 0) / total >= ROOM_INSIDE && isWide) return { position: 'insideTop' }
  return { position: 'top', align: 'right', offset: [5, 0] }
}

/** Dark or white, whichever can be read better on a colour (`#rrggbb`). */
function inkOn(colour: string): string {
  const part = (from: number): number => {
    const share = Number.parseInt(colour.slice(from, from + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  const light = 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
  return light > 0.18 ? INK : '#ffffff'
}

/** From here on the points of a line are too many to be drawn one by one. */
const CROWD = 60

/** Points of alarms stand out; of a plain line only the last point is drawn. */
function linePointOf(chart: ReportChart, { value, place }: { value: number | null; place: number }): unknown {
  if (chart.marked.includes(place)) return { value, symbolSize: 8, itemStyle: { color: ALARM } }
  if (!chart.plain) return chart.marked.length > 0 && chart.categories.length > CROWD ? { value, symbolSize: 0 } : value
  return { value, symbolSize: place === chart.categories.length - 1 ? 5 : 0 }
}

function labelOf(chart: ReportChart, series: ChartSeries): ChartOption {
  return {
    show: series.labels,
    position: chart.kind === 'horizontalBar' ? 'right' : chart.kind === 'stacked' ? 'inside' : 'top',
    fontSize: VALUE_PX,
    color: INK,
    formatter: ({ dataIndex }: { dataIndex: number }) => series.texts[dataIndex] ?? '',
  }
}

/** The first value stands on the axis, the others hang from what is left, and the last stands on the axis again. */
function waterfallOf(chart: ReportChart): ChartOption[] {
  const [series] = chart.series
  if (series === undefined) return []
  const steps = waterfallSteps(series.values)
  const colour = (place: number): string =>
    chart.colors[place] ?? (place === 0 ? '#84919e' : place === steps.length - 1 ? '#5f8f80' : '#b98f3f')
  return [
    {
      type: 'bar',
      stack: 'all',
      silent: true,
      itemStyle: { color: 'transparent' },
      data: steps.map(({ from }) => from),
    },
    {
      name: series.name,
      type: 'bar',
      stack: 'all',
      barMaxWidth: 64,
      label: { ...labelOf(chart, { ...series, labels: true, texts: takenOff(series.texts) }), position: 'top' },
      data: steps.map(({ height }, place) => ({ value: height, itemStyle: { color: colour(place) } })),
    },
  ]
}

/** Everything between the first and the last bar is taken off. */
const takenOff = (texts: readonly string[]): string[] =>
  texts.map((text, i) => (i === 0 || i === texts.length - 1 || text === '' ? text : `−${text}`))

/** Bottom and height of each bar of a waterfall. Values between the first and the last are taken off. */
export function waterfallSteps(values: readonly (number | null)[]): { from: number; height: number }[] {
  let level = values[0] ?? 0
  return values.map((value, i) => {
    if (i === 0 || i === values.length - 1) return { from: 0, height: value ?? 0 }
    const next = level - (value ?? 0)
    const step = { from: Math.min(level, next), height: Math.abs(level - next) }
    level = next
    return step
  })
}

function pieOf(chart: ReportChart): ChartOption {
  const [series] = chart.series
  const data = chart.categories.map((name, i) => ({
    name,
    value: series?.values[i] ?? 0,
    itemStyle: { color: chart.colors[i] ?? CHART_COLOURS[i % CHART_COLOURS.length] },
  }))
  return {
    type: 'pie',
    radius: ['38%', '68%'],
    label: {
      fontSize: 10,
      formatter: ({ name, dataIndex }: { name: string; dataIndex: number }) =>
        `${name} ${series?.texts[dataIndex] ?? ''}`,
    },
    data,
  }
}

/** Lines across the plot, each with its words at the right end. */
function plotLines(chart: ReportChart): ChartOption[] {
  if (chart.lines.length === 0) return []
  const isHorizontal = chart.kind === 'horizontalBar'
  const data = chart.lines.map((line) => {
    const { value, color = QUIET } = line
    return {
      ...(isHorizontal ? { xAxis: value } : { yAxis: value }),
      lineStyle: { color },
      label: { show: !chart.plain, formatter: () => wordsOf(line), color },
    }
  })
  return [
    {
      // Not a bar: an empty one would take room beside the others.
      type: 'line',
      data: [],
      markLine: {
        silent: true,
        symbol: 'none',
        // Two places, the default, would draw a limit of 4.216 at 4.22.
        precision: 12,
        lineStyle: { type: 'dashed', width: 1 },
        label: isHorizontal
          ? { position: 'start', rotate: 0, fontSize: LINE_WORDS_PX }
          : { position: saysLinesOutside(chart) ? 'end' : 'insideEndTop', fontSize: LINE_WORDS_PX },
        data,
      },
    },
  ]
}

/** No axes: the bounds are those of the values and lines, so that the course fills the height. */
function plainAxes(chart: ReportChart): ChartOption {
  const known = [...chart.series.flatMap(({ values }) => values), ...chart.lines.map(({ value }) => value)]
  const numbers = known.filter((value) => value !== null)
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
  const margin = most > least ? (most - least) * 0.08 : 1
  const bounds = numbers.length === 0 ? {} : { min: chart.min ?? least - margin, max: chart.max ?? most + margin }
  return {
    grid: { left: 4, right: 8, top: 6, bottom: 6 },
    xAxis: { type: 'category', data: chart.categories, show: false, boundaryGap: chart.kind !== 'line' },
    yAxis: { type: 'value', show: false, ...bounds },
  }
}
