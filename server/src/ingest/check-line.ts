import { recordLine, type RecordLine } from '@gemba/contracts/erp-record'
import {
  aliveLine,
  callLine,
  driftLine,
  gapLine,
  quarantineLine,
  type AliveLine,
  type CallLine,
  type DriftLine,
  type GapLine,
  type QuarantineLine,
  type QuarantineReason,
  type Reading,
} from '@gemba/contracts/reading'

import { alarmOf } from './encode-upkeep.ts'

export type CheckedLine =
  | { kind: 'reading'; reading: Reading }
  | { kind: 'alive'; line: AliveLine }
  | { kind: 'gap'; line: GapLine }
  | { kind: 'quarantine'; line: QuarantineLine }
  | { kind: 'record'; line: RecordLine }
  | { kind: 'call'; line: CallLine }
  | { kind: 'drift'; line: DriftLine }
  | { kind: 'rejected'; reason: QuarantineReason; text: string; source: string }

export interface LineRules {
  isKnownPoint(point: string): boolean
  /** Whether the value of the point is an alarm message. */
  isAlarmPoint(point: string): boolean
  nowMs: number
}

const EARLIEST_AT = Date.UTC(2000, 0, 1)
const LATEST_AT = Date.UTC(2100, 0, 1)
/** A device clock may run ahead this far before its readings are held back. */
const FUTURE_MS = 5 * 60_000
const LONGEST_TEXT = 1000
const READING_KEYS = new Set(['p', 't', 'v', 'q', 'r'])

const rejected = (reason: QuarantineReason, text: string, source = ''): CheckedLine => ({
  kind: 'rejected',
  reason,
  text,
  source,
})

/** Reads and judges one line. Hand-written for readings: they come by the hundred thousand. */
export function checkLine(text: string, rules: LineRules): CheckedLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return rejected('parse', 'The line is not valid JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return rejected('schema', 'The line is not an object.')
  const line = value as Record<string, unknown>
  return line['k'] === undefined ? checkReading(line, rules) : checkOther(line)
}

function checkReading(line: Record<string, unknown>, rules: LineRules): CheckedLine {
  const { p, t, v, q, r } = line
  if (typeof p !== 'string' || p.length < 3 || p.length > 300) return rejected('schema', 'p is not a point id.')
  for (const key in line)
    if (!READING_KEYS.has(key)) return rejected('schema', `The field ${key.slice(0, 40)} is not part of a reading.`)
  if (typeof t !== 'number' || !Number.isInteger(t))
    return rejected('time-invalid', 't is not an instant in milliseconds.')
  if (t < EARLIEST_AT) return rejected('time-invalid', 'The source time lies before 2000.')
  if (t > rules.nowMs + FUTURE_MS)
    return rejected('time-invalid', 'The source time lies more than five minutes in the future.')
  const fault = valueFault(v)
  if (fault) return fault
  if (q !== undefined && q !== 0 && q !== 1 && q !== 2) return rejected('schema', 'q is not 0, 1 or 2.')
  if (r !== undefined && (typeof r !== 'number' || !Number.isInteger(r) || r < EARLIEST_AT || r > LATEST_AT))
    return rejected('time-invalid', 'r is not an instant in milliseconds.')
  if (!rules.isKnownPoint(p)) return rejected('unknown-tag', `The point ${p} is not in the catalog.`)
  if (rules.isAlarmPoint(p) && q !== 2 && alarmOf(v as Reading['v']) === 'bad')
    return rejected('schema', 'The value is not an alarm message.')
  return { kind: 'reading', reading: line as Reading }
}

function valueFault(v: unknown): CheckedLine | null {
  if (typeof v === 'number') return Number.isFinite(v) ? null : rejected('nonfinite', 'The value is not finite.')
  if (typeof v === 'string') {
    if (v.length > LONGEST_TEXT) return rejected('too-large', `The text is longer than ${LONGEST_TEXT} characters.`)
    return /^[+-]?(nan|inf(inity)?)$/i.test(v) ? rejected('nonfinite', 'The value is not finite.') : null
  }
  if (typeof v === 'boolean' || v === null) return null
  return rejected('type', `The value is ${v === undefined ? 'missing' : Array.isArray(v) ? 'a list' : 'an object'}.`)
}

const OTHER = {
  alive: aliveLine,
  gap: gapLine,
  quarantine: quarantineLine,
  record: recordLine,
  call: callLine,
  drift: driftLine,
} as const

function checkOther(line: Record<string, unknown>): CheckedLine {
  const { k: kind } = line
  const source = typeof line['source'] === 'string' ? line['source'].slice(0, 60) : ''
  if (typeof kind !== 'string') return rejected('schema', 'k is not a kind of line.', source)
  if (!Object.hasOwn(OTHER, kind))
    return rejected('schema', `Lines of kind ${kind.slice(0, 40)} are not known.`, source)
  const result = OTHER[kind as keyof typeof OTHER].safeParse(line)
  if (!result.success) {
    const issue = result.error.issues[0]
    return rejected('schema', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`.slice(0, 400), source)
  }
  return { kind, line: result.data } as CheckedLine
}
