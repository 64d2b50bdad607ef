/** Real: the whole server with its stores, behind a proxy at 127.0.0.9 that ends TLS (the proxy itself is only said to be one). */
import { io } from 'socket.io-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Answer, PASSWORD, type RunningApplication, startApplication } from '../application-fixture.ts'

const PROXY = '127.0.0.9'
const HTTPS = { 'x-forwarded-proto': 'https' }
let server: RunningApplication

beforeAll(async () => {
  server = await startApplication(undefined, { GEMBA_TRUSTED_PROXIES: `${PROXY},127.0.0.1` })
})
afterAll(() => server?.stop())

const signIn = (from: string): Promise<Answer> =>
  server.call('POST', '/api/sessions', { json: { user: 'admin', password: PASSWORD }, from, headers: HTTPS })
const statusOf = async (cookie: string, from: string): Promise<number> =>
  (await server.call('GET', '/api/profile', { cookie, from, headers: HTTPS })).status

function connect(cookie: string): Promise<string> {
  const extraHeaders = { cookie, ...HTTPS }
  const socket = io(`${server.url}/live`, {
    transports: ['websocket'],
    extraHeaders,
    reconnection: false,
    forceNew: true,
  })
  return new Promise((resolve) => {
    const end = (what: string) => (socket.close(), resolve(what))
    socket.once('connect', () => end('ok'))
    socket.once('connect_error', (error) => end(error.message))
  })
}

it('behind HTTPS a session is bound to the host by the name of its cookie, for pages and sockets', async () => {
  const line = String((await signIn(PROXY)).headers['set-cookie']?.[0])
  expect(line).toMatch(/^__Host-gemba_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
  const bound = line.split(';')[0] ?? ''
  const plain = bound.replace('__Host-', '')
  expect(await statusOf(bound, PROXY)).toBe(200)
  expect(await statusOf(plain, PROXY)).toBe(401)
  expect([await connect(bound), await connect(plain)]).toEqual(['ok', 'NOT_SIGNED_IN'])
})

it('who only says that he came by HTTPS is not believed', async () => {
  const line = String((await signIn('127.0.0.10')).headers['set-cookie']?.[0])
  expect(line).toMatch(/^gemba_session=/)
  expect(await statusOf(line.split(';')[0] ?? '', '127.0.0.10')).toBe(200)
})
