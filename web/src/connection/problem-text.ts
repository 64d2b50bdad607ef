import { useI18n } from 'vue-i18n'
import { ANSWER_UNREADABLE, PROOF_GIVEN_UP, ProblemError, SERVER_AWAY } from './problem-error.ts'

/** A refusal in the reader's language: what happened, and what to do when that is known. */
export function useProblemText() {
  const { t } = useI18n()
  return (error: unknown): { title: string; detail: string | undefined } => {
    if (!(error instanceof ProblemError)) return { title: t('connection.bug'), detail: undefined }
    if (error.code === SERVER_AWAY) return { title: t('connection.away'), detail: t('connection.awayDetail') }
    if (error.code === ANSWER_UNREADABLE)
      return { title: t('connection.unreadable'), detail: t('connection.unreadableDetail') }
    if (error.code === PROOF_GIVEN_UP)
      return { title: t('connection.proofGivenUp'), detail: t('connection.proofGivenUpDetail') }
    if (error.code === 'PROOF_REFUSED')
      return { title: t('connection.proofRefused'), detail: t('connection.proofRefusedDetail') }
    const reference = error.problem.reference
    return {
      title: error.problem.title,
      detail: reference === undefined ? error.problem.detail : t('connection.reference', { reference }),
    }
  }
}
