/** Unified namespace over MQTT: one topic for each thing, JSON, QoS 1; states, jobs and counts are retained. */
import mqtt from 'mqtt'
import type { Broker } from './broker.ts'
import { TOPIC_OF_ROLE, topicPrefix } from './catalog.ts'
import type { Outlet, ProcessSample } from './outlet.ts'
import { type UnitPlace, unitsOf } from './parameters.ts'
import type { DeviceReading } from './readings.ts'

interface Options {
  readonly port: number
  readonly password: string
  readonly source: UnitPlace['source']
  readonly broker: Broker
}

export class UnsOutlet implements Outlet {
  readonly name: string
  readonly units: ReadonlySet<string>
  private readonly options: Options
  private client: mqtt.MqttClient | null = null
  private readonly sequences = new Map<string, number>()

  constructor(options: Options) {
    this.options = options
    this.name = options.source
    this.units = new Set(unitsOf(options.source).map((unit) => unit.path))
  }

  async start(): Promise<void> {
    const { port, password } = this.options
    this.client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      clientId: `plc-${this.name}`,
      username: 'plant',
      password,
      reconnectPeriod: 300,
      queueQoSZero: false,
    })
    this.client.on('error', () => undefined)
  }

  async stop(): Promise<void> {
    await this.client?.endAsync(true)
    this.client = null
  }

  hasListener(): boolean {
    return this.options.broker.clients.has(`gemba-${this.name}`)
  }

  prime(readings: readonly DeviceReading[]): void {
    this.deliver(readings)
  }

  deliver(readings: readonly DeviceReading[]): void {
    for (const { equipment, role, at, value } of readings) {
      const topic = TOPIC_OF_ROLE[role]
      if (topic) this.publish(`${topicPrefix(equipment)}/${topic}`, { at, value }, true)
    }
  }

  deliverProcess(samples: readonly ProcessSample[]): void {
    if (!this.client?.connected) return
    for (const { unit, code, at, value } of samples)
      this.publish(`${topicPrefix(unit)}/process/${code}`, { at, value }, false)
  }

  private publish(topic: string, { at, value }: { at: number; value: string | number }, isKept: boolean): void {
    const seq = (this.sequences.get(topic) ?? 0) + 1
    this.sequences.set(topic, seq)
    const payload = JSON.stringify({ ts: at, seq, v: value, q: 0, src: this.name })
    this.client?.publish(topic, payload, { qos: isKept ? 1 : 0, retain: isKept })
  }
}
