import { NOTHING } from '@gemba/engine/rights/effective'
import type { GrantDefinition } from '@gemba/contracts/rights'
import { expect, it } from 'vitest'
import { holdersByRole } from './holders.ts'

const grant = (kind: 'user' | 'group', id: string, role: string): GrantDefinition => ({
  id: '00000000-0000-4000-8000-000000000001',
  subject: { kind, id },
  role,
  scope: NOTHING,
  fromAt: null,
  untilAt: null,
  grantedBy: 'admin',
  reason: '',
})
const user = (id: string, roles: string[], groups: string[] = []) => ({
  user: id,
  name: { zh: id, en: id },
  active: true,
  roles,
  groups,
  profile: { user: id, scope: NOTHING, attributes: {} },
})

it('counts each user of a role once, by account, grant and group alike, and nobody who is no more', () => {
  const users = [user('li', ['manager'], ['leads']), user('wang', [], ['leads', 'night']), user('he', ['operator'])]
  const grants = [
    grant('user', 'li', 'manager'),
    grant('group', 'leads', 'manager'),
    grant('group', 'night', 'auditor'),
    grant('user', 'gone', 'auditor'),
  ]
  const holders = holdersByRole({ users, grants })
  expect(Object.fromEntries([...holders].map(([role, names]) => [role, [...names].sort()]))).toEqual({
    manager: ['li', 'wang'],
    auditor: ['wang'],
    operator: ['he'],
  })
})
