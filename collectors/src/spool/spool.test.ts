import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { thaw, type FrozenBatch } from './frozen-batch.ts'
import { Spool, SpoolFullError } from './spool.ts'
import { SpoolLockedError } from './spool-tables.ts'

let dir: string
const open: Spool[] = []
const spoolOf = (limitBytes?: number): Spool => {
  const spool = new Spool(dir, limitBytes)
  open.push(spool)
  return spool
}
const close = (): void => {
  for (const spool of open.splice(0)) spool.close()
}
const linesOf = (batch: FrozenBatch | null): Record<string, unknown>[] =>
  batch
    ? thaw(batch.body)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    : []

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'spool-'))
})
afterEach(() => {
  close()
  rmSync(dir, { recursive: true, force: true })
})

describe('the spool', () => {
  it('keeps lines and state over a restart, with the same bytes and numbers', () => {
    const spool = spoolOf()
    spool.commit({ stream: 'a', lines: [{ n: 1 }, { n: 2 }], state: { cursor: 'x' } })
    const before = spool.peek('a')
    close()
    const after = spoolOf()
    expect(after.peek('a')).toEqual({ ...before, body: new Uint8Array(before?.body ?? []) })
    expect(after.state('cursor')).toBe('x')
    after.ack('a', 2)
    expect(after.peek('a')).toBeNull()
    after.commit({ stream: 'a', lines: [{ n: 3 }] })
    expect(after.peek('a')).toMatchObject({ first: 3, last: 3, epoch: before?.epoch })
  })

  it('packs many small commits into one batch without a hole in the numbers', () => {
    const spool = spoolOf()
    for (let n = 1; n <= 10; n += 1) spool.commit({ stream: 'a', lines: [{ n }] })
    const batch = spool.peek('a')
    expect(batch).toMatchObject({ first: 1, last: 10 })
    expect(linesOf(batch).map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(spool.backlog('a').batches).toBe(1)
  })

  it('never packs anew what may have been sent before a restart', () => {
    const spool = spoolOf()
    spool.commit({ stream: 'a', lines: [{ n: 1 }] })
    spool.peek('a')
    for (let n = 2; n <= 10; n += 1) spool.commit({ stream: 'a', lines: [{ n }] })
    expect(spool.peek('a')).toMatchObject({ first: 1, last: 1 })
    close()
    const after = spoolOf()
    expect(after.peek('a')).toMatchObject({ first: 1, last: 1 })
    after.ack('a', 1)
    expect(after.peek('a')).toMatchObject({ first: 2, last: 10 })
  })

  it('stores nothing beyond its limit, and says so', () => {
    const spool = spoolOf(400)
    spool.commit({ stream: 'a', lines: [{ n: 1 }] })
    const long = Array.from({ length: 200 }, () => ({ v: Math.random() }))
    expect(() => spool.commit({ stream: 'a', lines: long, state: { cursor: 'late' } })).toThrow(SpoolFullError)
    expect(spool.state('cursor')).toBeNull()
    expect(spool.peek('a')).toMatchObject({ first: 1, last: 1 })
  })

  it('lets one collector at a time into a directory', () => {
    spoolOf()
    expect(() => spoolOf()).toThrow(SpoolLockedError)
  })

  it('replaces a damaged batch by a notice and goes on with the next', () => {
    const spool = spoolOf()
    spool.commit({ stream: 'a', lines: [{ n: 1 }, { n: 2 }, { n: 3 }] })
    spool.commit({ stream: 'a', lines: [{ n: 4 }] })
    close()
    const file = new DatabaseSync(join(dir, 'spool.sqlite'))
    file.exec("UPDATE batch SET body = x'00112233' WHERE first = 1")
    file.close()
    const after = spoolOf()
    const stand = after.peek('a')
    expect(stand).toMatchObject({ first: 1, last: 3 })
    expect(linesOf(stand)[0]).toMatchObject({ k: 'quarantine', reason: 'corrupt-spool' })
    expect(linesOf(stand)).toHaveLength(3)
    after.ack('a', 3)
    expect(linesOf(after.peek('a'))).toEqual([{ n: 4 }])
  })

  it('moves a file that is no database aside and starts', () => {
    writeFileSync(join(dir, 'spool.sqlite'), 'this is not a database, whatever its name says'.repeat(40))
    const spool = spoolOf()
    expect(spool.wasDamaged).toBe(true)
    spool.commit({ stream: 'a', lines: [{ n: 1 }] })
    expect(readdirSync(dir).some((name) => name.includes('.damaged-'))).toBe(true)
  })

  it('numbers waiting lines from one again under a new epoch', () => {
    const spool = spoolOf()
    spool.commit({ stream: 'a', lines: [{ n: 1 }, { n: 2 }] })
    const old = spool.peek('a')
    spool.ack('a', 2)
    spool.commit({ stream: 'a', lines: [{ n: 3 }] })
    spool.commit({ stream: 'a', lines: [{ n: 4 }] })
    spool.renumber('a')
    const batch = spool.peek('a')
    expect(batch).toMatchObject({ first: 1, last: 1 })
    expect(batch?.epoch).not.toBe(old?.epoch)
    spool.ack('a', 1)
    expect(spool.peek('a')).toMatchObject({ first: 2, last: 2 })
  })

  it('has every line it promised after its process was killed', async () => {
    const module = pathToFileURL(join(import.meta.dirname, 'spool.ts')).href
    const program = `import { Spool } from ${JSON.stringify(module)}
      const spool = new Spool(${JSON.stringify(dir)})
      for (let n = 1; ; n += 1) { spool.commit({ stream: 'a', lines: [{ n }], state: { n } }); process.stdout.write(n + '\\n') }`
    for (let kill = 0; kill < 3; kill += 1) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let promised = 0
      for await (const chunk of child.stdout) {
        promised = Number(String(chunk).trimEnd().split('\n').at(-1))
        if (promised >= 40 + kill * 7) child.kill('SIGKILL')
      }
      const spool = spoolOf()
      const seen: number[] = []
      for (let batch = spool.peek('a'); batch; batch = spool.peek('a')) {
        seen.push(...linesOf(batch).map(({ n }) => Number(n)))
        spool.ack('a', batch.last)
      }
      expect(promised).toBeGreaterThan(30)
      expect(seen.length).toBeGreaterThanOrEqual(promised)
      expect(seen).toEqual(seen.map((_, index) => index + 1))
      expect(spool.state('n')).toBe(seen.length)
      close()
    }
  }, 30_000)
})
