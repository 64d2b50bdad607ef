import type { Bilingual } from '@gemba/contracts/catalog'
import type { Action, ExplainStep, Mask, OrganisationScope } from '@gemba/contracts/rights'
import { type RightsObject, maskOf, permits, scopeShows, coversPlace } from './decide.ts'
import type { BoundRule, EffectiveRights, HeldRole } from './effective.ts'
import { type RightsRow, judgeOf } from './evaluate.ts'
import { type Fact, factNamed } from './facts.ts'

/** What is asked: an action on an object (at a place), or a row of a fact, and of it one column. */
export interface RightsQuestion {
  action: Action
  object: RightsObject
  place?: string | undefined
  row?: { fact: Fact; row: RightsRow } | undefined
  column?: string | undefined
}

export interface Explanation {
  allowed: boolean
  mask: Mask | null
  steps: ExplainStep[]
  remedy: Bilingual | null
}

type Names = (kind: 'role' | 'group', id: string) => Bilingual

/**
 * Why somebody can or cannot: every role held, every scope and every rule with its outcome, in the order of the
 * decision. It is allowed exactly when one role and its scope pass and no rule fails.
 */
export function explain(rights: EffectiveRights, question: RightsQuestion, names: Names): Explanation {
  const steps: ExplainStep[] = []
  for (const id of rights.groups) steps.push(groupStep(id, names))
  let isShown = false
  let isPermitted = false
  for (const held of rights.held) {
    steps.push(...heldSteps(held, names))
    const may = permits(held, question, rights.folders)
    steps.push(objectStep(held, question, may))
    if (!may) continue
    isPermitted = true
    const isInside = scopeHolds(held.scope, question)
    steps.push(scopeStep(held, question, isInside))
    isShown ||= isInside
  }
  if (rights.held.length === 0) steps.push(noRoleStep())
  const failed = question.row ? ruleSteps(rights, question.row, steps) : []
  const allowed = isShown && failed.length === 0
  const mask = columnStep(rights, question, steps)
  return { allowed, mask, steps, remedy: allowed ? null : remedyOf(question, { isPermitted, isShown, failed }) }
}

const both = (zh: string, en: string): Bilingual => ({ zh, en })
const KIND_WORDS: Record<string, Bilingual> = {
  board: both('看板', 'board'),
  report: both('报表', 'report'),
  dataset: both('数据', 'facts'),
  source: both('数据源', 'source'),
  schedule: both('投递', 'schedule'),
  setting: both('设置', 'setting'),
}
const ACTION_WORDS: Record<Action, Bilingual> = {
  view: both('查看', 'view'),
  edit: both('编辑', 'edit'),
  export: both('导出', 'export'),
  share: both('分享', 'share'),
  publish: both('发布', 'publish'),
  administer: both('管理', 'administer'),
}

function scopeHolds(scope: OrganisationScope, { place, row }: RightsQuestion): boolean {
  return (place === undefined || coversPlace(scope, place)) && (!row || scopeShows(scope, row.fact, row.row))
}

function groupStep(id: string, names: Names): ExplainStep {
  const name = names('group', id)
  return {
    kind: 'group',
    id,
    outcome: 'pass',
    title: both(`组「${name.zh}」`, `Group “${name.en}”`),
    detail: both('是成员', 'is a member'),
  }
}

function heldSteps(held: HeldRole, names: Names): ExplainStep[] {
  const role = names('role', held.role)
  const title = both(`角色「${role.zh}」`, `Role “${role.en}”`)
  if (held.by.kind === 'account')
    return [
      { kind: 'role', id: held.role, outcome: 'pass', title, detail: both('由账号直接持有', 'held by the account') },
    ]
  const { grant, via } = held.by
  const way = via.map((id) => names('group', id))
  const until = grant.untilAt === null ? null : new Date(grant.untilAt).toISOString().slice(0, 16).replace('T', ' ')
  const detail = both(
    `${grant.grantedBy} 授予${way.length > 0 ? `，经组 ${way.map(({ zh }) => zh).join(' → ')}` : ''}${until ? `，到 ${until} UTC` : ''}`,
    `given by ${grant.grantedBy}${way.length > 0 ? ` through group ${way.map(({ en }) => en).join(' → ')}` : ''}${until ? `, until ${until} UTC` : ''}`,
  )
  return [{ kind: 'grant', id: grant.id, outcome: 'pass', title, detail }]
}

function objectStep(held: HeldRole, { action, object }: RightsQuestion, may: boolean): ExplainStep {
  const kind = KIND_WORDS[object.kind] ?? both(object.kind, object.kind)
  const name = (object.kind === 'dataset' ? factNamed(object.id)?.name : undefined) ?? both(object.id, object.id)
  const what = both(`${kind.zh} ${name.zh}`, `${kind.en} ${name.en}`)
  const act = ACTION_WORDS[action]
  return {
    kind: 'object',
    id: held.role,
    outcome: may ? 'pass' : 'fail',
    title: what,
    detail: may
      ? both(`此角色可${act.zh}`, `this role may ${act.en} it`)
      : both(`此角色不可${act.zh}`, `this role may not ${act.en} it`),
  }
}

function scopeStep(held: HeldRole, question: RightsQuestion, isInside: boolean): ExplainStep {
  const scope = scopeText(held.scope)
  const isAsked = question.place !== undefined || question.row !== undefined
  return {
    kind: 'scope',
    id: held.role,
    outcome: !isAsked ? 'unused' : isInside ? 'pass' : 'fail',
    title: both(`范围 ${scope.zh}`, `Scope ${scope.en}`),
    detail: !isAsked
      ? both('此问题与范围无关', 'the question names no place')
      : isInside
        ? both('在范围内', 'lies inside')
        : both('不在范围内', 'lies outside'),
  }
}

/** A scope in words. */
export function scopeText({ equipment, departments, suppliers, customers }: OrganisationScope): Bilingual {
  const lists: [string, string, readonly string[] | null][] = [
    ['', '', equipment],
    ['部门 ', 'department ', departments],
    ['供应商 ', 'supplier ', suppliers],
    ['客户 ', 'customer ', customers],
  ]
  const limits = lists.filter((entry): entry is [string, string, readonly string[]] => entry[2] !== null)
  if (limits.length === 0) return both('全企业', 'whole enterprise')
  const words = (index: 0 | 1, none: string) =>
    limits.map((limit) => `${limit[index]}${limit[2].length > 0 ? limit[2].join(', ') : none}`).join('; ')
  return both(words(0, '无'), words(1, 'none'))
}

function noRoleStep(): ExplainStep {
  return {
    kind: 'role',
    id: '',
    outcome: 'fail',
    title: both('没有角色', 'No role'),
    detail: both('没有有效的角色或授权；缺省拒绝', 'no role or grant is in force; nothing is open by default'),
  }
}

/** Adds a step for each rule on the fact; gives those that fail. */
function ruleSteps(
  rights: EffectiveRights,
  { fact, row }: NonNullable<RightsQuestion['row']>,
  steps: ExplainStep[],
): string[] {
  const rules = rights.rowRules.get(fact.id) ?? []
  return rules
    .filter((bound) => {
      const step = ruleStep(bound, row, rights)
      steps.push(step)
      return step.outcome === 'fail'
    })
    .map(({ rule }) => rule.id)
}

function ruleStep({ rule, condition }: BoundRule, row: RightsRow, rights: EffectiveRights): ExplainStep {
  const verdict = condition === null ? undefined : judgeOf(condition, rights.attributes)(row)
  const values = (condition?.attributes ?? [])
    .map((name) => `user.${name} = ${[rights.attributes[name] ?? '∅'].flat().join(', ') || '∅'}`)
    .join('; ')
  const base = both(
    `${rule.condition}${values ? `；${values}` : ''}`,
    `${rule.condition}${values ? `; ${values}` : ''}`,
  )
  const unknown = both(
    `${base.zh}；此行缺少所问的值，按不可见处理`,
    `${base.en}; a value it asks for is unknown, so the row stays hidden`,
  )
  const broken = both('规则无法使用，因此隐藏全部行', 'the rule cannot be used, so it hides every row')
  return {
    kind: 'row-rule',
    id: rule.id,
    outcome: verdict === true ? 'pass' : 'fail',
    title: both(`行规则 ${rule.id} ${rule.name.zh}`, `Row rule ${rule.id} ${rule.name.en}`),
    detail: verdict === undefined ? broken : verdict === null ? unknown : base,
  }
}

function columnStep(rights: EffectiveRights, { row, column }: RightsQuestion, steps: ExplainStep[]): Mask | null {
  if (!row || column === undefined) return null
  const mask = maskOf(rights, row.fact, column)
  const words: Record<Mask['kind'], Bilingual> = {
    hide: both('隐藏', 'hidden'),
    partial: both('只显示首字', 'only its first character is shown'),
    hash: both('以散列代替', 'shown as a hash'),
    bucket: both('取整显示', 'shown in steps'),
  }
  for (const rule of rights.columnRules.filter((each) => each.fact === row.fact.id && each.column === column))
    steps.push({
      kind: 'column-rule',
      id: rule.id,
      outcome: 'fail',
      title: both(`列规则 ${rule.id} ${rule.name.zh}`, `Column rule ${rule.id} ${rule.name.en}`),
      detail: words[rule.mask.kind],
    })
  return mask
}

function remedyOf(
  { action, place }: RightsQuestion,
  { isPermitted, isShown, failed }: { isPermitted: boolean; isShown: boolean; failed: readonly string[] },
): Bilingual {
  const act = ACTION_WORDS[action]
  if (!isPermitted)
    return both(
      `需要一个可${act.zh}它的角色，或一次到期授权。`,
      `A role that may ${act.en} it, or a grant with an end, is needed.`,
    )
  if (!isShown)
    return both(
      `需要把${place ? ` ${place} ` : '它'}加入某个角色的范围。`,
      `${place ?? 'It'} has to be added to the scope of a role.`,
    )
  const codes = failed.join(', ')
  return both(
    `由行规则 ${codes} 拒绝：修改规则，或补充规则所问的用户属性。`,
    `Row rule ${codes} keeps it hidden: change the rule, or the user attribute it asks for.`,
  )
}
