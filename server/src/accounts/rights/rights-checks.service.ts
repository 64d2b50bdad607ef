import type {
  ColumnRule,
  GroupDefinition,
  OrganisationScope,
  Permission,
  RightsDocument,
  RowRule,
} from '@gemba/contracts/rights'
import { type ConditionFault, checkCondition, isFault } from '@gemba/engine/rights/condition'
import { coversScope } from '@gemba/engine/rights/decide'
import { type EffectiveRights, WHOLE } from '@gemba/engine/rights/effective'
import { FACTS, columnNamed, factNamed } from '@gemba/engine/rights/facts'
import { Fault } from '../../http/fault.ts'

/** Refuses a rule that does not parse, or names a fact, a column or an attribute that does not exist. */
export function checkRowRule(rule: Pick<RowRule, 'facts' | 'condition'>, attributes: readonly string[]): void {
  const fault = rowRuleFault(rule, attributes)
  if (fault) throw new Fault('RULE_INVALID', fault.position === null ? {} : { position: fault.position }, fault.message)
}

export function rowRuleFault(
  { facts, condition }: Pick<RowRule, 'facts' | 'condition'>,
  attributes: readonly string[],
): ConditionFault | null {
  const unknown = facts.find((id) => id !== '*' && factNamed(id) === null)
  if (unknown !== undefined)
    return { position: null, message: { zh: `没有数据 ${unknown}`, en: `there are no facts ${unknown}` } }
  const everywhere = facts.includes('*')
  const checks = FACTS.filter(({ id }) => everywhere || facts.includes(id)).map((fact) =>
    checkCondition(condition, { fact, attributes }),
  )
  const faults = checks.filter(isFault)
  // A rule for all facts holds where its columns exist; it must exist somewhere.
  const isUsable = everywhere ? faults.length < checks.length : faults.length === 0
  return isUsable ? null : (faults[0] ?? null)
}

export function checkColumnRule({ fact, column, mask }: ColumnRule): void {
  const known = factNamed(fact)
  const found = known && columnNamed(known, column)
  if (found?.masks?.includes(mask.kind)) return
  const names = known?.columns.filter(({ masks }) => masks).map(({ name }) => name) ?? []
  throw new Fault(
    'RULE_INVALID',
    {},
    {
      zh: found ? `列 ${column} 不能这样遮盖` : `${fact} 没有列 ${column}；可遮盖的有 ${names.join('、') || '无'}`,
      en: found
        ? `column ${column} cannot be masked so`
        : `${fact} has no column ${column}; it can mask ${names.join(', ') || 'none'}`,
    },
  )
}

/** Refuses a group that would contain itself, over whatever way. */
export function checkNoCircle(group: GroupDefinition, document: RightsDocument): void {
  const groups = new Map([...document.groups, group].map((each) => [each.id, each]))
  const seen = new Set<string>()
  const queue = [[group.id]]
  for (let way = queue.shift(); way; way = queue.shift()) {
    for (const { kind, id } of groups.get(way.at(-1) ?? '')?.members ?? []) {
      if (kind !== 'group') continue
      if (id === group.id) {
        const circle = [...way, id].join(' → ')
        throw new Fault(
          'ACCESS_CONFLICT',
          { group: group.id },
          {
            zh: `组不能包含自己：${circle}`,
            en: `A group cannot contain itself: ${circle}`,
          },
        )
      }
      if (seen.has(id)) continue
      seen.add(id)
      queue.push([...way, id])
    }
  }
}

/** Nobody gives away more than the own: each action on each object, over the whole scope and no longer than held. */
export function checkDelegation(
  own: EffectiveRights,
  given: { permissions: readonly Permission[]; scope: OrganisationScope; untilAt: number | null },
): void {
  const lacking = given.permissions.find(
    (wanted) => !wanted.actions.every((action) => holds(own, wanted, action, given)),
  )
  if (!lacking) return
  const what = `${lacking.actions.join(', ')} ${lacking.kind} ${lacking.target}`
  throw new Fault(
    'BEYOND_OWN_RIGHTS',
    { lacking: what },
    {
      zh: `你自己在这个范围内没有（或没有这么久的）权限：${what}`,
      en: `You do not hold this yourself in the whole scope, or not for so long: ${what}`,
    },
  )
}

function holds(
  own: EffectiveRights,
  wanted: Permission,
  action: Permission['actions'][number],
  { scope, untilAt }: { scope: OrganisationScope; untilAt: number | null },
): boolean {
  return own.held.some(({ by, permissions, scope: outer }) => {
    const endsAt = by.kind === 'grant' ? by.grant.untilAt : null
    if (endsAt !== null && (untilAt === null || untilAt > endsAt)) return false
    return (
      coversScope(outer, scope) &&
      permissions.some(
        ({ kind, target, actions }) =>
          kind === wanted.kind && actions.includes(action) && targetCovers(own, target, wanted),
      )
    )
  })
}

function targetCovers(own: EffectiveRights, target: string, wanted: Permission): boolean {
  if (target === '*' || target === wanted.target) return true
  if (!wanted.target.startsWith('/')) return false
  return own.folders.reaching(wanted.target).includes(target)
}

/** Changes of roles, groups and rules reach everybody: only who administers the whole enterprise may make them. */
export function checkAdministers(own: EffectiveRights): void {
  checkDelegation(own, {
    permissions: [{ kind: 'setting', target: 'access', actions: ['administer'] }],
    scope: WHOLE,
    untilAt: null,
  })
}
