/** A body and the function of the engine that it must equal, compared on random inputs, many to a statement. */
import fc from 'fast-check'
import { expect } from 'vitest'
import type { InputRow, SqlBody } from '../../server/src/kpi/sql/sql-body.ts'
import type { AnswerRow, SqlPathService } from '../../server/src/kpi/sql/sql-path.service.ts'

export interface Twin<T> {
  body: SqlBody
  /** Rows by relation without their scope. */
  rows: (input: T) => { asked?: InputRow } & Record<string, InputRow | readonly InputRow[]>
  /** Figures of the engine by the names of the answer. */
  figures: (input: T) => Record<string, unknown>
}

/** Random batches of 40 scopes: each figure of the engine stands in the answer of its scope. */
export async function agree<T>(path: SqlPathService, arbitrary: fc.Arbitrary<T>, { body, rows, figures }: Twin<T>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitrary, { minLength: 40, maxLength: 40 }), async (batch) => {
      const relations: Record<string, InputRow[]> = { asked: [] }
      batch.forEach((input, index) => {
        const { asked = {}, ...lists } = rows(input)
        relations['asked']!.push({ scope: String(index), ...asked })
        for (const [relation, list] of Object.entries(lists))
          (relations[relation] ??= []).push(...(list as InputRow[]).map((row) => ({ scope: String(index), ...row })))
      })
      const answers = await path.overRows(body, relations)
      batch.forEach((input, index) => {
        const answer = answers.get(String(index)) as AnswerRow
        for (const [name, value] of Object.entries(figures(input))) expectSame(value, answer[name], { name, input })
      })
    }),
    { numRuns: 3, endOnFailure: true },
  )
}

function expectSame(figure: unknown, answer: unknown, about: { name: string; input: unknown }): void {
  const isNear =
    typeof figure === 'number' &&
    typeof answer === 'number' &&
    Math.abs(figure - answer) <= 1e-9 * Math.max(1, Math.abs(figure))
  if (!isNear) expect({ ...about, value: answer }).toEqual({ ...about, value: figure })
}

