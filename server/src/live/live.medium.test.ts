/** Real: the whole server with its stores, and the client library that browsers use. */
import { createHash } from 'node:crypto'
import { healthDetails } from '@gemba/contracts/api'
import { boardFrame } from '@gemba/contracts/board'
import { type JoinAnswer, boardPatch, pointSample, pointsMessage } from '@gemba/contracts/events'
import { type Socket, io } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { COLLECTOR, type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'

const EPOCH = '0123456789abcdef'
const TEMPERATURE = `${UNIT}:temperature`
const OTHER = 'SUZ/MOLD/IM/IM02:temperature'

let server: RunningApplication
let cookie: string
const sockets: Socket[] = []

beforeAll(async () => {
  server = await startApplication()
  cookie = await server.signIn()
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect()
  await watched({ sockets: 0, subscriptions: 0 })
})
afterAll(() => server.stop())

type Opened = { socket: Socket; refusal: null } | { socket: null; refusal: string }

function open(headers: Record<string, string>, options: object = {}): Promise<Opened> {
  const socket = io(`${server.url}/live`, {
    transports: ['websocket'],
    extraHeaders: headers,
    reconnection: false,
    forceNew: true,
    ...options,
  })
  sockets.push(socket)
  return new Promise((resolve) => {
    socket.once('connect', () => resolve({ socket, refusal: null }))
    socket.once('connect_error', (error) => resolve({ socket: null, refusal: error.message }))
  })
}

async function connected(own = cookie): Promise<Socket> {
  const { socket, refusal } = await open({ cookie: own })
  if (!socket) throw new Error(refusal)
  return socket
}

const join = (socket: Socket, request: unknown): Promise<JoinAnswer> =>
  socket.timeout(5_000).emitWithAck('join', request) as Promise<JoinAnswer>
async function joined(socket: Socket, request: object): Promise<Extract<JoinAnswer, { ok: true }>> {
  const answer = await join(socket, request)
  if (!answer.ok) throw new Error(answer.code)
  return answer
}
const refusal = async (socket: Socket, request: unknown): Promise<string> => {
  const answer = await join(socket, request)
  return answer.ok ? 'joined' : answer.code
}

const gauge = async () => healthDetails.parse((await server.call('GET', '/api/health/details', { cookie })).json()).live
const watched = (wanted: Awaited<ReturnType<typeof gauge>>) =>
  vi.waitFor(async () => expect(await gauge()).toEqual(wanted), { timeout: 60_000, interval: 20 })

let sequence = 0
let clock = Date.now() - 600_000
/** One reading through the door that collectors use. */
async function measure(v: number | string, p = TEMPERATURE): Promise<void> {
  sequence += 1
  clock += 1_000
  const body = `${JSON.stringify({ p, t: clock, v })}\n`
  const answer = await server.call('POST', '/ingest/v1/batches', {
    body,
    headers: {
      authorization: `Bearer ${COLLECTOR.token}`,
      'x-gemba-collector': COLLECTOR.id,
      'x-gemba-epoch': EPOCH,
      'x-gemba-stream': 'im-opcua',
      'x-gemba-first': String(sequence),
      'x-gemba-last': String(sequence),
      'x-gemba-sha256': createHash('sha256').update(body).digest('hex'),
    },
  })
  if (answer.status !== 200) throw new Error(answer.text)
}

interface PointPatch {
  key: string
  patch: { seq: number; samples: [string, number, unknown, number][] }
}
function patchesOf(socket: Socket): PointPatch[] {
  const seen: PointPatch[] = []
  socket.on('points:patch', (message: PointPatch) => seen.push(message))
  return seen
}
const values = (patches: readonly PointPatch[]) => patches.flatMap(({ patch }) => patch.samples.map(([, , v]) => v))
const points = { channel: 'points', points: [TEMPERATURE] }

describe('a socket without a session', () => {
  const without: [string, Record<string, string>][] = [
    ['no cookie', {}],
    ['a made-up session', { cookie: 'gemba_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['an empty session', { cookie: 'gemba_session=' }],
    ['a collector token', { authorization: `Bearer ${COLLECTOR.token}` }],
  ]
  for (const [what, headers] of without)
    it(`is refused: ${what}`, async () => {
      expect(await open(headers)).toEqual({ socket: null, refusal: 'NOT_SIGNED_IN' })
    })

  it('is refused with the cookie on a page of another site', async () => {
    for (const origin of ['https://evil.example', 'null', `${server.url}.evil.example`])
      expect((await open({ cookie, origin })).socket).toBeNull()
    expect((await open({ cookie, origin: server.url })).socket).not.toBeNull()
  })

  it('is refused without websocket', async () => {
    expect((await open({ cookie }, { transports: ['polling'] })).socket).toBeNull()
  })

  it('gets nothing on the namespace everybody can open', async () => {
    const heard: string[] = []
    const socket = io(server.url, { transports: ['websocket'], forceNew: true, reconnection: false })
    sockets.push(socket)
    socket.onAny((event: string) => heard.push(event))
    await new Promise((resolve) => socket.once('connect', () => resolve(null)))
    socket.emit('join', points, () => heard.push('answered'))
    const watcher = await connected()
    const patches = patchesOf(watcher)
    await joined(watcher, points)
    await measure(1)
    await vi.waitUntil(() => patches.length > 0, { timeout: 60_000 })
    await new Promise((resolve) => watcher.once('beat', resolve))
    expect(heard).toEqual([])
  })
})

describe('a subscription to points', () => {
  it('gives the picture of now, then every change with the next number', async () => {
    await measure('before')
    const socket = await connected()
    const patches = patchesOf(socket)
    const answer = await joined(socket, points)
    expect(answer.seq).toBe(0)
    expect(
      pointSample
        .array()
        .parse(answer.snapshot)
        .map(([p, , v]) => [p, v]),
    ).toEqual([[TEMPERATURE, 'before']])
    for (let round = 1; round <= 5; round += 1) {
      await measure(round)
      await vi.waitUntil(() => patches.length === round, { timeout: 60_000, interval: 5 })
    }
    for (const { patch } of patches) pointsMessage.strict().parse(patch)
    expect(patches.map(({ key, patch }) => [key, patch.seq])).toEqual([1, 2, 3, 4, 5].map((seq) => [answer.key, seq]))
    expect(values(patches)).toEqual([1, 2, 3, 4, 5])
  })

  it('speaks only of the points that were asked for', async () => {
    const socket = await connected()
    const patches = patchesOf(socket)
    await joined(socket, points)
    await measure(77, OTHER)
    await measure(78)
    await vi.waitUntil(() => patches.length > 0, { timeout: 60_000 })
    expect(values(patches)).toEqual([78])
  })

  it('does not go back when an older value comes late', async () => {
    await measure('newest')
    clock -= 100_000
    await measure('late')
    clock += 100_000
    const answer = await joined(await connected(), points)
    expect((answer.snapshot as unknown[][]).map(([, , v]) => v)).toEqual(['newest'])
  })

  it('is shared: a second screen gets the same channel, numbers going on', async () => {
    const [first, second] = [await connected(), await connected()]
    const seen = patchesOf(first)
    const one = await joined(first, points)
    await measure(10)
    await vi.waitUntil(() => seen.length === 1, { timeout: 60_000 })
    const two = await joined(second, { ...points, points: [TEMPERATURE, TEMPERATURE] })
    expect([two.key, two.epoch, two.seq]).toEqual([one.key, one.epoch, 1])
  })

  it('ends with leave', async () => {
    const [leaving, staying] = [await connected(), await connected()]
    const [gone, here] = [patchesOf(leaving), patchesOf(staying)]
    const { key } = await joined(leaving, points)
    await joined(staying, points)
    leaving.emit('leave', key)
    await watched({ sockets: 2, subscriptions: 1 })
    await measure(20)
    await vi.waitUntil(() => here.length === 1, { timeout: 60_000 })
    expect(gone).toEqual([])
  })
})

describe('a client that comes back', () => {
  it('gets exactly the patches it missed', async () => {
    const staying = await connected()
    const seen = patchesOf(staying)
    const { epoch } = await joined(staying, points)
    for (let round = 1; round <= 4; round += 1) {
      await measure(100 + round)
      await vi.waitUntil(() => seen.length === round, { timeout: 60_000, interval: 5 })
    }
    const back = await joined(await connected(), { ...points, since: 2, epoch })
    expect(back).not.toHaveProperty('snapshot')
    expect((back.patches as PointPatch['patch'][]).map(({ seq, samples }) => [seq, samples[0]?.[2]])).toEqual([
      [3, 103],
      [4, 104],
    ])
    expect((await joined(await connected(), { ...points, since: 4, epoch })).patches).toEqual([])
  })

  it('gets a picture when its number means nothing here', async () => {
    const staying = await connected()
    const { epoch } = await joined(staying, points)
    for (const from of [{ since: 0, epoch: 'another' }, { since: 5, epoch }, { since: 0 }, { since: -1, epoch }])
      expect(await joined(await connected(), { ...points, ...from })).toHaveProperty('snapshot')
  })

  it('gets a picture when nobody watched meanwhile: what changed then was numbered for nobody', async () => {
    await measure('old')
    const first = await connected()
    const { epoch, seq } = await joined(first, points)
    first.disconnect()
    await watched({ sockets: 0, subscriptions: 0 })
    await measure('new')
    const back = await joined(await connected(), { ...points, since: seq, epoch })
    expect((back.snapshot as unknown[][]).map(([, , v]) => v)).toEqual(['new'])
  })

  it('gets a picture when others have numbered anew meanwhile', async () => {
    const first = await connected()
    const seen = patchesOf(first)
    const { epoch } = await joined(first, points)
    await measure('a')
    await vi.waitUntil(() => seen.length === 1, { timeout: 60_000 })
    first.disconnect()
    await watched({ sockets: 0, subscriptions: 0 })
    const second = await connected()
    const anew = patchesOf(second)
    await joined(second, points)
    await measure('b')
    await vi.waitUntil(() => anew.length === 1, { timeout: 60_000 })
    expect(await joined(await connected(), { ...points, since: 1, epoch })).toHaveProperty('snapshot')
  })
})

describe('a subscription', () => {
  it('dies with its socket, however the socket ends', async () => {
    const [polite, torn] = [await connected(), await connected()]
    for (const socket of [polite, torn]) {
      await joined(socket, points)
      await joined(socket, { channel: 'sources' })
      await joined(socket, { channel: 'board', board: 'oee' })
    }
    expect(await gauge()).toEqual({ sockets: 2, subscriptions: 6 })
    polite.disconnect()
    await watched({ sockets: 1, subscriptions: 3 })
    // The line breaks without a word.
    ;(torn.io.engine.transport as unknown as { ws: { close(): void } }).ws.close()
    await watched({ sockets: 0, subscriptions: 0 })
  })

  it('dies when its user signs out, and lets others go on', async () => {
    const leaving = await server.signIn()
    const [mine, twin, other] = [await connected(leaving), await connected(leaving), await connected()]
    for (const socket of [mine, twin, other]) await joined(socket, points)
    const ended = Promise.all(
      [mine, twin].map((socket) => new Promise((resolve) => socket.once('disconnect', resolve))),
    )
    await server.call('DELETE', '/api/sessions/current', { cookie: leaving })
    await ended
    await watched({ sockets: 1, subscriptions: 1 })
    const patches = patchesOf(other)
    await measure('after')
    await vi.waitUntil(() => patches.length === 1, { timeout: 60_000 })
    expect(await open({ cookie: leaving })).toEqual({ socket: null, refusal: 'NOT_SIGNED_IN' })
  })

  it('is refused for what does not exist', async () => {
    const socket = await connected()
    const unknown: [unknown, string][] = [
      [{ channel: 'nonsense' }, 'INPUT_INVALID'],
      [{ channel: '__proto__' }, 'INPUT_INVALID'],
      [{}, 'INPUT_INVALID'],
      [null, 'INPUT_INVALID'],
      ['board', 'INPUT_INVALID'],
      [{ channel: 'points', points: [] }, 'INPUT_INVALID'],
      [{ channel: 'points', points: ['nowhere'] }, 'INPUT_INVALID'],
      [{ channel: 'points', points: [TEMPERATURE, "x' OR 1=1"] }, 'INPUT_INVALID'],
      [{ channel: 'points', points: new Array(2_001).fill(TEMPERATURE) }, 'INPUT_INVALID'],
      [{ ...points, since: Number.NaN }, 'INPUT_INVALID'],
      [{ channel: 'board', board: 'nowhere' }, 'BOARD_UNKNOWN'],
      [{ channel: 'board', board: '__proto__' }, 'BOARD_UNKNOWN'],
      [{ channel: 'board', board: 'oee', equipment: 'SUZ/NONE' }, 'EQUIPMENT_UNKNOWN'],
    ]
    for (const [request, code] of unknown) expect([request, await refusal(socket, request)]).toEqual([request, code])
    expect(await gauge()).toEqual({ sockets: 1, subscriptions: 0 })
  })

  it('asked for without an answer, or with garbage, harms nobody', async () => {
    const socket = await connected()
    socket.emit('join')
    socket.emit('join', points)
    socket.emit('join', points, 'not a function')
    socket.emit('leave', { key: 1 })
    socket.emit('leave', 'no such key')
    socket.emit('probe')
    expect(await refusal(socket, points)).toBe('joined')
  })

  it('is one of at most 64 of its socket', async () => {
    const socket = await connected()
    const ids = ['state', 'total', 'material', 'temperature'].flatMap((id) => [
      `${UNIT}:${id}`,
      `SUZ/MOLD/IM/IM02:${id}`,
    ])
    const sets = Array.from({ length: 65 }, (_, index) => ids.filter((_, bit) => ((index + 1) >> bit) & 1))
    const answers = await Promise.all(sets.map((set) => refusal(socket, { channel: 'points', points: set })))
    expect(answers.slice(0, 64)).toEqual(new Array<string>(64).fill('joined'))
    expect(answers[64]).toBe('TOO_MANY_REQUESTS')
    expect((await gauge()).subscriptions).toBe(64)
  })
})

describe('a live board', () => {
  it('gives a whole frame, then patches with consecutive numbers', async () => {
    const socket = await connected()
    const patches: { key: string; patch: { seq: number } }[] = []
    socket.on('board:patch', (message: (typeof patches)[number]) => patches.push(message))
    const answer = await joined(socket, { channel: 'board', board: 'oee', equipment: UNIT })
    expect(boardFrame.parse(answer.snapshot).scope.equipment).toBe(UNIT)
    await measure('executing', `${UNIT}:state`)
    await vi.waitUntil(() => patches.length >= 3, { timeout: 60_000, interval: 20 })
    for (const { key, patch } of patches) {
      expect(key).toBe(answer.key)
      boardPatch.parse(patch)
    }
    expect(patches.map(({ patch }) => patch.seq)).toEqual(patches.map((_, index) => answer.seq + index + 1))
  })
})
