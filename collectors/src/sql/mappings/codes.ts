/** One writing for codes, units and quantities of foreign systems. What is not known stays as it came, marked. */
import type { StockUnit } from '@gemba/contracts/supply-record'
import type { MappingContext, Row } from '../mapping.ts'
import { instantOfCursor } from '../mapping.ts'

const HYPHENS = /[\u2010-\u2015\u2212\u30FC\uFE58\uFE63\uFF0D]/g

/** Trimmed, half-width, upper case, plain hyphens, without the zeros that pad a key. */
export function conformedCode(text: string | null | undefined): string {
  const plain = (text ?? '').replace(HYPHENS, '-').normalize('NFKC').trim().toUpperCase()
  return plain.replace(/^0+(?=.)/, '')
}

export const codeOrNull = (text: string | null | undefined): string | null => conformedCode(text) || null

/** Length of an order number of digits, as an ERP in SAP's manner keeps it. */
const ORDER_DIGITS = 12

/** An order number in one writing: half-width, upper case, plain hyphens; one of digits with the zeros that pad it. */
export function conformedOrder(text: string | null | undefined): string {
  const plain = (text ?? '').replace(HYPHENS, '-').normalize('NFKC').trim().toUpperCase()
  return /^\d+$/.test(plain) ? plain.padStart(ORDER_DIGITS, '0') : plain
}

export const orderOrNull = (text: string | null | undefined): string | null => conformedOrder(text) || null

/** The master of units: what one of a unit of origin is here. Masses are kilograms, so that sums never mix two units. */
const UNITS: Readonly<Record<string, { unit: StockUnit; holds: number }>> = {
  ST: { unit: 'piece', holds: 1 },
  PC: { unit: 'piece', holds: 1 },
  PCS: { unit: 'piece', holds: 1 },
  EA: { unit: 'piece', holds: 1 },
  MG: { unit: 'kg', holds: 1e-6 },
  G: { unit: 'kg', holds: 1e-3 },
  KG: { unit: 'kg', holds: 1 },
  T: { unit: 'kg', holds: 1e3 },
  TO: { unit: 'kg', holds: 1e3 },
  MM: { unit: 'm', holds: 1e-3 },
  CM: { unit: 'm', holds: 1e-2 },
  M: { unit: 'm', holds: 1 },
}

function unitRow(text: string | null | undefined): { unit: StockUnit; holds: number } {
  const code = (text ?? '').normalize('NFKC').trim().toUpperCase()
  return Object.hasOwn(UNITS, code) ? (UNITS[code] as { unit: StockUnit; holds: number }) : { unit: null, holds: 1 }
}

/** A unit of origin and what it is here; null = not known, quantities stay in it. */
export function conformedUnit(text: string | null | undefined): { unit: StockUnit; sourceUnit: string } {
  return { unit: unitRow(text).unit, sourceUnit: (text ?? '').trim() }
}

/** A number of text; quantities come with at most six decimals, so that products of two of them are cut there. */
export function quantity(text: string | null | undefined): number {
  return Math.round(Number(text ?? 0) * 1e6) / 1e6
}

/** A quantity of a unit of origin in the unit it has here; unchanged where the unit is not known. */
export function quantityIn(unit: string | null | undefined, text: string | null | undefined): number {
  return Math.round(Number(text ?? 0) * unitRow(unit).holds * 1e6) / 1e6
}

/** An amount for each unit of origin (a price) as one for each unit it has here; null without one. */
export function perUnit(unit: string | null | undefined, text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Math.round((Number(text) / unitRow(unit).holds) * 1e6) / 1e6
}

export const envelopeOf = (row: Row, context: MappingContext) => ({
  k: 'record' as const,
  source: context.source,
  key: row['key'] ?? '',
  version: row['cursor'] ?? '',
  at: instantOfCursor(row['cursor'] ?? ''),
  deleted: (row['deleted'] ?? '') !== '',
})

/** `YYYYMMDD` as `YYYY-MM-DD`; null for the empty date. */
export function dateOfDats(text: string | null | undefined): string | null {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(text ?? '')
  return match && text !== '00000000' ? `${match[1]}-${match[2]}-${match[3]}` : null
}
