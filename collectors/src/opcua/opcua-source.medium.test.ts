/** Real: the OPC UA server of the reference factory's moulding area, encrypted, with user and password. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type OpcuaSettings, opcuaSettings } from '@gemba/contracts/source'
import { freePort } from '../../../test/flows/product.ts'
import { catalogOf } from '../../../test/plant/catalog.ts'
import { OpcuaOutlet } from '../../../test/plant/opcua-outlet.ts'
import type { DeviceReading } from '../../../test/plant/readings.ts'
import { WatchedSink } from '../../../test/plant/watched-sink.ts'
import type { RunningSource } from '../source.ts'
import { startOpcua } from './opcua-source.ts'

const PASSWORD = 'mould-0123456789'
const UNIT = 'SUZ/MOLD/IM/IM03'
const STATE = `${UNIT}:state`
const TOTAL = `${UNIT}:total`
const SHOWN = new Set([STATE, TOTAL, `${UNIT}:order`, `${UNIT}:process/MeltTemp`])

/** Own certificates are made once: that takes seconds. */
const folder = mkdtempSync(join(tmpdir(), 'opcua-source-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let port: number
const closing: (() => Promise<unknown> | void)[] = []
beforeEach(async () => {
  port = await freePort()
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function startServer(plantFolder = 'plant'): Promise<OpcuaOutlet> {
  const server = new OpcuaOutlet({ port, password: PASSWORD, dataDir: join(folder, plantFolder) })
  closing.push(() => server.stop())
  await server.start()
  return server
}

function allSettings(): OpcuaSettings {
  const connections = { opcuaPort: port, mqttPort: 1, databasePort: 1, mqttPassword: '', readerPassword: '' }
  const source = catalogOf('reference', { ...connections, opcuaPassword: PASSWORD }).sources.find(
    (each) => each.settings.kind === 'opcua',
  )
  return opcuaSettings.parse(source?.settings)
}
function settings(more: Partial<OpcuaSettings> = {}): OpcuaSettings {
  const all = { ...allSettings(), ...more }
  // Points that nothing was shown of yet carry the time of the server's start.
  return { ...all, items: more.items ?? all.items.filter((item) => SHOWN.has(item.point)) }
}
function watch(more: Partial<OpcuaSettings> = {}): WatchedSink {
  const watched = new WatchedSink(settings(more))
  closing.push(() => watched.close())
  return watched
}
function collect(watched: WatchedSink, more: Partial<OpcuaSettings> = {}): RunningSource {
  const source = startOpcua(settings(more), watched.sink, join(folder, 'collector'))
  closing.push(() => source.stop())
  return source
}
const until = (probe: () => boolean, timeout = 30_000) => vi.waitUntil(probe, { timeout, interval: 20 })
const running = (watched: WatchedSink) => until(() => watched.status === 'running')
const says = (role: DeviceReading['role'], at: number, value: string | number): DeviceReading => ({
  equipment: UNIT,
  role,
  at,
  value,
})
const vouched = (watched: WatchedSink) => Math.max(0, ...watched.alive.map((line) => line.u[UNIT] ?? 0))

describe('an OPC UA source', () => {
  it('gives every change with the time of its source, words for numbers, and vouches for quiet units', async () => {
    const server = await startServer()
    const at = Date.now() - 60_000
    server.prime([says('state', at, 'executing'), says('total', at + 1, 400), says('order', at, '000001001000')])
    const watched = watch()
    collect(watched)
    await running(watched)
    await until(() => watched.readings(TOTAL).length === 1)
    expect(watched.readings(STATE)).toMatchObject([{ t: at, v: 'executing' }])
    expect(watched.readings(TOTAL)).toMatchObject([{ t: at + 1, v: 400 }])
    expect(watched.values(`${UNIT}:order`)).toEqual(['000001001000'])
    const changes = Array.from({ length: 20 }, (_, index) =>
      says('state', at + 100 + index, index % 2 ? 'executing' : 'not-executing'),
    )
    for (const change of changes) server.deliver([change])
    server.deliverProcess([{ unit: UNIT, code: 'MeltTemp', at: at + 500, value: 224.5 }])
    await until(() => watched.readings(STATE).length === 21)
    expect(watched.readings(STATE).slice(1)).toMatchObject(changes.map(({ at: t, value: v }) => ({ t, v })))
    await until(() => watched.values(`${UNIT}:process/MeltTemp`).includes(224.5))
    const before = vouched(watched)
    await until(() => vouched(watched) > before)
    expect(vouched(watched)).toBeGreaterThan(at + 50_000)
    expect(watched.gaps).toEqual([])
    expect(watched.quarantined).toEqual([])
  })

  it('hears everything that the plant tells from the moment on at which somebody listens', async () => {
    const server = await startServer()
    const at = Date.now() - 60_000
    server.prime([says('state', at, 'executing')])
    const { items } = allSettings()
    const watched = watch({ items })
    collect(watched, { items })
    while (!server.hasListener()) await new Promise((resolve) => setImmediate(resolve))
    // What happened since the past ends is told in one go.
    const changes = Array.from({ length: 10 }, (_, index) =>
      says('state', at + 100 + index, index % 2 ? 'executing' : 'not-executing'),
    )
    for (const change of changes) server.deliver([change])
    await until(() => watched.readings(STATE).some(({ t }) => t === at + 109))
    expect(watched.readings(STATE).map(({ t }) => t)).toEqual([at, ...changes.map((change) => change.at)])
  })

  it('survives a restart of the server and reports as a gap what changed meanwhile', async () => {
    const server = await startServer()
    server.prime(
      ['state', 'order'].map((role) => says(role as 'state', Date.now(), role === 'state' ? 'executing' : '1')),
    )
    const watched = watch()
    collect(watched)
    await until(() => watched.readings(STATE).length === 1 && vouched(watched) > 0)
    await server.stop()
    await until(() => watched.sink.report().state === 'failing')
    const seenUntil = vouched(watched)
    const changedAt = Date.now()
    server.deliver([says('state', changedAt, 'not-executing')])
    await server.start()
    await running(watched)
    await until(() => watched.readings(STATE).length === 2)
    expect(watched.gaps).toMatchObject([{ unit: UNIT, cause: 'session-lost', toAt: changedAt }])
    expect(watched.gaps[0]?.fromAt).toBeGreaterThanOrEqual(seenUntil)
    expect(watched.gaps[0]?.fromAt).toBeLessThan(changedAt)
    expect(watched.values(`${UNIT}:link`)).toEqual([0, 1])
    server.deliver([says('state', changedAt + 1, 'executing')])
    await until(() => watched.readings(STATE).length === 3)
    await until(() => vouched(watched) > changedAt)
  })

  it('leaves no gap where nothing changed, over restarts of the server and of the collector', async () => {
    const server = await startServer()
    const at = Date.now() - 60_000
    server.prime([says('state', at, 'executing'), says('order', at, '1'), says('total', at, 10)])
    const watched = watch()
    const source = collect(watched)
    await until(() => watched.readings(STATE).length === 1)
    await source.stop()
    watched.restart()
    await server.stop()
    await server.start()
    collect(watched)
    await running(watched)
    const before = vouched(watched)
    await until(() => vouched(watched) > before)
    expect(watched.readings(STATE)).toHaveLength(1)
    expect(watched.gaps).toEqual([])
  })

  it('reports an overflow of the queue at the server', async () => {
    const server = await startServer()
    const at = Date.now() - 60_000
    server.prime([says('state', at, 'executing'), says('total', at, 0)])
    const more = { queueSize: 2, publishingIntervalMs: 1_000 }
    const watched = watch(more)
    collect(watched, more)
    await until(() => watched.readings(TOTAL).length === 1)
    for (let index = 1; index <= 40; index += 1)
      server.deliver([
        says('state', at + index, index % 2 ? 'not-executing' : 'executing'),
        says('total', at + index, index),
      ])
    await until(() => watched.gaps.length >= 2)
    const causes = watched.gaps.map((gap) => gap.cause)
    expect(new Set(causes)).toEqual(new Set(['queue-overflow']))
    expect(watched.gaps.every((gap) => gap.fromAt >= at && gap.toAt <= at + 40)).toBe(true)
    expect(watched.values(TOTAL).at(-1)).toBe(40)
    expect(watched.readings(`${UNIT}:link`).at(-1)).toMatchObject({ v: 1 })
  })

  it('names nodes that do not exist and reads the others', async () => {
    const server = await startServer()
    server.prime([says('state', Date.now(), 'executing')])
    const item = settings().items.find((each) => each.point === STATE)!
    const items = [
      { ...item, point: `${UNIT}:mode`, nodeId: 'IM03.NotThere' },
      { ...item, point: `${UNIT}:order`, namespaceUri: 'urn:not-here' },
      item,
    ]
    const watched = watch({ items })
    collect(watched, { items })
    await until(() => watched.readings(STATE).length === 1)
    await until(() => watched.quarantined.length === 2)
    expect(watched.quarantined.map((line) => line.reason)).toEqual(['unknown-tag', 'unknown-tag'])
    expect(new Set(watched.quarantined.map((line) => line.raw))).toEqual(new Set(['IM03.NotThere', item.nodeId]))
    expect(watched.status).toBe('running')
  })
})

describe('an OPC UA source that cannot read', () => {
  const failure = async (more: Partial<OpcuaSettings>): Promise<string> => {
    const watched = watch(more)
    collect(watched, more)
    await until(() => watched.sink.report().state === 'failing')
    expect(watched.sink.report().errorText).toContain('opc.tcp://')
    expect(watched.sink.report().errorText).not.toContain(more.password ?? PASSWORD)
    expect(watched.readings()).toEqual([])
    return watched.status
  }

  it('names a wrong password', async () => {
    await startServer()
    expect(await failure({ password: 'not-the-password' })).toBe('failing: auth')
  })
  it('names a wrong user', async () => {
    await startServer()
    expect(await failure({ user: 'nobody' })).toBe('failing: auth')
  })
  it('names an address where nobody listens', async () => {
    expect(await failure({})).toBe('failing: connect')
  })
  it('names a host that does not exist', async () => {
    expect(await failure({ endpointUrl: `opc.tcp://no-such-host.invalid:${port}` })).toBe('failing: connect')
  })
  it('names security that the server does not offer', async () => {
    await startServer()
    expect(await failure({ security: 'None' })).toBe('failing: protocol')
  })

  it('names a certificate that is not the trusted one, before it has told a user or a password', async () => {
    const server = await startServer()
    const sessions = vi.fn()
    // @ts-expect-error -- private to the outlet
    server.server.on('create_session', sessions)
    const thumbprint = createHash('sha1').update('another certificate').digest('hex')
    expect(await failure({ serverThumbprint: thumbprint })).toBe('failing: tls')
    expect(sessions).not.toHaveBeenCalled()
  })

  it('trusts the first certificate and refuses another one later', async () => {
    const first = await startServer()
    const watched = watch()
    const source = collect(watched)
    await running(watched)
    const thumbprint = watched.sink.state<string>('thumbprint') ?? ''
    expect(thumbprint).toMatch(/^[0-9a-f]{40}$/)
    await source.stop()
    await first.stop()
    await startServer('another-plant')
    watched.restart()
    const second = collect(watched)
    await until(() => watched.status === 'failing: tls')
    expect(watched.sink.report().errorText).toContain('thumbprint')
    await second.stop()
    // A person has looked, and trusts the one that the message names.
    const shown = /thumbprint ([0-9a-f]{40})/.exec(watched.sink.report().errorText ?? '')?.[1] ?? ''
    expect(shown).not.toBe(thumbprint)
    collect(watched, { serverThumbprint: shown })
    await running(watched)
  })

  it('takes a trusted thumbprint as tools show it', async () => {
    const server = await startServer()
    const watched = watch()
    const source = collect(watched)
    await running(watched)
    const thumbprint = watched.sink.state<string>('thumbprint') ?? ''
    await source.stop()
    const more = { serverThumbprint: thumbprint.toUpperCase().replace(/(..)(?=.)/g, '$1:') }
    const second = watch(more)
    collect(second, more)
    await running(second)
    expect(server.hasListener()).toBe(true)
  })

  it('stops at once while it waits for a server that says nothing', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    closing.push(() => new Promise((resolve) => silent.close(resolve)))
    const connected = new Promise((resolve) => silent.once('connection', resolve))
    const more = { endpointUrl: `opc.tcp://127.0.0.1:${(silent.address() as AddressInfo).port}` }
    const watched = watch(more)
    const source = collect(watched, more)
    await connected
    const startedAt = performance.now()
    await source.stop()
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('stops at once while it waits for the next attempt', async () => {
    const server = await startServer()
    const watched = watch()
    const source = collect(watched)
    await running(watched)
    await server.stop()
    await until(() => watched.sink.report().reconnects >= 3)
    const startedAt = performance.now()
    await source.stop()
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})
