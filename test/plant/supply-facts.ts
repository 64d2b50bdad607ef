/** What the office, the warehouse and the suppliers of the plant do: facts in order of time, before any system writes them down. */

export type MovementType = '101' | '102' | '122' | '261' | '262' | '309' | '311' | '561' | '601'
export type StockStatus = 'unrestricted' | 'inspection' | 'blocked'
export type Location = 'RM' | 'WIP' | 'QH' | 'FG' | 'STER'

export interface StockPlace {
  readonly material: string
  readonly location: Location
  readonly status: StockStatus
}

/** What a movement belongs to. */
export interface MovementOrigin {
  readonly order?: string
  readonly purchase?: { readonly order: string; readonly line: number }
  readonly delivery?: { readonly delivery: string; readonly line: number }
  /** Document that is taken back. */
  readonly reverses?: string
}

/** One line of a movement document; `quantity` is signed, into stock above zero. */
export interface Movement extends StockPlace, MovementOrigin {
  readonly document: string
  readonly item: number
  readonly type: MovementType
  readonly quantity: number
  readonly lot: string | null
}

export interface PurchaseLine {
  readonly order: string
  readonly line: number
  readonly supplier: string
  readonly material: string
  readonly quantity: number
  /** Local date that was agreed first, `YYYY-MM-DD`. */
  readonly promisedOn: string
}

export interface SalesLine {
  readonly order: string
  readonly line: number
  readonly customer: string
  readonly material: string
  readonly quantity: number
  readonly requestedOn: string
  readonly promisedOn: string
}

export interface Shipment {
  readonly delivery: string
  readonly line: number
  /** null = replenishment of the service depot, not sold by a line. */
  readonly sales: { readonly order: string; readonly line: number } | null
  readonly customer: string
  readonly material: string
  readonly quantity: number
}

export interface Consumption {
  readonly key: string
  readonly order: string
  readonly material: string
  readonly quantity: number
}

export type SupplyFact =
  | { readonly kind: 'movement'; readonly at: number; readonly movement: Movement }
  | { readonly kind: 'purchase'; readonly at: number; readonly line: PurchaseLine }
  | { readonly kind: 'purchase-cancelled'; readonly at: number; readonly order: string; readonly line: number }
  | {
      readonly kind: 'confirmation'
      readonly at: number
      readonly order: string
      readonly line: number
      readonly sequence: number
      readonly promisedOn: string
    }
  | { readonly kind: 'sale'; readonly at: number; readonly line: SalesLine }
  | { readonly kind: 'sale-cancelled'; readonly at: number; readonly order: string; readonly line: number }
  | {
      readonly kind: 'sale-promised-again'
      readonly at: number
      readonly order: string
      readonly line: number
      readonly promisedOn: string
    }
  | { readonly kind: 'shipment'; readonly at: number; readonly shipment: Shipment }
  | { readonly kind: 'consumption'; readonly at: number; readonly consumption: Consumption }

/** Thousandths of a base unit: sums of them are exact. */
export const thousandths = (quantity: number): number => Math.round(quantity * 1000)
export const quantityOf = (thousandth: number): number => thousandth / 1000
