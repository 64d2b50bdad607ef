import type { AccessOverview } from '@gemba/contracts/rights'

/**
 * Users of each role, by the account or by a grant to the user or one of the groups. Made in one walk: of thousands of
 * users, grants and roles each pair would be too many.
 */
export function holdersByRole({ users, grants }: Pick<AccessOverview, 'users' | 'grants'>): Map<string, Set<string>> {
  const holders = new Map<string, Set<string>>()
  const add = (role: string, user: string): void => {
    const known = holders.get(role)
    if (known) known.add(user)
    else holders.set(role, new Set([user]))
  }
  const byGroup = new Map<string, string[]>()
  const existing = new Set(users.map(({ user }) => user))
  for (const { subject, role } of grants)
    if (subject.kind === 'group') byGroup.set(subject.id, [...(byGroup.get(subject.id) ?? []), role])
    else if (existing.has(subject.id)) add(role, subject.id)
  for (const { user, roles, groups } of users) {
    for (const role of roles) add(role, user)
    for (const group of groups) for (const role of byGroup.get(group) ?? []) add(role, user)
  }
  return holders
}
