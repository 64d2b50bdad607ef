import { Injectable } from '@nestjs/common'
import type { PreviewAnswer, RowRule } from '@gemba/contracts/rights'
import { RightsModel } from '@gemba/engine/rights/effective'
import type { RightsRow } from '@gemba/engine/rights/evaluate'
import { factNamed } from '@gemba/engine/rights/facts'
import { FactGate, masked } from '@gemba/engine/rights/gate'
import type { Principal } from '../accounts/principal.ts'
import { rowRuleFault } from '../accounts/rights/rights-checks.service.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { Fault } from '../http/fault.ts'
import { factScope, maskHash } from './data-gate.ts'
import { FactRows } from './fact-rows.service.ts'

const MOST_ROWS = 5_000
const SHOWN = 40

/** What somebody would see of a fact, before a rule is saved. */
@Injectable()
export class RulePreview {
  constructor(
    private readonly rights: RightsService,
    private readonly rows: FactRows,
  ) {}

  /** Shows only rows that the asking person sees as well: a preview is no way around one's own rights. */
  async preview(
    asking: Principal,
    wanted: { user: string; fact: string; rule?: RowRule | undefined },
  ): Promise<PreviewAnswer> {
    const fact = factNamed(wanted.fact)
    const principal = await this.rights.principalOf(wanted.user)
    if (!fact || !principal) throw new Fault('ACCESS_UNKNOWN', { id: (fact ? wanted.user : wanted.fact).slice(0, 60) })
    const own = factScope(asking, fact.id)
    const gate = new FactGate(this.effective(principal, wanted.rule), fact)
    const rows = (await this.rows.read(fact, MOST_ROWS)).filter((row) => own.allows(row))
    const judged = rows.map((row) => ({ row, visible: gate.allows(row) }))
    const names = fact.columns.map(({ name }) => name)
    const cell = (row: RightsRow, name: string) => {
      const value = own.shown(name, asCell(row[name]))
      const mask = gate.masks.get(name)
      return mask ? masked(value, mask, maskHash) : value
    }
    const [seen, unseen] = [judged.filter(({ visible }) => visible), judged.filter(({ visible }) => !visible)]
    return {
      fact: fact.id,
      rows: judged.length,
      visible: seen.length,
      columns: names,
      sample: [...seen.slice(0, SHOWN / 2), ...unseen.slice(0, SHOWN / 2)].map(({ row, visible }) => ({
        visible,
        cells: names.map((name) => cell(row, name)),
      })),
    }
  }

  /** The rights with the unsaved rule in the place of the saved one. */
  private effective(principal: Principal, rule: RowRule | undefined) {
    if (!rule) return principal.rights?.effective ?? this.rights.model.effective(identityOf(principal), Date.now(), [])
    const { document, attributes } = this.rights.model
    const fault = rowRuleFault(rule, attributes)
    if (fault)
      throw new Fault('RULE_INVALID', fault.position === null ? {} : { position: fault.position }, fault.message)
    const others = document.rowRules.filter(({ id }) => id !== rule.id)
    const model = new RightsModel({ ...document, rowRules: [...others, { ...rule, enabled: true }] })
    const sites = [...new Set(this.rights.allPlaces.all.map(({ path }) => path.split('/')[0] ?? ''))]
    return model.effective(identityOf(principal), Date.now(), sites)
  }
}

/** The account's own roles: those that grants give are found again in the model. */
const identityOf = ({ user, roles, sites, rights }: Principal) => ({
  user,
  roles: rights ? rights.effective.held.filter(({ by }) => by.kind === 'account').map(({ role }) => role) : roles,
  sites,
})

const asCell = (value: RightsRow[string]): string | number | null =>
  typeof value === 'boolean' ? String(value) : (value ?? null)
