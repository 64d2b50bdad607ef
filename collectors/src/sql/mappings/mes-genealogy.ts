/** Lots, containers, consumption, stock and serials of the MES. A consumption is never edited: it is cancelled. */
import { lotStage } from '@gemba/contracts/quality-record'
import { edgeMethod, edgeRelation } from '@gemba/contracts/trace'
import type { PullStream } from '../mapping.ts'
import { rowStream } from './mes-rows.ts'

const LOT_STATUS = {
  open: 'open',
  inspection: 'inspection',
  released: 'released',
  blocked: 'blocked',
  closed: 'closed',
}
type LotStatus = keyof typeof LOT_STATUS
const isLotStatus = (text: string): text is LotStatus => Object.hasOwn(LOT_STATUS, text)

const LOTS = rowStream({
  name: 'lots',
  table: 'lot',
  key: 'lot_no',
  columns: ['material', 'stage', 'supplier', 'supplier_lot', 'wo_no', 'quantity', 'unit', 'status'],
  ms: ['made_at'],
  type: 'lot',
  data: (row) => {
    const stage = lotStage.safeParse(row.text('stage'))
    const status = row.text('status')
    if (!stage.success || !isLotStatus(status)) return null
    return {
      lot: row.text('key'),
      material: row.material,
      stage: stage.data,
      equipment: row.equipment,
      order: row.order,
      supplier: row.textOrNull('supplier'),
      supplierLot: row.textOrNull('supplier_lot'),
      quantity: row.number('quantity'),
      unit: row.text('unit'),
      madeAt: row.number('made_at'),
      status,
    }
  },
})

const CONTAINERS = rowStream({
  name: 'containers',
  table: 'container',
  key: 'container_no',
  columns: ['stage', 'material', 'wo_no', 'quantity'],
  ms: ['closed_at'],
  type: 'lot',
  data: (row) => ({
    lot: row.text('key'),
    material: row.material,
    stage: row.text('stage') === 'pallet' ? 'pallet' : 'container',
    equipment: row.equipment,
    order: row.order,
    supplier: null,
    supplierLot: null,
    quantity: row.number('quantity'),
    unit: 'piece',
    madeAt: row.number('closed_at'),
    status: 'closed',
  }),
})

const CONTENTS = rowStream({
  name: 'container-contents',
  table: 'container_content',
  key: 'content_no',
  columns: ['container_no', 'lot_no', 'quantity', 'wo_no'],
  ms: ['packed_at', 'unpacked_at'],
  type: 'genealogy-edge',
  // What was unpacked again has been in there all the same: the edge stays.
  data: (row) => ({
    input: row.text('lot_no'),
    output: row.text('container_no'),
    quantity: row.numberOrNull('quantity'),
    unit: 'piece',
    order: row.order,
    operation: null,
    equipment: row.equipment,
    at: row.numberOrNull('packed_at'),
    method: 'scan',
    relation: 'aggregation',
  }),
})

const CONSUMPTIONS = rowStream({
  name: 'consumptions',
  table: 'lot_input',
  key: 'consumption_no',
  columns: ['input_lot', 'output_lot', 'relation', 'quantity', 'unit', 'wo_no', 'op_no', 'method', 'cancelled'],
  ms: ['consumed_at'],
  type: 'genealogy-edge',
  isDeleted: (row) => row.text('cancelled') === 'true',
  data: (row) => {
    const method = edgeMethod.safeParse(row.text('method'))
    const relation = edgeRelation.safeParse(row.text('relation'))
    if (!method.success || !relation.success) return null
    return {
      input: row.text('input_lot'),
      output: row.text('output_lot'),
      quantity: row.numberOrNull('quantity'),
      unit: row.textOrNull('unit'),
      order: row.order,
      operation: row.textOrNull('op_no'),
      equipment: row.equipment,
      at: row.numberOrNull('consumed_at'),
      method: method.data,
      relation: relation.data,
    }
  },
})

const MOVEMENT_KINDS = ['shipment', 'scrap', 'sample', 'rework'] as const

const MOVEMENTS = rowStream({
  name: 'lot-movements',
  table: 'lot_movement',
  key: 'movement_no',
  columns: ['lot_no', 'kind', 'destination', 'quantity', 'unit'],
  ms: ['moved_at'],
  type: 'lot-movement',
  data: (row) => {
    const kind = MOVEMENT_KINDS.find((known) => known === row.text('kind'))
    if (!kind) return null
    return {
      lot: row.text('lot_no'),
      equipment: row.equipment,
      kind,
      place: row.text('destination'),
      quantity: row.number('quantity'),
      unit: row.text('unit'),
      at: row.number('moved_at'),
    }
  },
})

const STOCK_STATUS = ['unrestricted', 'inspection', 'blocked'] as const

const STOCK = rowStream({
  name: 'lot-stock',
  table: 'lot_stock',
  key: 'stock_no',
  columns: ['lot_no', 'location', 'status', 'quantity', 'unit'],
  type: 'lot-stock',
  data: (row) => {
    const status = STOCK_STATUS.find((known) => known === row.text('status'))
    if (!status) return null
    const quantity = row.number('quantity')
    return {
      lot: row.text('lot_no'),
      equipment: row.equipment,
      location: row.text('location'),
      status,
      quantity,
      unit: row.text('unit'),
    }
  },
})

const SERIAL_STATUS = ['built', 'tested', 'in-rework', 'scrapped', 'shipped'] as const

const SERIALS = rowStream({
  name: 'serial-units',
  table: 'serial_unit',
  key: 'serial_no',
  columns: ['material', 'wo_no', 'status'],
  ms: ['built_at'],
  type: 'serial-unit',
  data: (row) => {
    const status = SERIAL_STATUS.find((known) => known === row.text('status'))
    if (!status) return null
    return {
      serial: row.text('key'),
      material: row.material,
      order: row.order,
      equipment: row.equipment,
      builtAt: row.number('built_at'),
      status,
    }
  },
})

/** Consumption before stock: a balance asked in between shows a lot twice rather than not at all. */
export const GENEALOGY_STREAMS: readonly PullStream[] = [
  LOTS,
  CONTAINERS,
  CONTENTS,
  CONSUMPTIONS,
  MOVEMENTS,
  STOCK,
  SERIALS,
]
