import { FormulaError, type Value } from '../formula/values.ts'
import { askingContext, askingInstance, type Asking } from './asking.ts'
import { cellExpression } from './cell-host.ts'
import type { CompiledCell } from './compiled.ts'
import type { Contexts } from './instances.ts'
import type { ReportResult } from './report-result.ts'
import type { ReportRun } from './run.ts'
import { subCall, subsNotGiven, subText } from './sub-reports.ts'

type SubResult = ReportResult | FormulaError

/** The sub-reports that the cells of one run show: by context where rows are made of them, else by instance. */
export class SubCells {
  private readonly run: ReportRun
  private readonly inline = new Map<number, SubResult[]>()
  private readonly boxed = new Map<number, Map<number, SubResult>>()
  private readonly askers = new Map<number, (instance: number) => SubResult>()

  constructor(run: ReportRun) {
    this.run = run
  }

  /** Rows that an inline sub-report adds in one context, numbered from 1; or the error that stands instead of them. */
  rowsAt(cell: CompiledCell, contexts: Contexts, context: number): Value {
    const known = this.inline.get(cell.index) ?? []
    this.inline.set(cell.index, known)
    const result = this.asker(cell, () => askingContext(this.run, cell, contexts))(context)
    const fitting = result instanceof FormulaError ? result : (unfitting(cell, result) ?? result)
    known[context] = fitting
    return fitting instanceof FormulaError ? fitting : Array.from(fitting.visibleRows, (_, row) => row + 1)
  }

  /** The sub-report behind an instance; undefined where an error stands instead, or where the instance is blank. */
  behind(cell: CompiledCell, instance: number): ReportResult | undefined {
    const instances = this.run.instancesOf(cell.index)
    if (cell.sub === undefined || instances.isBlank(instance)) return undefined
    const result = cell.sub.isInline
      ? this.inline.get(cell.index)?.[instances.context[instance] as number]
      : this.ofInstance(cell, instance)
    return result instanceof FormulaError ? undefined : result
  }

  /** Value of a cell with a boxed sub-report: all its texts, or its error. */
  valueOf(cell: CompiledCell, instance: number): Value {
    const result = this.ofInstance(cell, instance)
    return result instanceof FormulaError ? result : subText(result)
  }

  private ofInstance(cell: CompiledCell, instance: number): SubResult {
    const known = this.boxed.get(cell.index) ?? new Map<number, SubResult>()
    this.boxed.set(cell.index, known)
    const result = known.get(instance) ?? this.asker(cell, () => askingInstance(this.run, cell))(instance)
    known.set(instance, result)
    return result
  }

  private asker(cell: CompiledCell, asking: () => Asking): (instance: number) => SubResult {
    let asker = this.askers.get(cell.index)
    if (asker === undefined) {
      asker = this.newAsker(cell, asking())
      this.askers.set(cell.index, asker)
    }
    return asker
  }

  private newAsker(cell: CompiledCell, asking: Asking): (instance: number) => SubResult {
    const { run } = this
    const { template, params } = cell.sub as NonNullable<CompiledCell['sub']>
    const { subReports } = run
    if (subReports === undefined) return () => subsNotGiven(template)
    const expressions = params.map(({ name, node }) => ({ name, value: cellExpression({ run, asking }, node) }))
    return (instance) => {
      const values = Object.fromEntries(expressions.map(({ name, value }) => [name, value({ instance })]))
      const call = subCall(template, values, cell.address)
      return call instanceof FormulaError ? call : subReports.result(call, run.context.locale)
    }
  }
}

/** An inline sub-report has a column for each column of its cell. */
function unfitting(cell: CompiledCell, { visibleColumns }: ReportResult): FormulaError | undefined {
  const has = visibleColumns.length
  if (has === cell.columnSpan || has === 0) return undefined
  const details = { has: String(has), needs: String(cell.columnSpan) }
  return new FormulaError('#SUB!', { key: 'subColumns', details })
}
