/** The life of a change: draft → in review → approved, and the ways out. Pure. */
import type { ChangeAct, ChangeState } from '@gemba/contracts/change'

/** What can be done with a change that is there. */
export type ChangeMove = Exclude<ChangeAct, 'created'>

const MOVES: Record<ChangeMove, { from: readonly ChangeState[]; to: ChangeState | null }> = {
  submitted: { from: ['draft'], to: 'in-review' },
  commented: { from: ['in-review'], to: null },
  approved: { from: ['in-review'], to: 'approved' },
  rejected: { from: ['in-review'], to: 'rejected' },
  withdrawn: { from: ['draft', 'in-review'], to: 'withdrawn' },
  outdated: { from: ['draft', 'in-review'], to: 'outdated' },
  emergency: { from: ['draft', 'in-review'], to: 'approved' },
}

/** Who asks, as far as it decides what he may do with a change. */
export interface ChangeReader {
  readonly isAuthor: boolean
  /** May propose this very change. */
  readonly maySubmit: boolean
  /** May decide about this very change. */
  readonly mayApprove: boolean
  readonly isAdministrator: boolean
}

export type MoveRefusal = 'CHANGE_STEP_REFUSED' | 'SELF_APPROVAL' | 'NO_ACCESS'

/** The state after a move; null = the move does not leave this state. */
export function stateAfter(state: ChangeState, move: ChangeMove): ChangeState | null {
  const { from, to } = MOVES[move]
  return from.includes(state) ? (to ?? state) : null
}

/** Why somebody cannot make a move; null = he can. Rights come first: who has none learns nothing of the state. */
export function moveRefusal(state: ChangeState, move: ChangeMove, reader: ChangeReader): MoveRefusal | null {
  const refusal = rightRefusal(move, reader)
  if (refusal === 'NO_ACCESS') return refusal
  if (stateAfter(state, move) === null) return 'CHANGE_STEP_REFUSED'
  return refusal
}

function rightRefusal(move: ChangeMove, reader: ChangeReader): MoveRefusal | null {
  const { isAuthor, maySubmit, mayApprove, isAdministrator } = reader
  switch (move) {
    case 'submitted':
      return isAuthor && maySubmit ? null : 'NO_ACCESS'
    case 'withdrawn':
      return isAuthor ? null : 'NO_ACCESS'
    case 'approved':
    case 'rejected':
      if (!mayApprove) return 'NO_ACCESS'
      return isAuthor ? 'SELF_APPROVAL' : null
    case 'emergency':
      return isAdministrator && maySubmit ? null : 'NO_ACCESS'
    case 'commented':
      return isAuthor || maySubmit || mayApprove ? null : 'NO_ACCESS'
    // Only the comparison with what is in force says so, never a person.
    case 'outdated':
      return 'NO_ACCESS'
  }
}
