import { Injectable } from '@nestjs/common'
import type { AccessOverview, AccessUser, ExplainAnswer } from '@gemba/contracts/rights'
import { coversScope } from '@gemba/engine/rights/decide'
import { WHOLE } from '@gemba/engine/rights/effective'
import { type RightsQuestion, explain, scopeText } from '@gemba/engine/rights/explain'
import type { Principal } from '../accounts/principal.ts'
import { KnownObjects } from '../accounts/rights/known-objects.service.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { Fault } from '../http/fault.ts'

const seesAll = (principal: Principal): boolean =>
  principal.rights?.effective.held.some(
    ({ permissions, scope }) =>
      coversScope(scope, WHOLE) &&
      permissions.some(
        ({ kind, target, actions }) =>
          kind === 'setting' && ['*', 'grants'].includes(target) && actions.includes('view'),
      ),
  ) ?? false

/** Reads of the rights: who holds what, and why a decision falls as it does. */
@Injectable()
export class AccessService {
  constructor(
    private readonly rights: RightsService,
    private readonly objects: KnownObjects,
  ) {}

  /** Accounts with what they hold. Who administers only a part sees names, and profiles that lie within it. */
  async users(principal: Principal): Promise<AccessUser[]> {
    const accounts = await this.rights.accounts()
    const whole = seesAll(principal)
    return accounts.map((account) => {
      const identity = { ...account, directoryGroups: account.groups }
      const profile = this.rights.model.profile(account.user) ?? { user: account.user, scope: WHOLE, attributes: {} }
      return {
        user: account.user,
        name: account.name,
        active: account.active,
        roles: whole ? [...account.roles] : [],
        groups: whole ? [...this.rights.model.groupsOf(identity).keys()] : [],
        profile: whole ? profile : { user: account.user, scope: WHOLE, attributes: {} },
      }
    })
  }

  async overview(principal: Principal): Promise<AccessOverview> {
    const { profiles: _withUsers, ...document } = this.rights.model.document
    const own = principal.rights
    if (!own) throw new Fault('NO_ACCESS')
    const whole = seesAll(principal)
    const covered = (scope: (typeof document.grants)[number]['scope']) =>
      own.effective.held.some((held) => coversScope(held.scope, scope))
    const folderOf = (kind: string, id: string) => this.rights.model.folders.folderOf(kind, id)
    return {
      ...document,
      grants: whole ? document.grants : document.grants.filter(({ scope }) => covered(scope)),
      groups: whole ? document.groups : document.groups.map((group) => ({ ...group, members: [] })),
      users: await this.users(principal),
      known: this.objects
        .all()
        .filter(({ kind, id }) => own.may('view', { kind, id }))
        .map((object) => ({ ...object, folder: folderOf(object.kind, object.id) })),
      places: this.rights.allPlaces.all.filter(({ path }) => own.touchesPlace(path)).map((place) => ({ ...place })),
      mayAdminister: whole && own.may('administer', { kind: 'setting', id: 'access' }),
      mayGrant: own.may('share', { kind: 'setting', id: 'grants' }),
    }
  }

  /** Why somebody can or cannot. Everybody may ask about the own account, others only who may look at rights. */
  async explain(asking: Principal, user: string, question: RightsQuestion): Promise<ExplainAnswer> {
    if (user !== asking.user && !seesAll(asking)) throw new Fault('NO_ACCESS')
    const principal = user === asking.user ? asking : await this.rights.principalOf(user)
    if (!principal?.rights) throw new Fault('ACCESS_UNKNOWN', { id: user.slice(0, 60) })
    const { document, roles } = this.rights.model
    const name = (kind: 'role' | 'group', id: string) =>
      (kind === 'role' ? roles.get(id)?.name : document.groups.find((group) => group.id === id)?.name) ?? {
        zh: id,
        en: id,
      }
    const { allowed, mask, steps, remedy } = explain(principal.rights.effective, question, name)
    const identity = {
      kind: 'identity' as const,
      id: user,
      outcome: 'pass' as const,
      title: { zh: `身份 ${principal.name.zh}`, en: `Identity ${principal.name.en}` },
      detail: { zh: '账号有效', en: 'the account is active' },
    }
    const verdict = allowed
      ? mask
        ? { zh: '能看到这一行，但此列被遮盖。', en: 'The row is visible, the column is masked.' }
        : { zh: '可以。', en: 'Yes.' }
      : { zh: '不可以。', en: 'No.' }
    return { user, allowed, mask, verdict, steps: [identity, ...steps], remedy, decidedAt: Date.now() }
  }

  /** One line for each role that somebody holds, by whatever way; for reviews of rights. */
  async inventory(principal: Principal): Promise<string> {
    if (!seesAll(principal)) throw new Fault('NO_ACCESS')
    const lines = [INVENTORY_COLUMNS]
    for (const account of await this.rights.accounts()) {
      const { user, name, active } = account
      const { rights } = this.rights.withRights(account)
      for (const held of rights?.effective.held ?? []) {
        const grant = held.by.kind === 'grant' ? held.by.grant : null
        const via = held.by.kind === 'grant' ? held.by.via.join(' > ') : ''
        lines.push([
          user,
          name.zh,
          active ? 'active' : 'closed',
          held.role,
          grant ? `grant ${grant.id}` : 'account',
          via,
          scopeText(held.scope).en,
          grant?.fromAt ? new Date(grant.fromAt).toISOString() : '',
          grant?.untilAt ? new Date(grant.untilAt).toISOString() : '',
          grant?.grantedBy ?? '',
          grant?.reason ?? '',
          held.permissions.map(({ kind, target, actions }) => `${kind} ${target}: ${actions.join(' ')}`).join('; '),
          [...new Set([...(rights?.effective.rowRules.values() ?? [])].flat().map(({ rule }) => rule.id))].join(' '),
          [...new Set((rights?.effective.columnRules ?? []).map(({ id }) => id))].join(' '),
        ])
      }
    }
    return `\ufeff${lines.map((line) => line.map(csvCell).join(',')).join('\r\n')}\r\n`
  }
}

const INVENTORY_COLUMNS = [
  'user',
  'name',
  'state',
  'role',
  'by',
  'through groups',
  'scope',
  'from',
  'until',
  'granted by',
  'reason',
  'permissions',
  'row rules',
  'column rules',
]

/** A cell that a spreadsheet takes for text: what begins like a formula is marked as none. */
function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
