/** What the messages of one edge node say: births give names and aliases, sequence and death tell what is missing. */
import type { Reading } from '@gemba/contracts/reading'
import type { SparkplugSettings } from '@gemba/contracts/source'
import { unitOf } from '../gap-watch.ts'
import type { Sink } from '../sink.ts'
import { type SparkplugMetric, type SparkplugPayload, decodePayload } from './payload.ts'

const REBIRTH_EVERY_MS = 2_000
const EARLIEST_AT = Date.UTC(2000, 0, 1)
const FUTURE_MS = 5 * 60_000
const TYPES = new Set(['NBIRTH', 'NDEATH', 'NDATA', 'DBIRTH', 'DDEATH', 'DDATA'])

type Wanted = SparkplugSettings['metrics'][number]

const isInstant = (at: number | null): at is number => at !== null && at >= EARLIEST_AT && at <= Date.now() + FUTURE_MS

export class EdgeReader {
  private readonly edge: string
  private readonly sink: Sink
  private readonly requestRebirth: () => void
  private readonly points: Map<string, Wanted>
  /** Names by alias, for each device and, as `''`, the node itself. */
  private readonly aliases = new Map<string, Map<string, string>>()
  /** Data types by device and name: data after the birth may leave them out. */
  private readonly datatypes = new Map<string, number>()
  /** Aliases that a rebirth was asked for; one that stays unknown is not asked for again. */
  private readonly unknownAliases = new Set<string>()
  private readonly absent = new Set<string>()
  private seq: number | null = null
  private birthNumber: SparkplugMetric['value'] = null
  private isBorn = false
  private askedAt = 0
  private timer: NodeJS.Timeout | null = null

  constructor(settings: SparkplugSettings, sink: Sink, requestRebirth: () => void) {
    this.edge = settings.edge
    this.sink = sink
    this.requestRebirth = requestRebirth
    this.points = new Map(settings.metrics.map((metric) => [`${metric.device ?? ''}/${metric.metric}`, metric]))
  }

  /** What was said meanwhile is unknown: ask for everything anew. */
  reborn(cause: 'session-lost' | 'sequence-gap'): void {
    this.isBorn = false
    this.sink.beginSession(cause)
    this.askForRebirth()
  }

  close(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
  }

  /** At once, or as soon as the last request is long enough ago: a quiet node would not remind us. */
  private askForRebirth(): void {
    if (this.timer) return
    const now = Date.now()
    const waitMs = this.askedAt + REBIRTH_EVERY_MS - now
    if (waitMs > 0) {
      this.timer = setTimeout(() => {
        this.timer = null
        if (!this.isBorn) this.askForRebirth()
      }, waitMs)
      return
    }
    this.askedAt = now
    this.requestRebirth()
  }

  take(topic: string, bytes: Buffer): void {
    const [, , type = '', , device = ''] = topic.split('/')
    if (!TYPES.has(type)) return
    let payload: SparkplugPayload
    try {
      payload = decodePayload(bytes, (name, alias) => this.bornType(device, name ?? this.knownName(device, alias)))
    } catch {
      const text = `${topic}: the payload is no Sparkplug B payload.`
      return this.sink.quarantine('decode', text, bytes.toString('base64'))
    }
    if (type === 'NDEATH') return this.died(payload)
    if (type === 'NBIRTH') this.born(payload)
    else if (!this.follows(payload)) return
    if (type === 'DDEATH') return this.left(device, payload)
    if (type === 'DBIRTH') this.came(device, payload)
    this.readAll(device, payload, type.endsWith('BIRTH'))
  }

  private born(payload: SparkplugPayload): void {
    this.aliases.clear()
    this.seq = payload.seq ?? 0
    this.birthNumber = birthNumberOf(payload)
    this.isBorn = true
  }

  /** The will of a connection that has been replaced meanwhile comes late and says nothing about the new one. */
  private died(payload: SparkplugPayload): void {
    const number = birthNumberOf(payload)
    if (this.isBorn && number !== null && this.birthNumber !== null && number !== this.birthNumber) return
    this.isBorn = false
    this.sink.failing('connect', `The edge node ${this.edge} has left.`)
    this.sink.beginSession('node-death')
  }

  /** A device alone has left: its units are not seen, those of the other devices are. */
  private left(device: string, payload: SparkplugPayload): void {
    this.absent.add(device)
    this.link(device, payload, 0)
    this.sink.failing('connect', `The device ${device} of the edge node ${this.edge} has left.`)
  }

  private came(device: string, payload: SparkplugPayload): void {
    this.aliases.delete(device)
    this.absent.delete(device)
    this.link(device, payload, 1)
  }

  private link(device: string, { at }: SparkplugPayload, v: 0 | 1): void {
    const wanted = [...this.points.values()].filter((metric) => (metric.device ?? '') === device)
    for (const unit of new Set(wanted.map((metric) => unitOf(metric.point))))
      if (isInstant(at)) this.sink.reading({ p: `${unit}:link`, t: at, v, r: Date.now() })
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

  private readAll(device: string, payload: SparkplugPayload, isBirth: boolean): void {
    if (this.absent.size === 0) this.sink.running()
    for (const metric of payload.metrics) {
      const name = isBirth ? this.learn(device, metric) : this.nameOf(device, metric)
      const wanted = name === null ? undefined : this.points.get(`${device}/${name}`)
      if (wanted) this.read(wanted, metric, payload)
    }
    if (isInstant(payload.at) && !isBirth) this.sink.observed(payload.at)
  }

  private bornType(device: string, name: string | null): number | null {
    return name === null ? null : (this.datatypes.get(`${device}/${name}`) ?? null)
  }

  private knownName(device: string, alias: string | null): string | null {
    return alias === null ? null : (this.aliases.get(device)?.get(alias) ?? null)
  }

  private learn(device: string, { name, alias, datatype }: SparkplugMetric): string | null {
    if (name !== null && datatype !== null) this.datatypes.set(`${device}/${name}`, datatype)
    if (name === null || alias === null) return name
    const names = this.aliases.get(device) ?? new Map<string, string>()
    this.aliases.set(device, names.set(alias, name))
    this.unknownAliases.delete(`${device}/${alias}`)
    return name
  }

  private nameOf(device: string, { name, alias }: SparkplugMetric): string | null {
    if (name !== null || alias === null) return name
    const known = this.knownName(device, alias)
    if (known !== null) return known
    // Before the birth of its device nothing can be named; the birth will hold the value.
    if (!this.aliases.has(device)) {
      this.reborn('sequence-gap')
      return null
    }
    const key = `${device}/${alias}`
    if (this.unknownAliases.has(key)) return null
    this.unknownAliases.add(key)
    this.sink.quarantine('unknown-tag', `${this.edge}/${device}: no birth has named the alias ${alias}.`, alias)
    this.reborn('sequence-gap')
    return null
  }

  private read(wanted: Wanted, metric: SparkplugMetric, payload: SparkplugPayload): void {
    const at = metric.at ?? payload.at
    if (!isInstant(at)) {
      const text = `${wanted.metric}: the time is missing or out of range.`
      return this.sink.quarantine('time-invalid', text, JSON.stringify(metric))
    }
    if (typeof metric.value === 'number' && !Number.isFinite(metric.value))
      return this.sink.quarantine('nonfinite', `${wanted.metric}: the value is not finite.`, String(metric.value))
    const word = wanted.words?.[String(metric.value)] ?? metric.value
    const reading: Reading = { p: wanted.point, t: at, v: word, r: Date.now() }
    this.sink.reading(reading)
  }
}

/** Pairs a birth with the death that belongs to it. */
const birthNumberOf = ({ metrics }: SparkplugPayload): SparkplugMetric['value'] =>
  metrics.find((metric) => metric.name === 'bdSeq')?.value ?? null
