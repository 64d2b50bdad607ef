/** Boards into pumps with a serial each, tests, and the rework loop. */
import type { ContainerFilled, Production } from './lots-production.ts'
import type { LotOpened, LotRecords } from './lots-records.ts'
import type { LotStore } from './lots-store.ts'
import type { QualityLog } from './quality-facts.ts'
import { fractionOf, hashOf } from './random.ts'

const HOUR_MS = 3_600_000
const BUILT_EVERY_MS = 120_000
/** Boards of a container that become pumps here; the others are sold as spares. */
const PUMPS_PER_CONTAINER = 2
const PARTS = ['MOTOR-01', 'HOUSING-01', 'DISPLAY-01', 'BATTERY-01']
const REELS = ['REEL-MCU', 'REEL-CAP', 'REEL-RES']
const BOARDS_PER_REEL_SET = { 'REEL-MCU': 1, 'REEL-CAP': 14, 'REEL-RES': 23 } as const
const STEP = 'functional-test'

/** Shares of serials by what happens to them. */
export const PUMP_SHARES = { scrap: 0.01, returnTwice: 0.005, returnOnce: 0.04 }

interface Parts {
  readonly log: QualityLog
  readonly store: LotStore
  readonly records: LotRecords
  readonly later: (at: number, run: () => void) => void
}

type Result = 'good' | 'rework' | 'scrap'

/** Results of the passes of one serial through the test. */
export function passesOf(serial: string): Result[] {
  const chance = fractionOf(hashOf('test'), hashOf(serial))
  if (chance < PUMP_SHARES.scrap) return ['scrap']
  if (chance < PUMP_SHARES.scrap + PUMP_SHARES.returnTwice) return ['rework', 'rework', 'good']
  if (chance < PUMP_SHARES.scrap + PUMP_SHARES.returnOnce) return ['rework', 'good']
  return ['good']
}

export class PumpUnits {
  private readonly parts: Parts
  private board: LotOpened | null = null
  private made = 0
  private built = 0

  constructor(parts: Parts) {
    this.parts = parts
  }

  handle(event: Production): void {
    if (event.kind === 'begin') this.begin(event)
    else if (event.kind === 'container') this.fill(event)
    else if (event.kind === 'end' && this.board)
      this.parts.records.lot(event.at, this.board, { quantity: this.made, status: 'closed' })
  }

  private begin({ at, unit, order }: Production): void {
    this.made = 0
    this.board = {
      lot: `B-${Number(order.number)}`,
      material: order.material,
      stage: 'board',
      order: order.number,
      equipment: unit.code,
      unit: 'piece',
      madeAt: at,
    }
    this.parts.records.lot(at, this.board, { quantity: 0, status: 'open' })
  }

  private fill(event: ContainerFilled): void {
    const board = this.board
    if (!board) return
    const { at, good, scrap, rework } = event
    const { records, store } = this.parts
    const pieces = good + scrap + rework
    this.made += pieces
    records.lot(at, board, { quantity: this.made, status: 'open' })
    for (const reel of REELS) {
      const needed = pieces * BOARDS_PER_REEL_SET[reel as keyof typeof BOARDS_PER_REEL_SET]
      for (const { item, quantity } of store.draw(reel, needed, { at, suspectAtMost: 0 })) {
        const use = {
          input: item.lot,
          output: board.lot,
          relation: 'transformation',
          quantity,
          method: 'scan',
        } as const
        const where = { unit: 'piece', order: board.order, operation: '0010', equipment: 'S1' }
        records.use(at, { ...use, ...where, usedAt: Math.max(event.openedAt, item.availableAt) })
      }
    }
    for (const [kind, quantity] of [
      ['scrap', scrap],
      ['rework', rework],
    ] as const) {
      const key = `${board.lot}-${event.number}-${kind}`
      const moved = { key, lot: board.lot, kind, place: 'aoi', equipment: 'S1', unit: 'piece' }
      if (quantity > 0) records.movement(at, { ...moved, quantity })
    }
    if (good === 0) return
    const container = `${board.lot}-C${String(event.number).padStart(2, '0')}`
    records.container(at, { container, stage: 'container', quantity: good, of: board })
    const pumps = Math.min(PUMPS_PER_CONTAINER, good)
    store.setStock(container, 'SPARES', { at, quantity: good, unit: 'piece' })
    for (let pump = 1; pump <= pumps; pump += 1) {
      const builtAt = at + pump * BUILT_EVERY_MS
      this.parts.later(builtAt, () => {
        store.setStock(container, 'SPARES', { at: builtAt, quantity: good - pump, unit: 'piece' })
        this.build(container, builtAt)
      })
    }
  }

  private build(container: string, at: number): void {
    this.built += 1
    const serial = `PUMP-200-${String(this.built).padStart(6, '0')}`
    const { records, store, later } = this.parts
    this.unit(serial, { at, builtAt: at, status: 'built' })
    const use = { output: serial, relation: 'transformation', unit: 'piece', order: null, equipment: 'F1' } as const
    const how = { operation: '0020', usedAt: at, method: 'scan' } as const
    records.use(at, { ...use, ...how, input: container, quantity: 1 })
    for (const part of PARTS)
      for (const { item, quantity } of store.draw(part, 1, { at, suspectAtMost: 0 }))
        records.use(at, { ...use, ...how, input: item.lot, quantity })
    passesOf(serial).forEach((result, index) => {
      const testedAt = at + Math.round(HOUR_MS * (0.5 + 2 * index))
      later(testedAt, () => this.test({ serial, result, pass: index + 1, builtAt: at }, testedAt))
    })
  }

  private test(pass: { serial: string; result: Result; pass: number; builtAt: number }, at: number): void {
    const { serial, result, builtAt } = pass
    this.parts.log.book(at, 'test_result', {
      test_no: `${serial}-${pass.pass}`,
      serial_no: serial,
      material: 'PUMP-200',
      step: STEP,
      pass: pass.pass,
      equipment_no: 'T1',
      result,
      tested_at: new Date(at).toISOString(),
    })
    this.parts.log.truth({ k: 'test', t: at, serial, step: STEP, pass: pass.pass, result })
    this.unit(serial, { at, builtAt, status: { good: 'tested', rework: 'in-rework', scrap: 'scrapped' }[result] })
    if (result !== 'rework') return
    const rework = `RW-${serial}-${pass.pass}`
    const shared = { relation: 'association', quantity: 1, unit: 'piece', order: null, equipment: 'F1' } as const
    const there = { operation: '0025', usedAt: at, method: 'scan' } as const
    const back = { ...there, usedAt: at + HOUR_MS }
    this.parts.records.use(at, { ...shared, ...there, input: serial, output: rework })
    this.parts.later(at + HOUR_MS, () =>
      this.parts.records.use(at + HOUR_MS, { ...shared, ...back, input: rework, output: serial }),
    )
  }

  private unit(serial: string, { at, builtAt, status }: { at: number; builtAt: number; status: string }): void {
    this.parts.log.book(at, 'serial_unit', {
      serial_no: serial,
      material: 'PUMP-200',
      wo_no: null,
      equipment_no: 'F1',
      built_at: new Date(builtAt).toISOString(),
      status,
    })
  }
}
