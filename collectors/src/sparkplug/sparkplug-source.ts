import type { MqttClient } from 'mqtt'
import type { SparkplugSettings } from '@gemba/contracts/source'
import type { Reading } from '@gemba/contracts/reading'
import { connectBroker } from '../mqtt/connect.ts'
import type { Sink } from '../sink.ts'
import type { RunningSource } from '../source.ts'
import { type SparkplugMetric, type SparkplugPayload, decodePayload, rebirthRequest } from './payload.ts'

const REBIRTH_EVERY_MS = 2_000
const EARLIEST_AT = Date.UTC(2000, 0, 1)
const FUTURE_MS = 5 * 60_000

/** Sparkplug B as a passive host: births give names and aliases, sequence and death tell what is missing. */
export function startSparkplug(settings: SparkplugSettings, sink: Sink): RunningSource {
  const client = connectBroker(settings, sink)
  const reader = new EdgeReader(settings, sink, client)
  const prefix = `spBv1.0/${settings.group}`
  const topics = [`${prefix}/+/${settings.edge}`, `${prefix}/+/${settings.edge}/+`]
  client.on('connect', () => {
    client.subscribe(topics, { qos: 1 }, (error) => {
      if (error) return sink.failing('protocol', `The broker refuses a subscription: ${error.message}`)
      sink.running()
      reader.reborn('session-lost')
    })
  })
  client.on('message', (topic, payload) => reader.take(topic, payload))
  return { stop: async () => client.endAsync(false) }
}

class EdgeReader {
  private readonly settings: SparkplugSettings
  private readonly sink: Sink
  private readonly client: MqttClient
  private readonly aliases = new Map<string, string>()
  private readonly points: Map<string, SparkplugSettings['metrics'][number]>
  private seq: number | null = null
  private isBorn = false
  private askedAt = 0

  constructor(settings: SparkplugSettings, sink: Sink, client: MqttClient) {
    this.settings = settings
    this.sink = sink
    this.client = client
    this.points = new Map(settings.metrics.map((metric) => [`${metric.device ?? ''}/${metric.metric}`, metric]))
  }

  /** What was said meanwhile is unknown: ask for everything anew. */
  reborn(cause: 'session-lost' | 'sequence-gap' | 'node-death'): void {
    this.isBorn = false
    this.sink.beginSession(cause)
    this.askForRebirth()
  }

  private askForRebirth(): void {
    const now = Date.now()
    if (now - this.askedAt < REBIRTH_EVERY_MS) return
    this.askedAt = now
    this.client.publish(`spBv1.0/${this.settings.group}/NCMD/${this.settings.edge}`, rebirthRequest(now), { qos: 0 })
  }

  take(topic: string, bytes: Buffer): void {
    const [, , type, , device] = topic.split('/')
    if (type === 'NCMD' || type === 'DCMD') return
    let payload: SparkplugPayload
    try {
      payload = decodePayload(bytes)
    } catch {
      return this.sink.quarantine(
        'decode',
        `${topic}: the payload is no Sparkplug B payload.`,
        bytes.toString('base64'),
      )
    }
    if (type === 'NDEATH' || type === 'DDEATH') return this.died()
    if (type === 'NBIRTH') this.born()
    else if (!this.follows(payload)) return
    this.readAll(type ?? '', device ?? '', payload)
  }

  private born(): void {
    this.aliases.clear()
    this.seq = 0
    this.isBorn = true
  }

  private died(): void {
    this.isBorn = false
    this.sink.failing('connect', `The edge node ${this.settings.edge} has left.`)
    this.sink.beginSession('node-death')
  }

  /** The sequence counts for each edge node from 0 to 255; a hole, or data before birth, calls for a rebirth. */
  private follows(payload: SparkplugPayload): boolean {
    if (!this.isBorn) {
      this.askForRebirth()
      return false
    }
    if (payload.seq === null) return true
    const expected = ((this.seq ?? -1) + 1) % 256
    this.seq = payload.seq
    if (payload.seq === expected) return true
    this.reborn('sequence-gap')
    return false
  }

  private readAll(type: string, device: string, payload: SparkplugPayload): void {
    const isBirth = type.endsWith('BIRTH')
    this.sink.running()
    for (const metric of payload.metrics) {
      const name = this.nameOf(device, metric, isBirth)
      const wanted = name === null ? undefined : this.points.get(`${device}/${name}`)
      if (wanted) this.read(wanted, metric, payload)
    }
    if (payload.at !== null && !isBirth) this.sink.observed(payload.at)
  }

  private nameOf(device: string, metric: SparkplugMetric, isBirth: boolean): string | null {
    if (isBirth && metric.name !== null && metric.alias !== null)
      this.aliases.set(`${device}/${metric.alias}`, metric.name)
    return metric.name ?? (metric.alias === null ? null : (this.aliases.get(`${device}/${metric.alias}`) ?? null))
  }

  private read(wanted: SparkplugSettings['metrics'][number], metric: SparkplugMetric, payload: SparkplugPayload): void {
    const at = metric.at ?? payload.at
    const now = Date.now()
    if (at === null || at < EARLIEST_AT || at > now + FUTURE_MS)
      return this.sink.quarantine(
        'time-invalid',
        `${wanted.metric}: the time is missing or out of range.`,
        JSON.stringify(metric),
      )
    if (typeof metric.value === 'number' && !Number.isFinite(metric.value))
      return this.sink.quarantine('nonfinite', `${wanted.metric}: the value is not finite.`, String(metric.value))
    const word = wanted.words?.[String(metric.value)] ?? metric.value
    const reading: Reading = { p: wanted.point, t: at, v: word, r: now }
    this.sink.reading(reading)
  }
}
