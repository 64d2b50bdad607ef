import { DigitLimitError, parseNum, type Num } from './decimal.ts'

export type Token =
  | { kind: 'number'; value: Num; at: number }
  | { kind: 'text'; value: string; at: number }
  | { kind: 'name'; text: string; at: number }
  | { kind: 'sign'; text: string; at: number }
  | { kind: 'end'; at: number }

/** The text is no expression. `at` is the offset of the first character that does not fit; `key` a key of the texts. */
export class FormulaSyntaxError extends Error {
  readonly at: number
  readonly key: string
  readonly details: Record<string, string>

  constructor(key: string, at: number, details: Record<string, string> = {}) {
    super(`${key} at ${at}${Object.keys(details).length > 0 ? ` ${JSON.stringify(details)}` : ''}`)
    this.key = key
    this.at = at
    this.details = details
  }
}

const MAX_LENGTH = 8_192
const space = /[\s\u00a0\u3000]+/uy
const number = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,3})?/uy
const name = /[\p{L}_][\p{L}\p{N}_]*/uy
const sign = /!-|&&|<>|<=|>=|[-+*/%^=<>&$()[\]{},;:.]/uy

/** Splits an expression into tokens, the last one being `end`. Throws a FormulaSyntaxError. */
export function tokenize(source: string): Token[] {
  if (source.length > MAX_LENGTH) throw new FormulaSyntaxError('tooLong', MAX_LENGTH)
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const blank = matchAt(space, source, at)
    if (blank !== undefined) {
      at += blank.length
      continue
    }
    const next = tokenAt(source, at)
    tokens.push(next.token)
    at = next.end
  }
  tokens.push({ kind: 'end', at: source.length })
  return tokens
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

function tokenAt(source: string, at: number): { token: Token; end: number } {
  const quote = source[at]
  if (quote === '"' || quote === "'") return textAt(source, at, quote)
  const digits = matchAt(number, source, at)
  if (digits !== undefined)
    return { token: { kind: 'number', value: numberAt(digits, at), at }, end: at + digits.length }
  const word = matchAt(name, source, at)
  if (word !== undefined) return { token: { kind: 'name', text: word, at }, end: at + word.length }
  const mark = matchAt(sign, source, at)
  if (mark !== undefined) return { token: { kind: 'sign', text: mark, at }, end: at + mark.length }
  throw new FormulaSyntaxError('unexpected', at, { found: String.fromCodePoint(source.codePointAt(at) ?? 0) })
}

function numberAt(digits: string, at: number): Num {
  try {
    return parseNum(digits) as Num
  } catch (error) {
    if (error instanceof DigitLimitError) throw new FormulaSyntaxError('tooLong', at)
    throw error
  }
}

/** Text between quotes; a doubled quote stands for one. */
function textAt(source: string, at: number, quote: string): { token: Token; end: number } {
  let value = ''
  let from = at + 1
  for (;;) {
    const close = source.indexOf(quote, from)
    if (close < 0) throw new FormulaSyntaxError('openText', at)
    value += source.slice(from, close)
    if (source[close + 1] !== quote) return { token: { kind: 'text', value, at }, end: close + 1 }
    value += quote
    from = close + 2
  }
}
