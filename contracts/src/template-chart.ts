import { z } from 'zod'
import { colour, expression, identifier, summaryKind, text } from './template-basics.ts'

/**
 * `bar` and `line` may be mixed by series; `stacked` piles bars up; `pareto` is bars with their cumulative share as a
 * line; `waterfall` starts from the first value and takes the others off, the last bar being what is left.
 */
export const chartKind = z.enum(['bar', 'horizontalBar', 'stacked', 'line', 'pie', 'pareto', 'waterfall'])
export type ChartKind = z.infer<typeof chartKind>

const chartSeries = z.strictObject({
  name: text.optional(),
  /** Read at the instance of the chart: a reference gives one value for each category. */
  value: expression,
  as: z.enum(['bar', 'line']).optional(),
  axis: z.enum(['left', 'right']).optional(),
  color: colour.optional(),
  /** Number format of labels and of the axis. */
  format: z.string().max(255).optional(),
  labels: z.boolean().optional(),
})

/** Rows of the instance's slice, one category for each distinct value of a column. */
const chartRows = z.strictObject({
  dataset: identifier,
  category: z.string(),
  series: z.string().optional(),
  value: z.string(),
  as: summaryKind.default('sum'),
})

export const chartValue = z.strictObject({
  chart: z.strictObject({
    kind: chartKind.default('bar'),
    title: text.optional(),
    category: expression.optional(),
    values: z.array(chartSeries).min(1).max(20).optional(),
    rows: chartRows.optional(),
    /** A line across the plot, such as a target, with its words. */
    target: z.strictObject({ value: expression, name: text.optional() }).optional(),
    /** Further lines across the plot, such as control limits; a line without a value is left out. */
    lines: z
      .array(z.strictObject({ value: expression, name: text.optional(), color: colour.optional() }))
      .max(8)
      .optional(),
    /** One condition for each category: points of lines where it holds are drawn large and in the colour of alarms. */
    marked: expression.optional(),
    /** Without axes and grid, the last point marked: the course of one figure beside its value. */
    plain: z.boolean().optional(),
    /** Bounds of the left axis. */
    min: z.number().optional(),
    max: z.number().optional(),
    format: z.string().max(255).optional(),
    legend: z.boolean().optional(),
    labels: z.boolean().optional(),
    /** Categories in these words are drawn as an outline: unknown, not an ordinary cause. */
    outlined: z.array(text).max(10).optional(),
    /** Colours of the series, or of the bars of a waterfall, in order. */
    colors: z.array(colour).max(50).optional(),
  }),
})
export type ChartDefinition = z.infer<typeof chartValue>['chart']
