import { setTimeout as pause } from 'node:timers/promises'
import type { IPublishPacket } from 'mqtt'
import type { MqttSettings } from '@gemba/contracts/source'
import type { Sink } from '../sink.ts'
import type { RunningSource } from '../source.ts'
import { connectBroker, endBroker } from './connect.ts'
import { DeferredAcks } from './deferred-acks.ts'
import { readMessage } from './json-message.ts'
import { type MatchedRule, TopicRules } from './topic-rules.ts'

const COMMIT_WITHIN_MS = 500
const WORDS = /:(state|mode|reason|order|material)$/

/** JSON over MQTT, QoS 1, persistent session. */
export function startMqtt(settings: MqttSettings, sink: Sink): RunningSource {
  const rules = new TopicRules(settings.rules)
  const reader = new MqttReader(rules, sink)
  const client = connectBroker(settings, sink)
  new DeferredAcks(
    client,
    (packet) => reader.take(packet),
    () => sink.committed(),
  )
  client.on('connect', (packet) => {
    // A broker that lost our session has lost what it held for us.
    if (!packet.sessionPresent) {
      reader.forgetSequences()
      sink.beginSession('session-lost')
    }
    client.subscribe(rules.filters, { qos: 1 }, (error) => {
      if (error) sink.failing('protocol', `The broker refuses a subscription: ${error.message}`)
      else sink.running()
    })
  })
  return {
    stop: async () => {
      // What is not durable by then is not acknowledged; the broker has it for the next session.
      await Promise.race([sink.committed().catch(() => undefined), pause(COMMIT_WITHIN_MS, null, { ref: false })])
      await endBroker(client)
    },
  }
}

class MqttReader {
  private readonly rules: TopicRules
  private readonly sink: Sink
  private readonly sequences = new Map<string, { sequence: number; at: number }>()

  constructor(rules: TopicRules, sink: Sink) {
    this.rules = rules
    this.sink = sink
  }

  /** A new session is judged by source times alone. */
  forgetSequences(): void {
    this.sequences.clear()
  }

  take(packet: IPublishPacket): void {
    const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload)
    const matched = this.rules.match(packet.topic)
    if (!matched)
      return this.sink.quarantine('unknown-tag', `No rule for the topic ${packet.topic}.`, payload.toString('utf8'))
    const message = readMessage(payload, matched, Date.now())
    if (message.kind === 'bad')
      return this.sink.quarantine(message.reason, `${packet.topic}: ${message.text}`, payload.toString('utf8'))
    if (message.sequence !== null) this.follow(packet, matched, { sequence: message.sequence, at: message.reading.t })
    this.sink.reading(message.reading)
    this.sink.observed(message.reading.t)
  }

  /**
   * A jump in the sequence of a state: unknown since the last one. A publisher that starts again counts from one. What
   * the broker kept and sends for a subscription comes before older messages that still wait, so it proves no jump.
   */
  private follow(
    { topic, retain }: IPublishPacket,
    { point }: MatchedRule,
    now: { sequence: number; at: number },
  ): void {
    const before = this.sequences.get(topic)
    if (before && retain) return
    this.sequences.set(topic, now)
    if (!before || now.sequence <= before.sequence + 1 || !WORDS.test(point)) return
    this.sink.gap(point.slice(0, point.indexOf(':')), { fromAt: before.at, toAt: now.at, cause: 'sequence-gap' })
  }
}
