// @vitest-environment node
import { type Server as HttpServer, createServer } from 'node:http'
import { type AddressInfo, type Socket as TcpSocket, connect, createServer as createTcpServer } from 'node:net'
import type { SourceAge } from '@gemba/contracts/board'
import type { ChannelRequest, ClientToServer, ServerToClient } from '@gemba/contracts/events'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { afterEach, expect, it, vi } from 'vitest'
import { LiveConnection } from './live.ts'
import { clockOffsetMs, resetServerClock } from './server-clock.ts'

const AT = Date.parse('2026-11-21T05:30:00Z')
const SOURCE: SourceAge = {
  source: 'mes-suz',
  name: { zh: 'MES', en: 'MES' },
  family: 'mes',
  lastDataAt: AT,
  periodMs: 60_000,
  limitMs: 900_000,
  state: 'running',
}
const QUICK = { silenceMs: 400, watchMs: 40, answerMs: 1_000, probeMs: 60_000, firstRetryMs: 30, longestRetryMs: 100 }

const cleanups: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  resetServerClock()
})

const until = (check: () => unknown) =>
  vi.waitFor(() => expect(check()).toBeTruthy(), { timeout: 30_000, interval: 10 })

/** A real socket.io server with one channel, as the product's: sequence, replay and beat. */
async function startServer(options: { admit?: () => string | null; clockAheadMs?: number; port?: number } = {}) {
  const http: HttpServer = createServer()
  const server = new Server<ClientToServer, ServerToClient>(http, { transports: ['websocket'] })
  const live = server.of('/live')
  const joins: ChannelRequest[] = []
  const lefts: string[] = []
  const state = { seq: 0, epoch: 'first', admissions: 0 }
  live.use((_socket, next) => {
    state.admissions += 1
    const refusal = options.admit?.() ?? null
    next(refusal === null ? undefined : new Error(refusal))
  })
  live.on('connection', (socket) => {
    socket.on('probe', (_at, answer) => answer(Date.now() + (options.clockAheadMs ?? 0)))
    socket.on('leave', (key) => {
      lefts.push(key)
      void socket.leave(key)
    })
    socket.on('join', (request, answer) => {
      joins.push(request)
      void socket.join('sources:all')
      const { since } = request
      const base = { ok: true as const, key: 'sources:all', epoch: state.epoch, seq: state.seq }
      if (since === undefined || request.epoch !== state.epoch) return answer({ ...base, snapshot: [SOURCE] })
      const patches = Array.from({ length: state.seq - since }, (_, index) => patchOf(since + 1 + index))
      answer({ ...base, patches })
    })
  })
  const patchOf = (seq: number) => ({ seq, serverTime: AT + seq, sources: [SOURCE] })
  const send = () => {
    state.seq += 1
    live.to('sources:all').emit('sources:patch', { key: 'sources:all', ...patchOf(state.seq) })
  }
  const beat = setInterval(() => live.emit('beat', { serverTime: Date.now() }), 50)
  await new Promise<void>((resolve) => http.listen(options.port ?? 0, '127.0.0.1', resolve))
  const stop = async () => {
    clearInterval(beat)
    await server.close()
  }
  cleanups.push(stop)
  return { port: (http.address() as AddressInfo).port, live, joins, lefts, state, send, stop }
}

function connectTo(port: number) {
  const connection = new LiveConnection(
    () =>
      io(`http://127.0.0.1:${port}/live`, {
        transports: ['websocket'],
        autoConnect: false,
        forceNew: true,
        reconnectionDelay: 30,
        reconnectionDelayMax: 100,
      }),
    QUICK,
  )
  cleanups.push(() => connection.close())
  const seen: (string | number)[] = []
  const states: string[] = []
  const watchSources = () =>
    connection.subscribe<'sources'>(
      { channel: 'sources' },
      {
        snapshot: (_snapshot, seq) => seen.push(`snapshot ${seq}`),
        patch: (_patch, seq) => seen.push(seq),
        state: (state) => states.push(state),
      },
    )
  return { connection, seen, states, watchSources }
}

it('a subscription gets a snapshot and then every patch, against a real socket server', async () => {
  const server = await startServer()
  const { connection, seen, watchSources } = connectTo(server.port)
  watchSources()
  await until(() => seen.length === 1)
  server.send()
  server.send()
  await until(() => seen.length === 3)
  expect(seen).toEqual(['snapshot 0', 1, 2])
  expect(connection.state.value).toEqual({ kind: 'connected' })
})

it('a connection that was cut comes back by itself and fills the hole', async () => {
  const server = await startServer()
  const { connection, seen, states, watchSources } = connectTo(server.port)
  watchSources()
  await until(() => seen.length === 1)
  server.live.disconnectSockets(true)
  await until(() => connection.state.value.kind === 'lost')
  server.send()
  server.send()
  await until(() => seen.length === 3)
  expect(seen).toEqual(['snapshot 0', 1, 2])
  expect(server.joins.at(-1)).toMatchObject({ since: 0, epoch: 'first' })
  expect(states).toEqual(['live', 'lost', 'live'])
})

it('a server that was restarted is joined anew with a snapshot', async () => {
  const first = await startServer()
  const { seen, watchSources } = connectTo(first.port)
  watchSources()
  await until(() => seen.length === 1)
  await first.stop()
  const second = await startServer({ port: first.port })
  second.state.epoch = 'second'
  second.state.seq = 40
  await until(() => seen.length === 2)
  expect(seen).toEqual(['snapshot 0', 'snapshot 40'])
})

it('a half-open line, which reports nothing, is noticed by its silence and replaced', async () => {
  const server = await startServer()
  const proxied: TcpSocket[] = []
  const proxy = createTcpServer((client) => {
    const upstream = connect(server.port, '127.0.0.1')
    proxied.push(client, upstream)
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
    client.pipe(upstream)
    upstream.pipe(client)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    for (const socket of proxied) socket.destroy()
    proxy.close()
  })
  const { connection, seen, watchSources } = connectTo((proxy.address() as AddressInfo).port)
  watchSources()
  await until(() => seen.length === 1)
  const cutAt = Date.now()
  // Nothing is closed: bytes just no longer pass, as behind a switch that lost power.
  for (const socket of proxied) socket.unpipe()
  await until(() => connection.state.value.kind === 'lost')
  expect(Date.now() - cutAt).toBeLessThan(QUICK.silenceMs + 300)
  const lost = connection.state.value
  expect(lost.kind === 'lost' && lost.sinceAt).toBeLessThanOrEqual(cutAt + 100)
  server.send()
  await until(() => seen.includes(1))
  expect(connection.state.value).toEqual({ kind: 'connected' })
})

it('a refused page says why and asks no more', async () => {
  const server = await startServer({ admit: () => 'NOT_SIGNED_IN' })
  const { connection, watchSources } = connectTo(server.port)
  const refused: string[] = []
  connection.whenRefused((code) => refused.push(code))
  watchSources()
  await until(() => connection.state.value.kind === 'refused')
  expect(refused).toEqual(['NOT_SIGNED_IN'])
  const { admissions } = server.state
  // Many times the longest pause between tries.
  await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(0))
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(server.state.admissions).toBe(admissions)
})

it('a refusal that may pass is tried again', async () => {
  const refusals = ['STORE_AWAY', 'STORE_AWAY']
  const server = await startServer({ admit: () => refusals.shift() ?? null })
  const { seen, watchSources } = connectTo(server.port)
  watchSources()
  await until(() => seen.length === 1)
  expect(server.state.admissions).toBe(3)
})

it('two subscriptions share one connection; the last one that ends closes it', async () => {
  const server = await startServer()
  const { seen, watchSources } = connectTo(server.port)
  const endFirst = watchSources()
  const endSecond = watchSources()
  await until(() => seen.length === 2)
  expect(server.live.sockets.size).toBe(1)
  endFirst()
  server.send()
  await until(() => seen.length === 3)
  expect(server.lefts).toEqual([])
  endSecond()
  await until(() => server.live.sockets.size === 0)
})

it('the clock of the server is known after the first round trip', async () => {
  const server = await startServer({ clockAheadMs: 90_000 })
  const { seen, watchSources } = connectTo(server.port)
  watchSources()
  await until(() => seen.length === 1 && clockOffsetMs() !== 0)
  expect(clockOffsetMs()).toBeGreaterThan(89_000)
  expect(clockOffsetMs()).toBeLessThan(91_000)
})
