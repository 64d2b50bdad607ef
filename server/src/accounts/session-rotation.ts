/** When the secret of a session changes, and what a secret that was replaced may still do. Pure. */

export const ROTATE_AFTER_MS = 15 * 60_000
/** Requests that were under way when the secret changed. */
const GRACE_MS = 60_000
/** A new secret that was not seen for this long did not arrive: another one is given. */
const LOST_AFTER_MS = 30_000

export interface Rotation {
  readonly idHash: string
  readonly previousHash: string | null
  readonly rotatedAt: Date
  readonly confirmedAt: Date | null
}

/**
 * `accept`: as it is. `confirm`: the new secret was seen for the first time. `rotate`: accept and give a new one.
 * `reused`: a secret that was replaced long ago came back: somebody has a copy.
 */
export type Verdict = 'accept' | 'confirm' | 'rotate' | 'reused'

export function judge(row: Rotation, presented: string, nowMs: number): Verdict {
  const sinceRotation = nowMs - row.rotatedAt.getTime()
  if (presented === row.idHash) {
    if (row.previousHash !== null && row.confirmedAt === null) return 'confirm'
    return sinceRotation >= ROTATE_AFTER_MS ? 'rotate' : 'accept'
  }
  if (row.confirmedAt === null) return sinceRotation >= LOST_AFTER_MS ? 'rotate' : 'accept'
  return nowMs - row.confirmedAt.getTime() < GRACE_MS ? 'accept' : 'reused'
}
