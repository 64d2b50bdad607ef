import { type ProofPurpose, proofBegun, proofState } from '@gemba/contracts/proof'
import { onScopeDispose, ref } from 'vue'
import { PROOF_GIVEN_UP, localProblem } from './problem-error.ts'
import { request } from './api.ts'

const LOOK_EVERY_MS = 1_000
const WINDOW = 'popup,width=520,height=680'

/**
 * Lets the provider ask anew who somebody is, in a window beside the page. `ask` gives the proof to send along; it fails
 * when the provider refuses, nobody answers there, or it is cancelled. Call it within a click: else browsers open no
 * window.
 */
export function useProviderProof() {
  const isWaiting = ref(false)
  /** Whoever closes the dialog no longer wants what he was asked about, whatever he answers in the window. */
  let round = 0
  const cancel = () => void (round += 1)
  onScopeDispose(cancel)

  async function ask(purpose: ProofPurpose): Promise<string> {
    isWaiting.value = true
    const mine = (round += 1)
    // Opened at once, while the click still counts; it gets its address as soon as there is one.
    const beside = window.open('', '_blank', WINDOW)
    try {
      const { id, address, expiresAt } = await request(proofBegun, '/api/proofs', { method: 'POST', body: purpose })
      if (!beside) throw localProblem(PROOF_GIVEN_UP, 0)
      beside.location.href = address
      while (mine === round && Date.now() < expiresAt) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
        const { state } = await request(proofState, `/api/proofs/${id}`)
        if (state === 'proved' && mine === round) return id
        if (state === 'refused' || state === 'over') throw localProblem('PROOF_REFUSED', 0)
      }
      throw localProblem(PROOF_GIVEN_UP, 0)
    } catch (error) {
      beside?.close()
      throw error
    } finally {
      isWaiting.value = false
    }
  }
  return { ask, cancel, isWaiting }
}
