import type { SparkplugSettings } from '@gemba/contracts/source'
import { connectBroker, endBroker } from '../mqtt/connect.ts'
import type { Sink } from '../sink.ts'
import type { RunningSource } from '../source.ts'
import { EdgeReader } from './edge-reader.ts'
import { rebirthRequest } from './payload.ts'

/** Sparkplug B as a passive host application: one source for each edge node. */
export function startSparkplug(settings: SparkplugSettings, sink: Sink): RunningSource {
  const { group, edge } = settings
  const client = connectBroker(settings, sink)
  const reader = new EdgeReader(settings, sink, () => {
    client.publish(`spBv1.0/${group}/NCMD/${edge}`, rebirthRequest(Date.now()), { qos: 0 })
  })
  client.on('connect', () => {
    client.subscribe([`spBv1.0/${group}/+/${edge}`, `spBv1.0/${group}/+/${edge}/+`], { qos: 1 }, (error) => {
      if (error) return sink.failing('protocol', `The broker refuses a subscription: ${error.message}`)
      sink.running()
      reader.reborn('session-lost')
    })
  })
  client.on('message', (topic, payload) => reader.take(topic, payload))
  return {
    stop: async () => {
      reader.close()
      await endBroker(client)
    },
  }
}
