import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { runCase } from '@gemba/engine/kpi/cases'
import { judgeReportCase, type ReportCase } from '@gemba/engine/report/cases'
import { parseExactJson } from '@gemba/engine/report/exact-json'

export interface ConformanceResult {
  passed: number
  failed: number
  /** One line per failed case with what differs, and one per file that is no case. */
  lines: string[]
}

/** Absolute tolerance of numbers: one for all, or by output key with `*` as default. None means equal. */
export type Tolerance = number | Record<string, number> | undefined

/**
 * Computes every case below a directory (`*.json`, at any depth) and compares it with what it expects. Only the keys
 * that a case expects are compared: numbers within the tolerance, everything else must be equal. A file that is no
 * case is named and not counted; an unreadable file has failed.
 */
export async function conformance(directory: string): Promise<ConformanceResult> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const result: ConformanceResult = { passed: 0, failed: 0, lines: [] }
  for (const file of files) {
    const name = relative(directory, file)
    const findings = judgeFile(await readFile(file, 'utf8'))
    if (findings === 'no-case') result.lines.push(`skipped ${name}: not a case`)
    else if (findings.length === 0) result.passed += 1
    else {
      result.failed += 1
      result.lines.push(`FAILED ${name}: ${findings.join('; ')}`)
    }
  }
  return result
}

/** What is wrong with the case in a file; empty = it passed. */
export function judgeFile(text: string): string[] | 'no-case' {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return ['not readable as JSON']
  }
  if (!isRecord(parsed)) return 'no-case'
  if (typeof parsed['kpi'] === 'string' && isRecord(parsed['expected'])) {
    return judgeCase(parsed['kpi'], parsed['inputs'], {
      expected: parsed['expected'],
      tolerance: parsed['tolerance'] as Tolerance,
    })
  }
  return Array.isArray(parsed['cells']) ? judgeReport(text) : 'no-case'
}

/** A report case: every key that the file has is compared, numbers of the data to their last digit. */
function judgeReport(text: string): string[] {
  try {
    return judgeReportCase(parseExactJson(text) as ReportCase)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

function judgeCase(
  kpi: string,
  inputs: unknown,
  { expected, tolerance }: { expected: Record<string, unknown>; tolerance: Tolerance },
): string[] {
  let actual: Record<string, unknown>
  try {
    actual = runCase(kpi, inputs)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
  return Object.entries(expected).flatMap(([key, value]) => {
    if (!Object.hasOwn(actual, key)) return [`${key} is not computed`]
    return differences(key, { expected: value, actual: actual[key] }, toleranceOf(tolerance, key))
  })
}

function toleranceOf(tolerance: Tolerance, key: string): number {
  if (typeof tolerance === 'number') return tolerance
  return tolerance?.[key] ?? tolerance?.['*'] ?? 0
}

/** Where two JSON values differ, by path. */
function differences(path: string, pair: { expected: unknown; actual: unknown }, tolerance: number): string[] {
  const { expected, actual } = pair
  if (typeof expected === 'number' && typeof actual === 'number') {
    return Math.abs(expected - actual) <= tolerance ? [] : [`${path} is ${actual}, expected ${expected} ± ${tolerance}`]
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) return [`${path} has ${actual.length} items, expected ${expected.length}`]
    return expected.flatMap((value, i) =>
      differences(`${path}[${i}]`, { expected: value, actual: actual[i] as unknown }, tolerance),
    )
  }
  if (isRecord(expected) && isRecord(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)])
    return [...keys].flatMap((key) =>
      differences(`${path}.${key}`, { expected: expected[key], actual: actual[key] }, tolerance),
    )
  }
  return expected === actual ? [] : [`${path} is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
