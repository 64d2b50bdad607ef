/** The tester of the pumps: which serial it takes, what becomes of it, and the rework loop. Results are those it counts. */
import type { LotRecords } from './lots-records.ts'
import type { QualityLog } from './quality-facts.ts'
import { fractionOf, hashOf } from './random.ts'

const HOUR_MS = 3_600_000
const STEP = 'functional-test'
/** Share of the pieces that need rework which had been reworked once before. */
const AGAIN = 0.125

export interface Pump {
  readonly serial: string
  readonly order: string | null
  /** The cell that built it. */
  readonly cell: string
  readonly builtAt: number
}
type Result = 'good' | 'rework' | 'scrap'
interface Waiting {
  readonly pump: Pump
  readonly passes: number
}

interface Parts {
  readonly log: QualityLog
  readonly records: LotRecords
  readonly later: (at: number, run: () => void) => void
}

/** A queue that is never copied. */
class Line {
  private items: Waiting[] = []
  private first = 0

  push(item: Waiting): void {
    this.items.push(item)
  }

  take(): Waiting | undefined {
    const item = this.items[this.first]
    if (item === undefined) return undefined
    this.first += 1
    if (this.first > 1_000) {
      this.items = this.items.slice(this.first)
      this.first = 0
    }
    return item
  }
}

export class PumpTests {
  private readonly parts: Parts
  private readonly opening: (at: number) => Pump
  private readonly fresh = new Line()
  /** Back from their first rework, and from their second. */
  private readonly back: readonly [Line, Line] = [new Line(), new Line()]
  private tested = 0

  constructor(parts: Parts, opening: (at: number) => Pump) {
    this.parts = parts
    this.opening = opening
  }

  arrive(pump: Pump): void {
    this.fresh.push({ pump, passes: 0 })
  }

  /** The tester has counted a piece: the one whose turn it is. What comes back from rework goes first. */
  test(result: Result, at: number): void {
    this.tested += 1
    const { pump, passes } = this.next(result) ?? { pump: this.opening(at), passes: 0 }
    const pass = passes + 1
    this.parts.log.book(at, 'test_result', {
      test_no: `${pump.serial}-${pass}`,
      serial_no: pump.serial,
      material: 'PUMP-200',
      step: STEP,
      pass,
      equipment_no: 'T1',
      result,
      tested_at: new Date(at).toISOString(),
    })
    this.parts.log.truth({ k: 'test', t: at, serial: pump.serial, step: STEP, pass, result })
    this.status(pump, at, ({ good: 'tested', rework: 'in-rework', scrap: 'scrapped' } as const)[result])
    if (result === 'rework') this.rework(pump, pass, at)
  }

  /** No pump fails a third time, and none is scrapped that was reworked. */
  private next(result: Result): Waiting | undefined {
    const [once, twice] = this.back
    if (result === 'good') return twice.take() ?? once.take() ?? this.fresh.take()
    const isAgain = result === 'rework' && fractionOf(hashOf('again'), hashOf(String(this.tested))) < AGAIN
    return (isAgain ? once.take() : undefined) ?? this.fresh.take()
  }

  private rework(pump: Pump, pass: number, at: number): void {
    const rework = `RW-${pump.serial}-${pass}`
    const { records, later } = this.parts
    const shared = { relation: 'association', quantity: 1, unit: 'piece', order: null, equipment: pump.cell } as const
    const there = { operation: '0025', usedAt: at, method: 'scan' } as const
    records.use(at, { ...shared, ...there, input: pump.serial, output: rework })
    const backAt = at + HOUR_MS
    later(backAt, () => {
      records.use(backAt, { ...shared, ...there, usedAt: backAt, input: rework, output: pump.serial })
      this.back[pass === 1 ? 0 : 1].push({ pump, passes: pass })
    })
  }

  status(pump: Pump, at: number, status: 'built' | 'tested' | 'in-rework' | 'scrapped'): void {
    this.parts.log.book(at, 'serial_unit', {
      serial_no: pump.serial,
      material: 'PUMP-200',
      wo_no: pump.order,
      equipment_no: pump.cell,
      built_at: new Date(pump.builtAt).toISOString(),
      status,
    })
  }
}
