/** Real: the whole server with its stores, and the client library that browsers use. Displays on walls. */
import { boardListAnswer } from '@gemba/contracts/api'
import type { JoinAnswer } from '@gemba/contracts/events'
import { deviceList, deviceRow, pairingStarted, pairingState, sessionAnswer } from '@gemba/contracts/sign-in'
import { type Socket, io } from 'socket.io-client'
import { DataSource } from 'typeorm'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Answer, type RunningApplication, UNIT, startApplication } from '../../application-fixture.ts'
import { openApiDocument } from '../../application.ts'

let server: RunningApplication
let database: DataSource
let manager: string
let admin: string
const sockets: Socket[] = []

beforeAll(async () => {
  server = await startApplication()
  database = server.app.get(DataSource)
  manager = await server.signIn('manager')
  admin = await server.signIn('admin')
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect()
})
afterAll(() => server.stop())

const codeOf = (answer: Answer): string => (answer.status < 400 ? 'ok' : answer.problem().code)
let callers = 0
async function begin() {
  callers += 1
  const answer = await server.call('POST', '/api/pairing', { from: `127.3.0.${callers}` })
  if (answer.status !== 201) throw new Error(answer.text)
  return pairingStarted.parse(answer.json())
}
const claim = (secret: string) =>
  server.call('POST', '/api/pairing/claim', { json: { secret }, from: `127.3.1.${callers}` })
const pair = (code: string, more: object = {}, cookie = manager) =>
  server.call('POST', '/api/devices', { cookie, json: { code, name: '注塑大屏', boards: ['oee'], ...more } })
const get = async (cookie: string, path: string): Promise<string> => codeOf(await server.call('GET', path, { cookie }))

const cookieOf = (answer: Answer): string => String(answer.headers['set-cookie']?.[0]).split(';')[0] ?? ''

/** Until so many of the server's transactions wait for a lock. */
const waiters = (count: number): Promise<void> =>
  vi.waitFor(
    async () => {
      const [row] = await database.query<{ waiting: number }[]>(
        'SELECT count(DISTINCT pid)::int AS waiting FROM pg_locks WHERE NOT granted',
      )
      expect(row?.waiting).toBe(count)
    },
    { timeout: 60_000, interval: 20 },
  )

async function display(boards = ['oee']): Promise<{ cookie: string; id: string }> {
  const { code, secret } = await begin()
  const made = await pair(code, { boards })
  if (made.status !== 201) throw new Error(made.text)
  const answer = await claim(secret)
  expect(pairingState.parse(answer.json())).toEqual({ state: 'paired', boards })
  const set = String(answer.headers['set-cookie']?.[0])
  expect(set.split('; ').slice(1).sort()).toEqual(['HttpOnly', 'Max-Age=31536000', 'Path=/', 'SameSite=Lax'])
  return { cookie: String(set.split(';')[0]), id: deviceRow.parse(made.json()).id }
}

describe('a code on a display', () => {
  it('waits until somebody enters it, and lets the display in once', async () => {
    const { code, secret } = await begin()
    expect(code).toMatch(/^\d{6}$/)
    expect((await claim(secret)).json()).toEqual({ state: 'waiting', boards: [] })
    expect(codeOf(await pair(code))).toBe('ok')
    const answer = await claim(secret)
    expect(answer.json()).toMatchObject({ state: 'paired' })
    expect(await get(cookieOf(answer), '/api/boards/oee')).toBe('ok')
    expect((await claim(secret)).json()).toEqual({ state: 'expired', boards: [] })
    expect(codeOf(await pair(code))).toBe('PAIRING_CODE_UNKNOWN')
  })

  it('lets in a display that asks at the very moment the code is entered', async () => {
    const { code, secret } = await begin()
    const holder = database.createQueryRunner()
    await holder.startTransaction()
    await holder.query('LOCK TABLE audit_entry IN SHARE MODE')
    const pairing = pair(code, {}, admin)
    await waiters(1)
    const claiming = claim(secret)
    await waiters(2)
    await holder.commitTransaction()
    await holder.release()
    expect(codeOf(await pairing)).toBe('ok')
    expect((await claiming).json()).toEqual({ state: 'paired', boards: ['oee'] })
  })

  it('gives the cookie again when the answer was lost on its way, until it is used', async () => {
    const { code, secret } = await begin()
    expect(codeOf(await pair(code, {}, admin))).toBe('ok')
    const lost = cookieOf(await claim(secret))
    const answer = await claim(secret)
    expect(answer.json()).toEqual({ state: 'paired', boards: ['oee'] })
    expect(await get(lost, '/api/boards/oee')).toBe('NOT_SIGNED_IN')
    expect(await get(cookieOf(answer), '/api/boards/oee')).toBe('ok')
    expect((await claim(secret)).json()).toEqual({ state: 'expired', boards: [] })
  })

  it('lets in no display that was removed before it came', async () => {
    const { code, secret } = await begin()
    const { id } = deviceRow.parse((await pair(code, {}, admin)).json())
    expect(codeOf(await server.call('DELETE', `/api/devices/${id}`, { cookie: admin }))).toBe('ok')
    expect((await claim(secret)).json()).toEqual({ state: 'expired', boards: [] })
  })

  it('is worth nothing when it is old, wrong, or entered by somebody who may not', async () => {
    const { code, secret } = await begin()
    expect(codeOf(await pair(code, {}, await server.signIn('operator')))).toBe('NO_ACCESS')
    await database.query(`UPDATE pairing SET expires_at = now() WHERE code = $1`, [code])
    expect(codeOf(await pair(code))).toBe('PAIRING_CODE_UNKNOWN')
    expect((await claim(secret)).json()).toEqual({ state: 'expired', boards: [] })
    for (const odd of ['', '12345', '1234567', '１２３４５６', '12345x', ' 12345'])
      expect([odd, codeOf(await pair(odd))]).toEqual([odd, 'INPUT_INVALID'])
  })

  it('gives away no board that is unknown', async () => {
    const { code } = await begin()
    expect(codeOf(await pair(code, { boards: ['oee', 'no-such-board'] }))).toBe('BOARD_UNKNOWN')
    expect(codeOf(await pair(code, { boards: [] }))).toBe('INPUT_INVALID')
    expect(codeOf(await pair(code))).toBe('ok')
  })

  it('cannot be guessed: one person and one address are slowed down', async () => {
    let code = ''
    for (let round = 0; round < 30 && code !== 'TOO_MANY_REQUESTS'; round += 1)
      code = codeOf(await pair('000000', {}, admin))
    expect(code).toBe('TOO_MANY_REQUESTS')
    let begun = ''
    for (let round = 0; round < 40 && begun !== 'TOO_MANY_REQUESTS'; round += 1)
      begun = codeOf(await server.call('POST', '/api/pairing', { from: '127.3.9.9' }))
    expect(begun).toBe('TOO_MANY_REQUESTS')
  })
})

describe('a display', () => {
  const connect = (cookie: string): Promise<Socket | string> => {
    const socket = io(`${server.url}/live`, {
      transports: ['websocket'],
      extraHeaders: { cookie },
      reconnection: false,
      forceNew: true,
    })
    sockets.push(socket)
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(socket))
      socket.once('connect_error', (error) => resolve(error.message))
    })
  }
  const join = async (socket: Socket, request: object): Promise<string> => {
    const answer = (await socket.timeout(5_000).emitWithAck('join', request)) as JoinAnswer
    return answer.ok ? 'ok' : answer.code
  }

  it('sees its boards, and no other page, route or channel', async () => {
    const { cookie } = await display()
    const who = sessionAnswer.parse((await server.call('GET', '/api/sessions/current', { cookie })).json())
    expect(who).toMatchObject({ means: 'device', boards: ['oee'], name: { zh: '注塑大屏' } })
    const { boards } = boardListAnswer.parse((await server.call('GET', '/api/boards', { cookie })).json())
    expect(boards.map(({ document }) => document.id)).toEqual(['oee'])
    expect(await get(cookie, '/api/boards/oee')).toBe('ok')
    expect(await get(cookie, '/api/boards/order-progress')).toBe('BOARD_UNKNOWN')
    const data = (board: string) => server.call('POST', `/api/boards/${board}/data`, { cookie, json: {} })
    expect([codeOf(await data('oee')), codeOf(await data('order-progress'))]).toEqual(['ok', 'BOARD_UNKNOWN'])
    const open: string[] = []
    for (const [path, methods] of Object.entries(openApiDocument(server.app).paths))
      for (const method of Object.keys(methods)) {
        if (path.startsWith('/ingest/')) continue
        const target = path.replace(/\{\w+\}/g, 'order-progress')
        const answer = await server.call(method.toUpperCase(), target, { cookie, from: '127.3.2.1' })
        if (![401, 403, 404].includes(answer.status)) open.push(`${method} ${path}`)
      }
    expect(open.toSorted()).toEqual([
      'delete /api/sessions/current',
      'get /api/boards',
      'get /api/health',
      'get /api/sessions/current',
      'get /api/sign-in/ways',
      'post /api/pairing',
      'post /api/pairing/claim',
      'post /api/sessions',
      'post /api/share-visits/{link}',
    ])
  })

  it('joins the channels of its boards only', async () => {
    const { cookie } = await display()
    const socket = await connect(cookie)
    if (typeof socket === 'string') throw new Error(socket)
    expect(await join(socket, { channel: 'board', board: 'oee' })).toBe('ok')
    expect(await join(socket, { channel: 'board', board: 'order-progress' })).toBe('BOARD_UNKNOWN')
    expect(await join(socket, { channel: 'sources' })).toBe('NO_ACCESS')
    expect(await join(socket, { channel: 'points', points: [`${UNIT}:temperature`] })).toBe('NO_ACCESS')
  })

  it('is listed, and shut out at once when it is removed, its live connection within five seconds', async () => {
    const { cookie, id } = await display(['oee', 'order-progress'])
    expect(await get(cookie, '/api/boards/order-progress')).toBe('ok')
    const { devices } = deviceList.parse((await server.call('GET', '/api/devices', { cookie: manager })).json())
    expect(devices.find((device) => device.id === id)).toMatchObject({ pairedBy: 'manager', name: '注塑大屏' })
    expect(devices.find((device) => device.id === id)?.seenAt).not.toBeNull()
    const socket = await connect(cookie)
    if (typeof socket === 'string') throw new Error(socket)
    expect(codeOf(await server.call('DELETE', `/api/devices/${id}`, { cookie: manager }))).toBe('ok')
    await vi.waitFor(() => expect(socket.connected).toBe(false), { timeout: 60_000, interval: 50 })
    expect(await get(cookie, '/api/boards')).toBe('NOT_SIGNED_IN')
    expect(await connect(cookie)).toBe('NOT_SIGNED_IN')
    expect(codeOf(await server.call('DELETE', `/api/devices/${id}`, { cookie: manager }))).toBe('DEVICE_UNKNOWN')
  })

  it('is known by nothing but its own cookie', async () => {
    const { cookie } = await display()
    const value = cookie.split('=')[1] ?? ''
    for (const odd of [
      `gemba_session=${value}`,
      `${cookie}x`,
      cookie.toUpperCase(),
      `gemba_device=${value.split('.')[0]}`,
    ])
      expect([odd, await get(odd, '/api/boards')]).toEqual([odd, 'NOT_SIGNED_IN'])
    const secret = value.split('.')[0] ?? ''
    expect(JSON.stringify(await database.query('SELECT * FROM device'))).not.toContain(secret)
  })
})
