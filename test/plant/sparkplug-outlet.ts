/** The devices of Brno behind one Sparkplug B edge node: births with aliases, sequence, death by will, rebirth on command. */
import mqtt from 'mqtt'
import type { Broker } from './broker.ts'
import { METRIC_OF_ROLE, SPARKPLUG } from './catalog.ts'
import type { Outlet, ProcessSample } from './outlet.ts'
import { unitsOf } from './parameters.ts'
import { processValues } from './points.ts'
import type { DeviceReading } from './readings.ts'
import { type Metric, encodePayload } from './sparkplug-payload.ts'

interface Options {
  readonly port: number
  readonly password: string
  readonly broker: Broker
}

const SOURCE = 'sparkplug-smt'
const topic = (type: string, device?: string): string =>
  `spBv1.0/${SPARKPLUG.group}/${type}/${SPARKPLUG.edge}${device ? `/${device}` : ''}`

/** What one device has said last, by name of the metric. */
class Device {
  readonly code: string
  private aliases: Map<string, number>
  private readonly last = new Map<string, { at: number; value: string | number }>()

  constructor(code: string, names: readonly string[], firstAlias: number) {
    this.code = code
    this.aliases = new Map(names.map((name, index) => [name, firstAlias + index]))
  }

  keep(name: string, at: number, value: string | number): Metric {
    this.last.set(name, { at, value })
    return { alias: this.aliases.get(name) ?? 0, at, value }
  }

  /** A birth names every metric, also one that has no value yet. */
  birth(now: number): Metric[] {
    return [...this.aliases].map(([name, alias]): Metric => {
      const last = this.last.get(name) ?? { at: now, value: null }
      return { name, alias, ...last }
    })
  }

  /** The same metrics under other numbers. */
  changeAliases(): void {
    const names = [...this.aliases.keys()]
    const numbers = [...this.aliases.values()]
    numbers.push(numbers.shift() as number)
    this.aliases = new Map(names.map((name, index) => [name, numbers[index] as number]))
  }
}

export class SparkplugOutlet implements Outlet {
  readonly name = 'sparkplug'
  readonly units: ReadonlySet<string>
  private readonly options: Options
  private client: mqtt.MqttClient | null = null
  private seq = 0
  private births = 0
  private readonly devices: ReadonlyMap<string, Device>

  constructor(options: Options) {
    this.options = options
    const places = unitsOf(SOURCE)
    this.units = new Set(places.map((unit) => unit.path))
    // Aliases are unique over the whole node.
    let alias = 1
    this.devices = new Map(
      places.map((unit) => {
        const names = [
          ...Object.values(METRIC_OF_ROLE),
          ...processValues(unit).map((process) => `Process/${process.code}`),
        ]
        const device = new Device(unit.code, names, alias)
        alias += names.length
        return [unit.path, device]
      }),
    )
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
    return this.options.broker.clients.has(`gemba-${SOURCE}`)
  }

  /** The node is born again and numbers its metrics anew. */
  rebirthWithOtherAliases(): void {
    for (const device of this.devices.values()) device.changeAliases()
    this.birth()
  }

  private birth(): void {
    this.seq = 0
    const now = Date.now()
    this.send(topic('NBIRTH'), encodePayload([{ name: 'bdSeq', at: now, value: this.births }], 0, now))
    for (const device of this.devices.values())
      this.send(topic('DBIRTH', device.code), encodePayload(device.birth(now), this.nextSeq(), now))
  }

  private nextSeq(): number {
    this.seq = (this.seq + 1) % 256
    return this.seq
  }

  private send(to: string, payload: Buffer): void {
    if (this.client?.connected) this.client.publish(to, payload, { qos: 0 })
  }

  prime(readings: readonly DeviceReading[]): void {
    this.byDevice(
      readings.map(({ equipment, role, ...rest }) => ({ unit: equipment, name: METRIC_OF_ROLE[role], ...rest })),
    )
  }

  deliver(readings: readonly DeviceReading[]): void {
    this.say(readings.map(({ equipment, role, ...rest }) => ({ unit: equipment, name: METRIC_OF_ROLE[role], ...rest })))
  }

  deliverProcess(samples: readonly ProcessSample[]): void {
    this.say(samples.map(({ code, ...rest }) => ({ name: `Process/${code}`, ...rest })))
  }

  /** Keeps what each device says and gives it as metrics. */
  private byDevice(said: readonly Said[]): Map<Device, Metric[]> {
    const metrics = new Map<Device, Metric[]>()
    for (const { unit, name, at, value } of said) {
      const device = this.devices.get(unit)
      if (!device || !name) continue
      metrics.set(device, [...(metrics.get(device) ?? []), device.keep(name, at, value)])
    }
    return metrics
  }

  private say(said: readonly Said[]): void {
    for (const [device, metrics] of this.byDevice(said))
      this.send(topic('DDATA', device.code), encodePayload(metrics, this.nextSeq(), Date.now()))
  }
}

interface Said {
  readonly unit: string
  readonly name: string | undefined
  readonly at: number
  readonly value: string | number
}
