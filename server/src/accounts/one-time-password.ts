import { randomInt } from 'node:crypto'

/** No look-alikes: it is read aloud and typed. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const GROUPS = 4
const GROUP_LETTERS = 4

/** A random password such as `k3mx-9qrt-…`, 79 bits. */
export function newOneTimePassword(): string {
  const letter = () => LETTERS[randomInt(LETTERS.length)]
  const group = () => Array.from({ length: GROUP_LETTERS }, letter).join('')
  return Array.from({ length: GROUPS }, group).join('-')
}
