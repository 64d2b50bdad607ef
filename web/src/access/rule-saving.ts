import type { ChangeProposal } from '@gemba/contracts/change'
import { computed, ref } from 'vue'
import { changeApi, useChangesMoved, useReview } from '../connection/change-api.ts'

type RuleProposal = Extract<ChangeProposal, { kind: 'row-rule' | 'column-rule' }>

/** Saves a rule at once, or proposes it with a reason where rules of its kind wait for another person. */
export function useRuleSaving(kind: RuleProposal['kind']) {
  const review = useReview()
  const readAnew = useChangesMoved()
  const reason = ref('')
  const isReviewed = computed(() => review.isReviewed(kind))
  const isReady = computed(() => !isReviewed.value || reason.value.trim() !== '')

  async function save(proposal: RuleProposal, atOnce: () => Promise<unknown>): Promise<void> {
    if (!isReviewed.value) {
      await atOnce()
      return
    }
    await changeApi.propose({ proposal, reason: reason.value.trim(), submit: true })
    await readAnew()
  }

  return { reason, isReviewed, isReady, save }
}
