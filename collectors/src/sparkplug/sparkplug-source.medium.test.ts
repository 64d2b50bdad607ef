/** Real: the reference factory's edge node at a broker; births, data, rebirth on command, death. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type SparkplugSettings, sparkplugSettings } from '@gemba/contracts/source'
import { freePort } from '../../../test/flows/product.ts'
import { Broker } from '../../../test/plant/broker.ts'
import { catalogOf } from '../../../test/plant/catalog.ts'
import { UNITS } from '../../../test/plant/parameters.ts'
import type { DeviceReading } from '../../../test/plant/readings.ts'
import { SparkplugOutlet } from '../../../test/plant/sparkplug-outlet.ts'
import { WatchedSink } from '../../../test/plant/watched-sink.ts'
import type { RunningSource } from '../source.ts'
import { startSparkplug } from './sparkplug-source.ts'

const PASSWORD = 'broker-0123456789'
const PLACE = UNITS.find((unit) => unit.code === 'S1')!
const STATE = `${PLACE.path}:state`
const TOTAL = `${PLACE.path}:total`

let port: number
let broker: Broker
let edge: SparkplugOutlet
const closing: (() => Promise<unknown> | void)[] = []
beforeEach(async () => {
  port = await freePort()
  broker = new Broker(port, PASSWORD)
  await broker.start()
  edge = new SparkplugOutlet({ port, password: PASSWORD, broker })
  closing.push(
    () => broker.stop(),
    () => edge.stop(),
  )
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function settings(more: Partial<SparkplugSettings> = {}): SparkplugSettings {
  const connections = { opcuaPort: 1, mqttPort: port, databasePort: 1, opcuaPassword: '', readerPassword: '' }
  const source = catalogOf('reference', { ...connections, mqttPassword: PASSWORD }).sources.find(
    (each) => each.settings.kind === 'sparkplug',
  )
  return sparkplugSettings.parse({ ...source?.settings, ...more })
}
function collect(more: Partial<SparkplugSettings> = {}): { watched: WatchedSink; source: RunningSource } {
  const watched = new WatchedSink(settings(more))
  const source = startSparkplug(settings(more), watched.sink)
  closing.push(
    () => watched.close(),
    () => source.stop(),
  )
  return { watched, source }
}
const until = (probe: () => boolean) => vi.waitUntil(probe, { timeout: 60_000, interval: 20 })
const says = (role: DeviceReading['role'], at: number, value: string | number): DeviceReading => ({
  equipment: PLACE.path,
  role,
  at,
  value,
})

describe('a Sparkplug source', () => {
  it('asks a node that is there for its births, and follows its data', async () => {
    const at = Date.now() - 60_000
    edge.prime([says('state', at, 'executing'), says('total', at + 1, 400)])
    await edge.start()
    const { watched } = collect()
    await until(() => watched.readings(TOTAL).length === 1)
    expect(watched.readings(STATE)).toMatchObject([{ t: at, v: 'executing' }])
    edge.deliver([says('total', at + 10, 404), says('state', at + 20, 'not-executing')])
    edge.deliverProcess([{ unit: PLACE.path, code: 'ReflowPeak', at: at + 30, value: 244.25 }])
    await until(() => watched.values(`${PLACE.path}:process/ReflowPeak`).includes(244.25))
    expect(watched.values(TOTAL)).toEqual([400, 404])
    expect(watched.readings(STATE).at(-1)).toMatchObject({ t: at + 20, v: 'not-executing' })
    expect(watched.gaps).toEqual([])
  })

  it('reports what a node did not say while the broker was away', async () => {
    const at = Date.now() - 60_000
    edge.prime([says('state', at, 'executing'), says('total', at, 400)])
    await edge.start()
    const { watched } = collect()
    await until(() => watched.readings(STATE).length === 1)
    edge.deliver([says('total', Date.now(), 401)])
    await until(() => watched.alive.length > 0)
    await broker.stop()
    await until(() => watched.status === 'failing: connect')
    const changedAt = Date.now()
    edge.deliver([says('state', changedAt, 'not-executing')])
    await broker.start()
    await until(() => watched.readings(STATE).length === 2)
    expect(watched.gaps).toMatchObject([{ unit: PLACE.path, toAt: changedAt }])
    expect(watched.status).toBe('running')
  })

  it('tells that a node has left, and that it is back', async () => {
    edge.prime([says('state', Date.now() - 60_000, 'executing')])
    await edge.start()
    const { watched } = collect()
    await until(() => watched.readings(STATE).length === 1)
    await edge.stop()
    await until(() => watched.status === 'failing: connect')
    expect(watched.sink.report().errorText).toContain('SMT-EDGE')
    await edge.start()
    await until(() => watched.status === 'running')
    expect(watched.gaps).toEqual([])
  })

  it('names a wrong password', async () => {
    const { watched } = collect({ password: 'not-the-password' })
    await until(() => watched.status === 'failing: auth')
  })
})
