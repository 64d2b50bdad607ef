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

const UNITS: Readonly<Record<string, StockUnit>> = {
  ST: 'piece',
  PC: 'piece',
  PCS: 'piece',
  EA: 'piece',
  KG: 'kg',
  G: 'g',
  M: 'm',
}

/** A unit of origin and what it is here; null = not known, quantities stay in it. */
export function conformedUnit(text: string | null | undefined): { unit: StockUnit; sourceUnit: string } {
  const sourceUnit = (text ?? '').trim()
  return { unit: UNITS[sourceUnit.normalize('NFKC').toUpperCase()] ?? null, sourceUnit }
}

/** A number of text; quantities come with at most six decimals, so that products of two of them are cut there. */
export function quantity(text: string | null | undefined): number {
  return Math.round(Number(text ?? 0) * 1e6) / 1e6
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
