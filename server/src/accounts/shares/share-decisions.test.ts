import { describe, expect, it } from 'vitest'
import {
  LOCK_MS,
  type LinkFacts,
  MOST_TRIES,
  VISIT_MS,
  afterWrongPassword,
  endsAt,
  stateOf,
  toldReason,
  visitEndsAt,
} from './share-decisions.ts'

const DAY_MS = 86_400_000
const madeAt = Date.UTC(2026, 0, 5)
const link: LinkFacts = { madeAt, expiresAt: madeAt + 7 * DAY_MS, revokedAt: null, openings: 0, mostOpenings: null }
const settings = { allowed: true, longestDays: 90 }
const asked = { nowAt: madeAt + DAY_MS, settings, mayShare: true }

describe('a share link', () => {
  it('is open until its end, to the millisecond', () => {
    expect(stateOf(link, { ...asked, nowAt: link.expiresAt - 1 })).toBe('open')
    expect(stateOf(link, { ...asked, nowAt: link.expiresAt })).toBe('expired')
  })

  it('never lives longer than the settings of now allow, whatever they were when it was made', () => {
    const short = { allowed: true, longestDays: 2 }
    expect(endsAt(link, short)).toBe(madeAt + 2 * DAY_MS)
    expect(endsAt(link, settings)).toBe(link.expiresAt)
    expect(stateOf(link, { ...asked, settings: short, nowAt: madeAt + 2 * DAY_MS })).toBe('expired')
  })

  it('is withdrawn when its maker may no longer share, or nobody may', () => {
    expect(stateOf(link, { ...asked, mayShare: false })).toBe('withdrawn')
    expect(stateOf(link, { ...asked, settings: { ...settings, allowed: false } })).toBe('withdrawn')
  })

  it('is used up after its openings, but a visit that is under way goes on', () => {
    const used = { ...link, mostOpenings: 2, openings: 2 }
    expect(stateOf({ ...used, openings: 1 }, asked)).toBe('open')
    expect(stateOf(used, asked)).toBe('used-up')
    expect(stateOf(used, { ...asked, isVisited: true })).toBe('open')
    expect(stateOf(used, { ...asked, isVisited: true, mayShare: false })).toBe('withdrawn')
  })

  it('stays revoked, also for a visit that is under way, and visitors are not told by whom', () => {
    const revoked = { ...link, revokedAt: madeAt + 1 }
    expect(stateOf(revoked, { ...asked, isVisited: true })).toBe('revoked')
    expect(toldReason('revoked')).toBe('withdrawn')
    expect(toldReason('expired')).toBe('expired')
  })
})

describe('a visit', () => {
  it('is short, and ends with its link', () => {
    expect(visitEndsAt(link, settings, madeAt)).toBe(madeAt + VISIT_MS)
    expect(visitEndsAt(link, settings, link.expiresAt - 1000)).toBe(link.expiresAt)
  })
})

describe('wrong passwords of a link', () => {
  it('are counted, and rest the link after the last try', () => {
    let tries = 0
    for (let left = MOST_TRIES - 1; left > 0; left -= 1) {
      const after = afterWrongPassword(tries, madeAt)
      expect(after).toMatchObject({ lockedUntil: null, triesLeft: left })
      tries = after.failedTries
    }
    expect(afterWrongPassword(tries, madeAt)).toEqual({ failedTries: 0, lockedUntil: madeAt + LOCK_MS, triesLeft: 0 })
  })
})
