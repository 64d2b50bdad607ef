/** S1 as a Sparkplug B edge node: births with aliases, sequence, death by will, rebirth on command. */
import mqtt from 'mqtt'
import type { Broker } from './broker.ts'
import { METRIC_OF_ROLE, SPARKPLUG } from './catalog.ts'
import type { Outlet, ProcessSample } from './outlet.ts'
import type { UnitPlace } from './parameters.ts'
import { processValues } from './points.ts'
import type { DeviceReading } from './readings.ts'
import { type Metric, encodePayload } from './sparkplug-payload.ts'

interface Options {
  readonly port: number
  readonly password: string
  readonly unit: UnitPlace
  readonly broker: Broker
}

const topic = (type: string, device?: string): string =>
  `spBv1.0/${SPARKPLUG.group}/${type}/${SPARKPLUG.edge}${device ? `/${device}` : ''}`

export class SparkplugOutlet implements Outlet {
  readonly name = 'sparkplug'
  readonly units: ReadonlySet<string>
  private readonly options: Options
  private client: mqtt.MqttClient | null = null
  private seq = 0
  private births = 0
  private readonly aliases = new Map<string, number>()
  private readonly last = new Map<string, { at: number; value: string | number }>()

  constructor(options: Options) {
    this.options = options
    this.units = new Set([options.unit.path])
    const names = [
      ...Object.values(METRIC_OF_ROLE),
      ...processValues(options.unit).map((process) => `Process/${process.code}`),
    ]
    names.forEach((name, index) => this.aliases.set(name, index + 1))
  }

  async start(): Promise<void> {
    const { port, password } = this.options
    const will = {
      topic: topic('NDEATH'),
      payload: encodePayload([{ name: 'bdSeq', at: Date.now(), value: this.births }], 0, Date.now()),
      qos: 1 as const,
      retain: false,
    }
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      clientId: `edge-${SPARKPLUG.edge}`,
      username: 'plant',
      password,
      reconnectPeriod: 300,
      clean: true,
      will,
    })
    client.on('error', () => undefined)
    client.on('connect', () => {
      client.subscribe(topic('NCMD'), { qos: 1 })
      this.birth()
    })
    client.on('message', () => this.birth())
    this.client = client
  }

  async stop(): Promise<void> {
    await this.client?.endAsync(true)
    this.client = null
  }

  hasListener(): boolean {
    return this.options.broker.clients.has('gemba-sparkplug-smt')
  }

  private birth(): void {
    this.seq = 0
    const now = Date.now()
    this.send(topic('NBIRTH'), encodePayload([{ name: 'bdSeq', at: now, value: this.births }], 0, now))
    // A birth names every metric, also one that has no value yet.
    const metrics = [...this.aliases].map(([name, alias]): Metric => {
      const last = this.last.get(name) ?? { at: now, value: null }
      return { name, alias, ...last }
    })
    this.send(topic('DBIRTH', SPARKPLUG.device), encodePayload(metrics, this.nextSeq(), now))
  }

  private nextSeq(): number {
    this.seq = (this.seq + 1) % 256
    return this.seq
  }

  private send(to: string, payload: Buffer): void {
    if (this.client?.connected) this.client.publish(to, payload, { qos: 0 })
  }

  prime(readings: readonly DeviceReading[]): void {
    for (const { role, at, value } of readings) {
      const name = METRIC_OF_ROLE[role]
      if (name) this.last.set(name, { at, value })
    }
  }

  deliver(readings: readonly DeviceReading[]): void {
    const metrics = readings.flatMap(({ role, at, value }): Metric[] => {
      const name = METRIC_OF_ROLE[role]
      if (!name) return []
      this.last.set(name, { at, value })
      return [{ alias: this.aliases.get(name) ?? 0, at, value }]
    })
    if (metrics.length > 0) this.data(metrics)
  }

  deliverProcess(samples: readonly ProcessSample[]): void {
    const metrics = samples.map(({ code, at, value }): Metric => {
      this.last.set(`Process/${code}`, { at, value })
      return { alias: this.aliases.get(`Process/${code}`) ?? 0, at, value }
    })
    if (metrics.length > 0) this.data(metrics)
  }

  private data(metrics: readonly Metric[]): void {
    this.send(topic('DDATA', SPARKPLUG.device), encodePayload(metrics, this.nextSeq(), Date.now()))
  }
}
