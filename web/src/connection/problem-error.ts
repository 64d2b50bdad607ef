import { type Problem, problem } from '@gemba/contracts/problem'

/** Codes that are made here, beside those of the server (`docs/errors.md`). */
export const SERVER_AWAY = 'SERVER_AWAY'
export const ANSWER_UNREADABLE = 'ANSWER_UNREADABLE'
/** The window of the provider could not be opened, or nobody answered in it. */
export const PROOF_GIVEN_UP = 'PROOF_GIVEN_UP'

/** A refused or failed request. `message` holds the code; screens show `problem` in the reader's language. */
export class ProblemError extends Error {
  readonly problem: Problem

  constructor(of: Problem, options?: ErrorOptions) {
    super(of.code, options)
    this.name = 'ProblemError'
    this.problem = of
  }

  get code(): string {
    return this.problem.code
  }

  get facts(): NonNullable<Problem['facts']> {
    return this.problem.facts ?? {}
  }
}

/** The problem document of a refusal; an answer that is none becomes one by its status. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const parsed = problem.safeParse(await response.json().catch(() => null))
  if (parsed.success) return new ProblemError(parsed.data)
  return localProblem(response.status >= 500 ? SERVER_AWAY : ANSWER_UNREADABLE, response.status)
}

/** A problem without a document: no connection, or an answer that does not keep the contract. */
export function localProblem(code: string, status: number, cause?: unknown): ProblemError {
  return new ProblemError(
    { type: 'about:blank', title: code, status, code, retryable: code === SERVER_AWAY },
    cause === undefined ? {} : { cause },
  )
}
