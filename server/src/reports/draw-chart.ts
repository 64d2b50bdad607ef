import type { ReportResult } from '@gemba/engine/report/report-result'
import type { ReportChart } from '@gemba/engine/report/charts'
import { chartOption } from './chart-option.ts'
import { escaped } from './report-document.ts'

const PIXELS_PER_MM = 96 / 25.4

/** Whether the report or one of its sub-reports draws anything. */
export const needsCharts = (result: ReportResult): boolean =>
  result.all.some(({ run }) =>
    run.template.cells.some(({ source: { value } }) => value !== undefined && 'chart' in value),
  )

export type DrawChart = (chart: ReportChart, size: { widthMm: number; heightMm: number }) => string

/** Charts as vector drawings. ECharts is loaded only when a report has one. */
export async function drawingOf(): Promise<DrawChart> {
  const [{ init, use }, { BarChart, LineChart, PieChart }, parts, { SVGRenderer }] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ])
  const { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } = parts
  use([BarChart, LineChart, PieChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer])
  return (chart, { widthMm, heightMm }) => {
    const [width, height] = [Math.round(widthMm * PIXELS_PER_MM), Math.round(heightMm * PIXELS_PER_MM)]
    const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height })
    try {
      drawing.setOption(chartOption(chart, width))
      const words = `${chart.title}: ${chart.categories.join(', ')}`
      return drawing
        .renderToSVGString({ useViewBox: true })
        .replace('<svg ', `<svg role="img" aria-label="${escaped(words)}" `)
    } finally {
      drawing.dispose()
    }
  }
}
