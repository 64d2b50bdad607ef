import type { CaseInputs } from '@gemba/engine/kpi/cases/case-inputs'
import type { SqlBody } from '../sql-body.ts'
import type { AnswerRow } from '../sql-path.service.ts'

/** Rows of one case, without their scope: the one of `asked`, and lists by relation. */
export interface CaseRows {
  readonly asked: Record<string, unknown>
  readonly lists?: Record<string, Record<string, unknown>[]>
}

/** How one kind of conformance case is asked of the warehouse. Reading throws a RangeError as the row path does. */
export interface SqlCase {
  readonly body: SqlBody
  readonly rows: (inputs: CaseInputs) => CaseRows
  /** Parameters that are constant for one statement; cases with the same ones are asked together. */
  readonly params?: (inputs: CaseInputs) => Record<string, unknown>
  /** Sample sizes whose chart constants the body needs. */
  readonly sizes?: (inputs: CaseInputs) => number[]
  /** The outputs of the case from the answer; as they are when left out. */
  readonly outputs?: (answer: AnswerRow, inputs: CaseInputs) => Record<string, unknown>
}

/** A list of values as rows with their 1-based position. */
export function positioned<T>(values: readonly T[], rowOf: (value: T, index: number) => Record<string, unknown>) {
  return values.map((value, index) => ({ pos: index + 1, ...rowOf(value, index) }))
}
