/** Resin into hoppers, hoppers into moulding lots, moulding lots into containers. */
import type { ContainerFilled, Production } from './lots-production.ts'
import type { LotOpened, LotRecords } from './lots-records.ts'
import { type LotStore, type Stocked, rounded } from './lots-store.ts'
import type { SetName } from './parameters.ts'
import type { QualityLog } from './quality-facts.ts'
import { bookDefects } from './quality-defects.ts'

/** Resin of each part, grams a piece. */
const RESIN: Readonly<Record<string, readonly [string, number]>> = {
  'PEN-BARREL': ['RM-PP', 4.2],
  'PEN-PLUNGER': ['RM-POM', 3.1],
  'PEN-CAP': ['RM-PP', 2.6],
  'PEN-HUB': ['RM-PP', 1.1],
}
/** The lot with the planted defect. */
export const SUSPECT = { material: 'RM-PP', number: 7, lot: 'RM-PP-0007', quantity: 1_000 }
const SUSPECT_AFTER_MS: Readonly<Record<SetName, number>> = { reference: 20 * 3_600_000, nervous: 20 * 60_000 }
export const SUSPECT_LOTS = { moulding: 6, assembly: 11, packing: 9 }
/** This much of the suspect lot was spilled and nobody wrote it down. */
const UNRECORDED_SHARE = 0.001
const SAMPLE_KG = 0.5
/** The order with a change of hopper after this share of its pieces. */
const SPLIT = { unit: 'IM01', index: 1, share: 0.62 }

interface Hopper {
  readonly item: Stocked
  readonly limitKg: number
  readonly reservedKg: number
  readonly load: number
  readonly loadedAt: number
  usedKg: number
  pieces: number
}

interface Moulding {
  readonly lot: LotOpened
  readonly gramsPerPiece: number
  readonly resin: string
  readonly isSuspect: boolean
  readonly isSplit: boolean
  hopper: Hopper | null
  loads: number
  made: number
}

export class MouldingLots {
  private readonly log: QualityLog
  private readonly store: LotStore
  private readonly records: LotRecords
  private readonly running = new Map<string, Moulding>()
  private readonly suspectAt: number
  private suspect: Stocked | null = null
  private suspectLots: string[] = []
  private suspectOpen = 0
  private used = new Map<string, number>()

  constructor(parts: { log: QualityLog; store: LotStore; records: LotRecords; fromAt: number; set: SetName }) {
    this.log = parts.log
    this.store = parts.store
    this.records = parts.records
    this.suspectAt = parts.fromAt + SUSPECT_AFTER_MS[parts.set]
  }

  handle(event: Production): void {
    if (event.kind === 'begin') this.begin(event)
    else if (event.kind === 'minute') this.consume(event)
    else if (event.kind === 'container') this.fill(event)
    else if (event.kind === 'end') this.end(event)
  }

  private begin({ at, unit, order }: Production): void {
    const [resin, gramsPerPiece] = RESIN[order.material] ?? ['RM-PP', 1]
    const lot: LotOpened = {
      lot: `M-${Number(order.number)}`,
      material: order.material,
      stage: 'moulded',
      order: order.number,
      equipment: unit.code,
      unit: 'piece',
      madeAt: at,
    }
    const isSuspect =
      resin === SUSPECT.material && at >= this.suspectAt && this.suspectLots.length < SUSPECT_LOTS.moulding
    if (isSuspect) {
      this.suspectLots.push(lot.lot)
      this.suspectOpen += 1
      if (!this.suspect) this.receiveSuspect(at)
    }
    const isSplit = unit.code === SPLIT.unit && order.index === SPLIT.index
    const moulding: Moulding = { lot, gramsPerPiece, resin, isSuspect, isSplit, hopper: null, loads: 0, made: 0 }
    this.running.set(unit.code, moulding)
    this.records.lot(at, lot, { quantity: 0, status: 'open' })
    const limitKg = isSplit ? (order.pieces * SPLIT.share * gramsPerPiece) / 1000 : Infinity
    this.load(moulding, at, { limitKg, not: undefined })
  }

  private receiveSuspect(at: number): void {
    this.suspect = this.store.receive(SUSPECT.material, at, { number: SUSPECT.number, quantity: SUSPECT.quantity })
    this.setOnHand(this.suspect, at)
    const sample = { key: `${SUSPECT.lot}-sample`, lot: SUSPECT.lot, kind: 'sample', place: 'LAB', unit: 'kg' }
    this.records.movement(at, { ...sample, equipment: 'SUZ-STORE', quantity: SAMPLE_KG })
    this.use(this.suspect, SAMPLE_KG, at)
  }

  private load(moulding: Moulding, at: number, how: { limitKg: number; not: string | undefined }): void {
    const usual = moulding.gramsPerPiece > 2.7 ? 120 : 60
    const wanted = Number.isFinite(how.limitKg) ? how.limitKg : usual
    const reserved =
      moulding.isSuspect && this.suspect
        ? { item: this.suspect, quantity: wanted }
        : this.store.reserve(moulding.resin, wanted, { at, not: how.not, isWhole: Number.isFinite(how.limitKg) })
    moulding.loads += 1
    moulding.hopper = {
      item: reserved.item,
      limitKg: reserved.quantity,
      reservedKg: moulding.isSuspect ? 0 : reserved.quantity,
      load: moulding.loads,
      loadedAt: at,
      usedKg: 0,
      pieces: 0,
    }
    this.edge(moulding, at, null)
  }

  private edge(moulding: Moulding, at: number, quantity: number | null): void {
    const hopper = moulding.hopper as Hopper
    const { lot } = moulding
    const use = { input: hopper.item.lot, output: lot.lot, relation: 'transformation', unit: 'kg' } as const
    const where = { order: lot.order, operation: '0010', equipment: lot.equipment, usedAt: hopper.loadedAt }
    this.records.use(at, { ...use, ...where, quantity, method: 'scan' }, hopper.load)
  }

  private consume(event: Extract<Production, { kind: 'minute' }>): void {
    const moulding = this.running.get(event.unit.code)
    const hopper = moulding?.hopper
    if (!moulding || !hopper) return
    hopper.usedKg += (event.pieces * moulding.gramsPerPiece) / 1000
    hopper.pieces += event.pieces
    // A hopper is changed on the minute, as its operator writes it down.
    if (!event.isWhole || hopper.usedKg < hopper.limitKg) return
    this.unload(moulding, event.at)
    this.load(moulding, event.at, { limitKg: Infinity, not: moulding.isSplit ? hopper.item.lot : undefined })
  }

  /** What the hopper gave is known when it is empty or the order ends. */
  private unload(moulding: Moulding, at: number): void {
    const hopper = moulding.hopper
    if (!hopper) return
    const usedKg = rounded(hopper.usedKg)
    this.edge(moulding, at, usedKg)
    this.use(hopper.item, usedKg, at)
    if (!moulding.isSuspect) this.store.giveBack({ item: hopper.item, quantity: hopper.reservedKg - usedKg })
    const { lot } = moulding
    this.log.truth({
      k: 'hopper',
      t: at,
      lot: lot.lot,
      input: hopper.item.lot,
      pieces: hopper.pieces,
      load: hopper.load,
      isPlanted: moulding.isSplit,
    })
    moulding.hopper = null
  }

  private use(item: Stocked, quantity: number, at: number): void {
    this.used.set(item.lot, rounded((this.used.get(item.lot) ?? 0) + quantity))
    this.setOnHand(item, at)
  }

  private setOnHand(item: Stocked, at: number, change: { lostKg?: number; status?: string } = {}): void {
    const received = item.lot === SUSPECT.lot ? SUSPECT.quantity : this.store.receivedOf(item.lot)
    const quantity = received - (this.used.get(item.lot) ?? 0) - (change.lostKg ?? 0)
    // Resin is kept where it was put when it came.
    const location = item.lot === SUSPECT.lot ? 'RM' : 'WIP'
    const status = change.status ?? 'unrestricted'
    this.store.setStock(item.lot, location, { at, quantity, unit: 'kg', status })
  }

  private fill(event: ContainerFilled): void {
    const moulding = this.running.get(event.unit.code)
    if (!moulding) return
    const { lot } = moulding
    moulding.made += event.good + event.scrap + event.rework
    this.records.lot(event.at, lot, { quantity: moulding.made, status: 'open' })
    const container = `${lot.lot}-C${String(event.number).padStart(2, '0')}`
    bookDefects({ log: this.log, records: this.records }, { event, lot, family: 'mould' })
    if (event.good === 0) return
    this.records.container(event.at, { container, stage: 'container', quantity: event.good, of: lot })
    const { isSuspect } = moulding
    const item = { lot: container, material: lot.material, availableAt: event.at, left: event.good, isSuspect }
    this.store.put(item, event.at)
  }

  private end({ at, unit }: Production): void {
    const moulding = this.running.get(unit.code)
    if (!moulding) return
    this.unload(moulding, at)
    this.records.lot(at, moulding.lot, { quantity: moulding.made, status: 'closed' })
    this.running.delete(unit.code)
    if (!moulding.isSuspect) return
    this.suspectOpen -= 1
    if (this.suspectLots.length === SUSPECT_LOTS.moulding && this.suspectOpen === 0) this.block(at)
  }

  /** The defect is found: the rest of the lot is blocked, and a little less of it is there than anybody wrote down. */
  private block(at: number): void {
    const item = this.suspect as Stocked
    const lostKg = SUSPECT.quantity * UNRECORDED_SHARE
    this.setOnHand(item, at, { lostKg, status: 'blocked' })
    this.log.truth({ k: 'unrecorded', t: at, what: 'scrap', lot: item.lot, quantity: lostKg })
    this.log.book(at, 'nonconformance', {
      nc_no: `NC-${SUSPECT.lot}`,
      lot_no: SUSPECT.lot,
      equipment_no: 'SUZ-STORE',
      reason: 'moisture above limit',
      opened_at: new Date(at).toISOString(),
      closed_at: null,
    })
  }
}
