import type { RowAudience } from '@gemba/contracts/data-file'
import { type Fact, FACTS } from '@gemba/engine/rights/facts'

/** What a form holds of an audience: the mapping stays while somebody tries another kind. */
export interface AudienceFields {
  kind: RowAudience['kind']
  fact: string
  columns: Record<string, string>
}

export const audienceFieldsOf = (audience: RowAudience | undefined): AudienceFields => ({
  kind: audience?.kind ?? 'granted',
  fact: audience?.kind === 'fact' ? audience.fact : 'order',
  columns: audience?.kind === 'fact' ? { ...audience.columns } : {},
})

export const factOf = (id: string): Fact => FACTS.find((fact) => fact.id === id) ?? (FACTS[0] as Fact)

/** Columns that a file can name; those made of the place beside them are left out. */
export const askedColumns = (fact: Fact) =>
  fact.columns.filter(({ name }) => !(fact.place === 'unit' && ['site', 'area', 'line'].includes(name)))

/** As the server takes it: only columns of the fact that are there, and that stand for something. */
export function audienceOf({ kind, fact, columns }: AudienceFields): RowAudience {
  if (kind !== 'fact') return { kind }
  const known = new Set(askedColumns(factOf(fact)).map(({ name }) => name))
  return {
    kind,
    fact,
    columns: Object.fromEntries(Object.entries(columns).filter(([name, own]) => known.has(name) && own !== '')),
  }
}

/** A first guess: columns that are called as those of the fact, in one of its languages. */
export function guessedColumns(fact: Fact, own: readonly string[]): Record<string, string> {
  const folded = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
  return Object.fromEntries(
    askedColumns(fact).flatMap(({ name, label }) => {
      const words = new Set([name, label.zh, label.en].map(folded))
      const found = own.find((column) => words.has(folded(column)))
      return found === undefined ? [] : [[name, found] as const]
    }),
  )
}

/** An id of the letters that ids have; empty when a name has none of them. */
export const idOf = (fileName: string): string =>
  fileName
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
