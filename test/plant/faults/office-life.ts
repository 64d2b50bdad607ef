/** For tests: some days of the plant's offices, lived once and booked into a database as often as there are faults. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RecordLine } from '@gemba/contracts/erp-record'
import type { SqlSettings } from '@gemba/contracts/source'
import { startSql } from '../../../collectors/src/sql/sql-source.ts'
import { freePort } from '../../flows/product.ts'
import { Ledger } from '../ledger.ts'
import { Office } from '../office.ts'
import type { OfficeFact } from '../order-book.ts'
import type { QualityFact, TruthLine } from '../quality-facts.ts'
import { Supply } from '../supply.ts'
import type { SupplyFact } from '../supply-facts.ts'
import { WatchedSink } from '../watched-sink.ts'
import { World } from '../world.ts'
import { FaultyOffice } from './faulty-office.ts'

const PASSWORD = 'reads-only-0123456789'
const ZONE = 'Asia/Shanghai'

export interface OfficeLife {
  readonly seed: number
  readonly epochAt: number
  readonly untilAt: number
  readonly orders: readonly OfficeFact[]
  readonly goods: readonly SupplyFact[]
  readonly quality: readonly QualityFact[]
  readonly truths: readonly TruthLine[]
  readonly planted: object
}

export function liveOffice(life: { seed: number; epochAt: number; untilAt: number }): OfficeLife {
  const { seed, epochAt, untilAt } = life
  const segments = [{ fromAt: epochAt, set: 'reference' as const }]
  const world = new World({ seed, epochAt, calendarSet: 'reference', segments })
  for (const unit of world.units) for (const happening of world.happenings(unit, untilAt)) void happening
  const orders = world.factsUntil(untilAt)
  const supply = new Supply({ seed, epochAt, set: 'reference' })
  const goods = supply.advance(orders, untilAt)
  const { facts, truths } = world.quality.until(untilAt)
  return { ...life, orders, goods, quality: facts, truths, planted: supply.planted }
}

/** What really happened, as the plant writes it down. */
export async function writeLedger(life: OfficeLife, file: string): Promise<void> {
  const ledger = new Ledger(file)
  ledger.write({ k: 'planted', t: life.epochAt, ...life.planted })
  for (const fact of life.orders) ledger.fact(fact)
  for (const fact of life.goods) ledger.supply(fact)
  for (const truth of life.truths) ledger.write({ ...truth })
  await ledger.inPlace()
  await ledger.end()
}

/** The offices of one plant with their faults in databases of their own, and collectors that read them. */
export class OfficeUnderTest {
  private readonly office: Office
  private readonly folder: string
  private readonly port: number
  private readonly life: OfficeLife
  private bookedAt: number

  private constructor(office: Office, life: OfficeLife, place: { folder: string; port: number }) {
    this.office = office
    this.life = life
    this.folder = place.folder
    this.port = place.port
    this.bookedAt = -Infinity
  }

  static async start(life: OfficeLife, names: readonly string[]): Promise<OfficeUnderTest> {
    const folder = mkdtempSync(join(tmpdir(), 'office-faults-'))
    chmodSync(folder, 0o755)
    const port = await freePort()
    const office = await Office.start({
      ...{ dataDir: join(folder, 'office'), port, adminPassword: 'owns-all-0123456789', readerPassword: PASSWORD },
      faults: new FaultyOffice(names, life),
    })
    return new OfficeUnderTest(office, life, { folder, port })
  }

  /** Lets the offices book everything up to an instant. */
  async book(untilAt: number): Promise<void> {
    const due = <Fact extends { readonly at: number }>(facts: readonly Fact[]): Fact[] =>
      facts.filter(({ at }) => at > this.bookedAt && at <= untilAt)
    await this.office.book(due(this.life.orders), untilAt)
    await this.office.bookSupply(due(this.life.goods), untilAt)
    await this.office.bookQuality(due(this.life.quality), untilAt)
    this.bookedAt = untilAt
  }

  /** Everything that a collector reads of one system, from the beginning, under the name of a source. */
  async pull(mapping: 'sap' | 'mes', source: string): Promise<RecordLine[]> {
    const settings: SqlSettings = {
      ...{ kind: 'sql', dialect: 'postgresql', host: '127.0.0.1', port: this.port },
      ...{ database: mapping === 'sap' ? 'erp' : 'mes', user: 'gemba_reader', password: PASSWORD, timeZone: ZONE },
      ...{ mapping, everyMs: 600_000, overlapMs: 2_000, pageRows: 5_000, statementTimeoutMs: 30_000 },
    }
    const watched = new WatchedSink(settings)
    const running = startSql(settings, watched.sink)
    try {
      const giveUpAt = performance.now() + 120_000
      while (watched.status !== 'running') {
        if (performance.now() > giveUpAt) throw new Error(`the source is ${watched.status}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      const [held] = watched.quarantined
      if (held) throw new Error(`held back: ${JSON.stringify(held)}`)
      return watched.records.map((record) => ({ ...record, source }))
    } finally {
      await running.stop()
      watched.close()
    }
  }

  async stop(): Promise<void> {
    await this.office.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
