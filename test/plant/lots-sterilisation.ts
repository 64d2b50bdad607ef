/** Pallets into the loads that the steriliser runs, then released and sent to customers. */
import type { Pallet } from './lots-assembly.ts'
import { SUSPECT_LOTS } from './lots-moulding.ts'
import type { Production } from './lots-production.ts'
import type { LotOpened, LotRecords } from './lots-records.ts'
import type { LotStore } from './lots-store.ts'
import { localTime } from './quality-office.ts'
import type { QualityLog } from './quality-facts.ts'
import { fractionOf, hashOf } from './random.ts'

const HOUR_MS = 3_600_000
const RELEASE_MS = 12 * HOUR_MS
/** The chamber holds 24 carriers, and a pallet of P1 goes onto eight of them. */
const MOST_PALLETS = 3
/** Pack lots of the planted defect that go into the first of two loads. */
const IN_FIRST_LOAD = 5
const SUSPECT_CUSTOMERS = ['C03', 'C07', 'C11']
const CUSTOMERS = 20
const KEPT = 0.1
const SAMPLE_PIECES = 80

interface Parts {
  readonly log: QualityLog
  readonly store: LotStore
  readonly records: LotRecords
  /** Does something later. */
  readonly later: (at: number, run: () => void) => void
}

type Location = 'PACK' | 'STER' | 'FG'

const piecesOf = (pallets: readonly Pallet[]): number => pallets.reduce((sum, pallet) => sum + pallet.quantity, 0)

export class Sterilisation {
  private readonly parts: Parts
  private waiting: Pallet[] = []
  private suspects: Pallet[] = []
  /** Suspect pallets whose load is the next one. */
  private ready: Pallet[] = []
  private running: { load: LotOpened; pallets: readonly Pallet[] } | null = null
  private readonly stock = new Map<string, number>()

  constructor(parts: Parts) {
    this.parts = parts
  }

  arrive(pallet: Pallet, at: number): void {
    this.move(pallet.packLot, at, { to: 'PACK', quantity: pallet.quantity })
    ;(pallet.isSuspect ? this.suspects : this.waiting).push(pallet)
  }

  /**
   * A pack lot of the planted defect is complete: after the fifth and the ninth they wait for the next load, all in one,
   * which is more than the chamber holds: two loads are what is planted.
   */
  suspectLot(count: number): void {
    if (count !== IN_FIRST_LOAD && count !== SUSPECT_LOTS.packing) return
    this.ready = this.suspects.splice(0)
  }

  /** The steriliser says when a load begins and ends; without pallets it runs what the records do not know. */
  handle(event: Production): void {
    if (event.kind === 'begin') this.begin(event)
    else if (event.kind === 'container' && this.running) this.end(this.running, event.at)
    if (event.kind === 'container') this.running = null
  }

  private begin({ at, order }: Production): void {
    const suspects = this.ready
    this.ready = []
    const pallets = [...suspects, ...this.waiting.splice(0, suspects.length > 0 ? 1 : MOST_PALLETS)]
    if (pallets.length === 0) return
    const load: LotOpened = {
      lot: `EO-${Number(order.number)}`,
      material: order.material,
      stage: 'load',
      order: order.number,
      equipment: 'ST01',
      unit: 'piece',
      madeAt: at,
    }
    this.running = { load, pallets }
    this.parts.records.lot(at, load, { quantity: piecesOf(pallets), status: 'open' })
    for (const pallet of pallets) this.enter(pallet, load, at)
  }

  private end({ load, pallets }: { load: LotOpened; pallets: readonly Pallet[] }, at: number): void {
    const quantity = piecesOf(pallets)
    const releasedAt = at + RELEASE_MS
    this.parts.later(releasedAt, () => {
      this.parts.records.lot(releasedAt, load, { quantity, status: 'released' })
      for (const pallet of pallets) this.release(pallet, releasedAt)
      this.inspect(pallets, load, releasedAt)
    })
  }

  private enter(pallet: Pallet, load: LotOpened, at: number): void {
    const use = { input: pallet.pallet, output: load.lot, relation: 'association', quantity: pallet.quantity } as const
    const where = { unit: 'piece', order: pallet.packLot.order, operation: '0030', equipment: 'ST01' }
    this.parts.records.use(at, { ...use, ...where, usedAt: at, method: 'scan' })
    this.move(pallet.packLot, at, { from: 'PACK', to: 'STER', quantity: pallet.quantity })
  }

  private release(pallet: Pallet, at: number): void {
    this.move(pallet.packLot, at, { from: 'STER', to: 'FG', quantity: pallet.quantity })
    const chance = fractionOf(hashOf('kept'), hashOf(pallet.pallet))
    if (chance < KEPT) return
    const shippedAt = at + Math.round(HOUR_MS * (4 + 40 * fractionOf(hashOf('shipped'), hashOf(pallet.pallet))))
    const number = hashOf(pallet.pallet)
    const customer = pallet.isSuspect
      ? (SUSPECT_CUSTOMERS[number % SUSPECT_CUSTOMERS.length] as string)
      : `C${String(1 + (number % CUSTOMERS)).padStart(2, '0')}`
    this.parts.later(shippedAt, () => this.ship(pallet, customer, shippedAt))
  }

  private ship(pallet: Pallet, customer: string, at: number): void {
    const { packLot, quantity } = pallet
    this.move(packLot, at, { from: 'FG', quantity })
    const moved = { key: `D-${pallet.pallet}`, lot: packLot.lot, kind: 'shipment', place: customer }
    this.parts.records.movement(at, { ...moved, equipment: 'SUZ-STORE', quantity, unit: 'piece' })
  }

  /** Final inspection of each pack lot, when the first of its pallets is released. */
  private inspect(pallets: readonly Pallet[], load: LotOpened, at: number): void {
    for (const lot of new Set(pallets.map((pallet) => pallet.packLot))) {
      const accepted = SAMPLE_PIECES - (hashOf(`${lot.lot}${load.lot}`) % 2)
      const row = { inspected: SAMPLE_PIECES, accepted, decision: 'accepted' }
      this.parts.log.book(at, 'inspection_lot', {
        inspection_no: `IF-${lot.lot}-${load.lot}`,
        lot_no: lot.lot,
        material: lot.material,
        kind: 'final',
        equipment_no: lot.equipment,
        ...row,
        decided_local: localTime(at),
      })
      this.parts.log.truth({ k: 'inspection', t: at, lot: lot.lot, ...row })
    }
  }

  private move(lot: LotOpened, at: number, how: { from?: Location; to?: Location; quantity: number }): void {
    const change = (location: Location, by: number): void => {
      const key = `${lot.lot}/${location}`
      const quantity = (this.stock.get(key) ?? 0) + by
      this.stock.set(key, quantity)
      this.parts.store.setStock(lot.lot, location, { at, quantity, unit: 'piece' })
    }
    if (how.from) change(how.from, -how.quantity)
    if (how.to) change(how.to, how.quantity)
  }
}
