/** Parts into pens, pens into cartons, cartons into blisters, blisters onto pallets. */
import type { ContainerFilled, Production } from './lots-production.ts'
import { SUSPECT_LOTS } from './lots-moulding.ts'
import type { LotOpened, LotRecords } from './lots-records.ts'
import { type LotStore, rounded, unitOf } from './lots-store.ts'
import { bookDefects } from './quality-defects.ts'
import type { QualityLog } from './quality-facts.ts'

/** What a piece takes. */
const PARTS = [
  ['PEN-BARREL', 1],
  ['PEN-CAP', 1],
  ['PEN-HUB', 1],
  ['PEN-PLUNGER', 1],
  ['SPRING-01', 1],
  ['LUB-02', 0.002],
] as const
const MOULDED = ['PEN-BARREL', 'PEN-CAP', 'PEN-HUB', 'PEN-PLUNGER']
/** Every so many orders the lubricant is backflushed instead of scanned. */
const BACKFLUSHED_EVERY = 5
/** Orders of packing whose labels nobody scanned. */
const UNLABELLED = new Set([3, 8])
/** No more than this share of a lot comes of suspect parts, so that they reach all the lots they are meant to. */
const SUSPECT_SHARE = 0.5
const SUSPECT_SHARE_OF_PARTS = 0.25

interface Making {
  readonly lot: LotOpened
  readonly index: number
  readonly isSuspect: boolean
  made: number
  suspectLeft: number
  pallets: Pallet[]
}

export interface Pallet {
  readonly pallet: string
  readonly packLot: LotOpened
  readonly quantity: number
  readonly isSuspect: boolean
}

interface Parts {
  readonly log: QualityLog
  readonly store: LotStore
  readonly records: LotRecords
}

function lotOf(event: Production, letter: 'A' | 'P', stage: string): LotOpened {
  return {
    lot: `${letter}-${Number(event.order.number)}`,
    material: event.order.material,
    stage,
    order: event.order.number,
    equipment: event.unit.code,
    unit: 'piece',
    madeAt: event.at,
  }
}

function takeInto(
  { store, records }: Parts,
  making: Making,
  need: {
    component: string
    quantity: number
    at: number
    openedAt: number
    suspectAtMost: number
    method: 'scan' | 'backflush'
  },
): number {
  const { component, at, openedAt, method } = need
  let suspect = 0
  for (const { item, quantity } of store.draw(component, need.quantity, { at, suspectAtMost: need.suspectAtMost })) {
    if (item.isSuspect) suspect += quantity
    const { lot } = making
    const use = { input: item.lot, output: lot.lot, relation: 'transformation', quantity, method } as const
    const where = { unit: unitOf(component), order: lot.order, operation: '0010', equipment: lot.equipment }
    records.use(at, { ...use, ...where, usedAt: Math.max(openedAt, item.availableAt) })
  }
  return suspect
}

export class AssemblyLots {
  private readonly parts: Parts
  private making: Making | null = null
  private suspectLots = 0

  constructor(parts: Parts) {
    this.parts = parts
  }

  handle(event: Production): void {
    if (event.kind === 'begin') this.begin(event)
    else if (event.kind === 'container') this.fill(event)
    else if (event.kind === 'end' && this.making) {
      this.parts.records.lot(event.at, this.making.lot, { quantity: this.making.made, status: 'closed' })
      this.making = null
    }
  }

  private begin(event: Production): void {
    const isSuspect =
      this.suspectLots < SUSPECT_LOTS.assembly && MOULDED.some((part) => this.parts.store.hasSuspect(part))
    if (isSuspect) this.suspectLots += 1
    const lot = lotOf(event, 'A', 'assembled')
    this.making = { lot, index: event.order.index, isSuspect, made: 0, suspectLeft: Infinity, pallets: [] }
    this.parts.records.lot(event.at, lot, { quantity: 0, status: 'open' })
  }

  private fill(event: ContainerFilled): void {
    const making = this.making
    if (!making) return
    const { at, openedAt, good, scrap, rework } = event
    const pieces = good + scrap + rework
    for (const [component, each] of PARTS) {
      const isBackflushed = component === 'LUB-02' && making.index % BACKFLUSHED_EVERY === 0
      const method = isBackflushed ? 'backflush' : 'scan'
      const suspectAtMost = making.isSuspect ? Math.ceil(pieces * SUSPECT_SHARE_OF_PARTS) : 0
      takeInto(this.parts, making, { component, quantity: rounded(pieces * each), at, openedAt, suspectAtMost, method })
    }
    making.made += pieces
    const { lot } = making
    const { records, store } = this.parts
    records.lot(at, lot, { quantity: making.made, status: 'open' })
    bookDefects(this.parts, { event, lot, family: 'assembly' })
    if (good === 0) return
    const container = `${lot.lot}-C${String(event.number).padStart(2, '0')}`
    records.container(at, { container, stage: 'container', quantity: good, of: lot })
    const { isSuspect } = making
    store.put({ lot: container, material: lot.material, availableAt: at, left: good, isSuspect }, at)
  }
}

export class PackLots {
  private readonly parts: Parts
  private readonly onPallet: (pallet: Pallet, at: number) => void
  private readonly onSuspectLot: (count: number, at: number) => void
  private making: Making | null = null
  private suspectLots = 0

  constructor(
    parts: Parts,
    on: { pallet: (pallet: Pallet, at: number) => void; suspectLot: (count: number, at: number) => void },
  ) {
    this.parts = parts
    this.onPallet = on.pallet
    this.onSuspectLot = on.suspectLot
  }

  handle(event: Production): void {
    if (event.kind === 'begin') this.begin(event)
    else if (event.kind === 'container') this.fill(event)
    else if (event.kind === 'end') this.end(event.at)
  }

  private begin(event: Production): void {
    const { order } = event
    const isSuspect = this.suspectLots < SUSPECT_LOTS.packing && this.parts.store.hasSuspect(order.material)
    if (isSuspect) this.suspectLots += 1
    const lot = lotOf(event, 'P', 'packed')
    const suspectLeft = isSuspect ? Math.ceil(order.pieces * SUSPECT_SHARE) : 0
    this.making = { lot, index: order.index, isSuspect, made: 0, suspectLeft, pallets: [] }
    this.parts.records.lot(event.at, lot, { quantity: 0, status: 'open' })
  }

  private fill(event: ContainerFilled): void {
    const making = this.making
    if (!making) return
    const { at, openedAt, good, scrap, rework } = event
    const { lot } = making
    const pieces = good + scrap + rework
    const label = lot.material === 'PEN-100-R' ? 'LABEL-R' : 'LABEL-B'
    const needs = [
      [lot.material, pieces],
      ['BLISTER', rounded(pieces / 10)],
      ...(UNLABELLED.has(making.index) ? [] : [[label, pieces] as const]),
    ] as const
    for (const [component, quantity] of needs) {
      const suspectAtMost = component === lot.material ? making.suspectLeft : 0
      const need = { component, quantity, at, openedAt, suspectAtMost, method: 'scan' } as const
      making.suspectLeft -= takeInto(this.parts, making, need)
    }
    if (UNLABELLED.has(making.index))
      this.parts.log.truth({
        k: 'unrecorded',
        t: at,
        what: 'consumption',
        lot: lot.lot,
        component: label,
        quantity: pieces,
      })
    making.made += pieces
    const { records } = this.parts
    records.lot(at, lot, { quantity: making.made, status: 'open' })
    bookDefects(this.parts, { event, lot, family: 'pack' })
    if (good === 0) return
    const pallet = `PAL-${lot.lot}-${event.number}`
    records.container(at, { container: pallet, stage: 'pallet', quantity: good, of: lot })
    this.onPallet({ pallet, packLot: lot, quantity: good, isSuspect: making.isSuspect }, at)
  }

  private end(at: number): void {
    const making = this.making
    if (!making) return
    this.parts.records.lot(at, making.lot, { quantity: making.made, status: 'closed' })
    this.making = null
    if (making.isSuspect) this.onSuspectLot(this.suspectLots, at)
  }
}
