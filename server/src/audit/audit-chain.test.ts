import { describe, expect, it } from 'vitest'
import { type ChainRow, ChainWalk, hashOfRow, keyIdOf } from './audit-chain.ts'
import { canonicalJson } from './canonical-json.ts'
import { csvLine } from './audit-rows.ts'

const KEY = Buffer.alloc(32, 7)

function chainOf(count: number, key = KEY): ChainRow[] {
  const rows: ChainRow[] = []
  for (let seq = 1; seq <= count; seq += 1) {
    const row: Omit<ChainRow, 'hash'> = {
      stream: 'access',
      seq: String(seq),
      at_ms: String(1_700_000_000_000 + seq),
      action: seq === 4 ? 'audit.retained' : 'sign-in.ok',
      outcome: 'ok',
      actor: 'li.min',
      rights: '["quality"]',
      means: 'password',
      session: null,
      address: '10.0.0.1',
      object_kind: null,
      object_id: null,
      reason: null,
      before_text: 'null',
      after_text: seq === 4 ? canonicalJson({ upToSeq: 2, hash: rows[1]?.hash }) : '{"n":1}',
      key_id: keyIdOf(key),
      previous_hash: rows.at(-1)?.hash ?? '',
    }
    rows.push({ ...row, hash: hashOfRow(key, row) })
  }
  return rows
}

function check(rows: readonly ChainRow[], head = { seq: 5, hash: chainOf(5)[4]?.hash ?? '' }, anchors: never[] = []) {
  const walk = new ChainWalk(KEY)
  for (const row of rows) if (!walk.step(row)) break
  walk.finish(head, anchors)
  return walk.broken
}

describe('a chain', () => {
  it('is whole as it was written', () => {
    expect(check(chainOf(5))).toBeNull()
    expect(check([], { seq: 0, hash: '' })).toBeNull()
  })

  it('names the entry whose content was changed, whichever column it was', () => {
    const columns = Object.keys(chainOf(1)[0] ?? {}).filter((name) => name !== 'seq') as (keyof ChainRow)[]
    for (const column of columns) {
      const rows = chainOf(5)
      rows[2] = { ...rows[2], [column]: column === 'at_ms' ? '1' : 'changed' } as ChainRow
      expect([column, check(rows)?.seq]).toEqual([column, 3])
    }
  })

  it('names the first entry that is missing', () => {
    const rows = chainOf(5)
    expect(check(rows.toSpliced(2, 1))?.seq).toBe(3)
    expect(check(rows.slice(0, 4))?.seq).toBe(5)
    expect(check(rows.slice(1))?.seq).toBe(1)
    expect(check([])?.seq).toBe(1)
  })

  it('cannot be rebuilt without the key', () => {
    const forged = chainOf(5, Buffer.alloc(32, 8))
    expect(check(forged, { seq: 5, hash: forged[4]?.hash ?? '' })?.seq).toBe(1)
  })

  it('may begin where retention says that it cut', () => {
    expect(check(chainOf(5).slice(2))).toBeNull()
    expect(check(chainOf(5).slice(3))?.reason).toContain('retention did not remove them')
  })

  it('is held against the anchors that lie elsewhere', () => {
    const rows = chainOf(5)
    const judge = (hash: string) => {
      const walk = new ChainWalk(KEY, new Set([3]))
      for (const row of rows) walk.step(row)
      walk.finish({ seq: 5, hash: rows[4]?.hash ?? '' }, [{ day: '2026-03-01', seq: 3, hash }])
      return walk.broken
    }
    expect(judge(rows[2]?.hash ?? '')).toBeNull()
    expect(judge('0'.repeat(64))).toEqual({ seq: 3, reason: 'it is not what the anchor of 2026-03-01 holds' })
  })
})

it('a value has one text, whatever the order of its fields', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe(canonicalJson({ a: null, b: [{ c: 2, d: 1 }] }))
  expect(canonicalJson(undefined)).toBe('null')
})

it('an exported cell is no formula and no second cell', () => {
  const [row] = chainOf(1)
  const line = csvLine({ ...(row as ChainRow), reason: '=HYPERLINK("http://x")', actor: 'a,"b"\nc' })
  expect(line).toContain(`"'=HYPERLINK(""http://x"")"`)
  expect(line).toContain(`"a,""b""\nc"`)
})
