/** One piece of a number-format code of Excel. */
export type FormatToken =
  | { kind: 'literal'; text: string }
  | { kind: 'digit'; mark: '0' | '#' | '?' }
  | { kind: 'point' }
  | { kind: 'comma' }
  | { kind: 'percent' }
  | { kind: 'exponent'; plus: boolean }
  | { kind: 'date'; code: string }
  | { kind: 'elapsed'; code: string }
  | { kind: 'halfDay'; text: string }
  | { kind: 'text' }
  | { kind: 'general' }

export interface FormatSection {
  tokens: FormatToken[]
  isDate: boolean
  /** Name or number between brackets, e.g. `Red`. */
  colour: string | undefined
  condition: { operator: string; limit: number } | undefined
}

const known = new Map<string, FormatSection[]>()
const COLOURS = /^(black|blue|cyan|green|magenta|red|white|yellow|colou?r ?\d{1,2}|黑|蓝|绿|红|白|黄)$/i

/** Sections of a code, remembered. Characters without a meaning stand for themselves; nothing is an error. */
export function formatSections(code: string): FormatSection[] {
  let sections = known.get(code)
  if (sections === undefined) {
    if (known.size > 1_000) known.clear()
    sections = split(code).map(section)
    known.set(code, sections)
  }
  return sections
}

/** Cuts at semicolons outside quotes, brackets and escapes. */
function split(code: string): string[] {
  const parts = ['']
  let quote = false
  for (let i = 0; i < code.length; i += 1) {
    const character = code[i] as string
    if (character === '"') quote = !quote
    if (character === ';' && !quote) {
      parts.push('')
      continue
    }
    parts[parts.length - 1] += character
    if (!quote && character === '\\' && i + 1 < code.length) parts[parts.length - 1] += code[(i += 1)] as string
  }
  return parts.slice(0, 4)
}

function section(source: string): FormatSection {
  const result: FormatSection = { tokens: [], isDate: false, colour: undefined, condition: undefined }
  for (let at = 0; at < source.length;) at = take(source, at, result)
  result.isDate = result.tokens.some((token) => token.kind === 'date' || token.kind === 'elapsed')
  if (result.isDate) markMinutes(result.tokens)
  return result
}

/** Reads the token at a position and gives the position after it. */
function take(source: string, at: number, into: FormatSection): number {
  const character = source[at] as string
  const push = (token: FormatToken, length: number): number => {
    into.tokens.push(token)
    return at + length
  }
  if (character === '"') {
    const close = source.indexOf('"', at + 1)
    const end = close < 0 ? source.length : close
    return push({ kind: 'literal', text: source.slice(at + 1, end) }, end + 1 - at)
  }
  if (character === '\\') return push({ kind: 'literal', text: source[at + 1] ?? '' }, 2)
  if (character === '_') return push({ kind: 'literal', text: ' ' }, 2)
  if (character === '*') return at + 2
  if (character === '[') return bracket(source, at, into)
  const word = /^(general|am\/pm|a\/p|上午\/下午)/i.exec(source.slice(at, at + 7))?.[0]
  if (word !== undefined)
    return push(word.toLowerCase() === 'general' ? { kind: 'general' } : { kind: 'halfDay', text: word }, word.length)
  const exponent = /^[Ee][+-](?=[0#?])/.exec(source.slice(at, at + 3))?.[0]
  if (exponent !== undefined) return push({ kind: 'exponent', plus: exponent[1] === '+' }, 2)
  const date = /^(y+|m+|d+|h+|s+|a{3,4})/i.exec(source.slice(at))?.[0]
  if (date !== undefined) return push({ kind: 'date', code: date.toLowerCase() }, date.length)
  return push(simple(character), 1)
}

function simple(character: string): FormatToken {
  switch (character) {
    case '0':
    case '#':
    case '?':
      return { kind: 'digit', mark: character }
    case '.':
      return { kind: 'point' }
    case ',':
      return { kind: 'comma' }
    case '%':
      return { kind: 'percent' }
    case '@':
      return { kind: 'text' }
    default:
      return { kind: 'literal', text: character }
  }
}

/** Colour, condition, elapsed time, or a locale that is left out. */
function bracket(source: string, at: number, into: FormatSection): number {
  const close = source.indexOf(']', at)
  if (close < 0) {
    into.tokens.push({ kind: 'literal', text: '[' })
    return at + 1
  }
  const inner = source.slice(at + 1, close)
  const condition = /^(<=|>=|<>|=|<|>)(-?\d+(?:\.\d+)?)$/.exec(inner)
  if (condition) into.condition = { operator: condition[1] as string, limit: Number(condition[2]) }
  else if (/^(h+|m+|s+)$/i.test(inner)) into.tokens.push({ kind: 'elapsed', code: inner.toLowerCase() })
  else if (COLOURS.test(inner)) into.colour = inner
  else if (inner.startsWith('$')) {
    const symbol = inner.slice(1).split('-')[0] ?? ''
    if (symbol !== '') into.tokens.push({ kind: 'literal', text: symbol })
  }
  return close + 1
}

/** `m` means minutes after hours and before seconds. */
function markMinutes(tokens: FormatToken[]): void {
  const clock = tokens.filter((token) => token.kind === 'date' || token.kind === 'elapsed')
  clock.forEach((token, i) => {
    if (token.kind !== 'date' || !/^m{1,2}$/.test(token.code)) return
    const before = clock[i - 1]?.code ?? ''
    const after = clock[i + 1]?.code ?? ''
    if (before.startsWith('h') || after.startsWith('s')) token.code = token.code.replaceAll('m', 'n')
  })
}
