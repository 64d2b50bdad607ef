/** Lots on hand, first in, first out; what is short is bought. Every change is a row of the MES. */
import type { QualityLog } from './quality-facts.ts'
import { fractionOf, hashOf } from './random.ts'
import { localTime } from './quality-office.ts'

export interface Stocked {
  readonly lot: string
  readonly material: string
  readonly availableAt: number
  left: number
  /** Made of the lot with the planted defect. */
  readonly isSuspect: boolean
}

export interface Drawn {
  readonly item: Stocked
  readonly quantity: number
}

interface Purchase {
  readonly supplier: string
  readonly quantity: number
  readonly unit: 'kg' | 'piece'
}
/** Boards of other makers, until the own ones are there. */
const BOARDS_BOUGHT: Purchase = { supplier: 'V11', quantity: 200, unit: 'piece' }
/** Lots as suppliers send them. */
const PURCHASES: Readonly<Record<string, Purchase>> = {
  'RM-PP': { supplier: 'V03', quantity: 200, unit: 'kg' },
  'RM-POM': { supplier: 'V07', quantity: 250, unit: 'kg' },
  'MB-WHITE': { supplier: 'V02', quantity: 25, unit: 'kg' },
  'MB-BLUE': { supplier: 'V02', quantity: 25, unit: 'kg' },
  'SPRING-01': { supplier: 'V04', quantity: 60_000, unit: 'piece' },
  'LUB-02': { supplier: 'V06', quantity: 200, unit: 'kg' },
  'PUMP-CTRL': BOARDS_BOUGHT,
  BLISTER: { supplier: 'V08', quantity: 20_000, unit: 'piece' },
  'LABEL-B': { supplier: 'V08', quantity: 50_000, unit: 'piece' },
  'LABEL-R': { supplier: 'V08', quantity: 50_000, unit: 'piece' },
}
const BOUGHT_IN: Purchase = { supplier: 'V05', quantity: 50_000, unit: 'piece' }
/** Small parts of pumps. */
const SMALL: Purchase = { supplier: 'V10', quantity: 2_000, unit: 'piece' }
const SMALL_PARTS = ['MOTOR-01', 'HOUSING-01', 'DISPLAY-01', 'BATTERY-01']
const isOfPumps = (name: string): boolean =>
  SMALL_PARTS.some((part) => name.startsWith(part)) || name.startsWith('REEL-') || name.startsWith('PUMP-CTRL')

export const unitOf = (material: string): 'kg' | 'piece' => PURCHASES[material]?.unit ?? 'piece'
export const rounded = (quantity: number): number => Math.round(quantity * 1e6) / 1e6

export class LotStore {
  private readonly log: QualityLog
  private readonly queues = new Map<string, Stocked[]>()
  private readonly numbers = new Map<string, number>()
  private readonly received = new Map<string, number>()

  constructor(log: QualityLog) {
    this.log = log
  }

  /** Skips one number of a material's lots: it is received apart. */
  nextNumber(material: string): number {
    const number = (this.numbers.get(material) ?? (material === 'RM-PP' ? 4 : 0)) + 1
    const free = material === 'RM-PP' && number === 7 ? 8 : number
    this.numbers.set(material, free)
    return free
  }

  receive(material: string, at: number, apart?: { number: number; quantity: number }): Stocked {
    const { supplier, unit, ...usual } = PURCHASES[material] ?? (SMALL_PARTS.includes(material) ? SMALL : BOUGHT_IN)
    const quantity = apart?.quantity ?? usual.quantity
    const lot = `${material}-${String(apart?.number ?? this.nextNumber(material)).padStart(4, '0')}`
    const site = isOfPumps(material) ? 'BRQ' : 'SUZ'
    this.log.book(at, 'lot', {
      lot_no: lot,
      material,
      stage: 'received',
      supplier,
      supplier_lot: `${supplier}-${hashOf(lot) % 1_000_000}`,
      wo_no: null,
      equipment_no: `${site}-STORE`,
      quantity,
      unit,
      made_at: new Date(at).toISOString(),
      status: 'released',
    })
    this.log.truth({ k: 'lot', t: at, lot, material, stage: 'received', quantity })
    this.inspect(lot, material, at)
    this.received.set(lot, quantity)
    const item: Stocked = { lot, material, availableAt: at, left: quantity, isSuspect: apart !== undefined }
    if (!apart) this.put(item, at)
    return item
  }

  /** Incoming inspection: 50 of each lot; a bad one now and then is seen and accepted with the rest. */
  private inspect(lot: string, material: string, at: number): void {
    const bad = Math.floor(fractionOf(hashOf('incoming'), hashOf(lot)) * 3)
    const equipment = isOfPumps(material) ? 'BRQ-STORE' : 'SUZ-STORE'
    this.log.book(at, 'inspection_lot', {
      inspection_no: `II-${lot}`,
      lot_no: lot,
      material,
      kind: 'incoming',
      equipment_no: equipment,
      inspected: 50,
      accepted: 50 - bad,
      decision: 'accepted',
      decided_local: localTime(at),
    })
    this.log.truth({ k: 'inspection', t: at, lot, inspected: 50, accepted: 50 - bad, decision: 'accepted' })
  }

  put(item: Stocked, at: number, location = 'WIP'): void {
    const queue = this.queueOf(item.material, item.isSuspect)
    queue.push(item)
    this.setStock(item.lot, location, { at, quantity: item.left, unit: unitOf(item.material) })
  }

  /** Takes a quantity, the oldest first; from suspect lots first when allowed, and at most so much of them. */
  draw(material: string, quantity: number, how: { at: number; suspectAtMost: number }): Drawn[] {
    const drawn: Drawn[] = []
    let left = quantity
    let suspectLeft = how.suspectAtMost
    while (left > 1e-9) {
      const suspects = this.queueOf(material, true)
      const isSuspect = suspectLeft > 1e-9 && suspects.length > 0
      const queue = isSuspect ? suspects : this.queueOf(material, false)
      if (queue.length === 0) this.receive(material, how.at)
      const item = queue[0] as Stocked
      const taken = rounded(Math.min(item.left, left, isSuspect ? suspectLeft : Infinity))
      item.left = rounded(item.left - taken)
      left = rounded(left - taken)
      if (isSuspect) suspectLeft -= taken
      this.setStock(item.lot, 'WIP', { at: how.at, quantity: item.left, unit: unitOf(material) })
      if (item.left <= 0) queue.shift()
      drawn.push({ item, quantity: taken })
    }
    return drawn
  }

  /** Sets a part of the oldest lot apart for a hopper; what is not used comes back with `giveBack`. */
  reserve(material: string, quantity: number, how: { at: number; not?: string | undefined; isWhole: boolean }): Drawn {
    const queue = this.queueOf(material, false)
    const fits = (item: Stocked) => item.lot !== how.not && (!how.isWhole || item.left >= quantity)
    if (!queue.some(fits)) this.receive(material, how.at)
    const index = queue.findIndex(fits)
    const item = queue[index] as Stocked
    const taken = rounded(Math.min(item.left, quantity))
    item.left = rounded(item.left - taken)
    if (item.left <= 0) queue.splice(index, 1)
    return { item, quantity: taken }
  }

  receivedOf(lot: string): number {
    return this.received.get(lot) ?? 0
  }

  giveBack({ item, quantity }: Drawn): void {
    if (quantity <= 0) return
    const queue = this.queueOf(item.material, item.isSuspect)
    if (!queue.includes(item)) queue.unshift(item)
    item.left = rounded(item.left + quantity)
  }

  hasSuspect(material: string): boolean {
    return this.queueOf(material, true).length > 0
  }

  setStock(lot: string, location: string, now: { at: number; quantity: number; unit: string; status?: string }): void {
    const quantity = rounded(now.quantity)
    // Containers of boards lie with the pumps too.
    const isSmall = isOfPumps(lot) || lot.startsWith('B-')
    this.log.book(now.at, 'lot_stock', {
      stock_no: `${lot}/${location}`,
      lot_no: lot,
      equipment_no: isSmall ? 'BRQ-STORE' : 'SUZ-STORE',
      location,
      status: now.status ?? 'unrestricted',
      quantity,
      unit: now.unit,
    })
    this.log.truth({ k: 'lot-stock', t: now.at, lot, location, quantity })
  }

  private queueOf(material: string, isSuspect: boolean): Stocked[] {
    const key = `${isSuspect ? '!' : ''}${material}`
    const known = this.queues.get(key)
    if (known) return known
    const queue: Stocked[] = []
    this.queues.set(key, queue)
    return queue
  }
}
