import type { ChangeDetail, ChangeRow, ChangeState } from '@gemba/contracts/change'
import type { MarkKind } from '../ui/StateMark.vue'

const MARKS: Record<ChangeState, MarkKind> = {
  draft: 'neutral',
  'in-review': 'late',
  approved: 'ok',
  rejected: 'act',
  withdrawn: 'neutral',
  outdated: 'abnormal',
}

/** The mark of a change: an emergency stands out for ever. */
export const markOf = ({ state, isEmergency }: Pick<ChangeRow, 'state' | 'isEmergency'>): MarkKind =>
  isEmergency ? 'abnormal' : MARKS[state]

/** From when on it holds, ISO 8601; null = from an approval that has not come. */
export const effectiveAtOf = ({ state, effectiveFrom, decidedAt }: ChangeRow): string | null =>
  effectiveFrom ?? (state === 'approved' ? decidedAt : null)

/** Key of the word for the state. */
export const stateKey = ({ state, isEmergency }: Pick<ChangeRow, 'state' | 'isEmergency'>): string =>
  isEmergency ? 'changes.emergencyDone' : `changes.states.${state}`

/** One's own change that did not come into force can be drafted again on what is in force now. */
export const canBeProposedAnew = ({
  state,
  isMine,
  moved,
}: Pick<ChangeDetail, 'state' | 'isMine' | 'moved'>): boolean =>
  isMine && (state === 'outdated' || state === 'rejected' || state === 'withdrawn' || moved !== null)
