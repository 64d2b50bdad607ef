/** Plants the past of a unit through the platform's own ingest path. */
import { createHash } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { processValueAt, processValues, stationsOf } from './points.ts'
import type { DeviceReading } from './readings.ts'
import type { UnitLife } from './world.ts'

const LINES_PER_BATCH = 25_000
const MINUTE_MS = 60_000
const RETRY_MS = 500
/** Calendars begin and end at such times: shifts add up to the register. */
const METER_EVERY_MS = 5 * MINUTE_MS

export interface HistoryTarget {
  readonly serverUrl: string
  readonly token: string
  /** Identity of this stretch of history: the same stretch is always sent as the same bytes. */
  readonly epoch: string
}

/** Collects readings of a unit; counters are kept once a minute, with the source time of their last change. */
export class HistoryLines {
  readonly lines: string[] = []
  private readonly unit: UnitLife
  private readonly counters = new Map<string, DeviceReading>()
  private minute = -1
  /** The register of a minute that is not told. */
  private register: DeviceReading | null = null

  constructor(unit: UnitLife, fromAt: number, isFirst: boolean) {
    this.unit = unit
    if (isFirst)
      for (const role of ['total', 'good', 'scrap', 'rework']) this.line(`${unit.place.path}:${role}`, fromAt, 0)
  }

  add(at: number, readings: readonly DeviceReading[], isPieces: boolean): void {
    const minute = Math.floor(at / MINUTE_MS)
    if (!isPieces || minute !== this.minute) this.flushCounters()
    if (minute !== this.minute) this.processValues(minute)
    for (const reading of readings) {
      if (isPieces) this.counters.set(reading.role, reading)
      else this.reading(reading)
    }
  }

  /** What is told beside the machine itself: its meter, every five minutes and at changes of state, and its alarms. */
  besides(reading: DeviceReading): void {
    if (reading.role === 'energy') {
      const isBetween = reading.at % MINUTE_MS === 0 && reading.at % METER_EVERY_MS !== 0
      this.register = isBetween ? reading : null
      if (isBetween) return
    }
    this.reading(reading)
  }

  /** The state has changed while the meter showed no other number: what it showed last counts from here on. */
  keepRegister(): void {
    if (this.register) this.reading(this.register)
    this.register = null
  }

  private processValues(minute: number): void {
    const { place, isRunning } = this.unit
    this.minute = minute
    for (const process of processValues(place))
      this.line(
        `${place.path}:process/${process.code}`,
        minute * MINUTE_MS,
        processValueAt(place, process, { second: minute * 60, isRunning }),
      )
  }

  private flushCounters(): void {
    for (const reading of this.counters.values()) this.reading(reading)
    this.counters.clear()
  }

  private reading({ equipment, role, at, value, quality }: DeviceReading): void {
    // JSON has no word for it; a device that writes one is refused by the platform.
    const written = Number.isNaN(value) ? 'NaN' : value
    this.line(`${equipment}:${role}`, at, written, quality)
  }

  // eslint-disable-next-line max-params -- the fields of a reading
  private line(point: string, at: number, value: string | number, quality?: 1 | 2): void {
    const judged = quality === undefined ? '' : `,"q":${quality}`
    this.lines.push(`{"p":${JSON.stringify(point)},"t":${at},"v":${JSON.stringify(value)}${judged}}`)
  }

  /** The unit was observed up to this instant. */
  finish(untilAt: number): string[] {
    this.flushCounters()
    const places = [
      this.unit.place.path,
      ...stationsOf(this.unit.place).map((station) => `${this.unit.place.path}/${station}`),
    ]
    this.lines.push(JSON.stringify({ k: 'alive', u: Object.fromEntries(places.map((place) => [place, untilAt])) }))
    return this.unit.feed.arrive(this.lines)
  }
}

async function postBatch(
  target: HistoryTarget,
  stream: string,
  batch: { first: number; lines: readonly string[] },
): Promise<void> {
  const plain = Buffer.from(`${batch.lines.join('\n')}\n`)
  const headers = {
    authorization: `Bearer ${target.token}`,
    'content-type': 'application/x-ndjson',
    'content-encoding': 'zstd',
    'x-gemba-collector': 'plant',
    'x-gemba-epoch': target.epoch,
    'x-gemba-stream': stream,
    'x-gemba-first': String(batch.first),
    'x-gemba-last': String(batch.first + batch.lines.length - 1),
    'x-gemba-sha256': createHash('sha256').update(plain).digest('hex'),
  }
  const body = new Uint8Array(zstdCompressSync(plain))
  for (;;) {
    const answer = await fetch(`${target.serverUrl}/ingest/v1/batches`, { method: 'POST', headers, body }).catch(
      () => null,
    )
    if (answer?.ok) {
      const { rejected = [] } = (await answer.json()) as { rejected?: { code: string; reason: string }[] }
      // What is not a number is planted, and rightly held back.
      if (rejected.some(({ code }) => code !== 'nonfinite'))
        throw new Error(`${rejected.length} lines of ${stream} were rejected: ${rejected[0]?.reason}`)
      return
    }
    if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429)
      throw new Error(`history of ${stream} was refused with ${answer.status}: ${(await answer.text()).slice(0, 300)}`)
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

/** Sends all lines of a unit in order; batches that are there already are recognised by the platform. */
export async function sendHistory(target: HistoryTarget, code: string, lines: readonly string[]): Promise<void> {
  const stream = `history-${code.toLowerCase()}`
  for (let index = 0; index < lines.length; index += LINES_PER_BATCH) {
    await postBatch(target, stream, { first: index + 1, lines: lines.slice(index, index + LINES_PER_BATCH) })
  }
}
