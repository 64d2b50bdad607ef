/** The lines of the ledger about goods: what moved, was ordered, promised, delivered and used. Written apart from the platform's engine. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

export interface LedgerMove {
  at: number
  type: string
  material: string
  quantity: number
  order: string | null
  purchase: string | null
}

export interface LedgerPurchase {
  at: number
  key: string
  supplier: string
  material: string
  quantity: number
  promisedOn: string
  cancelled: boolean
}

export interface LedgerSale {
  at: number
  key: string
  customer: string
  quantity: number
  promisedOn: string
  cancelled: boolean
}

export interface LedgerPlanted {
  epochAt: number
  warnedOn: string
  shortageOn: string
  overdrawn: string
  overdrawnFromAt: number
  overdrawnToAt: number
}

export interface SupplyLedger {
  moves: LedgerMove[]
  purchases: Map<string, LedgerPurchase>
  sales: Map<string, LedgerSale>
  /** Shipments of sales lines by their key. */
  shipments: Map<string, { at: number; quantity: number }[]>
  consumption: { at: number; material: string; quantity: number }[]
  planted: LedgerPlanted | null
}

type Line = Record<string, unknown>

const child = (line: Line, name: string): Line => (line[name] ?? {}) as Line
const keyOf = (line: Line): string => `${String(line['order'])}/${String(line['line'])}`

const readers: Readonly<Record<string, (ledger: SupplyLedger, line: Line, at: number) => void>> = {
  movement(ledger, line, at) {
    const { type, material, quantity, order, purchase } = child(line, 'movement')
    ledger.moves.push({
      at,
      type: String(type),
      material: String(material),
      quantity: Number(quantity),
      order: typeof order === 'string' ? order : null,
      purchase: purchase ? keyOf(purchase as Line) : null,
    })
  },
  purchase(ledger, line, at) {
    const each = child(line, 'line')
    const key = keyOf(each)
    ledger.purchases.set(key, {
      at,
      key,
      supplier: String(each['supplier']),
      material: String(each['material']),
      quantity: Number(each['quantity']),
      promisedOn: String(each['promisedOn']),
      cancelled: false,
    })
  },
  'purchase-cancelled'(ledger, line) {
    const purchase = ledger.purchases.get(keyOf(line))
    if (purchase) purchase.cancelled = true
  },
  sale(ledger, line, at) {
    const each = child(line, 'line')
    const key = keyOf(each)
    ledger.sales.set(key, {
      at,
      key,
      customer: String(each['customer']),
      quantity: Number(each['quantity']),
      promisedOn: String(each['promisedOn']),
      cancelled: false,
    })
  },
  'sale-cancelled'(ledger, line) {
    const sale = ledger.sales.get(keyOf(line))
    if (sale) sale.cancelled = true
  },
  shipment(ledger, line, at) {
    const { sales, quantity } = child(line, 'shipment')
    if (!sales) return
    const key = keyOf(sales as Line)
    const list = ledger.shipments.get(key) ?? []
    list.push({ at, quantity: Number(quantity) })
    ledger.shipments.set(key, list)
  },
  consumption(ledger, line, at) {
    const { material, quantity } = child(line, 'consumption')
    ledger.consumption.push({ at, material: String(material), quantity: Number(quantity) })
  },
  planted(ledger, line, at) {
    ledger.planted = {
      epochAt: at,
      warnedOn: String(line['warnedOn']),
      shortageOn: String(line['shortageOn']),
      overdrawn: String(line['overdrawn']),
      overdrawnFromAt: Number(line['overdrawnFromAt']),
      overdrawnToAt: Number(line['overdrawnToAt']),
    }
  },
}

export async function readSupplyLedger(file: string): Promise<SupplyLedger> {
  const ledger: SupplyLedger = {
    moves: [],
    purchases: new Map(),
    sales: new Map(),
    shipments: new Map(),
    consumption: [],
    planted: null,
  }
  for await (const raw of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    const kind = /^\{"k":"([a-z-]+)"/.exec(raw)?.[1] ?? ''
    const read = Object.hasOwn(readers, kind) ? readers[kind] : undefined
    if (!read || !raw.endsWith('}')) continue
    const line = parse(raw)
    if (line) read(ledger, line, Number(line['t']))
  }
  return ledger
}

function parse(raw: string): Line | null {
  try {
    return JSON.parse(raw) as Line
  } catch {
    return null
  }
}
