import { changeState } from '@gemba/contracts/change'
import { describe, expect, it } from 'vitest'
import { type ChangeMove, type ChangeReader, moveRefusal, stateAfter } from './change-states.ts'

const NOBODY: ChangeReader = { isAuthor: false, maySubmit: false, mayApprove: false, isAdministrator: false }
const author: ChangeReader = { ...NOBODY, isAuthor: true, maySubmit: true }
const reviewer: ChangeReader = { ...NOBODY, mayApprove: true }
const both: ChangeReader = { ...author, mayApprove: true, isAdministrator: true }
const MOVES: ChangeMove[] = ['submitted', 'commented', 'approved', 'rejected', 'withdrawn', 'outdated', 'emergency']
const SETTLED = ['approved', 'rejected', 'withdrawn', 'outdated'] as const

describe('a change', () => {
  it('goes from draft through review to approved, and back to none of them', () => {
    expect(stateAfter('draft', 'submitted')).toBe('in-review')
    expect(stateAfter('in-review', 'approved')).toBe('approved')
    expect(stateAfter('draft', 'approved')).toBeNull()
    expect(stateAfter('in-review', 'submitted')).toBeNull()
    expect(stateAfter('in-review', 'commented')).toBe('in-review')
  })

  it('takes no step once it is settled, whoever asks', () => {
    for (const state of SETTLED) {
      expect(MOVES.map((move) => stateAfter(state, move))).toEqual(MOVES.map(() => null))
      for (const move of MOVES) expect(moveRefusal(state, move, both)).not.toBeNull()
    }
  })

  it('is never approved or rejected by its author, even one who may approve everything', () => {
    for (const state of changeState.options) {
      expect(moveRefusal(state, 'approved', both)).not.toBeNull()
      expect(moveRefusal(state, 'rejected', both)).not.toBeNull()
    }
    expect(moveRefusal('in-review', 'approved', both)).toBe('SELF_APPROVAL')
    expect(moveRefusal('in-review', 'approved', reviewer)).toBeNull()
  })

  it('is submitted and withdrawn by its author alone, and put into force alone by administrators who may write it', () => {
    expect(moveRefusal('draft', 'submitted', author)).toBeNull()
    expect(moveRefusal('draft', 'submitted', { ...author, isAuthor: false })).toBe('NO_ACCESS')
    expect(moveRefusal('draft', 'submitted', { ...author, maySubmit: false })).toBe('NO_ACCESS')
    expect(moveRefusal('in-review', 'withdrawn', reviewer)).toBe('NO_ACCESS')
    expect(moveRefusal('in-review', 'emergency', both)).toBeNull()
    expect(moveRefusal('in-review', 'emergency', { ...both, isAdministrator: false })).toBe('NO_ACCESS')
    expect(moveRefusal('in-review', 'emergency', { ...both, maySubmit: false })).toBe('NO_ACCESS')
  })

  it('tells who has no right nothing of its state', () => {
    for (const state of changeState.options)
      for (const move of MOVES) expect(moveRefusal(state, move, NOBODY)).toBe('NO_ACCESS')
  })
})
