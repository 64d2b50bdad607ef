import { reading } from '@gemba/contracts/reading'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkLine } from './check-line.ts'

const NOW = Date.UTC(2026, 10, 20, 5)
const KNOWN = 'SUZ/A/U1:total'
const ALARM = 'SUZ/A/U1:alarm'
const rules = {
  isKnownPoint: (point: string) => point === KNOWN || point === ALARM,
  isAlarmPoint: (point: string) => point === ALARM,
  nowMs: NOW,
}
const check = (line: unknown) => checkLine(typeof line === 'string' ? line : JSON.stringify(line), rules)
const reasonOf = (line: unknown): string => {
  const checked = check(line)
  return checked.kind === 'rejected' ? checked.reason : checked.kind
}
const good = { p: KNOWN, t: NOW, v: 1 }

describe('a reading', () => {
  it('is taken with every kind of value and with what may be left out', () => {
    for (const v of [0, -1.5, 'executing', '', true, null])
      expect(check({ ...good, v })).toEqual({ kind: 'reading', reading: { ...good, v } })
    const full = { ...good, q: 2, r: NOW + 1 }
    expect(check(full)).toEqual({ kind: 'reading', reading: full })
  })

  it('may come from a clock that runs ahead five minutes, and no millisecond more', () => {
    expect(reasonOf({ ...good, t: NOW + 300_000 })).toBe('reading')
    expect(reasonOf({ ...good, t: NOW + 300_001 })).toBe('time-invalid')
  })

  it('may be as old as the year 2000, and no millisecond more', () => {
    expect(reasonOf({ ...good, t: Date.UTC(2000, 0, 1) })).toBe('reading')
    expect(reasonOf({ ...good, t: Date.UTC(2000, 0, 1) - 1 })).toBe('time-invalid')
    expect(reasonOf({ ...good, r: 0 })).toBe('time-invalid')
  })

  it('may hold a text of a thousand characters, and no more', () => {
    expect(reasonOf({ ...good, v: 'x'.repeat(1_000) })).toBe('reading')
    expect(reasonOf({ ...good, v: 'x'.repeat(1_001) })).toBe('too-large')
  })

  it('that says "not a number" as a text is not finite, but a word that only begins so is a word', () => {
    for (const v of ['NaN', 'nan', '+Inf', '-infinity', 'INF']) expect(reasonOf({ ...good, v })).toBe('nonfinite')
    for (const v of ['nano', 'information', 'Infinity War']) expect(reasonOf({ ...good, v })).toBe('reading')
    expect(reasonOf(`{"p":"${KNOWN}","t":${NOW},"v":-1e400}`)).toBe('nonfinite')
  })

  it('of an unknown point names it', () => {
    expect(check({ ...good, p: 'SUZ/A/U1:none' })).toEqual({
      kind: 'rejected',
      reason: 'unknown-tag',
      text: 'The point SUZ/A/U1:none is not in the catalog.',
      source: '',
    })
  })

  it('that is taken satisfies the contract, and one that does not is not taken', () => {
    const value = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null), fc.constant([]), fc.constant({}))
    const line = fc.record(
      {
        p: fc.oneof(fc.constant(KNOWN), fc.string({ maxLength: 4 }), fc.integer()),
        t: fc.oneof(fc.integer({ min: NOW - 1_000, max: NOW }), fc.double(), fc.string({ maxLength: 3 })),
        v: value,
        q: fc.oneof(fc.integer({ min: -1, max: 3 }), fc.constant('0')),
        r: fc.oneof(fc.constant(NOW), fc.double(), fc.constant(null)),
        x: fc.constant(1),
      },
      { requiredKeys: ['p', 't', 'v'] },
    )
    fc.assert(
      fc.property(line, (candidate) => {
        const text = JSON.stringify(candidate)
        if (checkLine(text, rules).kind === 'reading') expect(reading.safeParse(JSON.parse(text)).success).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('lines of other kinds', () => {
  const lines = [
    { k: 'alive', u: { 'SUZ/A/U1': NOW } },
    { k: 'gap', source: 's', unit: null, cause: 'session-lost', fromAt: NOW - 1, toAt: NOW, count: 3 },
    { k: 'quarantine', source: 's', reason: 'decode', text: 'bad', raw: '\0', at: NOW },
    {
      k: 'record',
      source: 's',
      key: 'C',
      version: '1',
      deleted: false,
      at: NOW,
      type: 'stock-level',
      data: { component: 'C', site: 'SUZ', quantity: 1, unit: 'piece' },
    },
  ]

  it('are told apart by k', () => {
    for (const line of lines) expect(check(line)).toEqual({ kind: line.k, line })
  })

  it('are refused with the field that is wrong and the source that sent it', () => {
    expect(check({ ...lines[1], count: -1 })).toMatchObject({ reason: 'schema', text: /^count: /, source: 's' })
    expect(check({ ...lines[0], x: 1 })).toMatchObject({ reason: 'schema' })
    expect(check({ k: 'nonsense', source: 'x'.repeat(100) })).toMatchObject({ source: 'x'.repeat(60) })
  })

  it('are refused when k is a word of the language or no word', () => {
    for (const k of ['toString', 'constructor', 'hasOwnProperty', '__proto__', '', 'Alive', null, 0, [], ['alive'], {}])
      expect([k, reasonOf(JSON.stringify({ k }))]).toEqual([k, 'schema'])
    expect(reasonOf('{"k":{"toString":1,"valueOf":1}}')).toBe('schema')
  })
})

describe('any line at all', () => {
  it('gets a verdict, never an exception, and a reason short enough to keep', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.json({ maxDepth: 5 }))
    fc.assert(
      fc.property(anything, (text) => {
        const checked = checkLine(text, rules)
        if (checked.kind === 'rejected') expect(checked.text.length).toBeLessThanOrEqual(500)
      }),
      { numRuns: 2_000 },
    )
  })

  it('that no list or object was made of is a parse fault or a schema fault', () => {
    expect([reasonOf('{'), reasonOf(''), reasonOf('null'), reasonOf('[]'), reasonOf('1')]).toEqual([
      'parse',
      'parse',
      'schema',
      'schema',
      'schema',
    ])
  })
})
