import { CaseInputs } from '@gemba/engine/kpi/cases/case-inputs'
import { c4, rangeConstants } from '@gemba/engine/kpi/control-constants'
import type { SqlCase } from './cases/sql-case.ts'
import { equipmentCases } from './cases/equipment-cases.ts'
import { qualityCases } from './cases/quality-cases.ts'
import { supplyCases } from './cases/supply-cases.ts'
import { upkeepCases } from './cases/upkeep-cases.ts'
import type { InputRow } from './sql-body.ts'
import type { AnswerRow, SqlPathService } from './sql-path.service.ts'

const kinds: Record<string, SqlCase> = { ...equipmentCases, ...qualityCases, ...supplyCases, ...upkeepCases }

/** The kinds of conformance cases that the warehouse can compute. */
export const SQL_CASE_KINDS: readonly string[] = Object.keys(kinds).sort()

export interface KpiCase {
  readonly kpi: string
  readonly inputs: unknown
}

/** Outputs of a case, or why there are none. */
export type CaseAnswer = { readonly outputs: Record<string, unknown> } | { readonly problem: string }

interface Opened {
  readonly index: number
  readonly kind: SqlCase
  readonly inputs: CaseInputs
  readonly rows: ReturnType<SqlCase['rows']>
}

/** Conformance cases by the SQL path: all cases of one kind in one statement. */
export class CasePathService {
  private readonly path: SqlPathService

  constructor(path: SqlPathService) {
    this.path = path
  }

  /**
   * Answers in the order of the cases. A case that cannot be read has a problem of its own; when a statement fails, all its
   * cases have.
   */
  async answers(cases: readonly KpiCase[]): Promise<CaseAnswer[]> {
    const answers: CaseAnswer[] = cases.map(() => ({ problem: 'not computed' }))
    const opened = cases.flatMap(({ kpi, inputs }, index): Opened[] => {
      try {
        const kind = Object.hasOwn(kinds, kpi) ? kinds[kpi] : undefined
        if (!kind) throw new RangeError(`kpi: ${kpi} is not known`)
        const read = new CaseInputs(inputs)
        return [{ index, kind, inputs: read, rows: kind.rows(read) }]
      } catch (error) {
        answers[index] = { problem: textOf(error) }
        return []
      }
    })
    for (const group of Map.groupBy(opened, ({ kind, inputs }) => groupOf(kind, inputs)).values())
      await this.answerGroup(group, answers)
    return answers
  }

  private async answerGroup(group: readonly Opened[], answers: CaseAnswer[]): Promise<void> {
    const [{ kind, inputs }] = group as [Opened]
    try {
      const found = await this.path.overRows(kind.body, relationsOf(group), kind.params?.(inputs) ?? {})
      for (const each of group) {
        const answer = found.get(String(each.index))
        answers[each.index] = answer ? { outputs: outputsOf(answer, each) } : { problem: 'no answer' }
      }
    } catch (error) {
      if (group.length === 1) answers[group[0]!.index] = { problem: textOf(error) }
      else for (const each of group) await this.answerGroup([each], answers)
    }
  }
}

function groupOf(kind: SqlCase, inputs: CaseInputs): string {
  const params = kind.params?.(inputs)
  return params ? `${kind.body.name} ${JSON.stringify(params)}` : kind.body.name
}

function relationsOf(group: readonly Opened[]): Record<string, InputRow[]> {
  const relations: Record<string, InputRow[]> = { asked: [] }
  for (const { index, rows } of group) {
    const scope = String(index)
    relations['asked']!.push({ scope, ...rows.asked })
    for (const [relation, list] of Object.entries(rows.lists ?? {}))
      (relations[relation] ??= []).push(...list.map((row) => ({ scope, ...row })))
  }
  const sizes = new Set(group.flatMap(({ kind, inputs }) => kind.sizes?.(inputs) ?? []))
  if (sizes.size > 0) relations['constants'] = chartConstants([...sizes])
  return relations
}

/** Rows of the relation `constants` for sample sizes; sizes below two have none. */
export function chartConstants(sizes: readonly number[]): InputRow[] {
  return sizes.flatMap((size) => {
    const range = rangeConstants(size)
    return range ? [{ size, ...range, c4: c4(size) }] : []
  })
}

function outputsOf(answer: AnswerRow, { kind, inputs }: Opened): Record<string, unknown> {
  return kind.outputs ? kind.outputs(answer, inputs) : answer
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
