import { Injectable } from '@nestjs/common'
import { FACTS } from '@gemba/engine/rights/facts'
import { FactGate } from '@gemba/engine/rights/gate'
import { seesRow } from '@gemba/engine/rights/decide'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { FactRows } from './fact-rows.service.ts'

const MOST_ROWS = 2_000
const MOST_NAMED = 20

export interface LeakReport {
  /** Pairs of a user and a fact, each judged row by row and once as SQL. */
  cases: number
  rows: number
  /** Rows that one way shows and the decision hides. */
  leaks: number
  /** Rows that one way hides and the decision shows. */
  falseDenials: number
  /** The first differences, in words. */
  differences: string[]
}

/** Asks for every user and fact whether SQL, memory and the decision let through the same rows of this installation. */
@Injectable()
export class LeakTest {
  constructor(
    private readonly rights: RightsService,
    private readonly rows: FactRows,
    private readonly warehouse: WarehouseService,
  ) {}

  async run(): Promise<LeakReport> {
    const report: LeakReport = { cases: 0, rows: 0, leaks: 0, falseDenials: 0, differences: [] }
    const accounts = (await this.rights.accounts()).filter(({ active }) => active)
    for (const fact of FACTS) {
      const rows = await this.rows.read(fact, MOST_ROWS)
      for (const account of accounts) {
        const rights = this.rights.withRights(account).rights
        if (!rights) continue
        const gate = new FactGate(rights.effective, fact)
        report.cases += 1
        for (const row of rows) {
          report.rows += 1
          note(
            report,
            `${account.user} ${fact.id} in memory`,
            Number(gate.allows(row)) - Number(seesRow(rights.effective, { fact, row })),
          )
        }
        if (fact.table === undefined || rows.length === 0 || ['equipment', 'reading'].includes(fact.id)) continue
        const { columns, params } = this.rows.reach(fact)
        const condition = gate.condition({ columns })
        const from = `(SELECT * FROM ${fact.table}${fact.id === 'stock' ? ' FINAL' : ''} LIMIT {limit:UInt32})`
        const [counted] = await this.warehouse.query<{ n: number }>(
          `SELECT toUInt32(count()) AS n FROM ${from} WHERE ${condition.sql}`,
          { ...params, ...condition.params, limit: MOST_ROWS },
        )
        report.cases += 1
        const expected = rows.filter((row) => seesRow(rights.effective, { fact, row })).length
        note(report, `${account.user} ${fact.id} in SQL`, Number(counted?.n ?? 0) - expected)
      }
    }
    return report
  }
}

function note(report: LeakReport, what: string, more: number): void {
  if (more === 0) return
  if (more > 0) report.leaks += more
  else report.falseDenials -= more
  const text = more > 0 ? `${what}: ${more} rows too many` : `${what}: ${-more} rows too few`
  if (report.differences.length < MOST_NAMED) report.differences.push(text)
}
