import type { ShareSettings, ShareState } from '@gemba/contracts/share'

const DAY_MS = 86_400_000

/** Wrong passwords after which a link rests. */
export const MOST_TRIES = 5
export const LOCK_MS = 15 * 60_000
/** A visit is over after this; then the link is opened, counted and judged anew. */
export const VISIT_MS = 4 * 3_600_000

/** A link as far as its life is decided by it. */
export interface LinkFacts {
  readonly madeAt: number
  readonly expiresAt: number
  readonly revokedAt: number | null
  readonly openings: number
  readonly mostOpenings: number | null
}

export interface LinkQuestion {
  readonly nowAt: number
  readonly settings: ShareSettings
  /** Its maker may share and see the object now. */
  readonly mayShare: boolean
  /** A visit that is under way: the limit of openings does not end it. */
  readonly isVisited?: boolean
}

/** When a link ends: what its maker chose, and no later than the settings of now allow. */
export const endsAt = ({ madeAt, expiresAt }: LinkFacts, { longestDays }: ShareSettings): number =>
  Math.min(expiresAt, madeAt + longestDays * DAY_MS)

/** How a link stands; the reasons in the order in which they hold for good. */
export function stateOf(link: LinkFacts, { nowAt, settings, mayShare, isVisited = false }: LinkQuestion): ShareState {
  if (link.revokedAt !== null) return 'revoked'
  if (nowAt >= endsAt(link, settings)) return 'expired'
  if (!mayShare || !settings.allowed) return 'withdrawn'
  const isUsedUp = link.mostOpenings !== null && link.openings >= link.mostOpenings
  return isUsedUp && !isVisited ? 'used-up' : 'open'
}

/** What a visitor is told: who ended it and why is not a visitor's business. */
export const toldReason = (state: Exclude<ShareState, 'open'>): 'expired' | 'used-up' | 'withdrawn' =>
  state === 'revoked' ? 'withdrawn' : state

/** What a wrong password leads to: another try, or a rest. */
export function afterWrongPassword(
  failedTries: number,
  nowAt: number,
): { failedTries: number; lockedUntil: number | null; triesLeft: number } {
  const tries = failedTries + 1
  if (tries < MOST_TRIES) return { failedTries: tries, lockedUntil: null, triesLeft: MOST_TRIES - tries }
  return { failedTries: 0, lockedUntil: nowAt + LOCK_MS, triesLeft: 0 }
}

/** When a visit that begins now is over. */
export const visitEndsAt = (link: LinkFacts, settings: ShareSettings, nowAt: number): number =>
  Math.min(endsAt(link, settings), nowAt + VISIT_MS)
