import { shallowRef } from 'vue'

/** A bug of the page that made it unusable, with the reference a reader can give to an administrator. */
export interface Bug {
  reference: string
  place: string
  error: unknown
}

const LETTERS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/** A short reference such as `7K2F-19`. */
export function newReference(): string {
  const pick = (count: number) =>
    [...crypto.getRandomValues(new Uint8Array(count))].map((byte) => LETTERS[byte % LETTERS.length]).join('')
  return `${pick(4)}-${pick(2)}`
}

export const currentBug = shallowRef<Bug | null>(null)

/** Keeps the newest bug and writes it to the console with its reference, so that the two can be matched. */
export function noteBug(error: unknown, place: string): Bug {
  const bug: Bug = { reference: newReference(), place, error }
  currentBug.value = bug
  console.error('page failed', { reference: bug.reference, place }, error)
  return bug
}
