/** The running reference factory: past through the ingest path, present through its protocols, truth into its ledger. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Broker } from './broker.ts'
import { HistoryLines, sendHistory } from './history.ts'
import { Ledger } from './ledger.ts'
import type { MemoryFile } from './memory-file.ts'
import { Office } from './office.ts'
import { FaultyOffice } from './faults/faulty-office.ts'
import type { OfficeFact } from './order-book.ts'
import { OpcuaOutlet } from './opcua-outlet.ts'
import type { Outlet, ProcessSample } from './outlet.ts'
import { processValueAt, processValues } from './points.ts'
import type { QualityFact } from './quality-facts.ts'
import type { DeviceReading } from './readings.ts'
import { SparkplugOutlet } from './sparkplug-outlet.ts'
import { Supply } from './supply.ts'
import type { SupplyFact } from './supply-facts.ts'
import { UnsOutlet } from './uns-outlet.ts'
import { type UnitLife, World } from './world.ts'

export interface PlantOptions {
  readonly dataDir: string
  readonly serverUrl: string
  readonly token: string
  readonly memory: MemoryFile
  readonly tell: (message: Record<string, unknown>) => void
}

/** A plant that was off for longer than this tells what happened as history; else its protocols catch up. */
const CATCH_UP_MS = 120_000
const TICK_MS = 50
const LISTENER_PATIENCE_MS = 20_000
const SECOND_MS = 1_000
const REBIRTH_SECONDS = 120

export class Plant {
  private readonly options: PlantOptions
  private readonly world: World
  private readonly ledger: Ledger
  private readonly broker: Broker
  private readonly outlets: Outlet[]
  private office: Office | null = null
  private readonly latest = new Map<string, DeviceReading>()
  private timer: NodeJS.Timeout | null = null
  private ticking: Promise<void> = Promise.resolve()
  private second = 0
  private rebornSecond = 0
  private facts: OfficeFact[] = []
  private readonly supply: Supply
  private supplyFacts: SupplyFact[] = []
  private quality: QualityFact[] = []

  constructor(options: PlantOptions) {
    this.options = options
    const { memory } = options.memory
    const { connections } = memory
    this.world = new World(memory)
    this.supply = new Supply({ ...memory, set: memory.calendarSet })
    this.ledger = new Ledger(join(options.dataDir, 'ledger.ndjson'))
    this.broker = new Broker(connections.mqttPort, connections.mqttPassword)
    const mqtt = { port: connections.mqttPort, password: connections.mqttPassword, broker: this.broker }
    this.outlets = [
      new OpcuaOutlet({ port: connections.opcuaPort, password: connections.opcuaPassword, dataDir: options.dataDir }),
      ...(['mqtt-asm', 'mqtt-pack', 'mqtt-ster', 'mqtt-fa'] as const).map(
        (source) => new UnsOutlet({ ...mqtt, source }),
      ),
      new SparkplugOutlet(mqtt),
    ]
  }

  async start(): Promise<void> {
    const { memory } = this.options.memory
    this.office = await Office.start({
      faults: new FaultyOffice(memory.faults ?? [], memory),
      dataDir: join(this.options.dataDir, 'office'),
      port: memory.connections.databasePort,
      adminPassword: memory.adminPassword,
      readerPassword: memory.connections.readerPassword,
    })
    const nowAt = Date.now()
    const isFirst = memory.spokenAt === memory.epochAt
    if (!memory.history && (isFirst || nowAt - memory.spokenAt > CATCH_UP_MS)) {
      memory.history = { fromAt: memory.spokenAt, toAt: nowAt }
      this.options.memory.save()
    }
    const pastUntilAt = memory.history?.toAt ?? memory.spokenAt
    const history = this.livePast(pastUntilAt)
    this.ledger.write({ k: 'meta', t: memory.epochAt, seed: memory.seed, segments: memory.segments })
    this.ledger.write({ k: 'planted', t: memory.epochAt, ...this.supply.planted })
    await this.ledger.inPlace()
    this.options.tell({ type: 'progress', text: 'orders', done: 0, total: 1 })
    await this.office.book(this.facts, pastUntilAt)
    // Two systems that do not wait for each other: the platform takes the past while the ERP books it.
    await Promise.all([
      this.office
        .bookSupply(this.supplyFacts, pastUntilAt)
        .then(() => this.office?.bookQuality(this.quality, pastUntilAt)),
      memory.history ? this.sendPast(history) : Promise.resolve(),
    ])
    this.options.tell({ type: 'history-done' })
    await this.goLive(pastUntilAt)
  }

  /** Lives up to the instant without speaking; keeps what has to be told as history. */
  private livePast(untilAt: number): Map<UnitLife, HistoryLines> {
    const { history } = this.options.memory.memory
    const collected = new Map<UnitLife, HistoryLines>()
    for (const unit of this.world.units) {
      const lines = history
        ? new HistoryLines(unit, history.fromAt, history.fromAt === this.options.memory.memory.epochAt)
        : null
      for (const { event, readings } of this.world.happenings(unit, untilAt)) {
        this.ledger.past(unit.place.path, event)
        for (const reading of readings) this.latest.set(`${reading.equipment}:${reading.role}`, reading)
        if (lines && history && event.at >= history.fromAt) lines.add(event.at, readings, event.kind === 'pieces')
        this.keepBesides(unit, event.at, lines)
        if (event.kind === 'state') lines?.keepRegister()
      }
      this.keepBesides(unit, untilAt, lines)
      if (lines) collected.set(unit, lines)
    }
    this.facts = this.world.factsUntil(untilAt)
    for (const fact of this.facts) this.ledger.fact(fact)
    this.supplyFacts = this.supply.advance(this.facts, untilAt)
    for (const fact of this.supplyFacts) this.ledger.supply(fact)
    this.quality = this.learnQuality(untilAt)
    return collected
  }

  /** Meter and alarms of the past go between what the machine itself told. */
  private keepBesides(unit: UnitLife, at: number, lines: HistoryLines | null): void {
    const { history } = this.options.memory.memory
    const { readings, truths } = this.world.besides(unit, at)
    for (const truth of truths) this.ledger.write({ ...truth })
    for (const reading of readings) {
      this.latest.set(`${reading.equipment}:${reading.role}`, reading)
      if (lines && history && reading.at >= history.fromAt) lines.besides(reading)
    }
  }

  private async sendPast(collected: Map<UnitLife, HistoryLines>): Promise<void> {
    const { memory } = this.options.memory
    const history = memory.history
    if (!history) return
    const epoch = createHash('sha256')
      .update(`${memory.seed}:${history.fromAt}:${history.toAt}`)
      .digest('hex')
      .slice(0, 24)
    let done = 0
    const total = collected.size
    for (const [unit, lines] of collected) {
      this.options.tell({ type: 'progress', text: `history of ${unit.place.code}`, done, total })
      await sendHistory(
        { serverUrl: this.options.serverUrl, token: this.options.token, epoch },
        unit.place.code,
        lines.finish(history.toAt),
      )
      done += 1
    }
    memory.spokenAt = history.toAt
    memory.history = null
    this.options.memory.save()
    this.options.tell({ type: 'progress', text: 'history', done, total })
  }

  private async goLive(fromAt: number): Promise<void> {
    await this.broker.start()
    for (const outlet of this.outlets) {
      outlet.prime(
        [...this.latest.values()].filter(
          (reading) => outlet.units.has(reading.equipment) || outlet.units.has(parentOf(reading.equipment)),
        ),
      )
      await outlet.start()
    }
    this.second = Math.floor(fromAt / SECOND_MS)
    const patience = performance.now() + LISTENER_PATIENCE_MS
    const everybodyListens = () => this.outlets.every((outlet) => outlet.hasListener())
    const wait = setInterval(() => {
      if (!everybodyListens() && performance.now() < patience) return
      clearInterval(wait)
      this.timer = setInterval(() => {
        this.ticking = this.ticking
          .then(() => this.tick())
          .catch((error: unknown) => {
            process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
          })
      }, TICK_MS)
    }, 100)
    this.timer = wait
  }

  /** Lets happen what is due, speaks it, and writes it down. */
  private async tick(): Promise<void> {
    const nowAt = Date.now()
    for (const unit of this.world.units) {
      const outlet = this.outlets.find((each) => each.units.has(unit.place.path))
      for (const { event, readings } of this.world.happenings(unit, nowAt)) {
        this.ledger.event(unit.place.path, event)
        outlet?.deliver(readings)
      }
      const { readings, truths } = this.world.besides(unit, nowAt)
      for (const truth of truths) this.ledger.write({ ...truth })
      if (readings.length > 0) outlet?.deliver(readings)
    }
    const facts = this.world.factsUntil(nowAt)
    for (const fact of facts) this.ledger.fact(fact)
    const supplyFacts = this.supply.advance(facts, nowAt)
    for (const fact of supplyFacts) this.ledger.supply(fact)
    const quality = this.learnQuality(nowAt)
    const second = Math.floor(nowAt / SECOND_MS)
    if (second > this.second) {
      this.second = second
      this.speakProcessValues(second)
      this.changeAliases(second)
      this.ledger.write({ k: 'alive', t: nowAt })
      this.options.memory.memory.spokenAt = nowAt
      this.options.memory.save()
    }
    this.ledger.flush()
    await this.office?.book(facts, nowAt)
    await this.office?.bookSupply(supplyFacts, nowAt)
    await this.office?.bookQuality(quality, nowAt)
  }

  /** What the MES learns of lots and inspections; the ledger keeps what really happened. */
  private learnQuality(untilAt: number): QualityFact[] {
    const { facts, truths } = this.world.learned(untilAt)
    for (const truth of truths) this.ledger.write({ ...truth })
    return facts
  }

  private changeAliases(second: number): void {
    if (!this.options.memory.memory.faults?.includes('changed-aliases')) return
    if (second - this.rebornSecond < REBIRTH_SECONDS) return
    this.rebornSecond = second
    for (const outlet of this.outlets) if (outlet instanceof SparkplugOutlet) outlet.rebirthWithOtherAliases()
  }

  private speakProcessValues(second: number): void {
    for (const { place, isRunning } of this.world.units) {
      const samples = processValues(place).map((process): ProcessSample => ({
        unit: place.path,
        code: process.code,
        at: second * SECOND_MS,
        value: processValueAt(place, process, { second, isRunning }),
      }))
      this.outlets.find((outlet) => outlet.units.has(place.path))?.deliverProcess(samples)
    }
  }

  /** Takes one protocol down or up, as a fault would. */
  async control(action: 'stop' | 'start', what: 'opcua' | 'broker'): Promise<void> {
    const target: Broker | Outlet | undefined =
      what === 'broker' ? this.broker : this.outlets.find((outlet) => outlet.name === 'opcua')
    if (action === 'stop') await target?.stop()
    else await target?.start()
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer)
    await this.ticking
    await Promise.allSettled(this.outlets.map((outlet) => outlet.stop()))
    await Promise.allSettled([this.broker.stop(), this.office?.stop(), this.ledger.end()])
  }
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))
