import {
  type CellRows,
  type ParameterValues,
  type RunRequest,
  cellLineage,
  cellRows,
  parametersAnswer,
  reportDetail,
  reportPagesAnswer,
  reportRun,
  reportRunsAnswer,
  reportSearchAnswer,
  reportsAnswer,
} from '@gemba/contracts/report'
import { runChanges } from '@gemba/contracts/run-changes'
import { request } from '../connection/api.ts'

const part = encodeURIComponent
const ofRun = (run: string): string => `/api/report-runs/${part(run)}`

/** The doors of reports and their runs. */
export const reportApi = {
  list: (signal?: AbortSignal) => request(reportsAnswer, '/api/reports', { signal }),
  detail: (report: string, signal?: AbortSignal) => request(reportDetail, `/api/reports/${part(report)}`, { signal }),
  parameters: (report: string, values: ParameterValues, signal?: AbortSignal) =>
    request(parametersAnswer, `/api/reports/${part(report)}/parameters`, { method: 'POST', body: { values }, signal }),
  start: (report: string, body: RunRequest) =>
    request(reportRun, `/api/reports/${part(report)}/runs`, { method: 'POST', body }),
  runs: (report: string, signal?: AbortSignal) =>
    request(reportRunsAnswer, `/api/report-runs?${new URLSearchParams({ report })}`, { signal }),
  run: (run: string, signal?: AbortSignal) => request(reportRun, ofRun(run), { signal }),
  changes: (run: string, signal?: AbortSignal) => request(runChanges, `${ofRun(run)}/changes`, { signal }),
  cancel: (run: string) => request(reportRun, `${ofRun(run)}/cancel`, { method: 'POST' }),
  pages: (run: string, range: { from: number; to: number }, signal?: AbortSignal) =>
    request(reportPagesAnswer, `${ofRun(run)}/pages?from=${range.from}&to=${range.to}`, { signal }),
  search: (run: string, text: string, signal?: AbortSignal) =>
    request(reportSearchAnswer, `${ofRun(run)}/search?${new URLSearchParams({ q: text })}`, { signal }),
  lineage: (run: string, place: { page: number; cell: string }, signal?: AbortSignal) =>
    request(cellLineage, `${ofRun(run)}/lineage?page=${place.page}&cell=${part(place.cell)}`, { signal }),
}

/** A cell of a run and one of the datasets behind it. */
export interface CellDataset {
  page: number
  cell: string
  dataset: string
}
const queryOf = ({ page, cell, dataset }: CellDataset): string =>
  new URLSearchParams({ page: String(page), cell, dataset }).toString()

/** Rows behind a cell. */
export const cellRowsOf = (
  run: string,
  at: CellDataset & { from: number; count: number },
  signal?: AbortSignal,
): Promise<CellRows> =>
  request(cellRows, `${ofRun(run)}/rows?${queryOf(at)}&from=${at.from}&count=${at.count}`, { signal })

/** Where all of them are as a file. */
export const rowsFileAddress = (run: string, at: CellDataset): string => `${ofRun(run)}/rows/csv?${queryOf(at)}`

/** Where the file of a run is; it is made when first asked for. */
export const fileAddress = (run: string, format: string): string => `${ofRun(run)}/files/${part(format)}`
