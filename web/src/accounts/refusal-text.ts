import { ProblemError } from '../connection/problem-error.ts'

/** What to say about a refused sign-in: keys with their facts. It never says which of user and password is wrong. */
export interface SignInRefusal {
  title: string
  detail: string | null
  facts: Record<string, number>
}

function fact(error: ProblemError, name: string): number | null {
  const value = error.facts[name]
  return typeof value === 'number' ? value : null
}

/** Null for problems that are not refusals of a sign-in. */
export function refusalOf(error: unknown): SignInRefusal | null {
  if (!(error instanceof ProblemError)) return null
  if (error.code === 'SIGN_IN_REFUSED' || error.code === 'SECOND_FACTOR_REFUSED') {
    const tries = fact(error, 'triesLeft')
    const minutes = fact(error, 'lockMinutes')
    const known = tries !== null && minutes !== null
    return {
      title: error.code === 'SIGN_IN_REFUSED' ? 'accounts.refused' : 'accounts.codeRefused',
      detail: known ? 'accounts.triesLeft' : null,
      facts: known ? { tries, minutes } : {},
    }
  }
  if (error.code === 'ACCOUNT_LOCKED') {
    const minutes = fact(error, 'minutes')
    return {
      title: 'accounts.locked',
      detail: minutes === null ? null : 'accounts.lockedDetail',
      facts: minutes === null ? {} : { minutes },
    }
  }
  if (error.code !== 'TOO_MANY_REQUESTS') return null
  const seconds = fact(error, 'retryAfterS')
  return {
    title: 'accounts.tooMany',
    detail: seconds === null ? null : 'accounts.tooManyDetail',
    facts: seconds === null ? {} : { seconds: Math.ceil(seconds) },
  }
}
