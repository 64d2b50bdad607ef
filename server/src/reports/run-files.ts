import { join } from 'node:path'
import type { ParameterValues } from '@gemba/contracts/report'
import type { FieldType } from '@gemba/contracts/template'
import type { ErrorCause } from '@gemba/engine/formula/values'

/** Parameters and rows of the report itself, or of one of its sub-reports. */
export interface RunRows {
  params: Record<string, unknown>
  /** Names of datasets whose rows lie beside this file. */
  datasets: string[]
  /** Types of their columns that JSON does not tell. */
  types: Record<string, Record<string, FieldType>>
  /** Columns that are hidden from the reader, by dataset. */
  hidden?: Record<string, string[]>
}

/** One call of a sub-report. Its datasets carry `name` and a full stop before their own, in files and in the run. */
export interface RunCall extends RunRows {
  key: string
  template: string
  name: string
  /** Parameters as the datasets were asked with. */
  values: ParameterValues
}

/** Sub-reports of a run: all that they follow from. */
export interface RunSubs {
  host: string
  /** Stored texts by id, with the version that was in force. */
  templates: Record<string, { version: number; text: string }>
  calls: RunCall[]
  /** Calls that could not be made, by key, with the cause in words of the engine. */
  refused: Record<string, ErrorCause>
}

/** Everything that a run's result follows from; with the rows beside it the same report can be made again. */
export interface RunInputs extends RunRows {
  template: string
  locale: 'zh-CN' | 'en'
  timeZone: string
  nowAt: number
  notices: string[]
  /** Absent where the report has no sub-reports. */
  subs?: RunSubs
  /** Public address of the product when the run was made. */
  publicUrl?: string
}

/** Where each page of a run stands in the file of pages. */
export interface PagesIndex {
  css: string
  widthMm: number
  heightMm: number
  /** First byte of each page and, at the end, the length of the file. */
  offsets: number[]
  /** First place of each template cell that a link leads to. */
  places?: Record<string, { page: number; cell: string }>
  /** Of a run whose rows went by: how many pages lie one below the other, and all fields of its rows. */
  streamed?: { down: number; fields: string[] }
}

export const inputsFile = (dir: string): string => join(dir, 'inputs.json')
export const rowsFile = (dir: string, dataset: string): string =>
  join(dir, `rows-${dataset.replaceAll('/', '@')}.jsonl`)
export const pagesFile = (dir: string): string => join(dir, 'pages.html')
export const pagesIndexFile = (dir: string): string => join(dir, 'pages.json')
/** One line of JSON for each page: addresses and texts of its cells. */
export const textsFile = (dir: string): string => join(dir, 'texts.jsonl')
export const outputFile = (dir: string, format: string): string => join(dir, `report.${format}`)
