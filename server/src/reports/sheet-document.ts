import type { ReportResult } from '@gemba/engine/report/report-result'
import type { ReportPortion, StreamedReport } from '@gemba/engine/report/stream-report'
import { PAINT_LIMITS } from './paint-limits.ts'
import type { ReportDocument } from './report-document.ts'

/** A report as painters of sheets receive it: portions of rows one after the other, of one report in memory just one. */
export interface SheetDocument extends Omit<ReportDocument, 'result'> {
  /** Knows the head, the columns and the print layout of the whole report. */
  first: ReportResult
  portions: () => AsyncIterable<ReportPortion>
  /** All rows, hidden ones included; undefined if they are not counted yet but surely fit one sheet. */
  rows: number | undefined
  /** Of rows that go by: the first template row of those that stand below them, once each. */
  tailFrom?: number
}

export function sheetOf(document: ReportDocument | SheetDocument): SheetDocument {
  if (!('result' in document)) return document
  const { result, ...rest } = document
  const { rows } = result.run.placements
  const portions = async function* (): AsyncGenerator<ReportPortion> {
    yield { result, from: 0, to: rows, before: 0, isLast: true }
  }
  return { ...rest, first: result, portions, rows }
}

/** How many rows a streamed report has; undefined where counting would cost a pass that no sheet needs. */
export async function rowsOf(report: StreamedReport, datasetRows: number): Promise<number | undefined> {
  const exact = report.rowsFor(datasetRows)
  if (exact !== undefined) return exact
  const most = report.mostRowsFor(datasetRows)
  if (most !== undefined && most <= PAINT_LIMITS.sheetRows) return undefined
  let rows = 0
  for await (const { before, from, to } of report.portions()) rows = before + to - from
  return rows
}
