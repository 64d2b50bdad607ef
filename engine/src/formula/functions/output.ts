import { divide, exactText, negate, powerOfTen, num, roundTo, signOf, type Num } from '../decimal.ts'
import { Arguments, onScalars, type FunctionContext, type FunctionDefinition } from '../function-table.ts'
import { formatValue } from '../number-format.ts'
import { typeError, type Value } from '../values.ts'

const family = 'output'
const CAPITALS = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖']
const DIGITS = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九']
const SECTIONS = ['', '万', '亿', '万亿', '亿亿']

interface Numerals {
  digits: string[]
  units: string[]
}

const CAPITAL: Numerals = { digits: CAPITALS, units: ['', '拾', '佰', '仟'] }
const PLAIN: Numerals = { digits: DIGITS, units: ['', '十', '百', '千'] }

/** Four digits at most, with one zero for a gap. */
function section(digits: string, { digits: names, units }: Numerals): string {
  let text = ''
  let gap = false
  for (const [i, digit] of [...digits].entries()) {
    if (digit === '0') {
      gap = text !== ''
      continue
    }
    if (gap) text += '零'
    gap = false
    text += (names[Number(digit)] as string) + (units[digits.length - 1 - i] as string)
  }
  return text
}

/** A whole number in Chinese numerals; empty for zero. Throws #TYPE! beyond twenty digits. */
function chineseWhole(whole: string, numerals: Numerals): string {
  if (whole.length > 20) throw typeError('outOfRange', { position: '1' })
  const groups: string[] = []
  for (let end = whole.length; end > 0; end -= 4) groups.unshift(whole.slice(Math.max(0, end - 4), end))
  let text = ''
  let gap = false
  groups.forEach((group, i) => {
    const part = section(group, numerals)
    if (part === '') {
      gap = text !== ''
      return
    }
    // A zero stands for missing thousands, and for sections left out before.
    if (text !== '' && (gap || group.startsWith('0'))) text += '零'
    gap = false
    text += part + (SECTIONS[groups.length - 1 - i] as string)
  })
  return text
}

/** 人民币大写: 1234.5 is 壹仟贰佰叁拾肆元伍角整. */
function capitalAmount(value: Num): string {
  const rounded = roundTo(value, 2)
  if (rounded === 0) return '零元整'
  const negative = signOf(rounded) < 0
  const [whole = '0', fraction = ''] = exactText(negative ? negate(rounded) : rounded).split('.')
  const [jiao, fen] = [Number(fraction[0] ?? '0'), Number(fraction[1] ?? '0')]
  const yuan = chineseWhole(whole === '0' ? '' : whole, CAPITAL)
  let text = yuan === '' ? '' : `${yuan}元`
  if (jiao === 0 && fen === 0) return `${negative ? '负' : ''}${text}整`
  if (jiao > 0) text += `${CAPITALS[jiao] as string}角`
  else if (text !== '') text += '零'
  text += fen > 0 ? `${CAPITALS[fen] as string}分` : '整'
  return `${negative ? '负' : ''}${text}`
}

/** 一千二百三十四点五; ten to nineteen without the leading one. */
function chineseNumber(value: Num): string {
  const negative = signOf(value) < 0
  const [whole = '0', fraction] = exactText(negative ? negate(value) : value).split('.')
  let text = whole === '0' ? '零' : chineseWhole(whole, PLAIN)
  if (/^一十/.test(text)) text = text.slice(1)
  const decimals = fraction === undefined ? '' : `点${[...fraction].map((digit) => DIGITS[Number(digit)]).join('')}`
  return `${negative ? '负' : ''}${text}${decimals}`
}

/** Divided by a power of ten, rounded, with the unit behind it if asked for. */
const scaled = (name: string, power: number, unit: string): FunctionDefinition =>
  onScalars(name, { family, args: [1, 2], excel: null }, (args) => {
    const value = divide(args.num(0), num(powerOfTen(power))) as Num
    return args.count < 2 ? value : `${exactText(roundTo(value, args.whole(1, { least: 0, most: 20 })))}${unit}`
  })

/** Schemes that a link may have; all others are refused. */
const SAFE = /^(https?:|mailto:|\/|#)/i

function hyperlink(args: Arguments): Value {
  const url = args.text(0).trim()
  if (!SAFE.test(url)) return typeError('unsafeLink', { text: url.slice(0, 40) })
  return args.text(1, url)
}

function bytes(args: Arguments, context: FunctionContext): Value {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']
  let value = args.num(0)
  let unit = 0
  while (unit < units.length - 1 && Math.abs(Number(exactText(value))) >= 1024) {
    value = divide(value, 1024) as Num
    unit += 1
  }
  return `${formatValue(value, unit === 0 ? '0' : '0.0', context.locale).text} ${units[unit] as string}`
}

function duration(args: Arguments): Value {
  const total = Number(exactText(roundTo(args.num(0), 0)))
  const size = Math.abs(total)
  const two = (part: number): string => String(part).padStart(2, '0')
  return `${total < 0 ? '-' : ''}${two(Math.floor(size / 3600))}:${two(Math.floor(size / 60) % 60)}:${two(size % 60)}`
}

export const outputFunctions: FunctionDefinition[] = [
  onScalars('RMBUPPER', { family, args: [1, 1], excel: null }, (args) => capitalAmount(args.num(0))),
  onScalars('CNNUMBER', { family, args: [1, 1], excel: null }, (args) => chineseNumber(args.num(0))),
  scaled('WAN', 4, '万'),
  scaled('YI', 8, '亿'),
  onScalars('HYPERLINK', { family, args: [1, 2] }, hyperlink),
  onScalars('IMAGE', { family, args: [1, 1], excel: null }, (args) => args.text(0)),
  onScalars('PERCENT', { family, args: [1, 2], excel: null }, (args, context) => {
    const places = args.whole(1, { least: 0, most: 20, otherwise: 1 })
    return formatValue(args.num(0), places === 0 ? '0%' : `0.${'0'.repeat(places)}%`, context.locale).text
  }),
  onScalars('WORDS', { family, args: [2, 2], excel: null, nulls: 'pass' }, (args, context) =>
    args.value(context.locale === 'zh-CN' ? 0 : 1),
  ),
  onScalars('DURATION', { family, args: [1, 1], excel: null }, duration),
  onScalars('BYTES', { family, args: [1, 1], excel: null }, bytes),
]
