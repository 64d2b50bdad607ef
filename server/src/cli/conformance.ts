import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { runCase } from '@gemba/engine/kpi/cases'
import { judgeReportCase, type ReportCase } from '@gemba/engine/report/cases'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import { type KpiCaseFile, isRecord, judgeOutputs } from './judge-case.ts'

export interface ConformanceResult {
  passed: number
  failed: number
  /** One line per KPI case with its results, per failed case what differs, and one per file that is no case. */
  lines: string[]
}

/** Outputs of a case on one path, or why there are none. */
export type PathAnswer = { readonly outputs: Record<string, unknown> } | { readonly problem: string }

/** A way to compute KPI cases: all of them at once, answers in their order. */
export interface CasePath {
  readonly name: string
  readonly answers: (cases: readonly KpiCaseFile[]) => Promise<readonly PathAnswer[]>
}

/** The path of boards and reports: the engine over rows in memory. */
export const rowPath: CasePath = {
  name: 'rows',
  answers: async (cases) =>
    cases.map(({ kpi, inputs }): PathAnswer => {
      try {
        return { outputs: runCase(kpi, inputs) }
      } catch (error) {
        return { problem: error instanceof Error ? error.message : String(error) }
      }
    }),
}

interface FoundCase {
  readonly name: string
  readonly text: string
  readonly kpi: KpiCaseFile | null
}

/**
 * Computes every case below a directory (`*.json`, at any depth) and compares it with what it expects. KPI cases go
 * through every path given and fail when either differs. Only the keys that a case expects are compared: numbers within
 * the tolerance, everything else must be equal. A file that is no case is named and not counted; an unreadable file has
 * failed.
 */
export async function conformance(
  directory: string,
  paths: readonly CasePath[] = [rowPath],
): Promise<ConformanceResult> {
  const found = await casesBelow(directory)
  const kpiCases = found.flatMap(({ kpi }) => kpi ?? [])
  const byPath = await Promise.all(paths.map(async ({ name, answers }) => ({ name, answers: await answers(kpiCases) })))
  const result: ConformanceResult = { passed: 0, failed: 0, lines: [] }
  let position = 0
  for (const { name, text, kpi } of found) {
    const answers = kpi ? byPath.map((path) => ({ name: path.name, answer: path.answers[position]! })) : []
    if (kpi) position += 1
    const findings = kpi ? kpiFindings(kpi, answers) : judgeFile(text)
    if (findings === 'no-case') {
      result.lines.push(`skipped ${name}: not a case`)
      continue
    }
    const results = kpi ? answers.map((each) => `${each.name} ${shown(kpi, each.answer)}`).join(' | ') : ''
    if (findings.length === 0) {
      result.passed += 1
      if (kpi) result.lines.push(`ok ${name}: ${results}`)
    } else {
      result.failed += 1
      result.lines.push(`FAILED ${name}: ${findings.join('; ')}${results === '' ? '' : ` | ${results}`}`)
    }
  }
  return result
}

async function casesBelow(directory: string): Promise<FoundCase[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, 'utf8')
      return { name: relative(directory, file), text, kpi: kpiCaseOf(text) }
    }),
  )
}

/** What is wrong with the case in a file on the row path; empty = it passed. */
export function judgeFile(text: string): string[] | 'no-case' {
  const kpi = kpiCaseOf(text)
  if (kpi) return judgeRows(kpi)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return ['not readable as JSON']
  }
  return isRecord(parsed) && Array.isArray(parsed['cells']) ? judgeReport(text) : 'no-case'
}

function kpiCaseOf(text: string): KpiCaseFile | null {
  try {
    const parsed: unknown = JSON.parse(text)
    if (!isRecord(parsed) || typeof parsed['kpi'] !== 'string' || !isRecord(parsed['expected'])) return null
    return parsed as unknown as KpiCaseFile
  } catch {
    return null
  }
}

function judgeRows(kpi: KpiCaseFile): string[] {
  try {
    return judgeOutputs(kpi, runCase(kpi.kpi, kpi.inputs))
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

/** Findings of all paths, each with the name of its path. */
function kpiFindings(kpi: KpiCaseFile, answers: readonly { name: string; answer: PathAnswer }[]): string[] {
  return answers.flatMap(({ name, answer }) => {
    const findings = 'problem' in answer ? [answer.problem] : judgeOutputs(kpi, answer.outputs)
    return findings.map((finding) => `${name}: ${finding}`)
  })
}

/** The expected outputs as one path computed them. */
function shown(kpi: KpiCaseFile, answer: PathAnswer): string {
  if ('problem' in answer) return 'nothing'
  const { outputs } = answer
  return JSON.stringify(Object.fromEntries(Object.keys(kpi.expected).map((key) => [key, outputs[key] ?? null])))
}

/** A report case: every key that the file has is compared, numbers of the data to their last digit. */
function judgeReport(text: string): string[] {
  try {
    return judgeReportCase(parseExactJson(text) as ReportCase)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}
