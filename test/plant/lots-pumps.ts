/** Boards in containers, boards and parts into pumps with a serial each, as the machines make and test them. */
import type { ContainerFilled, Production } from './lots-production.ts'
import type { LotOpened, LotRecords } from './lots-records.ts'
import type { LotStore } from './lots-store.ts'
import type { QualityLog } from './quality-facts.ts'
import { PumpTests } from './pump-tests.ts'

const BOARD = 'PUMP-CTRL'
const PARTS = [BOARD, 'MOTOR-01', 'HOUSING-01', 'DISPLAY-01', 'BATTERY-01']
const REELS = ['REEL-MCU', 'REEL-CAP', 'REEL-RES']
const BOARDS_PER_REEL_SET = { 'REEL-MCU': 1, 'REEL-CAP': 14, 'REEL-RES': 23 } as const

interface Parts {
  readonly log: QualityLog
  readonly store: LotStore
  readonly records: LotRecords
  readonly later: (at: number, run: () => void) => void
}

/** Lots of boards; their containers wait for the assembly. */
export class BoardLots {
  private readonly parts: Parts
  private board: LotOpened | null = null
  private made = 0

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
    store.put({ lot: container, material: BOARD, availableAt: at, left: good, isSuspect: false }, at)
  }
}

/**
 * Pumps of the three cells: each tray that a cell fills takes boards and parts, and each pump of it gets its serial; the
 * tester takes them one by one. What the cell reworked leaves it as a pump, what it scrapped does not.
 */
export class PumpUnits {
  private readonly parts: Parts
  private readonly tests: PumpTests
  private readonly making = new Map<string, { lot: LotOpened; made: number }>()
  private built = 0

  constructor(parts: Parts) {
    this.parts = parts
    this.tests = new PumpTests(parts, (at) => this.opening(at))
  }

  handle(event: Production): void {
    if (event.kind === 'piece') this.tests.test(event.result, event.at)
    else if (event.unit.code === 'T1') return
    else if (event.kind === 'begin') this.open(event.unit.code, event)
    else if (event.kind === 'container') this.fill(event)
    else if (event.kind === 'end') this.close(event)
  }

  private open(cell: string, { at, order }: Pick<Production, 'at' | 'order'>): void {
    const lot = {
      ...{ lot: `F-${Number(order.number)}`, material: order.material, stage: 'assembled', order: order.number },
      ...{ equipment: cell, unit: 'piece', madeAt: at },
    }
    this.making.set(cell, { lot, made: 0 })
    this.parts.records.lot(at, lot, { quantity: 0, status: 'open' })
  }

  private close({ at, unit }: Production): void {
    const making = this.making.get(unit.code)
    if (making) this.parts.records.lot(at, making.lot, { quantity: making.made, status: 'closed' })
    this.making.delete(unit.code)
  }

  private fill({ at, unit, openedAt, number, good, scrap, rework }: ContainerFilled): void {
    const making = this.making.get(unit.code)
    if (!making) return
    const { records, store } = this.parts
    const { lot } = making
    const pieces = good + scrap + rework
    making.made += pieces
    records.lot(at, lot, { quantity: making.made, status: 'open' })
    for (const part of PARTS)
      for (const { item, quantity } of store.draw(part, pieces, { at, suspectAtMost: 0 })) {
        const use = { input: item.lot, output: lot.lot, relation: 'transformation', quantity, method: 'scan' } as const
        const where = { unit: 'piece', order: lot.order, operation: '0010', equipment: unit.code }
        records.use(at, { ...use, ...where, usedAt: Math.max(openedAt, item.availableAt) })
      }
    const moved = { key: `${lot.lot}-${number}-scrap`, lot: lot.lot, kind: 'scrap', place: 'assembly' }
    if (scrap > 0) records.movement(at, { ...moved, equipment: unit.code, quantity: scrap, unit: 'piece' })
    for (let pump = 0; pump < good + rework; pump += 1) this.tests.arrive({ ...this.build(lot, at), builtAt: at })
  }

  private build(lot: LotOpened, at: number): { serial: string; order: string | null; cell: string } {
    this.built += 1
    const serial = `PUMP-200-${String(this.built).padStart(6, '0')}`
    const pump = { serial, order: lot.order, cell: lot.equipment }
    this.tests.status({ ...pump, builtAt: at }, at, 'built')
    const use = { input: lot.lot, output: serial, relation: 'transformation', quantity: 1, unit: 'piece' } as const
    const how = { order: lot.order, operation: '0010', equipment: lot.equipment, usedAt: at, method: 'scan' } as const
    this.parts.records.use(at, { ...use, ...how })
    return pump
  }

  private openingLot: { lot: LotOpened; made: number } | null = null

  /** A pump that was built before the records begin: the tester runs from the first minute on. */
  private opening(at: number): { serial: string; order: string | null; cell: string; builtAt: number } {
    const lot = {
      ...{ lot: 'F-OPENING', material: 'PUMP-200-A', stage: 'assembled', order: null },
      ...{ equipment: 'F1-1', unit: 'piece', madeAt: at },
    }
    this.openingLot ??= { lot, made: 0 }
    this.openingLot.made += 1
    this.parts.records.lot(at, this.openingLot.lot, { quantity: this.openingLot.made, status: 'closed' })
    return { ...this.build(this.openingLot.lot, at), builtAt: at }
  }
}
