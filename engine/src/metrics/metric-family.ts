import type { MetricDefinition } from '@gemba/contracts/metric'

/** What the figures of one family have in common; a row may differ. */
type Shared = Pick<
  MetricDefinition,
  'unit' | 'owner' | 'grain' | 'systemOfRecord' | 'freshness' | 'direction' | 'rollup' | 'source'
>

/** One figure as it is written down: `[name, definition]` in both languages. */
export interface MetricRow extends Partial<Shared> {
  id: string
  zh: readonly [name: string, definition: string]
  en: readonly [name: string, definition: string]
  formula: string
  /** `<room>/<module>#<function>`, with `.<key>` of the result. */
  by: string
  policies?: MetricDefinition['policies']
  version?: number
  effectiveAt?: number
}

/** First versions hold for all of history: from 2000-01-01 UTC on. */
const FROM_THE_BEGINNING = 946_684_800_000

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Device streams: new every few seconds, worthless as "now" after five minutes. */
export const STREAM = { periodMs: 5 * SECOND_MS, limitMs: 5 * MINUTE_MS }
/** Registers of energy meters: read once a minute and at changes of state. */
export const METER = { periodMs: MINUTE_MS, limitMs: 15 * MINUTE_MS }
/** Reports of people and machines at operations. */
export const REPORTS = { periodMs: 15 * MINUTE_MS, limitMs: 8 * HOUR_MS }
/** Pulls from business systems. */
export const PULLS = { periodMs: 15 * MINUTE_MS, limitMs: DAY_MS }
/** Figures made once a day or shift. */
export const DAILY = { periodMs: DAY_MS, limitMs: 3 * DAY_MS }

/** Definitions of one family from what they share and one row each. */
export function family(shared: Shared, rows: readonly MetricRow[]): MetricDefinition[] {
  return rows.map(({ zh, en, by, ...row }) => ({
    version: 1,
    effectiveAt: FROM_THE_BEGINNING,
    policies: [],
    ...shared,
    ...row,
    name: { zh: zh[0], en: en[0] },
    definition: { zh: zh[1], en: en[1] },
    computedBy: by,
  }))
}
