/** Real brokers: aedes, which forgets everything when it ends, and mosquitto, where it is installed, which keeps its sessions. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as openSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type MqttSettings, mqttSettings } from '@gemba/contracts/source'
import { freePort } from '../../../test/flows/product.ts'
import { Broker } from '../../../test/plant/broker.ts'
import { WatchedSink } from '../../../test/plant/watched-sink.ts'
import type { RunningSource } from '../source.ts'
import { startMqtt } from './mqtt-source.ts'

const PASSWORD = 'broker-0123456789'
const MOSQUITTO = '/usr/sbin/mosquitto'
const UNIT = 'SUZ/ASM/A1'
const PREFIX = 'v1/shengheng/SUZ/ASM/A1'
const STATE = `${UNIT}:state`
const TOTAL = `${UNIT}:total`

interface TestBroker {
  start(): Promise<void>
  stop(): Promise<void>
}

/** Keeps sessions, queued and retained messages in its folder. */
class Mosquitto implements TestBroker {
  private readonly folder = mkdtempSync(join(tmpdir(), 'mosquitto-'))
  private readonly port: number
  private process: ChildProcess | null = null

  constructor(port: number) {
    this.port = port
    const passwords = join(this.folder, 'passwords')
    writeFileSync(passwords, '')
    for (const user of ['gemba', 'plant'])
      execFileSync('mosquitto_passwd', ['-b', passwords, user, PASSWORD], { stdio: 'ignore' })
    writeFileSync(
      join(this.folder, 'mosquitto.conf'),
      `user root\nlistener ${port} 127.0.0.1\nallow_anonymous false\npassword_file ${passwords}\npersistence true\nmax_queued_messages 10000\npersistence_location ${this.folder}/\n`,
    )
  }

  async start(): Promise<void> {
    this.process = spawn(MOSQUITTO, ['-c', join(this.folder, 'mosquitto.conf')], { stdio: 'ignore' })
    await vi.waitUntil(() => answers(this.port), { timeout: 60_000 })
  }

  /** Ends in an orderly way, so that it writes its sessions down. */
  async stop(): Promise<void> {
    const { process } = this
    this.process = null
    if (!process) return
    const ended = new Promise((resolve) => process.once('exit', resolve))
    process.kill('SIGTERM')
    await ended
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = openSocket(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

let port: number
const closing: (() => Promise<unknown> | void)[] = []
beforeEach(async () => {
  port = await freePort()
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function startBroker(kind: string): Promise<TestBroker> {
  const broker = kind === 'mosquitto' ? new Mosquitto(port) : new Broker(port, PASSWORD)
  await broker.start()
  closing.push(async () => {
    await broker.stop()
    if (broker instanceof Mosquitto) broker.remove()
  })
  return broker
}

const settings = (more: Partial<MqttSettings> = {}): MqttSettings =>
  mqttSettings.parse({
    kind: 'mqtt',
    url: `mqtt://127.0.0.1:${port}`,
    user: 'gemba',
    password: PASSWORD,
    clientId: 'gemba-under-test',
    rules: [
      { topic: `${PREFIX}/state/current`, point: STATE, sequencePath: 'seq', words: { '3': 'executing' } },
      { topic: `${PREFIX}/count/total`, point: TOTAL },
      { topic: `${PREFIX}/process/+`, point: `${UNIT}:process/{1}`, valuePath: 'data.value', timePath: 'data.at' },
    ],
    ...more,
  })

function watch(more: Partial<MqttSettings> = {}): WatchedSink {
  const watched = new WatchedSink(settings(more))
  closing.push(() => watched.close())
  return watched
}
function collect(watched: WatchedSink, more: Partial<MqttSettings> = {}): RunningSource {
  const source = startMqtt(settings(more), watched.sink)
  closing.push(() => source.stop())
  return source
}
const until = (probe: () => boolean, timeout = 60_000) => vi.waitUntil(probe, { timeout, interval: 20 })
const running = (watched: WatchedSink) => until(() => watched.status === 'running')

async function publisher(): Promise<MqttClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    username: 'plant',
    password: PASSWORD,
    reconnectPeriod: 200,
  })
  client.on('error', () => undefined)
  closing.push(() => client.endAsync(true))
  return client
}
const say = (client: MqttClient, topic: string, payload: object | string | Buffer) =>
  client.publishAsync(
    `${PREFIX}/${topic}`,
    typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
    { qos: 1 },
  )
const keep = (client: MqttClient, topic: string, payload: object) =>
  client.publishAsync(`${PREFIX}/${topic}`, JSON.stringify(payload), { qos: 1, retain: true })

const kinds = ['aedes', ...(existsSync(MOSQUITTO) ? ['mosquitto'] : [])]

describe.each(kinds)('an MQTT source at %s', (kind) => {
  it('reads the unified namespace by its rules, with the source times of the devices', async () => {
    await startBroker(kind)
    const watched = watch()
    collect(watched)
    await running(watched)
    const plant = await publisher()
    const at = Date.now() - 5_000
    await say(plant, 'state/current', { ts: at, seq: 1, v: 3 })
    await say(plant, 'count/total', { ts: at + 1, v: 41 })
    await say(plant, 'process/LeakRate', { data: { at: at + 2, value: 0.75 } })
    await say(plant, 'process/WeldEnergy', { data: { at: at + 3, value: 78.5 } })
    await until(() => watched.readings().length === 4)
    expect(watched.readings().toSorted((a, b) => a.t - b.t)).toMatchObject([
      { p: STATE, t: at, v: 'executing' },
      { p: TOTAL, t: at + 1, v: 41 },
      { p: `${UNIT}:process/LeakRate`, t: at + 2, v: 0.75 },
      { p: `${UNIT}:process/WeldEnergy`, t: at + 3, v: 78.5 },
    ])
    await until(() => watched.alive.some((line) => line.u[UNIT] === at + 3))
    expect(watched.gaps).toEqual([])
  })

  it('takes a retained value with its own old time, once, and sees no gap in it after a reconnection', async () => {
    await startBroker(kind)
    const plant = await publisher()
    const at = Date.now() - 3_600_000
    await keep(plant, 'state/current', { ts: at, seq: 7, v: 'not-executing' })
    const watched = watch()
    const source = collect(watched)
    await until(() => watched.readings(STATE).length === 1)
    expect(watched.readings(STATE)).toMatchObject([{ t: at, v: 'not-executing' }])
    await source.stop()
    watched.restart()
    collect(watched)
    await running(watched)
    await say(plant, 'count/total', { ts: Date.now(), v: 1 })
    await until(() => watched.readings(TOTAL).length === 1)
    expect(watched.readings(STATE)).toHaveLength(1)
    expect(watched.gaps).toEqual([])
  })

  it('puts what it cannot read into quarantine with the reason, acknowledges it and reads on', async () => {
    await startBroker(kind)
    const watched = watch()
    const source = collect(watched)
    await running(watched)
    const plant = await publisher()
    const now = Date.now()
    const bad: [string | Buffer | object, string][] = [
      ['', 'parse'],
      ['{"ts":', 'parse'],
      [Buffer.from([0xff, 0xfe, 0x00, 0x80]), 'parse'],
      ['null', 'time-invalid'],
      ['[1,2]', 'time-invalid'],
      [{ v: 1 }, 'time-invalid'],
      [{ ts: Math.floor(now / 1000), v: 1 }, 'time-invalid'],
      [{ ts: new Date(now).toISOString(), v: 1 }, 'time-invalid'],
      [{ ts: now + 3_600_000, v: 1 }, 'time-invalid'],
      [{ ts: now }, 'type'],
      [{ ts: now, v: { deep: 1 } }, 'type'],
      [`{"ts":${now},"v":1e999}`, 'nonfinite'],
      [{ ts: now, v: 'x'.repeat(70_000) }, 'too-large'],
    ]
    for (const [payload] of bad) await say(plant, 'count/total', payload)
    await say(plant, 'count/total', { ts: now, v: 5 })
    await until(() => watched.readings(TOTAL).length === 1)
    expect(watched.quarantined.map((line) => line.reason)).toEqual(bad.map(([, reason]) => reason))
    expect(watched.quarantined.every((line) => line.raw.length <= 4_000)).toBe(true)
    expect(watched.sink.report()).toMatchObject({ state: 'running', quarantined: bad.length })
    // Not acknowledged, it would come again in the same session.
    await source.stop()
    watched.restart()
    collect(watched)
    await running(watched)
    await say(plant, 'count/total', { ts: now + 1, v: 6 })
    await until(() => watched.values(TOTAL).includes(6))
    expect(watched.quarantined).toHaveLength(bad.length)
    expect(watched.values(TOTAL)).toEqual([5, 6])
  })

  it('names messages of a topic that no rule wants any more', async () => {
    await startBroker(kind)
    const watched = watch()
    const first = collect(watched)
    await running(watched)
    await first.stop()
    const plant = await publisher()
    await say(plant, 'count/total', { ts: Date.now(), v: 9 })
    const rules = settings().rules.filter((rule) => rule.point === STATE)
    watched.restart()
    collect(watched, { rules })
    await until(() => watched.quarantined.length === 1)
    expect(watched.quarantined).toMatchObject([{ reason: 'unknown-tag' }])
  })

  it('loses nothing that was said with QoS 1 while the collector was away', async () => {
    await startBroker(kind)
    const watched = watch()
    const source = collect(watched)
    await running(watched)
    await source.stop()
    watched.restart()
    const plant = await publisher()
    const at = Date.now() - 60_000
    for (let index = 0; index < 30; index += 1)
      await say(plant, 'state/current', {
        ts: at + index,
        seq: index + 1,
        v: index % 2 ? 'executing' : 'not-executing',
      })
    collect(watched)
    await until(() => watched.readings(STATE).length >= 30)
    expect(watched.readings(STATE).map((reading) => reading.t)).toEqual(Array.from({ length: 30 }, (_, i) => at + i))
    expect(watched.gaps).toEqual([])
  })

  it('acknowledges only what is durable: what is not comes again, in order, after a crash', async () => {
    await startBroker(kind)
    const watched = watch()
    // A disk that never answers.
    watched.sink.committed = () => new Promise(() => undefined)
    const source = collect(watched)
    await running(watched)
    const plant = await publisher()
    const at = Date.now()
    for (let index = 0; index < 20; index += 1) await say(plant, 'count/total', { ts: at + index, v: index })
    await until(() => watched.sink.report().received === 20)
    await source.stop()
    const second = watch()
    const again = collect(second)
    await until(() => second.values(TOTAL).length >= 20)
    expect(second.values(TOTAL)).toEqual(Array.from({ length: 20 }, (_, index) => index))
    await again.stop()
    const third = watch()
    collect(third)
    await running(third)
    await say(plant, 'count/total', { ts: at + 20, v: 20 })
    await until(() => third.values(TOTAL).length > 0)
    expect(third.values(TOTAL)).toEqual([20])
  })

  it('keeps pace with more messages than the broker lets be in flight', async () => {
    await startBroker(kind)
    const watched = watch()
    collect(watched)
    await running(watched)
    const plant = await publisher()
    const at = Date.now()
    await Promise.all(
      Array.from({ length: 3_000 }, (_, index) => say(plant, 'count/total', { ts: at + index, v: index })),
    )
    await until(() => watched.readings(TOTAL).length >= 3_000, 30_000)
    expect(watched.values(TOTAL)).toEqual(Array.from({ length: 3_000 }, (_, index) => index))
  })

  it('reports a jump in the sequence of a state as a gap of its unit', async () => {
    await startBroker(kind)
    const watched = watch()
    collect(watched)
    await running(watched)
    const plant = await publisher()
    const at = Date.now() - 10_000
    await say(plant, 'state/current', { ts: at, seq: 1, v: 'executing' })
    await until(() => watched.readings(STATE).length === 1)
    await say(plant, 'state/current', { ts: at + 1_000, seq: 2, v: 'not-executing' })
    await say(plant, 'state/current', { ts: at + 4_000, seq: 5, v: 'executing' })
    await until(() => watched.gaps.length === 1)
    expect(watched.gaps).toMatchObject([
      { unit: UNIT, cause: 'sequence-gap', fromAt: at + 1_000, toAt: at + 4_000, source: 'under-test' },
    ])
    expect(watched.readings(`${UNIT}:link`)).toMatchObject([
      { t: at + 1_000, v: 0 },
      { t: at + 4_000, v: 1 },
    ])
    // A publisher that starts again counts from one: no gap.
    await say(plant, 'state/current', { ts: at + 5_000, seq: 1, v: 'not-executing' })
    await until(() => watched.readings(STATE).length === 4)
    expect(watched.gaps).toHaveLength(1)
  })

  it('survives a restart of the broker and says what it did not see', async () => {
    const broker = await startBroker(kind)
    const watched = watch()
    collect(watched)
    await running(watched)
    const plant = await publisher()
    const before = Date.now()
    await keep(plant, 'state/current', { ts: before, seq: 1, v: 'executing' })
    await until(() => watched.alive.some((line) => line.u[UNIT] === before))
    await broker.stop()
    await until(() => watched.status === 'failing: connect')
    await broker.start()
    await running(watched)
    await until(() => plant.connected)
    const after = Date.now()
    await keep(plant, 'state/current', { ts: after, seq: 4, v: 'not-executing' })
    await until(() => watched.readings(STATE).length === 2)
    await until(() => watched.gaps.length > 0)
    expect(watched.gaps).toMatchObject([{ unit: UNIT, fromAt: before, toAt: after }])
    expect(watched.gaps[0]?.cause).toBe(kind === 'mosquitto' ? 'sequence-gap' : 'session-lost')
    expect(watched.values(`${UNIT}:link`)).toEqual([0, 1])
    await say(plant, 'count/total', { ts: after + 1, v: 3 })
    await until(() => watched.values(TOTAL).includes(3))
    expect(watched.sink.report().reconnects).toBeGreaterThan(0)
  })

  // aedes speaks MQTT 3.1.1 only.
  it.each(kind === 'aedes' ? ([4] as const) : ([4, 5] as const))(
    'names a wrong password (MQTT %d), and recovers when it is right',
    async (protocolVersion) => {
      await startBroker(kind)
      const more = { protocolVersion, password: 'not-the-password' }
      const watched = watch(more)
      const source = collect(watched, more)
      await until(() => watched.sink.report().state === 'failing')
      expect(watched.status).toBe('failing: auth')
      expect(watched.sink.report().errorText).not.toContain('not-the-password')
      const { reconnects } = watched.sink.report()
      await until(() => watched.sink.report().reconnects > reconnects)
      expect(watched.status).toBe('failing: auth')
      await source.stop()
      collect(watched, { protocolVersion })
      await running(watched)
    },
  )
})

describe('an MQTT source without a broker', () => {
  const failure = async (url: string): Promise<string> => {
    const watched = watch({ url })
    collect(watched, { url })
    await until(() => watched.sink.report().state === 'failing')
    return watched.status
  }

  it('names a port where nobody listens', async () => {
    expect(await failure(`mqtt://127.0.0.1:${port}`)).toBe('failing: connect')
  })
  it('names a host that does not exist', async () => {
    expect(await failure(`mqtt://no-such-host.invalid:${port}`)).toBe('failing: connect')
  })
  it('names TLS where the broker speaks none', async () => {
    await startBroker('aedes')
    expect(await failure(`mqtts://127.0.0.1:${port}`)).toMatch(/^failing: (tls|connect|protocol)$/)
  })

  it('stops at once while nobody answers', async () => {
    const watched = watch()
    const source = startMqtt(settings(), watched.sink)
    await until(() => watched.sink.report().state === 'failing')
    const startedAt = performance.now()
    await source.stop()
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    // It must not come back and take the session of its successor.
    await startBroker('aedes')
    const plant = await publisher()
    collect(watched)
    await running(watched)
    const { reconnects } = watched.sink.report()
    for (const v of [1, 2, 3]) await say(plant, 'count/total', { ts: Date.now(), v })
    await until(() => watched.readings(TOTAL).length >= 3)
    expect(watched.sink.report().reconnects).toBe(reconnects)
  })
})
