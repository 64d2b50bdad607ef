/** Real: the whole server while its metadata store is killed under it and comes back. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { healthAnswer } from '@gemba/contracts/api'
import { problem } from '@gemba/contracts/problem'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Answer, PASSWORD, type RunningApplication, startApplication } from '../application-fixture.ts'
import { type RunningPostgres, isAlive, startPostgres } from '../database/embedded-postgres.ts'
import { KpiService } from '../kpi/kpi.service.ts'

let server: RunningApplication
let restarted: RunningPostgres | null = null

beforeAll(async () => {
  server = await startApplication()
})
afterAll(async () => {
  await server.stop()
  await restarted?.stop()
})

const signIn = (): Promise<Answer> =>
  server.call('POST', '/api/sessions', { json: { user: 'admin', password: PASSWORD } })
const health = async () => healthAnswer.parse((await server.call('GET', '/api/health')).json()).status

it('says that a store is away, and works again when it is back', async () => {
  const cookie = await server.signIn()
  // Until then its health is that of a start.
  await vi.waitUntil(() => server.app.get(KpiService).caughtUpOnce, { timeout: 60_000 })
  const metadata = join(server.dataDir, 'metadata')
  const pid = Number(readFileSync(join(metadata, 'postmaster.pid'), 'utf8').split('\n')[0])
  process.kill(pid, 'SIGKILL')
  await vi.waitUntil(() => !isAlive(pid), { timeout: 60_000 })
  // The processes of its open connections outlive it for a moment, and answer in it.
  await vi.waitUntil(async () => (await signIn()).status !== 200, { timeout: 60_000 })
  const calls = [signIn, signIn, () => server.call('GET', '/api/boards', { cookie })]
  for (const call of calls) {
    const answer = await call()
    expect(problem.parse(answer.json())).toMatchObject({ code: 'STORE_AWAY', status: 503, retryable: true })
    expect(answer.headers['retry-after']).toBe('2')
  }
  await vi.waitUntil(async () => (await health()) === 'degraded', { timeout: 60_000, interval: 200 })
  const socketDir = join(server.dataDir, 'run', 'metadata')
  restarted = await startPostgres({ dataDir: metadata, socketDir, user: 'gemba', database: 'gemba' })
  await vi.waitUntil(async () => (await signIn()).status === 200, { timeout: 60_000, interval: 200 })
  expect((await server.call('GET', '/api/boards', { cookie })).status).toBe(200)
})
