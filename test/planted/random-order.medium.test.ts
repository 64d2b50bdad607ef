/** Real: two whole servers with their stores, one fed in order, one in random order, with doubles, and restarted ten times. */
import { catalogOf } from '../plant/catalog.ts'
import { Random } from '../plant/random.ts'
import { serverFixture } from '../plant/server-under-test.ts'
import { batchHeaders, epochBefore } from '../plant/supply-life.ts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { livedDays } from './lived-days.ts'

const { COLLECTOR, startApplication, backlogOf } = await serverFixture()
type Server = Awaited<ReturnType<typeof startApplication>>

const LINES_PER_BATCH = 20_000
const RESTARTS = 10
const DAYS = 3
const EPOCH_AT = epochBefore(Date.now(), DAYS + 2)
const days = livedDays({ seed: 20261121, epochAt: EPOCH_AT, untilAt: EPOCH_AT + DAYS * 86_400_000 }, [
  ...(['IM03', 'IM04', 'A1', 'P1', 'T1'] as const),
])
const connections = {
  ...{ opcuaPort: 4840, mqttPort: 1883, databasePort: 5432 },
  ...{ opcuaPassword: 'for-tests', mqttPassword: 'for-tests', readerPassword: 'for-tests' },
}

const servers: Server[] = []
beforeAll(async () => {
  for (let count = 0; count < 2; count += 1) servers.push(await startApplication(catalogOf('reference', connections)))
}, 300_000)
afterAll(async () => {
  for (const server of servers) await server.stop()
})

async function send(server: Server, stream: string, lines: readonly string[]): Promise<void> {
  for (let index = 0; index < lines.length; index += LINES_PER_BATCH) {
    const part = lines.slice(index, index + LINES_PER_BATCH)
    const body = part.map((line) => `${line}\n`).join('')
    const headers = batchHeaders(COLLECTOR, { stream, first: index + 1, count: part.length }, body)
    const answer = await server.call('POST', '/ingest/v1/batches', { body, headers })
    const { rejected } = answer.json() as { rejected?: unknown[] }
    if (answer.status !== 200 || rejected) throw new Error(answer.text.slice(0, 500))
  }
}
const settled = (server: Server) => vi.waitUntil(() => backlogOf(server) === 0, { timeout: 300_000, interval: 50 })

const MACHINES = ['SUZ/MOLD/IM/IM03', 'SUZ/MOLD/IM/IM04', 'SUZ/ASM/A1', 'SUZ/PACK/P1', 'BRQ/FA/T1']
const OF_MACHINES = ['oee', 'availability', 'performance', 'quality-rate', 'teep', 'mtbf', 'mttr', 'scrap-ratio']
const OF_SITES: Readonly<Record<string, string>> = {
  'on-time-delivery': 'unit',
  'schedule-attainment': 'unit',
  'mix-attainment': 'unit',
  wip: 'order',
  'flow-time': 'unit',
  'release-to-start': 'unit',
  'capacity-load': 'unit',
  'takt-time': 'unit',
  'first-pass-units': 'unit',
  pareto: 'reason',
  dpmo: 'unit',
  otif: 'customer',
  'otif-by-order': 'customer',
  'supplier-on-time': 'supplier',
  'supplier-ppm': 'supplier',
  'supplier-lead-time': 'supplier',
  'stock-on-hand': 'material',
  'stock-age': 'material',
  'days-of-cover': 'material',
  'consumption-gap': 'material',
}

/** Every figure with its sums, whole and cut, as text by name. */
async function figures(server: Server): Promise<Map<string, string>> {
  const cookie = await server.signIn('analyst')
  const found = new Map<string, string>()
  const ask = async (metric: string, equipment: string, group: string) => {
    const query = new URLSearchParams({ equipment, group, from: String(days.fromAt), to: String(days.toAt) })
    const answer = await server.call('GET', `/api/kpi/${metric}?${query}`, { cookie })
    if (answer.status !== 200) throw new Error(answer.text)
    const { total, groups, flags, parts, stops } = answer.json() as Record<string, unknown>
    found.set(`${metric} of ${equipment}`, JSON.stringify({ total, groups, flags, parts, stops }))
  }
  for (const equipment of MACHINES) for (const metric of OF_MACHINES) await ask(metric, equipment, 'shift')
  for (const equipment of ['SUZ', 'BRQ'])
    for (const [metric, group] of Object.entries(OF_SITES)) await ask(metric, equipment, group)
  return found
}

describe('the same days', { timeout: 600_000 }, () => {
  it('in random order, with doubles and ten restarts of the server in between, give identical figures', async () => {
    const [plain, restarted] = servers as [Server, Server]
    await send(plain, 'in-order', days.lines)
    const random = new Random('any order')
    const shuffled = days.lines
      .flatMap((line) => (random.uniform() < 0.01 ? [line, line] : [line]))
      .map((line) => ({ line, key: random.uniform() }))
      .sort((a, b) => a.key - b.key)
      .map(({ line }) => line)
    for (let part = 0; part < RESTARTS; part += 1) {
      await send(
        restarted,
        `part-${part}`,
        shuffled.filter((_line, index) => index % RESTARTS === part),
      )
      // Every other time in the middle of the work.
      if (part % 2 === 0) await settled(restarted)
      await restarted.restart()
    }
    for (const server of servers) await settled(server)
    const [expected, got] = [await figures(plain), await figures(restarted)]
    expect([...expected].filter(([name, text]) => got.get(name) !== text).map(([name]) => name)).toEqual([])
    // The days are not empty: machines, orders, goods and tests have figures.
    for (const name of ['oee of SUZ/ASM/A1', 'wip of SUZ', 'stock-on-hand of SUZ', 'first-pass-units of BRQ'])
      expect([name, expected.get(name)]).toEqual([name, expect.stringMatching(/"(key|total)":/)])
  })
})
