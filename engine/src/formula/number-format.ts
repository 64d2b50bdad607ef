import {
  compareNum,
  exactText,
  isNum,
  multiply,
  negate,
  num,
  numOf,
  powerOfTen,
  roundTo,
  shownNum,
  signOf,
  type Num,
} from './decimal.ts'
import { formatSections, type FormatSection, type FormatToken } from './format-code.ts'
import { Moment, momentAt, partsOf, serialOf, type CalendarParts } from './moment.ts'
import { textOf, type Value } from './values.ts'

export type FormatLanguage = 'zh-CN' | 'en'

/** A formatted value: its text and the colour that the code asks for. */
export interface FormattedText {
  text: string
  colour?: string
}

const DAY = 86_400_000

/** Applies a number-format code of Excel. Null is empty, booleans and errors print as they are. */
export function formatValue(value: Value, code: string, language: FormatLanguage = 'zh-CN'): FormattedText {
  if (value === null) return { text: '' }
  const sections = formatSections(code)
  if (typeof value === 'string') return formatText(value, sections)
  if (value instanceof Moment) {
    const first = sections[0]
    if (first?.isDate === true) return withColour(first, dateText(first.tokens, value, language))
    return value.kind === 'instant' ? { text: textOf(value) } : formatNumber(numOf(serialOf(value)), sections, language)
  }
  return isNum(value) ? formatNumber(value, sections, language) : { text: textOf(value) }
}

const withColour = (section: FormatSection, text: string): FormattedText =>
  section.colour === undefined ? { text } : { text, colour: section.colour }

/** Text goes through the fourth section, or through one that has an `@`. */
function formatText(value: string, sections: FormatSection[]): FormattedText {
  const section = sections[3] ?? sections.find(({ tokens }) => tokens.some((token) => token.kind === 'text'))
  if (section === undefined) return { text: value }
  const text = section.tokens
    .map((token) => (token.kind === 'text' ? value : token.kind === 'literal' ? token.text : ''))
    .join('')
  return withColour(section, text)
}

function formatNumber(value: Num, sections: FormatSection[], language: FormatLanguage): FormattedText {
  const index = sectionFor(value, sections)
  const section = sections[index] as FormatSection
  if (section.isDate) {
    const moment = momentOf(value)
    // A spreadsheet fills such a cell with hashes; the digits say more.
    return withColour(section, moment === undefined ? exactText(value) : dateText(section.tokens, moment, language))
  }
  // A section for negatives shows the size only; so does any later one.
  const ownSign = index > 0 && signOf(value) < 0 && (section.condition === undefined || index === 1)
  return withColour(section, numberText(section.tokens, ownSign ? negate(value) : value))
}

function sectionFor(value: Num, sections: FormatSection[]): number {
  const conditional = sections.findIndex(({ condition }) => condition !== undefined)
  if (conditional >= 0) {
    const found = sections.slice(0, 3).findIndex(({ condition }) => condition === undefined || holds(value, condition))
    return Math.max(0, found)
  }
  const sign = signOf(value)
  if (sign < 0 && sections.length > 1) return 1
  return sign === 0 && sections.length > 2 ? 2 : 0
}

function holds(value: Num, { operator, limit }: { operator: string; limit: number }): boolean {
  const order = compareNum(value, numOf(limit))
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  if (operator === '>') return order > 0
  if (operator === '>=') return order >= 0
  return operator === '=' ? order === 0 : order !== 0
}

/** A serial number of Excel as a local date-time; undefined out of range. */
function momentOf(serial: Num): Moment | undefined {
  const days = Number(exactText(serial))
  const shifted = days < 61 && days >= 1 ? days + 1 : days
  return momentAt('datetime', Math.round((shifted - 25_569) * 86_400) * 1000)
}

interface NumberLayout {
  whole: FormatToken[]
  fraction: FormatToken[]
  exponent: FormatToken[]
  plus: boolean
  grouped: boolean
  /** Powers of ten by which the value is shown larger. */
  shift: number
}

function layoutOf(tokens: FormatToken[]): NumberLayout {
  const layout: NumberLayout = { whole: [], fraction: [], exponent: [], plus: false, grouped: false, shift: 0 }
  let zone: 'whole' | 'fraction' | 'exponent' = 'whole'
  const lastDigit = tokens.findLastIndex((token) => token.kind === 'digit')
  tokens.forEach((token, i) => {
    if (token.kind === 'point' && zone === 'whole') zone = 'fraction'
    else if (token.kind === 'exponent') {
      zone = 'exponent'
      layout.plus = token.plus
    } else if (token.kind === 'comma') {
      const seen = layout.whole.some((other) => other.kind === 'digit')
      if (!seen) layout.whole.push({ kind: 'literal', text: ',' })
      else if (
        tokens.slice(i + 1, lastDigit + 1).some((other) => other.kind === 'digit') &&
        zone === 'whole' &&
        !scales(tokens, i)
      )
        layout.grouped = true
      else layout.shift -= 3
    } else {
      if (token.kind === 'percent') layout.shift += 2
      layout[zone].push(token)
    }
  })
  return layout
}

/** Commas directly before the point divide by a thousand each. */
function scales(tokens: FormatToken[], at: number): boolean {
  const next = tokens.slice(at + 1).find((token) => token.kind !== 'comma')
  return next === undefined || next.kind === 'point'
}

const countDigits = (tokens: FormatToken[]): number => tokens.filter((token) => token.kind === 'digit').length

function numberText(tokens: FormatToken[], value: Num): string {
  if (tokens.some((token) => token.kind === 'general')) return generalText(tokens, value)
  const layout = layoutOf(tokens)
  if (layout.exponent.length > 0) return scientificText(layout, value)
  const scaled = shifted(value, layout.shift)
  const places = countDigits(layout.fraction)
  const hasDigits = places + countDigits(layout.whole) > 0
  const rounded = hasDigits ? roundTo(scaled, places) : scaled
  const negative = signOf(rounded) < 0
  const [whole = '0', fraction = ''] = exactText(negative ? negate(rounded) : rounded).split('.')
  const hasPoint = tokens.some((token) => token.kind === 'point')
  const tail = fractionText(layout.fraction, fraction)
  const body = wholeText(layout.whole, hasPoint || countDigits(layout.whole) > 0 ? whole : '0', layout.grouped)
  return `${negative ? '-' : ''}${body}${hasPoint ? '.' : ''}${tail}`
}

function generalText(tokens: FormatToken[], value: Num): string {
  return tokens
    .map((token) =>
      token.kind === 'general' ? exactText(shownNum(value)) : token.kind === 'literal' ? token.text : '',
    )
    .join('')
}

function shifted(value: Num, power: number): Num {
  if (power === 0) return value
  return power > 0 ? multiply(value, num(powerOfTen(power))) : multiply(value, num(1n, -power))
}

/** Digits from the right into the placeholders; the leftmost takes all that remain. */
function wholeText(tokens: FormatToken[], digits: string, grouped: boolean): string {
  const places = countDigits(tokens)
  let rest = digits === '0' ? '' : digits
  let left = places
  let written = 0
  const parts: string[] = []
  const put = (digit: string): void => {
    if (grouped && written > 0 && written % 3 === 0 && digit !== ' ') parts.push(',')
    parts.push(digit)
    written += 1
  }
  for (const token of tokens.toReversed()) {
    if (token.kind !== 'digit') {
      parts.push(plain(token))
      continue
    }
    left -= 1
    if (rest !== '') put(rest.at(-1) as string)
    else if (token.mark === '0') put('0')
    else if (token.mark === '?') put(' ')
    rest = rest.slice(0, -1)
    for (; left === 0 && rest !== ''; rest = rest.slice(0, -1)) put(rest.at(-1) as string)
  }
  // A code without a place before the point, such as `.00`, still shows what is there.
  if (places === 0 && rest !== '') parts.unshift(rest)
  return parts.reverse().join('')
}

const plain = (token: FormatToken): string =>
  token.kind === 'literal' ? token.text : token.kind === 'percent' ? '%' : token.kind === 'point' ? '.' : ''

/** Zeros at the end are kept by `0`, left out by `#`, blank by `?`. */
function fractionText(tokens: FormatToken[], digits: string): string {
  let at = 0
  return tokens
    .map((token) => {
      if (token.kind !== 'digit') return plain(token)
      const digit = digits[at]
      at += 1
      if (digit !== undefined) return digit
      return token.mark === '0' ? '0' : token.mark === '?' ? ' ' : ''
    })
    .join('')
}

function scientificText(layout: NumberLayout, value: Num): string {
  const wholePlaces = Math.max(1, countDigits(layout.whole))
  const places = countDigits(layout.fraction)
  const negative = signOf(value) < 0
  const size = negative ? negate(value) : value
  let exponent = size === 0 ? 0 : magnitude(size) - wholePlaces + 1
  let mantissa = roundTo(shifted(size, -exponent), places)
  if (compareNum(mantissa, num(powerOfTen(wholePlaces))) >= 0) {
    exponent += 1
    mantissa = roundTo(shifted(size, -exponent), places)
  }
  const [whole = '0', fraction = ''] = exactText(mantissa).split('.')
  const sign = exponent < 0 ? '-' : layout.plus ? '+' : ''
  const power = wholeText(layout.exponent, String(Math.abs(exponent)), false)
  const point = places > 0 ? '.' : ''
  return `${negative ? '-' : ''}${wholeText(layout.whole, whole, false)}${point}${fractionText(layout.fraction, fraction)}E${sign}${power}`
}

/** Power of ten of the first digit. */
function magnitude(size: Num): number {
  const [whole = '0', fraction = ''] = exactText(size).split('.')
  if (whole !== '0') return whole.length - 1
  return -1 - /^0*/.exec(fraction)![0].length
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const NUMERALS = ['一', '二', '三', '四', '五', '六', '日']

function dateText(tokens: FormatToken[], moment: Moment, language: FormatLanguage): string {
  const parts = partsOf(moment)
  const halfDay = tokens.some((token) => token.kind === 'halfDay')
  return tokens
    .map((token, i) => {
      if (token.kind === 'date') return dateCode(token.code, { parts, halfDay, language })
      if (token.kind === 'elapsed') return elapsed(token.code, moment)
      if (token.kind === 'halfDay') return halfDayText(token.text, parts.hour)
      if (token.kind === 'digit') return fractionOfSecond(tokens, i, parts)
      if (token.kind === 'comma') return ','
      return plain(token)
    })
    .join('')
}

function halfDayText(text: string, hour: number): string {
  const [morning = '', afternoon = ''] = text.split('/')
  return hour < 12 ? morning : afternoon
}

/** Digits after `ss.` are tenths, hundredths, thousandths. */
function fractionOfSecond(tokens: FormatToken[], at: number, parts: CalendarParts): string {
  let place = 0
  for (let i = at; tokens[i]?.kind === 'digit'; i -= 1) place += 1
  return String(parts.fraction).padStart(3, '0')[place - 1] ?? '0'
}

function elapsed(code: string, moment: Moment): string {
  const seconds = (serialOf(moment) * DAY) / 1000
  const unit = code.startsWith('h') ? 3600 : code.startsWith('m') ? 60 : 1
  return String(Math.floor(seconds / unit)).padStart(code.length, '0')
}

function dateCode(
  code: string,
  { parts, halfDay, language }: { parts: CalendarParts; halfDay: boolean; language: FormatLanguage },
): string {
  const padded = (value: number): string => String(value).padStart(code.length === 1 ? 1 : 2, '0')
  switch (code[0]) {
    case 'y':
      return code.length <= 2 ? String(parts.year % 100).padStart(2, '0') : String(parts.year).padStart(4, '0')
    case 'm':
      return code.length <= 2 ? padded(parts.month) : monthName(parts.month, code.length, language)
    case 'n':
      return padded(parts.minute)
    case 'd':
      return code.length <= 2 ? padded(parts.day) : weekdayName(parts.weekday, code.length === 3, language)
    case 'a':
      return weekdayName(parts.weekday, code.length === 3, 'zh-CN')
    case 'h':
      return padded(halfDay ? ((parts.hour + 11) % 12) + 1 : parts.hour)
    default:
      return padded(parts.second)
  }
}

function monthName(month: number, length: number, language: FormatLanguage): string {
  if (language === 'zh-CN') return length === 5 ? String(month) : `${month}月`
  const name = MONTHS[month - 1] as string
  return length === 3 ? name.slice(0, 3) : length === 5 ? name.slice(0, 1) : name
}

function weekdayName(weekday: number, short: boolean, language: FormatLanguage): string {
  if (language === 'zh-CN') return `${short ? '周' : '星期'}${NUMERALS[weekday - 1] as string}`
  const name = WEEKDAYS[weekday - 1] as string
  return short ? name.slice(0, 3) : name
}
