/** Real: the whole server with its stores, fed with a month of the plant's goods; judged by the plant's own ledger. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PlatformClient } from '../../server/src/cli/platform-client.ts'
import { verifySupply } from '../../server/src/cli/verify-supply.ts'
import { catalogOf } from './catalog.ts'
import { Ledger } from './ledger.ts'
import { type ServerUnderTest, serverFixture } from './server-under-test.ts'
import { type SupplyLife, batchHeaders, epochBefore, liveSupply, recordLines } from './supply-life.ts'

const NOW_AT = Date.now()
/** Long enough for the planted shortage to be warned of. */
const EPOCH_AT = epochBefore(NOW_AT, 30)
const LINES = 5_000

const connections = {
  opcuaPort: 4840,
  mqttPort: 1883,
  databasePort: 5432,
  opcuaPassword: 'a-password-for-tests',
  mqttPassword: 'a-password-for-tests',
  readerPassword: 'a-password-for-tests',
}

const { COLLECTOR, PASSWORD, startApplication } = await serverFixture()

let folder: string
let server: ServerUnderTest
let life: SupplyLife

async function send(stream: string, lines: readonly string[]): Promise<void> {
  for (let index = 0; index < lines.length; index += LINES) {
    const part = lines.slice(index, index + LINES)
    const body = part.map((line) => `${line}\n`).join('')
    const headers = batchHeaders(COLLECTOR, { stream, first: index + 1, count: part.length }, body)
    const answer = await server.call('POST', '/ingest/v1/batches', { body, headers })
    const { rejected } = answer.json() as { rejected?: unknown[] }
    if (answer.status !== 200 || rejected) throw new Error(answer.text.slice(0, 500))
  }
}

async function ledgerFile(): Promise<string> {
  const file = join(folder, 'ledger.ndjson')
  const ledger = new Ledger(file)
  ledger.write({ k: 'planted', t: EPOCH_AT, ...life.supply.planted })
  for (const fact of life.facts) ledger.supply(fact)
  await ledger.inPlace()
  await ledger.end()
  return file
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'verify-supply-'))
  life = liveSupply({ seed: 20261121, epochAt: EPOCH_AT, untilAt: NOW_AT })
  server = await startApplication(catalogOf('reference', connections))
  await send('erp-suz', recordLines(life, { erp: 'erp-suz', mes: 'mes-suz' }))
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function verified() {
  const client = new PlatformClient(server.url)
  await client.signIn('admin', PASSWORD)
  const said: string[] = []
  const options = {
    ...{ url: server.url, user: 'admin', password: PASSWORD, nowAt: NOW_AT },
    ...{ ledger: await ledgerFile(), print: (line: string) => void said.push(line) },
  }
  const result = await verifySupply(client, await client.catalog(), options)
  return { ...result, said }
}

describe('the figures of goods', () => {
  it('agree with the ledger of the plant: stock, suppliers, deliveries, springs and the overdrawn resin', async () => {
    const { passed, failed, said } = await verified()
    expect(said.filter((line) => line.startsWith('FAIL'))).toEqual([])
    expect(failed).toBe(0)
    expect(passed).toBeGreaterThan(80)
  })
})
