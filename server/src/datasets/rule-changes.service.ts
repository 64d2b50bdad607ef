import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { Bilingual } from '@gemba/contracts/catalog'
import type { ChangeKind } from '@gemba/contracts/change'
import { type ColumnRule, type Mask, type RowRule, columnRule, rowRule } from '@gemba/contracts/rights'
import { columnNamed, factNamed } from '@gemba/engine/rights/facts'
import type { EntityManager } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { RightsStore } from '../accounts/rights/rights-store.service.ts'
import { type ChangeField, listText, nameText, sameText } from '../changes/change-lines.ts'
import {
  type ChangeApproval,
  type ChangeOwner,
  ChangeOwners,
  type ChangeSubject,
} from '../changes/change-owners.service.ts'
import { Fault } from '../http/fault.ts'

const LABELS = {
  name: { zh: '名称', en: 'Name' },
  facts: { zh: '数据', en: 'Facts' },
  condition: { zh: '条件', en: 'Condition' },
  roles: { zh: '约束的角色', en: 'Roles it binds' },
  column: { zh: '列', en: 'Column' },
  mask: { zh: '遮盖', en: 'Mask' },
  visibleTo: { zh: '原样可见的角色', en: 'Roles that see it as it is' },
  enabled: { zh: '启用', en: 'In use' },
} as const
const EVERYBODY = { zh: '所有人', en: 'everybody' }
const NOBODY = { zh: '无', en: 'none' }
const EVERY_FACT = { zh: '所有有此列的数据', en: 'every fact with these columns' }
const YES_NO = { true: { zh: '是', en: 'yes' }, false: { zh: '否', en: 'no' } }
const MASKS: Record<Exclude<Mask['kind'], 'bucket'>, Bilingual> = {
  hide: { zh: '隐藏', en: 'hidden' },
  partial: { zh: '只显首字', en: 'first character' },
  hash: { zh: '散列', en: 'hash' },
}

const maskText = (mask: Mask): Bilingual =>
  mask.kind === 'bucket'
    ? { zh: `按 ${mask.size} 取整`, en: `rounded down to steps of ${mask.size}` }
    : MASKS[mask.kind]

/** A kind of rules: how one is read, checked, worded, saved and taken away. */
interface RuleKind<R extends RowRule | ColumnRule> {
  readonly kind: Extract<ChangeKind, 'row-rule' | 'column-rule'>
  readonly name: Bilingual
  read(rule: unknown): R
  check(rule: R): void
  fields(rule: R): ChangeField[]
  save(by: Principal, rule: R, approval: ChangeApproval): Promise<void>
  remove(by: Principal, id: string, approval: ChangeApproval): Promise<void>
}

/** Row and column rules that wait for another person. */
@Injectable()
export class RuleChanges implements OnModuleInit {
  constructor(
    private readonly rights: RightsService,
    private readonly store: RightsStore,
    private readonly owners: ChangeOwners,
  ) {}

  onModuleInit(): void {
    this.owners.provide(
      'row-rule',
      this.owner<RowRule>({
        kind: 'row-rule',
        name: { zh: '行规则', en: 'Row rule' },
        read: (rule) => rowRule.parse(rule),
        check: (rule) => this.store.checkRowRule(rule),
        fields: (rule) => this.rowFields(rule),
        save: (by, rule, approval) => this.store.saveRowRule(by, rule, approval),
        remove: (by, id, approval) => this.store.removeRowRule(by, id, approval),
      }),
    )
    this.owners.provide(
      'column-rule',
      this.owner<ColumnRule>({
        kind: 'column-rule',
        name: { zh: '列规则', en: 'Column rule' },
        read: (rule) => columnRule.parse(rule),
        check: (rule) => this.store.checkColumnRule(rule),
        fields: (rule) => this.columnFields(rule),
        save: (by, rule, approval) => this.store.saveColumnRule(by, rule, approval),
        remove: (by, id, approval) => this.store.removeColumnRule(by, id, approval),
      }),
    )
  }

  private owner<R extends RowRule | ColumnRule>(rules: RuleKind<R>): ChangeOwner<{ id: string; rule: R | null }> {
    const inForce = (id: string, within?: EntityManager) => this.store.ruleInForce(rules.kind, id, within)
    return {
      subject: ({ id, rule }): ChangeSubject => {
        const named = rule
          ? { zh: ` · ${rule.name.zh}`, en: ` · ${rule.name.en}` }
          : { zh: ' · 删除', en: ' · removed' }
        const title = { zh: `${rules.name.zh} ${id}${named.zh}`, en: `${rules.name.en} ${id}${named.en}` }
        return { key: id, title, site: null, effectiveFrom: null }
      },
      allows: (act, _document, { rights }) =>
        rights?.may(act === 'view' ? 'view' : 'administer', {
          kind: 'setting',
          id: act === 'view' ? 'grants' : 'access',
        }) ?? false,
      check: async ({ id, rule }) => {
        if (rule) rules.check(rules.read(rule))
        else if ((await inForce(id)) === null) throw new Fault('ACCESS_UNKNOWN', { id })
      },
      inForce: ({ id }, within) => inForce(id, within),
      fieldsInForce: (base) => (base === null ? [] : rules.fields(rules.read(base))),
      fieldsOf: ({ rule }) => (rule === null ? [] : rules.fields(rules.read(rule))),
      apply: async ({ id, rule }, approval) => {
        if (rule) await rules.save(approval.principal, rules.read(rule), approval)
        else await rules.remove(approval.principal, id, approval)
        return () => this.rights.reload()
      },
    }
  }

  private rowFields({ name, facts, condition, roles, enabled }: RowRule): ChangeField[] {
    const factText = (id: string): Bilingual => (id === '*' ? EVERY_FACT : (factNamed(id)?.name ?? sameText(id)))
    return [
      { id: 'name', label: LABELS.name, text: nameText(name) },
      { id: 'facts', label: LABELS.facts, text: listText(facts.map(factText), NOBODY) },
      { id: 'condition', label: LABELS.condition, text: sameText(condition) },
      { id: 'roles', label: LABELS.roles, text: listText(this.roleNames(roles), EVERYBODY) },
      { id: 'enabled', label: LABELS.enabled, text: YES_NO[`${enabled}`] },
    ]
  }

  private columnFields({ name, fact, column, mask, visibleTo, enabled }: ColumnRule): ChangeField[] {
    const known = factNamed(fact)
    const [of, label] = [
      known?.name ?? sameText(fact),
      (known && columnNamed(known, column)?.label) ?? sameText(column),
    ]
    return [
      { id: 'name', label: LABELS.name, text: nameText(name) },
      { id: 'column', label: LABELS.column, text: { zh: `${of.zh} · ${label.zh}`, en: `${of.en} · ${label.en}` } },
      { id: 'mask', label: LABELS.mask, text: maskText(mask) },
      { id: 'visibleTo', label: LABELS.visibleTo, text: listText(this.roleNames(visibleTo), NOBODY) },
      { id: 'enabled', label: LABELS.enabled, text: YES_NO[`${enabled}`] },
    ]
  }

  private roleNames(ids: readonly string[]): Bilingual[] {
    return ids.map((id) => this.rights.model.roles.get(id)?.name ?? sameText(id))
  }
}
