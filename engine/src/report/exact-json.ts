import { Decimal, equalNum, numOf, parseNum } from '../formula/decimal.ts'

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown

/**
 * JSON with exact numbers: a number whose digits a double does not hold becomes a Decimal, all others stay numbers.
 * 9007199254740993 and 0.12345678901234567890 come through. Throws a SyntaxError as JSON.parse does.
 */
export function parseExactJson(text: string): unknown {
  const exact: Reviver = (_key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined || source.length < 16) return value
    const digits = parseNum(source)
    return digits instanceof Decimal && Number.isFinite(value) && !equalNum(digits, numOf(value)) ? digits : value
  }
  return (JSON.parse as (text: string, reviver: Reviver) => unknown)(text, exact)
}
