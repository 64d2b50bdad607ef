import type { ChartSeries, ReportChart } from '@gemba/engine/report/charts'
import { ALARM, CHART_COLOURS, waterfallSteps } from './chart-option.ts'
import { escaped } from './report-document.ts'

const NAMESPACES =
  'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'

const CATEGORY_AXIS = 100
const VALUE_AXIS = 200
const RIGHT_CATEGORY_AXIS = 101
const RIGHT_VALUE_AXIS = 201

interface Bars {
  series: XlsxSeries[]
  stacked: boolean
  horizontal: boolean
}

interface XlsxSeries {
  name: string
  values: readonly (number | null)[]
  colour: string | undefined
  format: string | undefined
  labels: boolean
  /** Colours of single bars. */
  points?: readonly (string | undefined)[]
  /** A line without a sign at each point. */
  isPlain?: boolean
}

/** A chart as a native chart part of a workbook; its values stand in it, so that it needs no cells. */
export function chartXml(chart: ReportChart): string {
  const title =
    chart.title === ''
      ? '<c:autoTitleDeleted val="1"/>'
      : `<c:title>${richText(chart.title)}<c:overlay val="0"/></c:title><c:autoTitleDeleted val="0"/>`
  const legend = chart.legend ? '<c:legend><c:legendPos val="t"/><c:overlay val="0"/></c:legend>' : ''
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<c:chartSpace ${NAMESPACES}><c:roundedCorners val="0"/><c:chart>${title}<c:plotArea><c:layout/>${plotXml(chart)}</c:plotArea>${legend}<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart><c:spPr><a:ln><a:noFill/></a:ln></c:spPr></c:chartSpace>`
}

function plotXml(chart: ReportChart): string {
  const { categories } = chart
  if (chart.kind === 'pie') {
    const [first] = chart.series.map((series, i) => seriesOf(chart, series, i))
    const points = categories.map((_, i) => chart.colors[i] ?? CHART_COLOURS[i % CHART_COLOURS.length])
    const series =
      first === undefined ? '' : seriesXml({ ...first, labels: true, points }, { categories, index: 0, isPie: true })
    return `<c:pieChart><c:varyColors val="1"/>${series}</c:pieChart>`
  }
  if (chart.kind === 'waterfall') return `${barsXml(waterfall(chart), categories)}${axesXml(chart)}`
  const numbered = chart.series.map((series, i) => ({ series, own: seriesOf(chart, series, i), index: i }))
  const bars = numbered.filter(({ series }) => series.as === 'bar')
  const left = numbered.filter(({ series }) => series.as === 'line' && series.axis === 'left')
  const right = numbered.filter(({ series }) => series.as === 'line' && series.axis === 'right')
  const isHorizontal = chart.kind === 'horizontalBar'
  if (!isHorizontal)
    plotLines(chart).forEach((own, i) =>
      left.push({ series: chart.series[0] as ChartSeries, own, index: numbered.length + i }),
    )
  return [
    bars.length === 0
      ? ''
      : barsXml(
          { series: bars.map(({ own }) => own), stacked: chart.kind === 'stacked', horizontal: isHorizontal },
          categories,
        ),
    left.length === 0 ? '' : linesXml(left, { categories, axes: [CATEGORY_AXIS, VALUE_AXIS] }),
    right.length === 0 ? '' : linesXml(right, { categories, axes: [RIGHT_CATEGORY_AXIS, RIGHT_VALUE_AXIS] }),
    axesXml(chart),
    right.length === 0 ? '' : rightAxesXml(right[0]?.own.format),
  ].join('')
}

function seriesOf(chart: ReportChart, series: ChartSeries, i: number): XlsxSeries {
  const isSingle = chart.series.length === 1 || chart.kind === 'pareto'
  const isBar = series.as === 'bar'
  const marked = (place: number): string | undefined => (chart.marked.includes(place) ? ALARM : undefined)
  const points = isBar && !isSingle ? [] : chart.categories.map((_, i) => (isBar ? chart.colors[i] : marked(i)))
  return {
    name: series.name,
    values: series.values,
    colour:
      series.color ??
      (isSingle && series.as === 'bar'
        ? CHART_COLOURS[0]
        : (chart.colors[i] ?? CHART_COLOURS[i % CHART_COLOURS.length])),
    format: series.format,
    labels: series.labels,
    points,
    isPlain: chart.plain,
  }
}

/** Targets and limits are lines of their own, of the same height at every category. */
const plotLines = (chart: ReportChart): XlsxSeries[] =>
  chart.lines.map(({ value, name, color = '#56606B' }) => ({
    name,
    values: chart.categories.map(() => value),
    colour: color,
    format: undefined,
    labels: false,
    isPlain: true,
  }))

function waterfall(chart: ReportChart): Bars {
  const [series] = chart.series
  const steps = waterfallSteps(series?.values ?? [])
  const points = steps.map(
    (_, i) => chart.colors[i] ?? (i === 0 ? '#84919E' : i === steps.length - 1 ? '#5F8F80' : '#B98F3F'),
  )
  const shown = { name: series?.name ?? '', values: steps.map(({ height }) => height), colour: '#B98F3F', points }
  return {
    stacked: true,
    horizontal: false,
    series: [
      { name: '', values: steps.map(({ from }) => from), colour: undefined, format: undefined, labels: false },
      { ...shown, format: series?.format, labels: true },
    ],
  }
}

function barsXml({ series, stacked, horizontal }: Bars, categories: readonly string[]): string {
  const grouping = stacked ? '<c:grouping val="stacked"/>' : '<c:grouping val="clustered"/>'
  const body = series.map((own, index) => seriesXml(own, { categories, index })).join('')
  return `<c:barChart><c:barDir val="${horizontal ? 'bar' : 'col'}"/>${grouping}<c:varyColors val="0"/>${body}<c:gapWidth val="60"/>${stacked ? '<c:overlap val="100"/>' : ''}${axisIds([CATEGORY_AXIS, VALUE_AXIS])}</c:barChart>`
}

function linesXml(
  lines: { own: XlsxSeries; index: number }[],
  { categories, axes }: { categories: readonly string[]; axes: [number, number] },
): string {
  const body = lines.map(({ own, index }) => seriesXml(own, { categories, index, isLine: true })).join('')
  return `<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>${body}<c:marker val="1"/>${axisIds(axes)}</c:lineChart>`
}

const axisIds = (axes: readonly number[]): string => axes.map((id) => `<c:axId val="${id}"/>`).join('')

interface SeriesPlace {
  categories: readonly string[]
  index: number
  isLine?: boolean
  isPie?: boolean
}

function seriesXml(
  { name, values, colour, format, labels, points = [], isPlain = false }: XlsxSeries,
  { categories, index, isLine = false, isPie = false }: SeriesPlace,
): string {
  const inverted = isPie ? '' : '<c:invertIfNegative val="0"/>'
  const title = name === '' ? '' : `<c:tx><c:v>${escaped(name)}</c:v></c:tx>`
  const shape = isLine
    ? `<c:spPr><a:ln w="19050">${fill(colour)}</a:ln></c:spPr><c:marker>${isPlain ? '<c:symbol val="none"/>' : '<c:symbol val="circle"/><c:size val="4"/>'}</c:marker>`
    : `<c:spPr>${fill(colour)}</c:spPr>${inverted}`
  const alarm = (own: string): string =>
    `<c:marker><c:symbol val="circle"/><c:size val="8"/><c:spPr>${fill(own)}</c:spPr></c:marker>`
  const single = points
    .map((own, i) => {
      if (own === undefined) return ''
      return `<c:dPt><c:idx val="${i}"/>${isLine ? alarm(own) : `${inverted}<c:spPr>${fill(own)}</c:spPr>`}</c:dPt>`
    })
    .join('')
  const number = format === undefined ? '' : `<c:numFmt formatCode="${escaped(format)}" sourceLinked="0"/>`
  const shown = labels
    ? `<c:dLbls>${number}<c:spPr><a:noFill/></c:spPr><c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>`
    : ''
  const words = categories.map((text, i) => `<c:pt idx="${i}"><c:v>${escaped(text)}</c:v></c:pt>`).join('')
  const numbers = values
    .map((value, i) => (value === null ? '' : `<c:pt idx="${i}"><c:v>${value}</c:v></c:pt>`))
    .join('')
  return `<c:ser><c:idx val="${index}"/><c:order val="${index}"/>${title}${shape}${single}${shown}<c:cat><c:strLit><c:ptCount val="${categories.length}"/>${words}</c:strLit></c:cat><c:val><c:numLit><c:formatCode>${escaped(format ?? 'General')}</c:formatCode><c:ptCount val="${values.length}"/>${numbers}</c:numLit></c:val></c:ser>`
}

const fill = (colour: string | undefined): string =>
  colour === undefined
    ? '<a:noFill/>'
    : `<a:solidFill><a:srgbClr val="${colour.slice(1, 7).toUpperCase()}"/></a:solidFill>`

const GRID_LINES =
  '<c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="D5DAE0"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>'

function axesXml(chart: ReportChart): string {
  const isHorizontal = chart.kind === 'horizontalBar'
  const total = (chart.series[0]?.values ?? []).reduce<number>((all, value) => all + (value ?? 0), 0)
  const most = chart.max ?? (chart.kind === 'pareto' && total > 0 ? total : undefined)
  const bounds = `${most === undefined ? '' : `<c:max val="${most}"/>`}${chart.min === undefined ? '' : `<c:min val="${chart.min}"/>`}`
  const format = chart.series[0]?.format ?? 'General'
  const hidden = chart.plain ? 1 : 0
  return `<c:catAx><c:axId val="${CATEGORY_AXIS}"/><c:scaling><c:orientation val="${isHorizontal ? 'maxMin' : 'minMax'}"/></c:scaling><c:delete val="${hidden}"/><c:axPos val="${isHorizontal ? 'l' : 'b'}"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="low"/><c:crossAx val="${VALUE_AXIS}"/></c:catAx><c:valAx><c:axId val="${VALUE_AXIS}"/><c:scaling><c:orientation val="minMax"/>${bounds}</c:scaling><c:delete val="${hidden}"/><c:axPos val="${isHorizontal ? 'b' : 'l'}"/>${chart.plain ? '' : GRID_LINES}<c:numFmt formatCode="${escaped(format)}" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="${CATEGORY_AXIS}"/></c:valAx>`
}

function rightAxesXml(format: string | undefined): string {
  return `<c:catAx><c:axId val="${RIGHT_CATEGORY_AXIS}"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="1"/><c:axPos val="b"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="${RIGHT_VALUE_AXIS}"/></c:catAx><c:valAx><c:axId val="${RIGHT_VALUE_AXIS}"/><c:scaling><c:orientation val="minMax"/>${format?.includes('%') === true ? '<c:max val="1"/><c:min val="0"/>' : ''}</c:scaling><c:delete val="0"/><c:axPos val="r"/><c:numFmt formatCode="${escaped(format ?? 'General')}" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="${RIGHT_CATEGORY_AXIS}"/><c:crosses val="max"/></c:valAx>`
}

function richText(words: string): string {
  return `<c:tx><c:rich><a:bodyPr/><a:p><a:pPr><a:defRPr sz="1100" b="1"/></a:pPr><a:r><a:rPr sz="1100" b="1"/><a:t>${escaped(words)}</a:t></a:r></a:p></c:rich></c:tx>`
}
