/** Real: the whole server with its stores, fed as a collector feeds it and as nobody should. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { healthDetails } from '@gemba/contracts/api'
import { BATCH_LIMITS, type BatchAnswer, batchAnswer, collectorConfig, ingestState } from '@gemba/contracts/ingest'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type Answer,
  type Call,
  COLLECTOR,
  type RunningApplication,
  SOURCE_PASSWORD,
  UNIT,
  startApplication,
} from '../application-fixture.ts'
import { log } from '../http/log.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { IngestLedger } from './ingest-ledger.service.ts'

const EPOCH = 'abcdef0123456789'
const token = { authorization: `Bearer ${COLLECTOR.token}` }
const NOW = Date.now()

let server: RunningApplication
let warehouse: WarehouseService
let admin: string

beforeAll(async () => {
  server = await startApplication()
  warehouse = server.app.get(WarehouseService)
  admin = await server.signIn()
})
afterAll(() => server.stop())

interface Batch {
  readonly stream: string
  readonly first?: number
  readonly lines: readonly (string | object)[]
  readonly encode?: (plain: Buffer) => Buffer
  readonly headers?: Record<string, string>
}

function callOf({ stream, first = 1, lines, encode = (plain) => plain, headers }: Batch): Call & { body: Buffer } {
  const plain = Buffer.from(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''))
  return {
    body: encode(plain),
    headers: {
      ...token,
      'content-type': 'application/x-ndjson',
      'x-gemba-collector': COLLECTOR.id,
      'x-gemba-epoch': EPOCH,
      'x-gemba-stream': stream,
      'x-gemba-first': String(first),
      'x-gemba-last': String(first + lines.length - 1),
      'x-gemba-sha256': createHash('sha256').update(plain).digest('hex'),
      ...headers,
    },
  }
}
const send = (batch: Batch): Promise<Answer> => server.call('POST', '/ingest/v1/batches', callOf(batch))
const accepted = async (batch: Batch): Promise<BatchAnswer> => {
  const answer = await send(batch)
  if (answer.status !== 200) throw new Error(answer.text)
  return batchAnswer.strict().parse(answer.json())
}
const readings = (count: number, fromAt = NOW - 60_000) =>
  Array.from({ length: count }, (_, index) => ({ p: `${UNIT}:temperature`, t: fromAt + index, v: index + 0.5 }))
const stored = async (stream: string, table = 'reading'): Promise<number> => {
  const params = { stream: `${COLLECTOR.id}/${EPOCH}/${stream}`, table }
  const rows = await warehouse.query<{ c: number }>(
    'SELECT toUInt32(count()) AS c FROM {table:Identifier} WHERE stream = {stream:String}',
    params,
  )
  return rows[0]?.c ?? NaN
}
const acked = async (): Promise<Record<string, number>> =>
  ingestState.parse((await server.call('GET', `/ingest/v1/state?epoch=${EPOCH}`, { headers: token })).json()).acked

describe('an accepted batch', () => {
  it('is in the warehouse when it is acknowledged, in whatever encoding it came', async () => {
    const encodings: [string, Partial<Batch>][] = [
      ['plain', {}],
      ['identity', { headers: { 'content-encoding': 'identity' } }],
      ['gzip', { headers: { 'content-encoding': 'gzip' }, encode: (plain) => gzipSync(plain) }],
      ['zstd', { headers: { 'content-encoding': 'zstd' }, encode: (plain) => zstdCompressSync(plain) }],
      ['as-json', { headers: { 'content-type': 'application/json' } }],
    ]
    for (const [name, how] of encodings) {
      expect([name, await accepted({ stream: `sent-${name}`, lines: readings(50), ...how })]).toEqual([
        name,
        { ack: 50 },
      ])
      expect([name, await stored(`sent-${name}`)]).toEqual([name, 50])
    }
    expect(await acked()).toMatchObject({ 'sent-gzip': 50, 'sent-zstd': 50 })
  })

  it('keeps every kind of value, and text that looks like the end of a field', async () => {
    const values = [
      1.5,
      -0,
      5e-324,
      1.7976931348623157e308,
      9_007_199_254_740_991,
      'a\tb\nc\\N\0',
      '',
      '注塑 🏭',
      true,
      false,
      null,
    ]
    const lines = values.map((v, index) => ({ p: `${UNIT}:temperature`, t: NOW - 50_000 + index, v, q: index % 3 }))
    await accepted({ stream: 'kinds', lines })
    const rows = await warehouse.query<{ number: number; text: string; kind: number; quality: number }>(
      'SELECT number, text, kind, quality FROM reading WHERE stream = {stream:String} ORDER BY seq',
      { stream: `${COLLECTOR.id}/${EPOCH}/kinds` },
    )
    const back = rows.map(({ number, text, kind }) => [null, number, text, number === 1][kind])
    expect(back).toEqual(values.map((value) => (Object.is(value, -0) ? expect.toSatisfy((n) => n === 0) : value)))
    expect(rows.map(({ quality }) => quality)).toEqual(lines.map(({ q }) => q))
  })

  it('goes on with the next one', async () => {
    expect(await accepted({ stream: 'next', lines: readings(3) })).toEqual({ ack: 3 })
    expect(await accepted({ stream: 'next', first: 4, lines: readings(2) })).toEqual({ ack: 5 })
    expect(await stored('next')).toBe(5)
  })

  it('of a stream that is no source is stored, and makes no source look alive', async () => {
    const details = async () =>
      healthDetails.parse((await server.call('GET', '/api/health/details', { cookie: admin })).json())
    await accepted({ stream: 'history-im01', lines: readings(2) })
    expect(await stored('history-im01')).toBe(2)
    expect((await details()).sources.map(({ id, lastDataAt }) => [id, lastDataAt])).toEqual([
      ['erp', null],
      ['im-opcua', null],
      ['mes', null],
    ])
    await accepted({ stream: 'im-opcua', lines: readings(1) })
    expect((await details()).sources.find(({ id }) => id === 'im-opcua')?.lastDataAt).toBe(NOW - 60_000)
  })
})

describe('the same batch', () => {
  it('sent again is acknowledged as a duplicate and stored once', async () => {
    const batch = { stream: 'again', lines: readings(20) }
    expect(await accepted(batch)).toEqual({ ack: 20 })
    expect(await accepted(batch)).toEqual({ ack: 20, duplicate: true })
    expect(await stored('again')).toBe(20)
  })

  it('sent many times at once is stored once', async () => {
    const batch = { stream: 'at-once', lines: readings(20) }
    const answers = await Promise.all(Array.from({ length: 6 }, () => accepted(batch)))
    expect(answers.filter((answer) => answer.duplicate !== true)).toEqual([{ ack: 20 }])
    expect(await stored('at-once')).toBe(20)
  })

  it('is stored once when the server failed between the warehouse and the ledger', async () => {
    const ledger = server.app.get(IngestLedger)
    const batch = { stream: 'half', lines: [...readings(20), 'not json'] }
    const failing = vi
      .spyOn(ledger, 'acknowledge')
      .mockRejectedValueOnce(Object.assign(new Error('connection lost'), { code: 'ECONNRESET', syscall: 'read' }))
    const first = await send(batch)
    expect([first.status, (first.json() as { code: string }).code]).toEqual([503, 'STORE_AWAY'])
    failing.mockRestore()
    expect(await stored('half')).toBe(20)
    expect(await acked()).not.toHaveProperty('half')
    expect((await accepted(batch)).ack).toBe(21)
    expect([await stored('half'), await stored('half', 'quarantine')]).toEqual([20, 1])
  })
})

describe('a batch out of order', () => {
  const refusedWith = async (batch: Batch) => (await send(batch)).problem()

  it('is refused and told what is expected', async () => {
    expect(await refusedWith({ stream: 'gap', first: 2, lines: readings(1) })).toMatchObject({
      code: 'BATCH_OUT_OF_ORDER',
      status: 409,
      facts: { expected: 1 },
    })
    await accepted({ stream: 'gap', lines: readings(5) })
    for (const first of [7, 3])
      expect((await refusedWith({ stream: 'gap', first, lines: readings(10) })).facts).toEqual({ expected: 6 })
    expect(await stored('gap')).toBe(5)
  })

  it('starts at one again with another epoch', async () => {
    const headers = { 'x-gemba-epoch': 'f'.repeat(16) }
    await accepted({ stream: 'gap-epoch', lines: readings(5) })
    expect(await accepted({ stream: 'gap-epoch', lines: readings(2), headers })).toEqual({ ack: 2 })
  })
})

describe('a batch that is not what it says', () => {
  const good: Batch = { stream: 'broken', lines: readings(3) }
  const faults: [string, Batch, string][] = [
    ['a wrong hash', { ...good, headers: { 'x-gemba-sha256': '0'.repeat(64) } }, 'BATCH_HASH_WRONG'],
    ['a body cut short', { ...good, encode: (plain) => plain.subarray(0, -9) }, 'BATCH_HASH_WRONG'],
    ['an empty body', { ...good, encode: () => Buffer.alloc(0) }, 'BATCH_HASH_WRONG'],
    ['garbage as gzip', { ...good, headers: { 'content-encoding': 'gzip' } }, 'BATCH_HASH_WRONG'],
    ['garbage as zstd', { ...good, headers: { 'content-encoding': 'zstd' } }, 'BATCH_HASH_WRONG'],
    [
      'gzip cut short',
      { ...good, headers: { 'content-encoding': 'gzip' }, encode: (plain) => gzipSync(plain).subarray(0, -4) },
      'BATCH_HASH_WRONG',
    ],
    ['another encoding', { ...good, headers: { 'content-encoding': 'br' } }, 'MEDIA_TYPE_UNKNOWN'],
    ['more lines than named', { ...good, headers: { 'x-gemba-last': '2' } }, 'BATCH_COUNT_WRONG'],
    ['fewer lines than named', { ...good, headers: { 'x-gemba-last': '4' } }, 'BATCH_COUNT_WRONG'],
    ['no hash', { ...good, headers: { 'x-gemba-sha256': '' } }, 'INPUT_INVALID'],
    ['a sequence of zero', { ...good, headers: { 'x-gemba-first': '0' } }, 'INPUT_INVALID'],
    ['a broken sequence', { ...good, headers: { 'x-gemba-first': '1.5' } }, 'INPUT_INVALID'],
    ['a sequence beyond counting', { ...good, headers: { 'x-gemba-last': '1e300' } }, 'INPUT_INVALID'],
    ['NaN as sequence', { ...good, headers: { 'x-gemba-first': 'NaN' } }, 'INPUT_INVALID'],
    ['SQL as stream', { ...good, headers: { 'x-gemba-stream': "x'; DROP TABLE reading --" } }, 'INPUT_INVALID'],
    ['a path as epoch', { ...good, headers: { 'x-gemba-epoch': '../../etc/passwd' } }, 'INPUT_INVALID'],
    ['the name of another collector', { ...good, headers: { 'x-gemba-collector': 'edge-2' } }, 'COLLECTOR_REFUSED'],
    ['a wrong token', { ...good, headers: { authorization: 'Bearer wrong-token-wrong-token' } }, 'COLLECTOR_REFUSED'],
    ['an empty token', { ...good, headers: { authorization: 'Bearer ' } }, 'COLLECTOR_REFUSED'],
    ['a password as token', { ...good, headers: { authorization: 'Basic YTpi' } }, 'COLLECTOR_REFUSED'],
  ]
  for (const [what, batch, code] of faults)
    it(`is refused: ${what}`, async () => {
      expect((await send(batch)).problem().code).toBe(code)
    })

  it('leaves nothing behind, so the right one still follows', async () => {
    expect(await stored('broken')).toBe(0)
    expect(await accepted(good)).toEqual({ ack: 3 })
  })

  it('is refused without headers at all', async () => {
    const answer = await server.call('POST', '/ingest/v1/batches', { headers: token })
    expect(answer.problem()).toMatchObject({ code: 'INPUT_INVALID' })
    expect(answer.problem().detail).toContain('x-gemba-epoch')
  })
})

describe('a batch that is too large', () => {
  const refused = async (batch: Batch, code: string) => expect((await send(batch)).problem().code).toBe(code)

  it('on the wire is refused, with a length and without', async () => {
    const body = Buffer.alloc(BATCH_LIMITS.maxWireBytes + 1, 32)
    const huge = { stream: 'huge', lines: readings(1), encode: () => body }
    await refused(huge, 'BODY_TOO_LARGE')
    const { 'content-length': _length, ...chunked } = { 'content-length': '', ...callOf(huge).headers }
    const answer = await fetch(`${server.url}/ingest/v1/batches`, {
      method: 'POST',
      headers: chunked,
      body: new ReadableStream({
        start(controller) {
          for (let at = 0; at < body.length; at += 1 << 20) controller.enqueue(body.subarray(at, at + (1 << 20)))
          controller.close()
        },
      }),
      duplex: 'half',
    } as RequestInit)
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, 'BODY_TOO_LARGE'])
  })

  it('once inflated is refused', async () => {
    const bomb = Buffer.alloc(BATCH_LIMITS.maxPlainBytes + 1, 32)
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['zstd', zstdCompressSync],
    ] as const) {
      const headers = { 'content-encoding': encoding }
      await refused({ stream: 'bomb', lines: [''], encode: () => pack(bomb), headers }, 'BODY_TOO_LARGE')
    }
  })

  it('is not inflated to its end: that it has none is not noticed', async () => {
    const bomb = Buffer.alloc(2 * BATCH_LIMITS.maxPlainBytes, 32)
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['zstd', zstdCompressSync],
    ] as const) {
      const endless = pack(bomb).subarray(0, -4)
      const headers = { 'content-encoding': encoding }
      await refused({ stream: 'bomb', lines: [''], encode: () => endless, headers }, 'BODY_TOO_LARGE')
    }
  })

  it('in lines is refused', async () => {
    const lines = new Array<string>(BATCH_LIMITS.maxLines + 1).fill('1')
    await refused({ stream: 'lines', lines }, 'BATCH_COUNT_WRONG')
  })

  it('does not end the server', async () => {
    expect(await accepted({ stream: 'huge', lines: readings(1) })).toEqual({ ack: 1 })
  })
})

describe('a sender that hangs up', () => {
  it('in the middle of a batch leaves nothing behind, and is no bug of ours', async () => {
    const fault = vi.spyOn(log, 'error')
    const whole = callOf({ stream: 'torn', lines: readings(100) })
    const { hostname: host, port } = new URL(server.url)
    const headers = { ...whole.headers, 'content-length': String(Buffer.byteLength(whole.body)) }
    const torn = request({ host, port, method: 'POST', path: '/ingest/v1/batches', headers })
    torn.on('error', () => undefined)
    const arrived = once(server.app.getHttpServer(), 'request') as Promise<[IncomingMessage]>
    torn.write(whole.body.subarray(0, 100))
    const [received] = await arrived
    const gone = new Promise((resolve) => received.once('close', resolve))
    torn.destroy()
    await gone
    expect(await accepted({ stream: 'torn', lines: readings(100) })).toEqual({ ack: 100 })
    expect(fault.mock.calls).toEqual([])
    fault.mockRestore()
  })
})

describe('lines that cannot be used', () => {
  const good = { p: `${UNIT}:temperature`, t: NOW - 40_000, v: 1 }
  const record = (data: object, more: object = {}) => ({
    k: 'record',
    type: 'stock-level',
    source: 'erp',
    key: 'K',
    version: '1',
    at: NOW,
    data,
    ...more,
  })
  const bad: [string | object, string][] = [
    ['not json', 'parse'],
    ['', 'parse'],
    ['{"p":', 'parse'],
    ['null', 'schema'],
    ['[]', 'schema'],
    ['"text"', 'schema'],
    ['{}', 'schema'],
    [{ k: 'nonsense' }, 'schema'],
    [{ k: null }, 'schema'],
    [{ k: 'toString' }, 'schema'],
    [{ k: 'constructor' }, 'schema'],
    ['{"k":"__proto__"}', 'schema'],
    [{ k: { toString: 1, valueOf: 1 } }, 'schema'],
    [{ k: 'alive', u: { [UNIT]: 'now' } }, 'schema'],
    [{ k: 'gap', source: 'im-opcua', unit: null, cause: 'boredom', fromAt: NOW, toAt: NOW, count: 1 }, 'schema'],
    [{ ...good, x: 1 }, 'schema'],
    ['{"__proto__":{"k":"alive"},"p":"a/b:c","t":1,"v":1}', 'schema'],
    [{ ...good, q: 3 }, 'schema'],
    [{ ...good, p: 'x'.repeat(301) }, 'schema'],
    [{ ...good, p: 'SUZ/MOLD/IM/IM01:none' }, 'unknown-tag'],
    [{ ...good, p: "x'; DROP TABLE reading --" }, 'unknown-tag'],
    [{ ...good, t: NOW + 3_600_000 }, 'time-invalid'],
    [{ ...good, t: 0 }, 'time-invalid'],
    [{ ...good, t: 1.5 }, 'time-invalid'],
    [{ ...good, t: String(NOW) }, 'time-invalid'],
    [{ p: good.p, t: good.t }, 'type'],
    [{ ...good, v: {} }, 'type'],
    [`{"p":"${good.p}","t":${good.t},"v":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 'type'],
    [`{"p":"${good.p}","t":${good.t},"v":1e999}`, 'nonfinite'],
    [{ ...good, v: 'NaN' }, 'nonfinite'],
    [{ ...good, v: '-inf' }, 'nonfinite'],
    [{ ...good, v: 'x'.repeat(1_001) }, 'too-large'],
    [record({ component: 'C', site: 'SUZ', quantity: '1', unit: 'piece' }), 'schema'],
    [record({ component: 'C', site: 'SUZ', quantity: 1, unit: 'piece' }, { type: 'toString' }), 'schema'],
    [record({ component: 'C', site: 'SUZ', quantity: 1, unit: 'piece' }, { at: 5 }), 'schema'],
  ]

  it('go to quarantine with the reason, and the rest of the batch does not suffer', async () => {
    const lines = bad.flatMap(([line], index) => [{ ...good, t: good.t + index }, line])
    const answer = await accepted({ stream: 'poison', lines })
    expect(answer.ack).toBe(lines.length)
    expect(answer.rejected?.map(({ seq, code }) => [seq, code])).toEqual(
      bad.map(([, reason], index) => [index * 2 + 2, reason]),
    )
    expect([await stored('poison'), await stored('poison', 'quarantine')]).toEqual([bad.length, bad.length])
    expect(await accepted({ stream: 'poison', first: lines.length + 1, lines: [good] })).toEqual({
      ack: lines.length + 1,
    })
  })

  it('are kept as they came, and can be read by those who mend them', async () => {
    const page = (await server.call('GET', '/api/quarantine', { cookie: admin })).json() as {
      rows: number
      byReason: Record<string, number>
      newest: { reason: string; raw: string; source: string; text: string }[]
    }
    expect(page.rows).toBe(Object.values(page.byReason).reduce((sum, n) => sum + n, 0))
    expect(page.byReason).toMatchObject({ 'unknown-tag': 2, nonfinite: 3, 'too-large': 1 })
    expect(page.newest).toContainEqual(
      expect.objectContaining({
        reason: 'parse',
        raw: 'not json',
        source: 'poison',
        text: 'The line is not valid JSON.',
      }),
    )
    for (const { raw } of page.newest) expect(raw.length).toBeLessThanOrEqual(4_000)
  })

  it('are all in quarantine though the answer names only the first hundred', async () => {
    const lines = new Array<string>(250).fill('?')
    expect((await accepted({ stream: 'much', lines })).rejected).toHaveLength(100)
    expect(await stored('much', 'quarantine')).toBe(250)
  })

  it('do not hide business records, gaps and proofs of life between them', async () => {
    const stock = record({ component: "C'\t1", site: 'SUZ', quantity: -3.5, unit: 'piece' })
    const gap = {
      k: 'gap',
      source: 'im-opcua',
      unit: UNIT,
      cause: 'session-lost',
      fromAt: NOW - 9,
      toAt: NOW,
      count: null,
    }
    const own = { k: 'quarantine', source: 'im-opcua', reason: 'decode', text: 'bad bytes', raw: '\0\u0001', at: NOW }
    const lines = ['?', stock, '?', gap, { k: 'alive', u: { [UNIT]: NOW } }, own]
    expect((await accepted({ stream: 'mixed', lines })).rejected).toHaveLength(2)
    expect([await stored('mixed', 'gap'), await stored('mixed', 'quarantine')]).toEqual([1, 3])
    expect(
      await warehouse.query('SELECT quantity FROM stock_level FINAL WHERE component = {c:String}', { c: "C'\t1" }),
    ).toEqual([{ quantity: -3.5 }])
  })
})

describe('what a collector asks', () => {
  const get = (path: string, headers: Record<string, string> = token) => server.call('GET', path, { headers })

  it('gets its own sources with their settings; nobody else does', async () => {
    const config = collectorConfig.parse((await get('/ingest/v1/config')).json())
    expect(config.sources.map(({ id }) => id)).toEqual(['erp', 'im-opcua'])
    expect(JSON.stringify(config)).toContain(SOURCE_PASSWORD)
    expect((await get('/ingest/v1/config', {})).problem().code).toBe('COLLECTOR_REFUSED')
    expect((await server.call('GET', '/ingest/v1/config', { cookie: admin })).status).toBe(401)
    for (const path of ['/api/catalog', '/api/health/details', '/api/boards', '/api/docs-json'])
      expect((await server.call('GET', path, { cookie: admin })).text).not.toContain(SOURCE_PASSWORD)
  })

  it('is refused for an epoch that is none', async () => {
    for (const query of ['', '?epoch=', '?epoch=xyz', '?epoch=a&epoch=b', `?epoch[x]=${EPOCH}`])
      expect((await get(`/ingest/v1/state${query}`)).problem().code).toBe('INPUT_INVALID')
    expect((await get(`/ingest/v1/state?epoch=${'0'.repeat(16)}`)).json()).toEqual({ acked: {} })
  })

  it('is heard when it says how its sources are; sources nobody knows are not shown', async () => {
    const report = {
      state: 'running',
      errorType: null,
      errorText: null,
      since: NOW,
      lastDataAt: NOW,
      received: 7,
      quarantined: 0,
      gaps: 0,
      reconnects: 0,
      spoolBatches: 0,
      spoolBytes: 0,
    }
    const reports = [
      { ...report, source: 'mes' },
      { ...report, source: 'nobody' },
    ]
    const beat = { version: '1', startedAt: NOW, configVersion: null, sentAt: NOW, reports }
    const send = (json: object, headers = token) => server.call('POST', '/ingest/v1/heartbeat', { json, headers })
    expect((await send({ ...beat, collector: 'edge-2' })).problem().code).toBe('COLLECTOR_REFUSED')
    expect((await send({ ...beat, collector: COLLECTOR.id, reports: [{}] })).problem().code).toBe('INPUT_INVALID')
    expect((await send({ ...beat, collector: COLLECTOR.id })).status).toBe(200)
    const details = healthDetails.parse((await server.call('GET', '/api/health/details', { cookie: admin })).json())
    expect(details.sources.find(({ id }) => id === 'mes')).toMatchObject({ state: 'running', received: 7 })
    expect(details.sources.map(({ id }) => id)).not.toContain('nobody')
    expect(details.collectors).toMatchObject([{ id: COLLECTOR.id, state: 'running' }])
  })
})
