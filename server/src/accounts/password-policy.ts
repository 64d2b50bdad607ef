/** Which passwords may be chosen: long ones that nobody tries first. No rules about kinds of characters (NIST SP 800-63B). */
import { dictionary } from '@zxcvbn-ts/language-common'

export const SHORTEST_PASSWORD = 12
const SHORTEST_REST = 6

/** Why a password is refused; null = it is good. */
export type PasswordFault = 'short' | 'common' | 'name' | 'pattern' | 'same'

/** 49,000 passwords that leaked most often, from the package @zxcvbn-ts/language-common (MIT). */
let common: ReadonlySet<string> | null = null
const commonPasswords = (): ReadonlySet<string> => (common ??= new Set(dictionary['passwords-common']))

const LOOKALIKES: Record<string, string> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
}
const plainLetters = (text: string): string => text.replace(/[013457@$]/g, (sign) => LOOKALIKES[sign] ?? sign)

/** Characters as a reader counts them. */
const lengthOf = (text: string): number => [...text].length

/** A short piece that is written again and again, or one row of neighbours like `abcdef` and `654321`. */
function isPattern(text: string): boolean {
  const points = [...text].map((sign) => sign.codePointAt(0) ?? 0)
  if (new Set(points).size <= 3) return true
  for (let length = 1; length <= Math.floor(text.length / 2) && length <= 6; length += 1) {
    const piece = text.slice(0, length)
    if (piece.repeat(Math.ceil(text.length / length)).startsWith(text)) return true
  }
  const steps = points.slice(1).map((point, index) => point - (points[index] ?? 0))
  return steps.filter((step) => Math.abs(step) === 1).length >= steps.length * 0.8
}

function isCommon(text: string): boolean {
  const trimmed = text.replace(/^[\d\W_]+|[\d\W_]+$/g, '')
  const candidates = [text, plainLetters(text), trimmed, plainLetters(trimmed)]
  // A word of the list with a year behind it is still that word, unless much else is around it.
  return candidates.some((each) => lengthOf(each) >= text.length - SHORTEST_REST && commonPasswords().has(each))
}

/** `shortest`: characters it has at least; never fewer than the product asks for. */
export function passwordFault(password: string, user: string, shortest = SHORTEST_PASSWORD): PasswordFault | null {
  const text = password.normalize('NFKC').toLowerCase()
  if (lengthOf(text) < Math.max(shortest, SHORTEST_PASSWORD)) return 'short'
  if (isPattern(text)) return 'pattern'
  if (isCommon(text)) return 'common'
  const rest = [user.toLowerCase(), 'gemba', '现场', 'password', '密码'].reduce(
    (left, word) => (word === '' ? left : left.replaceAll(word, '')),
    text,
  )
  return rest !== text && lengthOf(rest) < SHORTEST_REST ? 'name' : null
}
