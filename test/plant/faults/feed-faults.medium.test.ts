/** Real: the whole server with its stores, machines of the reference factory, faults in their feeds, `gemba verify`. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogDocument } from '@gemba/contracts/catalog'
import { unmappedAnswer } from '@gemba/contracts/code-mapping'
import { type OeeAnswer, oeeAnswer } from '@gemba/contracts/kpi'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { catalogOf } from '../catalog.ts'
import { FAULTS, withDeclarations } from './faults.ts'
import { UNMAPPED } from './unmapped-reason.ts'
import { HistoryLines } from '../history.ts'
import { Ledger } from '../ledger.ts'
import type { UnitCode } from '../parameters.ts'
import { Random } from '../random.ts'
import { type TestServer, startTestServer } from './test-server.ts'
import { World } from '../world.ts'
import { verify } from '../../../server/src/cli/verify.ts'

const DAY_MS = 86_400_000
const DAYS = 4
const LINES_PER_BATCH = 20_000
const SEED = 20261121
const connections = {
  opcuaPort: 1,
  mqttPort: 1,
  databasePort: 1,
  opcuaPassword: '',
  mqttPassword: '',
  readerPassword: '',
}
const ALL = FAULTS.map(({ name }) => name)
/** Which unit shows what the fault does. */
const UNIT_OF: Readonly<Record<string, readonly UnitCode[]>> = {
  duplicates: ['S1'],
  'out-of-order': ['S1'],
  'store-and-forward': ['IM03'],
  'clock-skew': ['IM04'],
  'counter-reset': ['A1'],
  rollover: ['P1'],
  'scrap-taken-back': ['IM01'],
  'lost-stop-end': ['F1-1', 'F1-2'],
  'bad-samples': ['IM02'],
  'unmapped-reason': ['T1'],
  'changed-aliases': ['T1'],
}

let server: TestServer
let folder: string
let lives = 0
beforeAll(async () => {
  server = await startTestServer()
  folder = mkdtempSync(join(tmpdir(), 'gemba-feed-faults-'))
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Life {
  readonly ledger: string
  readonly fromAt: number
  readonly toAt: number
  readonly rejected: number
}

/** Lives some days of some units with faults, one life after the other, and sends them as a plant does. */
async function live(faults: readonly string[], codes: readonly UnitCode[] | null): Promise<Life> {
  lives += 1
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
  // Monday morning at Suzhou, some weeks ago; later lives later.
  const monday = today - (((new Date(today).getUTCDay() + 6) % 7) + 7 * (30 - lives)) * DAY_MS
  const epochAt = monday - 3_600_000
  const toAt = epochAt + DAYS * DAY_MS
  const catalog = withDeclarations(catalogOf('reference', connections), faults, { epochAt, isFirstStart: true })
  await server.catalog.importDocument(catalogDocument.parse(catalog))
  const world = new World({
    seed: SEED + lives,
    epochAt,
    calendarSet: 'reference',
    segments: [{ fromAt: epochAt, set: 'reference' }],
    faults,
  })
  const file = join(folder, `ledger-${lives}.ndjson`)
  const ledger = new Ledger(file)
  let rejected = 0
  for (const unit of world.units.filter(({ place }) => !codes || codes.includes(place.code))) {
    const lines = new HistoryLines(unit, epochAt, true)
    for (const { event, readings } of world.happenings(unit, toAt)) {
      ledger.past(unit.place.path, event)
      lines.add(event.at, readings, event.kind === 'pieces')
    }
    rejected += await send(`life-${lives}-${unit.place.code.toLowerCase()}`, lines.finish(toAt))
  }
  await ledger.inPlace()
  await ledger.end()
  await settled()
  return { ledger: file, fromAt: epochAt, toAt, rejected }
}

const UNITS_ASKED = ['SUZ/MOLD/IM/IM04', 'BRQ/FA/T1']
const sent: { stream: string; lines: readonly string[] }[] = []

/** Gives how many lines were held back. */
async function send(stream: string, lines: readonly string[]): Promise<number> {
  sent.push({ stream, lines })
  let held = 0
  for (let index = 0; index < lines.length; index += LINES_PER_BATCH) {
    const part = lines.slice(index, index + LINES_PER_BATCH)
    const body = `${part.join('\n')}\n`
    const answer = await server.call('POST', '/ingest/v1/batches', {
      body,
      headers: {
        authorization: `Bearer ${server.collector.token}`,
        'x-gemba-collector': server.collector.id,
        'x-gemba-epoch': 'fedcba9876543210',
        'x-gemba-stream': stream,
        'x-gemba-first': String(index + 1),
        'x-gemba-last': String(index + part.length),
        'x-gemba-sha256': createHash('sha256').update(body).digest('hex'),
      },
    })
    if (answer.status !== 200) throw new Error(answer.text)
    const { rejected = [] } = answer.json() as { rejected?: { code: string; reason: string }[] }
    expect(rejected.filter(({ code }) => code !== 'nonfinite')).toEqual([])
    held += rejected.length
  }
  return held
}

async function settled(): Promise<void> {
  const { deriver } = server
  await new Promise<void>((resolve) => deriver.caughtUp.subscribe(() => resolve()))
  await vi.waitUntil(() => deriver.backlog() === 0, { timeout: 60_000, interval: 50 })
}

/** What `gemba verify` says. */
async function verified(life: Life): Promise<{ passed: number; said: string[] }> {
  const said: string[] = []
  const { passed } = await verify({
    url: server.url,
    user: 'admin',
    password: server.password,
    ledger: life.ledger,
    // Counters of the life before end with the first shift.
    fromAt: life.fromAt + DAY_MS / 3,
    nowAt: Date.now(),
    print: (line) => said.push(line),
  })
  return { passed, said: said.filter((line) => line.startsWith('FAIL')) }
}
async function oee(equipment: string, { fromAt, toAt }: Life): Promise<OeeAnswer> {
  const cookie = await server.signIn('analyst')
  const query = new URLSearchParams({ equipment, from: String(fromAt), to: String(toAt) })
  return oeeAnswer.parse((await server.call('GET', `/api/kpi/oee?${query}`, { cookie })).json())
}

describe('the figures of a feed with', () => {
  it.each(FAULTS.map(({ name }) => name))('%s agree with the ledger, shift by shift', async (name) => {
    const life = await live([name], UNIT_OF[name] ?? null)
    const { passed, said } = await verified(life)
    expect(said).toEqual([])
    expect(passed).toBeGreaterThanOrEqual(10)
  })

  it('all faults at once agree with the ledger, for every unit', async () => {
    const { passed, said } = await verified(await live(ALL, null))
    expect(said).toEqual([])
    expect(passed).toBeGreaterThan(120)
  })
})

describe('the same days', () => {
  it('in random order, in pieces and twice give the same figures to the millisecond', async () => {
    const codes = ['IM04', 'T1'] as const
    const plain = await live([], codes)
    const expected = await Promise.all(UNITS_ASKED.map((unit) => oee(unit, plain)))
    const random = new Random('shuffled')
    const shuffled = sent.slice(-codes.length).flatMap(({ stream, lines }) => {
      const list = lines.map((line) => ({ line, key: random.uniform() })).sort((a, b) => a.key - b.key)
      return Array.from({ length: 10 }, (_, part) => ({
        stream: `${stream}-again-${part}`,
        lines: list.filter((_each, index) => index % 10 === part).map(({ line }) => line),
      }))
    })
    for (const { stream, lines } of shuffled) await send(stream, lines)
    await settled()
    const again = await Promise.all(UNITS_ASKED.map((unit) => oee(unit, plain)))
    again.forEach((answer, index) => expect(answer.parts).toEqual(expected[index]?.parts))
  })
})

describe('what could not be had', () => {
  it('a lost end of a stop is time without data, and coverage says how much', async () => {
    const life = await live(['lost-stop-end'], ['F1-1'])
    const { noData, coverage, parts } = await oee('BRQ/FA/F1/F1-1', life)
    expect(noData.length).toBeGreaterThan(0)
    expect(coverage).toBe(1 - parts.noDataMs / parts.scheduledMs)
    expect(coverage).toBeLessThan(1)
  })

  it('minutes of bad quality are without data, one by one, and impossible values are held back', async () => {
    const life = await live(['bad-samples'], ['IM02'])
    const { noData, parts } = await oee('SUZ/MOLD/IM/IM02', life)
    expect(noData.length).toBeGreaterThan(10)
    for (const hole of noData) expect(hole.toAt - hole.fromAt).toBeLessThanOrEqual(60_000)
    expect(parts.noDataMs).toBe(noData.reduce((sum, hole) => sum + hole.toAt - hole.fromAt, 0))
    expect(life.rejected).toBeGreaterThan(10)
  })

  it('a reason that nobody entered keeps its time under its own code', async () => {
    const life = await live(['unmapped-reason'], ['T1'])
    const { stops } = await oee('BRQ/FA/T1', life)
    const unmapped = stops.filter(({ reason }) => reason === UNMAPPED)
    expect(unmapped.reduce((sum, stop) => sum + stop.ms, 0)).toBeGreaterThan(60_000)
    const cookie = await server.signIn('admin')
    const { codes } = unmappedAnswer.parse((await server.call('GET', '/api/catalog/unmapped', { cookie })).json())
    const row = codes.find(({ code }) => code === UNMAPPED)
    expect(row).toMatchObject({ key: -1, domain: 'reason', source: 'sparkplug-smt', seenIn: ['BRQ/FA/T1'] })
    expect(row?.rows).toBeGreaterThan(0)
  })
})
