/** Real: the store process with its engine, and the official client over HTTP. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RunningStore, startStore, storeEnvironment, storeProgram } from './start-store.ts'

let folder: string
let store: RunningStore
let owner: ClickHouseClient
let reader: ClickHouseClient

const clientFor = (url: string) => createClient({ url, log: { level: ClickHouseLogLevel.OFF } })
const rowsOf = async <T = Record<string, unknown>>(
  client: ClickHouseClient,
  query: string,
  more: Record<string, unknown> = {},
) => (await client.query({ query, format: 'JSONEachRow', ...more })).json<T>()

const readerUrl = () => store.url.replace('//gemba:', '//reader:')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gemba-store-'))
  store = await startStore({ dataDir: join(folder, 'data'), userTimeoutSeconds: 5 })
  owner = clientFor(store.url)
  reader = clientFor(readerUrl())
  await owner.command({
    query: `CREATE TABLE sample (n UInt64, text String) ENGINE = MergeTree ORDER BY n
            SETTINGS non_replicated_deduplication_window = 100`,
  })
})

afterAll(async () => {
  await owner.close()
  await reader.close()
  await store.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('the store process', () => {
  it('refuses to start with an input that could be read as rows', async () => {
    const child = spawn(process.execPath, [storeProgram], {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: storeEnvironment({ dataDir: join(folder, 'other'), token: 'x'.repeat(20) }),
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(code).toBe(64)
    expect(said).toContain('standard input')
    expect(existsSync(join(folder, 'other'))).toBe(false)
  })

  it('stops when the process that started it is gone', async () => {
    const other = await startStore({ dataDir: join(folder, 'orphan') })
    other.child.disconnect()
    await vi.waitUntil(() => other.child.exitCode !== null, { timeout: 60_000 })
    expect(other.child.exitCode).toBe(0)
  })

  it('answers a ping to everybody and nothing else without the token', async () => {
    const origin = `http://127.0.0.1:${store.port}`
    expect(await (await fetch(`${origin}/ping`)).text()).toBe('Ok.\n')
    const refused = await fetch(`${origin}/?query=SELECT+1`)
    expect(refused.status).toBe(403)
    expect(refused.headers.get('x-clickhouse-exception-code')).toBe('516')
    const wrong = await fetch(`${origin}/?query=SELECT+1`, { headers: { 'x-clickhouse-key': 'wrong' } })
    expect(wrong.status).toBe(403)
    const right = await fetch(`${origin}/?query=SELECT+1`, {
      headers: { 'x-clickhouse-user': 'gemba', 'x-clickhouse-key': store.token },
    })
    expect(await right.text()).toBe('1\n')
    expect(right.headers.get('x-clickhouse-format')).toBe('TabSeparated')
    expect(JSON.parse(right.headers.get('x-clickhouse-summary') ?? '{}')).toHaveProperty('read_rows')
    expect(right.headers.get('x-clickhouse-query-id')).toBeTruthy()
  })
})

describe('a request', () => {
  it('takes typed parameters, however hostile', async () => {
    const params = {
      text: `it's "x"\n\t\\ ; DROP TABLE sample --`,
      none: null,
      list: ["a'b", 'c\\d', '注塑'],
      at: 1_763_000_000_123,
    }
    const rows = await rowsOf(
      owner,
      `SELECT {text:String} AS text, {none:Nullable(Int64)} AS none, {list:Array(String)} AS list,
              toUnixTimestamp64Milli(fromUnixTimestamp64Milli({at:Int64})) AS at`,
      { query_params: params },
    )
    expect(rows).toEqual([params])
  })

  it('leaves neither settings nor parameters to the next one', async () => {
    const threads = "SELECT getSetting('max_threads') AS threads, getSetting('insert_deduplication_token') AS token"
    const [before] = await rowsOf(owner, threads)
    for (let round = 0; round < 20; round += 1) {
      const [during] = await rowsOf<{ threads: number }>(owner, threads, {
        clickhouse_settings: { max_threads: 7, insert_deduplication_token: 'stays?' },
      })
      expect(during?.threads).toBe(7)
      expect(await rowsOf(owner, threads)).toEqual([before])
    }
    await rowsOf(owner, 'SELECT {secret:String} AS s', { query_params: { secret: 'mine' } })
    for (let round = 0; round < 20; round += 1)
      await expect(rowsOf(owner, 'SELECT {secret:String} AS s')).rejects.toMatchObject({ code: '456' })
  })

  it('is not misled by braces inside text', async () => {
    expect(await rowsOf(owner, `SELECT '{a:b}' AS x /* {c:d} */`)).toEqual([{ x: '{a:b}' }])
  })

  it('gives a failed request no way to spoil the session of others', async () => {
    const bad = { clickhouse_settings: { max_threads: 1, no_such_setting: '1' } as never }
    for (let round = 0; round < 12; round += 1)
      await expect(rowsOf(owner, 'SELECT 1', bad)).rejects.toMatchObject({ code: '115' })
    const settings = await Promise.all(
      Array.from({ length: 12 }, () => rowsOf<{ t: number }>(owner, "SELECT getSetting('max_threads') AS t")),
    )
    expect(new Set(settings.map(([row]) => row?.t)).size).toBe(1)
    expect(settings[0]?.[0]?.t).not.toBe(1)
  })

  it('says what is wrong by code', async () => {
    await expect(rowsOf(owner, 'SELEC 1')).rejects.toMatchObject({ code: '62' })
    await expect(rowsOf(owner, 'SELECT 1; SELECT 2')).rejects.toMatchObject({ code: '62' })
    await expect(owner.command({ query: 'SET max_threads = 1' })).rejects.toMatchObject({ code: '62' })
    await expect(rowsOf(owner, 'SELECT * FROM nowhere')).rejects.toMatchObject({ code: '60' })
    await expect(owner.insert({ table: 'sample', values: [{ n: 'x' }], format: 'JSONEachRow' })).rejects.toThrow()
    await expect(
      owner.exec({
        query: 'INSERT INTO sample FORMAT RowBinary',
        values: (await import('node:stream')).Readable.from([Buffer.from([1])]),
      }),
    ).rejects.toMatchObject({ code: '73' })
  })

  it('keeps parameters of parallel requests apart', async () => {
    const numbers = Array.from({ length: 200 }, (_, index) => index)
    const answers = await Promise.all(
      numbers.map(async (n) => {
        const [row] = await rowsOf<{ n: number }>(owner, 'SELECT {n:Int64} AS n', { query_params: { n } })
        return row?.n
      }),
    )
    expect(answers).toEqual(numbers)
  })

  it('stores a batch sent twice with one token once, and two equal batches with two tokens twice', async () => {
    await owner.command({ query: 'TRUNCATE TABLE sample' })
    const insert = (token: string) =>
      owner.insert({
        table: 'sample',
        values: [{ n: 1, text: 'a' }],
        format: 'JSONEachRow',
        clickhouse_settings: { insert_deduplication_token: token },
      })
    await insert('one')
    await insert('one')
    await insert('two')
    await owner.insert({ table: 'sample', values: [{ n: 2, text: 'b' }], format: 'JSONEachRow' })
    expect(await rowsOf(owner, 'SELECT count() AS c FROM sample')).toEqual([{ c: 3 }])
  })

  it('is refused when its body is too large', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const ask = request(
        {
          port: store.port,
          host: '127.0.0.1',
          method: 'POST',
          path: '/?query=INSERT+INTO+sample+FORMAT+TSV',
          headers: { 'x-clickhouse-key': store.token, 'content-length': 100_000_000 },
        },
        (answer) => resolve(answer.statusCode ?? 0),
      )
      ask.once('error', reject)
      ask.flushHeaders()
    })
    expect(status).toBe(500)
    expect(await rowsOf(owner, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('has its query killed when its asker leaves', async () => {
    const abort = new AbortController()
    const marker = `sum_of_${Date.now()}`
    const asked = rowsOf(owner, `SELECT sum(sipHash64(number)) AS ${marker} FROM numbers(100000000000)`, {
      abort_signal: abort.signal,
    })
    // An ended query stays listed until its session is used again; what tells is whether it still reads.
    const rowsRead = async () => {
      const listed = `SELECT read_rows AS n FROM system.processes WHERE query LIKE '%${marker}%' AND query NOT LIKE '%system.processes%'`
      return (await rowsOf<{ n: number }>(owner, listed))[0]?.n
    }
    await vi.waitUntil(async () => ((await rowsRead()) ?? 0) > 0, { timeout: 60_000 })
    abort.abort()
    await expect(asked).rejects.toThrow()
    let before = await rowsRead()
    const stands = async () => {
      const now = await rowsRead()
      const same = now === before
      before = now
      return same
    }
    await vi.waitUntil(stands, { timeout: 60_000, interval: 200 })
  })

  it('waits in line beyond the number of sessions and is refused when the line is full', async () => {
    const many = Array.from({ length: 600 }, () =>
      fetch(`http://127.0.0.1:${store.port}/?query=SELECT+sleep(0.2)`, {
        headers: { 'x-clickhouse-key': store.token },
      }),
    )
    const statuses = (await Promise.all(many)).map((answer) => answer.status)
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(100)
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(0)
    expect(new Set(statuses)).toEqual(new Set([200, 503]))
  })

  it('lets inserts through while long reads fill the other sessions', async () => {
    const abort = new AbortController()
    const slow = Array.from({ length: 8 }, () =>
      rowsOf(owner, 'SELECT sum(sipHash64(number)) FROM numbers(20000000000)', { abort_signal: abort.signal }).catch(
        () => null,
      ),
    )
    const startedAt = performance.now()
    await owner.insert({ table: 'sample', values: [{ n: 99, text: 'quick' }], format: 'JSONEachRow' })
    expect(performance.now() - startedAt).toBeLessThan(30_000)
    abort.abort()
    await Promise.all(slow)
  })

  it('sends a result larger than its memory limit as it is made', async () => {
    const answer = await fetch(
      `http://127.0.0.1:${store.port}/?query=${encodeURIComponent('SELECT number FROM numbers(3000000) FORMAT TSV')}`,
      { headers: { 'x-clickhouse-key': store.token, 'x-gemba-stream': '1' } },
    )
    expect((await answer.text()).split('\n')).toHaveLength(3_000_001)
  })
})

describe('the reader', () => {
  const outFile = () => join(folder, 'written')
  const forbidden: [string, string][] = [
    ['inserts', `INSERT INTO sample VALUES (1, 'x')`],
    ['tables', 'CREATE TABLE mine (a Int8) ENGINE = Memory'],
    ['dropping', 'DROP TABLE sample'],
    ['settings', 'SET max_execution_time = 1000'],
    ['its own unsealing', 'SET readonly = 0'],
    ['settings in the query', 'SELECT 1 SETTINGS max_memory_usage = 0'],
    ['files', `SELECT * FROM file('/etc/passwd', 'LineAsString')`],
    ['addresses', `SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')`],
    ['other servers', `SELECT * FROM remote('127.0.0.1:9000', system.one)`],
    ['databases', `SELECT * FROM postgresql('127.0.0.1:5432', 'a', 'b', 'c', 'd')`],
    ['kills', "KILL QUERY WHERE query_id = 'x'"],
    ['two statements', `SELECT 1; BACKUP DATABASE gemba TO File('x')`],
    ['two statements behind a comment that hides a quote', `SELECT 1 # '\n; BACKUP DATABASE gemba TO File('x') # '`],
    ['statements behind a comment', `/* SELECT */ DROP TABLE sample`],
    ['backups', `BACKUP DATABASE gemba TO File('x')`],
  ]
  for (const [what, query] of forbidden) {
    it(`cannot do ${what}`, async () => {
      await expect(reader.command({ query })).rejects.toMatchObject({ code: expect.stringMatching(/^(164|497|62)$/) })
    })
  }

  it('reads with parameters', async () => {
    expect(await rowsOf(reader, 'SELECT {n:Int64} AS n', { query_params: { n: 5 } })).toEqual([{ n: 5 }])
  })

  it('is cut off after its time', async () => {
    await expect(
      rowsOf(
        reader,
        'SELECT count() FROM numbers(100000) AS a, numbers(100000) AS b WHERE sipHash64(a.number, b.number) = 1',
      ),
    ).rejects.toMatchObject({
      code: '159',
    })
  }, 30_000)

  it('is cut off at its memory', async () => {
    await expect(
      rowsOf(reader, 'SELECT length(groupArray(repeat(toString(number), 100))) FROM numbers(100000000)'),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(241|159)$/) })
    expect(await rowsOf(reader, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  }, 30_000)

  it('writes no file', async () => {
    const text = `SELECT 1 INTO OUTFILE '${outFile()}'`
    await expect(reader.command({ query: text })).rejects.toMatchObject({ code: '164' })
    await expect(rowsOf(reader, `SELECT * FROM (\n${text}\n) LIMIT 1`)).rejects.toThrow()
    expect(existsSync(outFile())).toBe(false)
  })
})
