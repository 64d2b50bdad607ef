/** Real: the whole server with its stores. Calls as collectors tell them, and what the interface makes of them. */
import { createHash } from 'node:crypto'
import { interfacesAnswer } from '@gemba/contracts/interface-health'
import { type InterfaceCall, interfaceHealth } from '@gemba/engine/kpi/interface-health'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COLLECTOR, type RunningApplication, startApplication } from '../application-fixture.ts'

const MINUTE = 60_000
const TO = Math.floor(Date.now() / MINUTE) * MINUTE - MINUTE
const FROM = TO - 600 * MINUTE
const OUTAGE = { fromAt: FROM + 100 * MINUTE, toAt: FROM + 220 * MINUTE }
const DRIFT_AT = FROM + 300 * MINUTE

/** A call a minute: two hours of outage, one per cent of timeouts elsewhere, a slow one now and then. */
const calls = Array.from({ length: 600 }, (_, index) => {
  const at = FROM + index * MINUTE
  const isOut = at > OUTAGE.fromAt && at < OUTAGE.toAt
  const outcome = isOut ? 'connect' : index % 100 === 50 ? 'timeout' : 'ok'
  return { at, outcome, durationMs: isOut ? null : 20 + (index % 37) + (index % 50 === 0 ? 4_000 : 0) }
})

let server: RunningApplication
let cookie: string
beforeAll(async () => {
  server = await startApplication()
  cookie = await server.signIn('admin')
  const lines = [
    ...calls.map((call) => ({ k: 'call', source: 'erp', rows: 2, rejected: 0, newestAt: call.at, ...call })),
    {
      k: 'drift',
      source: 'erp',
      at: DRIFT_AT,
      table: 'afpo',
      column: 'zzcolor',
      change: 'added',
      before: '',
      after: 'text',
    },
  ]
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const answer = await server.call('POST', '/ingest/v1/batches', {
    body,
    headers: {
      authorization: `Bearer ${COLLECTOR.token}`,
      'x-gemba-collector': COLLECTOR.id,
      'x-gemba-epoch': '0123456789abcdef',
      'x-gemba-stream': 'erp',
      'x-gemba-first': '1',
      'x-gemba-last': String(lines.length),
      'x-gemba-sha256': createHash('sha256').update(body).digest('hex'),
    },
  })
  if (answer.status !== 200 || answer.text.includes('rejected')) throw new Error(answer.text)
})
afterAll(() => server.stop())

const read = async (from: number, to: number) => {
  const answer = await server.call('GET', `/api/interfaces?from=${from}&to=${to}`, { cookie })
  expect([answer.status, answer.text.slice(0, 200)]).toEqual([200, answer.text.slice(0, 200)])
  return interfacesAnswer.parse(answer.json())
}

describe('the health of an interface', () => {
  it('says of a planted outage, timeouts and drift exactly what was planted, and when', async () => {
    const erp = (await read(FROM, TO)).interfaces.find(({ source }) => source === 'erp')
    expect(erp).toMatchObject({ calls: 600, ok: 476, errors: { connect: 119, timeout: 5 }, rows: 1_200, rejected: 0 })
    expect(erp?.longestSilence).toEqual({
      fromAt: new Date(OUTAGE.fromAt).toISOString(),
      toAt: new Date(OUTAGE.toAt).toISOString(),
      ms: OUTAGE.toAt - OUTAGE.fromAt,
    })
    expect(erp?.drifts).toEqual([
      {
        at: new Date(DRIFT_AT).toISOString(),
        table: 'afpo',
        column: 'zzcolor',
        change: 'added',
        before: '',
        after: 'text',
      },
    ])
    expect(erp?.lagMs).toBe(MINUTE)
  })

  it('agrees with the calculation on rows for any period', async () => {
    for (const [fromMinute, toMinute] of [
      [0, 600],
      [0, 1],
      [101, 219],
      [49, 52],
      [250, 599],
      [7, 108],
    ] as const) {
      const from = FROM + fromMinute * MINUTE
      const to = FROM + toMinute * MINUTE
      const inside: InterfaceCall[] = calls
        .filter(({ at }) => at >= from && at < to)
        .map(({ outcome, durationMs }) => ({
          ok: outcome === 'ok',
          durationMs,
          error: outcome === 'ok' ? null : outcome,
        }))
      const expected = interfaceHealth(inside)
      const erp = (await read(from, to)).interfaces.find(({ source }) => source === 'erp')
      expect({ period: [fromMinute, toMinute], ...erp }).toMatchObject({ ...expected, calls: inside.length })
    }
  })

  it('of a period without calls is unknown, not perfect', async () => {
    const erp = (await read(FROM - 60 * MINUTE, FROM - 30 * MINUTE)).interfaces.find(({ source }) => source === 'erp')
    expect(erp).toMatchObject({ calls: 0, successRate: null, p95Ms: null, lagMs: null, longestSilence: null })
  })
})
