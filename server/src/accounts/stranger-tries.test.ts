import { expect, it } from 'vitest'
import { StrangerTries } from './stranger-tries.ts'

it('counts each name by itself and from zero after a lock', () => {
  const tries = new StrangerTries()
  expect([tries.count('a'), tries.count('a'), tries.count('b')]).toEqual([1, 2, 1])
  tries.lock('a', 99)
  expect([tries.lockedUntil('a'), tries.lockedUntil('b'), tries.lockedUntil('c')]).toEqual([99, 0, 0])
  expect(tries.count('a')).toBe(1)
})

it('forgets the name that was not tried for the longest time, and no other', () => {
  const tries = new StrangerTries()
  tries.lock('locked', 99)
  tries.count('tried')
  for (let index = 0; index < 9_998; index += 1) tries.count(`name ${index}`)
  tries.count('tried')
  tries.count('one too many')
  expect(tries.lockedUntil('locked')).toBe(0)
  expect(tries.count('tried')).toBe(3)
})
