/** Rows of lots, containers, consumption and movements as the MES keeps them, each with its line of truth. */
import type { QualityLog } from './quality-facts.ts'
import { rounded } from './lots-store.ts'

export interface LotOpened {
  readonly lot: string
  readonly material: string
  readonly stage: string
  readonly order: string | null
  readonly equipment: string
  readonly unit: string
  readonly madeAt: number
}

export interface Use {
  readonly input: string
  readonly output: string
  readonly relation: 'transformation' | 'association'
  readonly quantity: number | null
  readonly unit: string
  readonly order: string | null
  readonly operation: string
  readonly equipment: string
  readonly usedAt: number
  readonly method: 'scan' | 'backflush'
}

const text = (at: number): string => new Date(at).toISOString()

export class LotRecords {
  private readonly log: QualityLog
  private readonly used = new Map<string, number>()
  private readonly sinceOf = new Map<string, number>()

  constructor(log: QualityLog) {
    this.log = log
  }

  lot(at: number, opened: LotOpened, now: { quantity: number; status: string }): void {
    this.log.book(at, 'lot', {
      lot_no: opened.lot,
      material: opened.material,
      stage: opened.stage,
      supplier: null,
      supplier_lot: null,
      wo_no: opened.order,
      equipment_no: opened.equipment,
      quantity: rounded(now.quantity),
      unit: opened.unit,
      made_at: text(opened.madeAt),
      status: now.status,
    })
    this.log.truth({
      k: 'lot',
      t: at,
      lot: opened.lot,
      material: opened.material,
      stage: opened.stage,
      order: opened.order,
      quantity: rounded(now.quantity),
    })
  }

  /** One edge for each pair of lots; what is used later adds to it and keeps its first time. */
  use(at: number, use: Use, load = 1): void {
    const key = `${use.input}>${use.output}${load > 1 ? `#${load}` : ''}`
    const quantity = use.quantity === null ? null : rounded((this.used.get(key) ?? 0) + use.quantity)
    if (quantity !== null) this.used.set(key, quantity)
    const usedAt = this.sinceOf.get(key) ?? use.usedAt
    this.sinceOf.set(key, usedAt)
    this.log.book(at, 'lot_input', {
      consumption_no: key,
      input_lot: use.input,
      output_lot: use.output,
      relation: use.relation,
      quantity,
      unit: use.unit,
      wo_no: use.order,
      op_no: use.operation,
      equipment_no: use.equipment,
      consumed_at: text(usedAt),
      method: use.method,
    })
    const { input, output, relation, method } = use
    this.log.truth({ k: 'edge', t: at, key, input, output, relation, method, quantity, at: usedAt })
  }

  container(
    at: number,
    filled: { container: string; stage: 'container' | 'pallet'; quantity: number; of: LotOpened },
  ): void {
    const { container, stage, quantity, of } = filled
    this.log.book(at, 'container', {
      container_no: container,
      stage,
      material: of.material,
      wo_no: of.order,
      equipment_no: of.equipment,
      quantity,
      closed_at: text(at),
    })
    this.log.book(at, 'container_content', {
      content_no: `${of.lot}>${container}`,
      container_no: container,
      lot_no: of.lot,
      quantity,
      wo_no: of.order,
      equipment_no: of.equipment,
      packed_at: text(at),
      unpacked_at: null,
    })
    this.log.truth({ k: 'lot', t: at, lot: container, material: of.material, stage, order: of.order, quantity })
    this.log.truth({
      k: 'edge',
      t: at,
      key: `${of.lot}>${container}`,
      input: of.lot,
      output: container,
      relation: 'aggregation',
      method: 'scan',
      quantity,
      at,
    })
  }

  movement(
    at: number,
    moved: { key: string; lot: string; kind: string; place: string; equipment: string; quantity: number; unit: string },
  ): void {
    this.log.book(at, 'lot_movement', {
      movement_no: moved.key,
      lot_no: moved.lot,
      kind: moved.kind,
      destination: moved.place,
      equipment_no: moved.equipment,
      quantity: rounded(moved.quantity),
      unit: moved.unit,
      moved_at: text(at),
    })
    const { key, lot, kind, place, quantity } = moved
    this.log.truth({ k: 'lot-movement', t: at, key, lot, kind, place, quantity: rounded(quantity) })
  }
}
