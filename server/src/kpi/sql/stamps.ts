import { ratio } from './formula.ts'
import type { SqlBody } from './sql-body.ts'

const isDone = (actual: string): string => `ifNull(${actual} <= a.now_at, 0)`
const isDue = (planned: string, actual: string): string =>
  `(${isDone(actual)} OR o.${planned} + a.tolerance_ms < a.now_at)`
const isKept = (planned: string, actual: string): string =>
  `(${isDone(actual)} AND ifNull(abs(${actual} - o.${planned}) <= a.tolerance_ms, 0))`

/**
 * Operations that ended, and that started, within ± tolerance of their schedule / those that had to by now. Twin of
 * `engine/kpi/schedule-adherence#scheduleAdherence`.
 */
export const scheduleAdherence: SqlBody = {
  name: 'schedule adherence',
  inputs: {
    asked: { tolerance_ms: 'whole', now_at: 'whole' },
    operations: { scheduled_start_at: 'whole', scheduled_end_at: 'whole', started_at: 'whole?', ended_at: 'whole?' },
  },
  steps: {
    counted: `SELECT o.scope AS scope,
        countIf(${isDue('scheduled_end_at', 'o.ended_at')}) AS due, countIf(${isKept('scheduled_end_at', 'o.ended_at')}) AS ended,
        countIf(${isDue('scheduled_start_at', 'o.started_at')}) AS due_starts, countIf(${isKept('scheduled_start_at', 'o.started_at')}) AS started
      FROM operations AS o INNER JOIN asked AS a ON a.scope = o.scope GROUP BY o.scope`,
  },
  answer: `SELECT a.scope AS scope, c.due AS due, ${ratio('c.ended', 'c.due')} AS adherence,
    ${ratio('c.started', 'c.due_starts')} AS start_adherence FROM asked AS a LEFT JOIN counted AS c ON c.scope = a.scope`,
}

const meanSpan = (from: string, to: string): string => `avgIf(${to} - ${from}, ${to} >= ${from})`

/**
 * The four R of repair over the failures that began in the window; one still open enters "restore" with its time so far.
 * Instants in ms. Twin of `engine/kpi/repair-times#repairTimes`; EN 13306.
 */
export const repairTimes: SqlBody = {
  name: 'repair times',
  inputs: {
    asked: { from_at: 'whole', to_at: 'whole', known_until: 'whole' },
    failures: {
      failed_at: 'whole',
      called_at: 'whole?',
      arrived_at: 'whole?',
      repaired_at: 'whole?',
      restored_at: 'whole?',
    },
  },
  steps: {
    began: `SELECT f.*, ifNull(f.restored_at > a.known_until, 1) AS is_open, if(is_open, a.known_until, f.restored_at) AS ended_at
      FROM failures AS f INNER JOIN asked AS a ON a.scope = f.scope
      WHERE f.failed_at >= a.from_at AND f.failed_at < a.to_at AND f.failed_at <= a.known_until`,
    summed: `SELECT scope, count() AS n, countIf(is_open) AS still_open,
        ${meanSpan('called_at', 'arrived_at')} AS respond, ${meanSpan('arrived_at', 'repaired_at')} AS repair,
        ${meanSpan('repaired_at', 'restored_at')} AS recover, ${meanSpan('failed_at', 'ended_at')} AS restore
      FROM began GROUP BY scope`,
  },
  answer: `SELECT a.scope AS scope, s.n AS failures, s.still_open AS open, s.respond AS respond_ms, s.repair AS repair_ms,
    s.recover AS recover_ms, s.restore AS restore_ms FROM asked AS a LEFT JOIN summed AS s ON s.scope = a.scope`,
}

/**
 * Share of finished lots whose mandatory components all have an edge, and all an observed one (scan or manual). A lot
 * without mandatory components is complete. Twin of `engine/trace/completeness#traceCompleteness`.
 */
export const traceCompleteness: SqlBody = {
  name: 'trace completeness',
  inputs: {
    asked: {},
    finished: { lot: 'text' },
    mandatory: { lot: 'text', component: 'text' },
    edges: { lot: 'text', component: 'text', method: 'text' },
  },
  steps: {
    known: `SELECT scope, lot, component, max(method IN ('scan', 'manual')) AS is_observed FROM edges GROUP BY scope, lot, component`,
    needs: `SELECT m.scope AS scope, m.lot AS lot, countIf(k.scope = '') AS missing, countIf(k.scope = '' OR NOT k.is_observed) AS unobserved
      FROM mandatory AS m LEFT JOIN known AS k ON k.scope = m.scope AND k.lot = m.lot AND k.component = m.component
      GROUP BY m.scope, m.lot`,
    judged: `SELECT f.scope AS scope, count() AS lots, countIf(n.missing = 0) AS complete, countIf(n.unobserved = 0) AS observed
      FROM finished AS f LEFT JOIN needs AS n ON n.scope = f.scope AND n.lot = f.lot GROUP BY f.scope`,
  },
  answer: `SELECT a.scope AS scope, ${ratio('j.complete', 'j.lots')} AS completeness, ${ratio('j.observed', 'j.lots')} AS observed_completeness
    FROM asked AS a LEFT JOIN judged AS j ON j.scope = a.scope`,
}
