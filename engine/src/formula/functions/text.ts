import { exactText, isNum, parseNum, roundTo } from '../decimal.ts'
import { Arguments, localMoment, onScalars, onValues, type FunctionDefinition, type Shape } from '../function-table.ts'
import { Moment } from '../moment.ts'
import { like } from '../operators.ts'
import { formatValue } from '../number-format.ts'
import { PatternError, RegularExpression } from '../regular-expression.ts'
import { FormulaError, flatten, isError, sizeLimit, textOf, typeError, type Value } from '../values.ts'

const family = 'text'

/** Null is read as empty text by all functions of this family. */
const onText = (
  name: string,
  shape: Omit<Shape, 'family'>,
  body: (
    args: Arguments,
    ...rest: Parameters<Parameters<typeof onScalars>[2]> extends [unknown, infer C] ? [C] : never
  ) => Value,
): FunctionDefinition => onScalars(name, { family, nulls: 'pass', ...shape }, body)

/** Characters as a reader counts them: a surrogate pair is one. */
const letters = (text: string): string[] => [...text]

const tooLong = (): FormulaError => new FormulaError('#LIMIT!', { key: 'textTooLong' })

function repeated(text: string, times: number): string {
  if (text.length * times > sizeLimit.text) throw tooLong()
  return text.repeat(times)
}

function padded(args: Arguments, side: 'left' | 'right'): string {
  const characters = letters(args.text(0))
  const missing = args.whole(1, { least: 0, most: sizeLimit.text }) - characters.length
  const fill = letters(args.text(2, ' '))
  if (missing <= 0 || fill.length === 0) return characters.join('')
  const padding = Array.from({ length: missing }, (_, i) => fill[i % fill.length] as string).join('')
  return side === 'left' ? padding + characters.join('') : characters.join('') + padding
}

/** Position from 1, or #TYPE! when it is not there, as in Excel. */
function found(needle: string, text: string, start: number): Value {
  const characters = letters(text)
  const rest = characters.slice(start - 1).join('')
  const at = rest.indexOf(needle)
  return at < 0 ? typeError('notFound', { text: needle }) : letters(rest.slice(0, at)).length + start
}

function substituted(args: Arguments): string {
  const [text, old, fresh] = [args.text(0), args.text(1), args.text(2)]
  if (old === '') return text
  if (args.count < 4 || args.value(3) === null) {
    const parts = text.split(old)
    if (text.length + (parts.length - 1) * fresh.length > sizeLimit.text) throw tooLong()
    return parts.join(fresh)
  }
  const wanted = args.whole(3, { least: 1 })
  let at = -1
  for (let i = 0; i < wanted; i += 1) {
    at = text.indexOf(old, at < 0 ? 0 : at + old.length)
    if (at < 0) return text
  }
  return text.slice(0, at) + fresh + text.slice(at + old.length)
}

const patterns = new Map<string, RegularExpression>()

function patternOf(args: Arguments, index: number): RegularExpression {
  const ignoreCase = args.flag(index === 1 ? 3 : index, false)
  const key = `${ignoreCase}|${args.text(1)}`
  const known = patterns.get(key)
  if (known !== undefined) return known
  try {
    const pattern = new RegularExpression(args.text(1), ignoreCase)
    if (patterns.size > 200) patterns.clear()
    patterns.set(key, pattern)
    return pattern
  } catch (error) {
    if (error instanceof PatternError) throw typeError('badPattern', { problem: error.message })
    throw error
  }
}

function regularReplaced(args: Arguments): string {
  const [text, fresh] = [args.text(0), args.text(2)]
  const pattern = patternOf(args, 3)
  const parts: string[] = []
  let from = 0
  let size = 0
  for (let searched = 0; searched <= text.length;) {
    const match = pattern.match(text, searched)
    if (match === undefined) break
    const inserted = fresh.replaceAll(/\$(\d)/g, (_, digit: string) => {
      if (digit === '0') return text.slice(match.start, match.end)
      const slot = 2 * (Number(digit) - 1)
      const [a = -1, b = -1] = [match.groups[slot], match.groups[slot + 1]]
      return a < 0 ? '' : text.slice(a, b)
    })
    parts.push(text.slice(from, match.start), inserted)
    if ((size += inserted.length) > sizeLimit.text) throw tooLong()
    from = match.end
    searched = match.end > match.start ? match.end : match.end + 1
  }
  return parts.join('') + text.slice(from)
}

function regularExtracted(args: Arguments): Value {
  const text = args.text(0)
  const pattern = patternOf(args, 3)
  const match = pattern.match(text)
  if (match === undefined) return null
  const group = args.whole(2, { least: 0, most: pattern.groupCount, otherwise: 0 })
  if (group === 0) return text.slice(match.start, match.end)
  const [a = -1, b = -1] = [match.groups[2 * group - 2], match.groups[2 * group - 1]]
  return a < 0 ? null : text.slice(a, b)
}

/** A number from text with spaces, thousands commas and a per cent sign. */
function numberFrom(value: Value): Value {
  if (value === null || isNum(value)) return value
  const text = textOf(value).trim()
  const percent = text.endsWith('%')
  const digits = (percent ? text.slice(0, -1) : text).replaceAll(/[,\s]/g, '')
  const number = parseNum(percent ? `${digits}${/e/i.test(digits) ? '' : 'e-2'}` : digits)
  return number ?? typeError('notANumber', { text: text.slice(0, 40) })
}

function textJoin(args: Value[]): Value {
  const [separator = null, skipEmpty = null, ...lists] = args
  const parts = lists.flatMap((list) => flatten(list))
  const error = [separator, skipEmpty, ...parts].find(isError)
  if (error !== undefined) return error
  const texts = parts.map(textOf)
  return (skipEmpty === true ? texts.filter((text) => text !== '') : texts).join(textOf(separator))
}

const properCase = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/(^|[^\p{L}])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase())

export const textFunctions: FunctionDefinition[] = [
  onText('LEN', { args: [1, 1] }, (args) => letters(args.text(0)).length),
  onText('LEFT', { args: [1, 2] }, (args) =>
    letters(args.text(0))
      .slice(0, args.whole(1, { least: 0, otherwise: 1 }))
      .join(''),
  ),
  onText('RIGHT', { args: [1, 2] }, (args) => {
    const count = args.whole(1, { least: 0, otherwise: 1 })
    return count === 0 ? '' : letters(args.text(0)).slice(-count).join('')
  }),
  onText('MID', { args: [2, 3] }, (args) => {
    const start = args.whole(1, { least: 1 }) - 1
    return letters(args.text(0))
      .slice(start, start + args.whole(2, { least: 0, otherwise: 1e9 }))
      .join('')
  }),
  onText('UPPER', { args: [1, 1] }, (args) => args.text(0).toUpperCase()),
  onText('LOWER', { args: [1, 1] }, (args) => args.text(0).toLowerCase()),
  onText('PROPER', { args: [1, 1] }, (args) => properCase(args.text(0))),
  onText('TRIM', { args: [1, 1] }, (args) => args.text(0).trim().replaceAll(/ +/g, ' ')),
  onText('CLEAN', { args: [1, 1] }, (args) =>
    [...args.text(0)].filter((c) => (c.codePointAt(0) as number) >= 32).join(''),
  ),
  onValues('CONCAT', { family, args: [1, 255] }, (args) => textJoin(['', false, ...args])),
  onValues('CONCATENATE', { family, args: [1, 255] }, (args) => textJoin(['', false, ...args])),
  onValues('TEXTJOIN', { family, args: [3, 255] }, textJoin),
  onText('REPT', { args: [2, 2] }, (args) => repeated(args.text(0), args.whole(1, { least: 0 }))),
  onText('PADLEFT', { args: [2, 3], excel: null }, (args) => padded(args, 'left')),
  onText('PADRIGHT', { args: [2, 3], excel: null }, (args) => padded(args, 'right')),
  onText('REPLACE', { args: [4, 4] }, (args) => {
    const characters = letters(args.text(0))
    const start = args.whole(1, { least: 1 }) - 1
    characters.splice(start, args.whole(2, { least: 0 }), args.text(3))
    return characters.join('')
  }),
  onText('SUBSTITUTE', { args: [3, 4] }, substituted),
  onText('FIND', { args: [2, 3] }, (args) =>
    found(args.text(0), args.text(1), args.whole(2, { least: 1, otherwise: 1 })),
  ),
  onText('SEARCH', { args: [2, 3] }, (args) =>
    found(args.text(0).toLowerCase(), args.text(1).toLowerCase(), args.whole(2, { least: 1, otherwise: 1 })),
  ),
  onText('CONTAINS', { args: [2, 2], excel: null }, (args) => args.text(0).includes(args.text(1))),
  onText('STARTSWITH', { args: [2, 2], excel: null }, (args) => args.text(0).startsWith(args.text(1))),
  onText('ENDSWITH', { args: [2, 2], excel: null }, (args) => args.text(0).endsWith(args.text(1))),
  onText('EXACT', { args: [2, 2] }, (args) => args.text(0) === args.text(1)),
  onText('LIKE', { args: [2, 2], excel: null }, (args) => like(args.text(0), args.text(1))),
  onText('SPLIT', { args: [2, 3], excel: null }, (args) => {
    const parts = args.text(1) === '' ? letters(args.text(0)) : args.text(0).split(args.text(1))
    return args.count < 3 ? parts : (parts[args.whole(2, { least: 1 }) - 1] ?? null)
  }),
  onText('CHAR', { args: [1, 1] }, (args) => String.fromCodePoint(args.whole(0, { least: 1, most: 0x10ffff }))),
  onText('CODE', { args: [1, 1] }, (args) => args.text(0).codePointAt(0) ?? typeError('notFound', { text: '' })),
  onText('TEXT', { args: [2, 2] }, (args, context) => {
    const value = args.value(0)
    // An instant is read on the wall clock of the report, as a cell with a format shows it.
    const local = value instanceof Moment ? localMoment(value, context.timeZone) : value
    return formatValue(local, args.text(1), context.locale).text
  }),
  onText('VALUE', { args: [1, 1] }, (args) => numberFrom(args.value(0))),
  onText('NUMBER', { args: [1, 1], excel: 'VALUE' }, (args) => numberFrom(args.value(0))),
  onText('FIXED', { args: [1, 2] }, (args, context) => {
    const places = args.whole(1, { least: 0, most: 100, otherwise: 2 })
    const code = `#,##0${places > 0 ? `.${'0'.repeat(places)}` : ''}`
    return args.value(0) === null ? '' : formatValue(roundTo(args.num(0), places), code, context.locale).text
  }),
  onText('STR', { args: [1, 1], excel: null }, (args) =>
    isNum(args.value(0)) ? exactText(args.num(0)) : args.text(0),
  ),
  onText('REGEXMATCH', { args: [2, 4], excel: null }, (args) => patternOf(args, 2).match(args.text(0)) !== undefined),
  onText('REGEXEXTRACT', { args: [2, 4], excel: null }, regularExtracted),
  onText('REGEXREPLACE', { args: [3, 4], excel: null }, regularReplaced),
]
