import { join } from 'node:path'
import type { FieldType } from '@gemba/contracts/template'

/** Everything that a run's result follows from; with the rows beside it the same report can be made again. */
export interface RunInputs {
  template: string
  params: Record<string, unknown>
  locale: 'zh-CN' | 'en'
  timeZone: string
  nowAt: number
  /** Names of datasets whose rows lie beside this file. */
  datasets: string[]
  /** Types of their columns that JSON does not tell. */
  types: Record<string, Record<string, FieldType>>
  /** Columns that are hidden from the reader, by dataset. */
  hidden?: Record<string, string[]>
  notices: string[]
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
}

export const inputsFile = (dir: string): string => join(dir, 'inputs.json')
export const rowsFile = (dir: string, dataset: string): string => join(dir, `rows-${dataset}.jsonl`)
export const pagesFile = (dir: string): string => join(dir, 'pages.html')
export const pagesIndexFile = (dir: string): string => join(dir, 'pages.json')
/** One line of JSON for each page: addresses and texts of its cells. */
export const textsFile = (dir: string): string => join(dir, 'texts.jsonl')
export const outputFile = (dir: string, format: string): string => join(dir, `report.${format}`)
