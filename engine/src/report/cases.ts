import type { Sheet, TemplateCell } from '@gemba/contracts/template'
import { Decimal, toNumber } from '../formula/decimal.ts'
import { datasetOf, type Row } from './dataset.ts'
import type { Settings } from './display.ts'
import { runReport, type Grid, type ReportResult } from './report-result.ts'

/** A conformance case of the vocabulary 1; keys that are not there are not compared. */
export interface ReportCase {
  vocabulary?: number
  name?: string
  datasets?: Record<string, readonly Row[]>
  dictionaries?: Record<string, Record<string, string>>
  params?: Record<string, unknown>
  sheet?: Sheet
  cells: TemplateCell[]
  expected?: unknown[][]
  merges?: string[]
  styles?: Record<string, Settings>
  excel?: Record<string, string>
  pages?: unknown[][][]
}

/** Digits after the point at which numbers are compared. */
const TOLERANCE = 1e-9

/** Properties that are no style; they are compared only if a case names them. */
const NOT_STYLE = new Set(['display', 'value', 'format', 'link', 'icon', 'widget'])

export function runReportCase(report: ReportCase): ReportResult {
  const datasets = new Map(Object.entries(report.datasets ?? {}).map(([name, rows]) => [name, datasetOf(name, rows)]))
  return runReport(report, { datasets, params: report.params })
}

/** Where a report differs from what its case expects; empty = it passed. Throws what the engine throws. */
export function judgeReportCase(report: ReportCase): string[] {
  const result = runReportCase(report)
  const findings: string[] = []
  if (report.expected !== undefined) findings.push(...gridDifferences('expected', report.expected, result.grid()))
  if (report.merges !== undefined) findings.push(...setDifferences('merges', report.merges, result.merges()))
  if (report.styles !== undefined) findings.push(...styleDifferences(report.styles, result.styles()))
  if (report.excel !== undefined) findings.push(...formulaDifferences(report.excel, result.excel().formulas))
  if (report.pages !== undefined) {
    const pages = result.pageGrids()
    if (pages.length !== report.pages.length) findings.push(`pages: ${pages.length}, expected ${report.pages.length}`)
    report.pages.forEach((page, i) => findings.push(...gridDifferences(`pages[${i}]`, page, pages[i] ?? [])))
  }
  return findings
}

function gridDifferences(name: string, expected: readonly unknown[][], actual: Grid): string[] {
  const findings: string[] = []
  if (expected.length !== actual.length) findings.push(`${name} has ${actual.length} rows, expected ${expected.length}`)
  expected.forEach((row, y) => {
    const own = actual[y] ?? []
    if (own.length !== row.length) findings.push(`${name}[${y}] has ${own.length} columns, expected ${row.length}`)
    row.forEach((value, x) => {
      if (!sameCell(value, own[x]))
        findings.push(`${name}[${y}][${x}] is ${JSON.stringify(own[x])}, expected ${JSON.stringify(value)}`)
    })
  })
  return findings
}

function sameCell(expected: unknown, actual: unknown): boolean {
  if (expected instanceof Decimal) return sameCell(toNumber(expected), actual)
  if (typeof expected === 'number' && typeof actual === 'number') return Math.abs(expected - actual) <= TOLERANCE
  if (typeof expected === 'boolean') return actual === (expected ? 'TRUE' : 'FALSE')
  return expected === actual
}

function setDifferences(name: string, expected: readonly string[], actual: readonly string[]): string[] {
  const [wanted, found] = [new Set(expected), new Set(actual)]
  return [
    ...[...wanted].filter((entry) => !found.has(entry)).map((entry) => `${name}: ${entry} is missing`),
    ...[...found].filter((entry) => !wanted.has(entry)).map((entry) => `${name}: ${entry} is not expected`),
  ]
}

function styleDifferences(expected: Record<string, Settings>, actual: Record<string, Settings>): string[] {
  const addresses = new Set([...Object.keys(expected), ...Object.keys(actual)])
  return [...addresses].flatMap((address) => {
    const [wanted, found] = [expected[address] ?? {}, actual[address] ?? {}]
    const properties = new Set([
      ...Object.keys(wanted),
      ...Object.keys(found).filter((property) => !NOT_STYLE.has(property)),
    ])
    return [...properties]
      .filter((property) => JSON.stringify(wanted[property]) !== JSON.stringify(found[property]))
      .map(
        (property) =>
          `styles.${address}.${property} is ${JSON.stringify(found[property])}, expected ${JSON.stringify(wanted[property])}`,
      )
  })
}

function formulaDifferences(expected: Record<string, string>, actual: Record<string, string>): string[] {
  const addresses = new Set([...Object.keys(expected), ...Object.keys(actual)])
  return [...addresses].flatMap((address) =>
    expected[address] === actual[address]
      ? []
      : [`excel.${address} is ${JSON.stringify(actual[address])}, expected ${JSON.stringify(expected[address])}`],
  )
}
