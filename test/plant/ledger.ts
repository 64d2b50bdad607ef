/** The plant's own ledger: what really happened. The platform never reads it; `gemba verify` does. */
import { type WriteStream, createWriteStream, renameSync } from 'node:fs'
import { once } from 'node:events'
import type { PlantEvent } from './machine.ts'
import type { OfficeFact } from './order-book.ts'
import type { SupplyFact } from './supply-facts.ts'

const FLUSH_LINES = 2_000
const MINUTE_MS = 60_000

interface Bucket {
  at: number
  total: number
  good: number
  scrap: number
  rework: number
  order: string
  material: string
}

/** Writes NDJSON lines in order of time; at a start the past is written anew and put in place at once. */
export class Ledger {
  private readonly file: string
  private stream: WriteStream
  private lines: string[] = []
  private readonly current = new Map<string, { order: string; material: string }>()
  private readonly buckets = new Map<string, Bucket>()

  constructor(file: string) {
    this.file = file
    this.stream = createWriteStream(`${file}.new`, { flags: 'w', mode: 0o644 })
  }

  write(line: Record<string, unknown>): void {
    this.lines.push(JSON.stringify(line))
    if (this.lines.length >= FLUSH_LINES) this.flush()
  }

  flush(): void {
    if (this.lines.length === 0) return
    this.stream.write(`${this.lines.join('\n')}\n`)
    this.lines = []
  }

  /** The past is complete: the file takes its name. */
  async inPlace(): Promise<void> {
    for (const unit of this.buckets.keys()) this.close(unit)
    this.flush()
    if (this.stream.writableNeedDrain) await once(this.stream, 'drain')
    await new Promise<void>((resolve) => this.stream.end(resolve))
    renameSync(`${this.file}.new`, this.file)
    this.stream = createWriteStream(this.file, { flags: 'a' })
  }

  /** An event of the past: pieces are summed by minute, never over a change of order. */
  past(unit: string, event: PlantEvent): void {
    if (event.kind !== 'pieces') {
      this.close(unit)
      return this.event(unit, event)
    }
    const bucket = this.buckets.get(unit)
    if (bucket && Math.floor(bucket.at / MINUTE_MS) !== Math.floor(event.at / MINUTE_MS)) this.close(unit)
    const sum = this.buckets.get(unit) ?? {
      at: event.at,
      total: 0,
      good: 0,
      scrap: 0,
      rework: 0,
      order: event.order.number,
      material: event.order.material,
    }
    sum.at = event.at
    sum.total += event.good + event.scrap + event.rework
    sum.good += event.good
    sum.scrap += event.scrap
    sum.rework += event.rework
    this.buckets.set(unit, sum)
  }

  private close(unit: string): void {
    const bucket = this.buckets.get(unit)
    if (!bucket) return
    this.buckets.delete(unit)
    const { at, ...rest } = bucket
    this.write({ k: 'count', unit, t: at, ...rest })
  }

  event(unit: string, event: PlantEvent): void {
    if (event.kind === 'order') {
      this.current.set(unit, { order: event.order.number, material: event.order.material })
      this.write({ k: 'order', unit, t: event.at, order: event.order.number, material: event.order.material })
    } else if (event.kind === 'state') {
      this.write({ k: 'state', unit, t: event.at, state: event.truth, reason: event.reason, ...this.current.get(unit) })
    } else {
      const { good, scrap, rework, order } = event
      this.write({
        k: 'count',
        unit,
        t: event.at,
        total: good + scrap + rework,
        good,
        scrap,
        rework,
        order: order.number,
        material: order.material,
      })
    }
  }

  fact(fact: OfficeFact): void {
    if (fact.kind === 'order') this.write({ k: 'released', t: fact.at, order: fact.order.number })
    else if (fact.kind === 'report') {
      const { order, operation, good, scrap, rework } = fact.report
      this.write({ k: 'operation', t: fact.at, order, operation, good, scrap, rework })
    } else if (fact.kind === 'delivery')
      this.write({ k: 'delivery', t: fact.at, order: fact.order, quantity: fact.quantity })
  }

  /** What happened to stock and goods, one line a fact. */
  supply(fact: SupplyFact): void {
    const { kind, at, ...rest } = fact
    this.write({ k: kind, t: at, ...rest })
  }

  async end(): Promise<void> {
    this.flush()
    await new Promise<void>((resolve) => this.stream.end(resolve))
  }
}
