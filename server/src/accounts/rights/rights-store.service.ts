import { randomUUID } from 'node:crypto'
import { Injectable } from '@nestjs/common'
import type {
  ColumnRule,
  FolderDefinition,
  GrantDefinition,
  GroupDefinition,
  NewGrant,
  PlacedObject,
  RoleDefinition,
  RowRule,
  UserProfile,
} from '@gemba/contracts/rights'
import { coversScope } from '@gemba/engine/rights/decide'
import { type EffectiveRights, WHOLE } from '@gemba/engine/rights/effective'
import { DataSource, type EntityManager } from 'typeorm'
import { Fault } from '../../http/fault.ts'
import { AccountEntity } from '../account.entity.ts'
import type { Principal } from '../principal.ts'
import { ChangeRecords } from './change-record.service.ts'
import {
  checkAdministers,
  checkColumnRule,
  checkDelegation,
  checkNoCircle,
  checkRowRule,
} from './rights-checks.service.ts'
import {
  ColumnRuleEntity,
  FolderEntity,
  GrantEntity,
  GroupEntity,
  PlacedObjectEntity,
  ProfileEntity,
  RoleEntity,
  RowRuleEntity,
} from './rights.entity.ts'
import { RightsService } from './rights.service.ts'

interface Change {
  by: Principal
  what: string
  object: string
  before: unknown
  after: unknown
  reason?: string
  within?: RuleApproval | undefined
}

/** A change that another person approves: written in the caller's transaction, who reads the rights again after it. */
export interface RuleApproval {
  readonly manager: EntityManager
  readonly reason: string
  /** Which change it is, and both persons, for the audit trail. */
  readonly origin: object
}

type DocumentEntity = typeof RoleEntity

/** Changes of rights: each is checked against the rights of who makes it, recorded, and in force at once. */
@Injectable()
export class RightsStore {
  constructor(
    private readonly database: DataSource,
    private readonly rights: RightsService,
    private readonly records: ChangeRecords,
  ) {}

  async saveRole(by: Principal, role: RoleDefinition): Promise<void> {
    const own = administrator(by)
    const before = this.rights.model.roles.get(role.id) ?? null
    if (before?.ready || role.ready) throw readyFault(role.id)
    checkDelegation(own, { permissions: role.permissions, scope: WHOLE, untilAt: null })
    await this.keep(RoleEntity, role, { by, what: 'role', object: role.id, before, after: role })
  }

  async removeRole(by: Principal, id: string): Promise<void> {
    administrator(by)
    const { document, roles } = this.rights.model
    const before = known(roles.get(id), id)
    if (before.ready) throw readyFault(id)
    const inUse = document.grants.filter((grant) => grant.role === id).length
    const bound = [...document.rowRules, ...document.columnRules].filter((rule) =>
      ('roles' in rule ? rule.roles : rule.visibleTo).includes(id),
    )
    if (inUse > 0 || bound.length > 0)
      throw new Fault(
        'ACCESS_CONFLICT',
        { grants: inUse, rules: bound.length },
        {
          zh: `角色仍在使用：${inUse} 项授权，规则 ${bound.map((rule) => rule.id).join('、') || '无'}`,
          en: `The role is in use: ${inUse} grants, rules ${bound.map((rule) => rule.id).join(', ') || 'none'}`,
        },
      )
    await this.drop(RoleEntity, id, { by, what: 'role', object: id, before, after: null })
  }

  async saveGroup(by: Principal, group: GroupDefinition): Promise<void> {
    const own = administrator(by)
    const { document } = this.rights.model
    checkNoCircle(group, document)
    for (const { kind, id } of group.members) {
      if (kind === 'user') await this.knownUser(id)
      else
        known(
          document.groups.find((each) => each.id === id),
          id,
        )
    }
    // Whoever joins gets what the group and the groups above it hold.
    const above = [
      group.id,
      ...this.rights.model.groupsOf({ user: '', roles: [], sites: null, directoryGroups: [group.id] }).keys(),
    ]
    for (const grant of above.flatMap((id) => this.rights.model.grants('group', id))) this.checkGrant(own, grant)
    const before = document.groups.find(({ id }) => id === group.id) ?? null
    await this.keep(GroupEntity, group, { by, what: 'group', object: group.id, before, after: group })
  }

  async removeGroup(by: Principal, id: string): Promise<void> {
    administrator(by)
    const { document } = this.rights.model
    const before = known(
      document.groups.find((group) => group.id === id),
      id,
    )
    const holders = document.groups.filter(({ members }) =>
      members.some((each) => each.kind === 'group' && each.id === id),
    )
    const grants = this.rights.model.grants('group', id).length
    if (holders.length > 0 || grants > 0)
      throw new Fault(
        'ACCESS_CONFLICT',
        { group: id },
        {
          zh: `组仍在使用：${grants} 项授权，上级组 ${holders.map((group) => group.id).join('、') || '无'}`,
          en: `The group is in use: ${grants} grants, groups above it ${holders.map((group) => group.id).join(', ') || 'none'}`,
        },
      )
    await this.drop(GroupEntity, id, { by, what: 'group', object: id, before, after: null })
  }

  /** Where the roles of an account hold. Nobody gives an account a wider place than the own. */
  async saveProfile(by: Principal, profile: UserProfile): Promise<void> {
    const own = administrator(by)
    const account = await this.knownUser(profile.user)
    for (const id of account.roles)
      checkDelegation(own, {
        permissions: this.rights.model.roles.get(id)?.permissions ?? [],
        scope: profile.scope,
        untilAt: null,
      })
    if (profile.user === by.user && !coversScope(profile.scope, WHOLE))
      throw new Fault(
        'ACCESS_CONFLICT',
        {},
        {
          zh: '不能把自己关在门外：请由另一位管理员修改你的范围。',
          en: 'You would lock yourself out: another administrator has to change your scope.',
        },
      )
    const before = this.rights.model.profile(profile.user)
    const stored = { ...profile, id: profile.user }
    await this.keep(ProfileEntity, stored, { by, what: 'scope', object: profile.user, before, after: profile }, profile)
  }

  async saveRowRule(by: Principal, rule: RowRule, within?: RuleApproval): Promise<void> {
    administrator(by)
    this.checkRowRule(rule)
    const before = this.rights.model.document.rowRules.find(({ id }) => id === rule.id) ?? null
    await this.keep(RowRuleEntity, rule, { by, what: 'row rule', object: rule.id, before, after: rule, within })
  }

  /** Refuses a rule that could not come into force. */
  checkRowRule(rule: RowRule): void {
    checkRowRule(rule, this.rights.model.attributes)
    for (const id of rule.roles) known(this.rights.model.roles.get(id), id)
  }

  async removeRowRule(by: Principal, id: string, within?: RuleApproval): Promise<void> {
    administrator(by)
    const before = known(
      this.rights.model.document.rowRules.find((rule) => rule.id === id),
      id,
    )
    await this.drop(RowRuleEntity, id, { by, what: 'row rule', object: id, before, after: null, within })
  }

  async saveColumnRule(by: Principal, rule: ColumnRule, within?: RuleApproval): Promise<void> {
    administrator(by)
    this.checkColumnRule(rule)
    const before = this.rights.model.document.columnRules.find(({ id }) => id === rule.id) ?? null
    await this.keep(ColumnRuleEntity, rule, { by, what: 'column rule', object: rule.id, before, after: rule, within })
  }

  /** Refuses a rule that could not come into force. */
  checkColumnRule(rule: ColumnRule): void {
    checkColumnRule(rule)
    for (const id of rule.visibleTo) known(this.rights.model.roles.get(id), id)
  }

  async removeColumnRule(by: Principal, id: string, within?: RuleApproval): Promise<void> {
    administrator(by)
    const before = known(
      this.rights.model.document.columnRules.find((rule) => rule.id === id),
      id,
    )
    await this.drop(ColumnRuleEntity, id, { by, what: 'column rule', object: id, before, after: null, within })
  }

  /** A rule as the store has it, null when there is none; within a transaction no right changes until that ends. */
  async ruleInForce(kind: 'row-rule' | 'column-rule', id: string, within?: EntityManager): Promise<object | null> {
    if (within) await within.query('SELECT version FROM access_version FOR UPDATE')
    const entity: DocumentEntity = kind === 'row-rule' ? RowRuleEntity : ColumnRuleEntity
    const found = await (within ?? this.database.manager).findOneBy(entity, { id })
    return found?.document ?? null
  }

  async saveFolder(by: Principal, folder: FolderDefinition): Promise<void> {
    administrator(by)
    const before = this.rights.model.document.folders.find(({ path }) => path === folder.path) ?? null
    const change = { by, what: 'folder', object: folder.path, before, after: folder }
    await this.keep(FolderEntity, { ...folder, id: folder.path }, change, folder)
  }

  /**
   * Takes a folder away. What lies in it moves into the folder above, or into none, when that is asked for: other people
   * may see it then. A folder with folders below it stays.
   */
  async removeFolder(by: Principal, path: string, content: 'refuse' | 'up'): Promise<void> {
    administrator(by)
    const { folders, objects } = this.rights.model.document
    const before = known(
      folders.find((folder) => folder.path === path),
      path,
    )
    const inside = objects.filter(({ folder }) => folder === path)
    const below = folders.filter((folder) => folder.path.startsWith(`${path}/`))
    if (below.length > 0 || (inside.length > 0 && content === 'refuse'))
      throw new Fault(
        'ACCESS_CONFLICT',
        { folder: path },
        {
          zh: `文件夹不是空的：下级文件夹 ${below.length} 个，内容 ${inside.length} 项`,
          en: `The folder is not empty: ${below.length} folders below it, ${inside.length} objects in it`,
        },
      )
    const above = path.slice(0, path.lastIndexOf('/'))
    const target = folders.some((folder) => folder.path === above) ? above : null
    const moved = inside.map(({ kind, id }) => `${kind}:${id}`)
    const change = { by, what: 'folder', object: path, before: { ...before, moved }, after: { movedTo: target } }
    await this.write(change, async (manager) => {
      for (const { kind, id } of inside)
        if (target === null) await manager.delete(PlacedObjectEntity, { kind, id })
        else await manager.update(PlacedObjectEntity, { kind, id }, { folder: target })
      await manager.delete(FolderEntity, { id: path })
    })
  }

  async placeObject(by: Principal, object: PlacedObject): Promise<void> {
    administrator(by)
    const before = this.rights.model.document.objects.find(({ kind, id }) => kind === object.kind && id === object.id)
    const change = { by, what: 'folder of object', object: `${object.kind}:${object.id}`, before, after: object }
    await this.write(change, (manager) => manager.upsert(PlacedObjectEntity, object, ['kind', 'id']))
  }

  async addGrant(by: Principal, grant: NewGrant): Promise<GrantDefinition> {
    const own = rightsOf(by)
    const { model } = this.rights
    if (grant.subject.kind === 'user') await this.knownUser(grant.subject.id)
    else
      known(
        model.document.groups.find(({ id }) => id === grant.subject.id),
        grant.subject.id,
      )
    known(model.roles.get(grant.role), grant.role)
    if (grant.untilAt !== null && grant.untilAt <= (grant.fromAt ?? Date.now()))
      throw new Fault('RANGE_INVALID', {}, { zh: '结束必须晚于开始', en: 'The end must be after the beginning' })
    this.checkGrant(own, grant)
    const stored: GrantDefinition = { ...grant, id: randomUUID(), grantedBy: by.user }
    const change = { by, what: 'grant', object: stored.id, before: null, after: stored, reason: grant.reason }
    const at = (ms: number | null) => (ms === null ? null : new Date(ms))
    const { subject, fromAt, untilAt, ...rest } = stored
    await this.write(change, (manager) =>
      manager.insert(GrantEntity, {
        ...rest,
        subjectKind: subject.kind,
        subject: subject.id,
        fromAt: at(fromAt),
        untilAt: at(untilAt),
      }),
    )
    return stored
  }

  async removeGrant(by: Principal, id: string): Promise<void> {
    const own = rightsOf(by)
    const grant = known(
      this.rights.model.document.grants.find((each) => each.id === id),
      id,
    )
    this.checkGrant(own, { ...grant, untilAt: null, role: grant.role })
    const change = { by, what: 'grant', object: id, before: grant, after: null }
    await this.write(change, (manager) => manager.delete(GrantEntity, { id }))
  }

  /** Who gives a role away may share rights there, and holds all that the role permits. */
  private checkGrant(
    own: EffectiveRights,
    { role, scope, untilAt }: Pick<NewGrant, 'role' | 'scope' | 'untilAt'>,
  ): void {
    const share = { kind: 'setting', target: 'grants', actions: ['share'] } as const
    const permissions = this.rights.model.roles.get(role)?.permissions ?? []
    checkDelegation(own, { permissions: [{ ...share, actions: [...share.actions] }, ...permissions], scope, untilAt })
  }

  private async knownUser(id: string): Promise<AccountEntity> {
    const account = id.includes('\0') ? null : await this.database.getRepository(AccountEntity).findOneBy({ id })
    return known(account, id)
  }

  private keep(entity: DocumentEntity, row: { id: string }, change: Change, document: object = row): Promise<void> {
    return this.write(change, (manager) => manager.upsert(entity, { id: row.id, document }, ['id']))
  }

  private drop(entity: DocumentEntity, id: string, change: Change): Promise<void> {
    return this.write(change, (manager) => manager.delete(entity, { id }))
  }

  /** One change: written, counted, recorded, in force. */
  private async write(change: Change, apply: (manager: EntityManager) => Promise<unknown>): Promise<void> {
    const { by, what, object, before, after, within } = change
    const reason = change.reason ?? within?.reason ?? null
    const record = { by, what, object, before: before ?? null, after, reason }
    const writeIn = async (manager: EntityManager): Promise<void> => {
      await manager.query('UPDATE access_version SET version = version + 1')
      await apply(manager)
      await this.records.recordChange(within ? { ...record, origin: within.origin } : record, manager)
    }
    if (within) return writeIn(within.manager)
    await this.database.transaction(writeIn)
    await this.rights.reload()
  }
}

function rightsOf(by: Principal): EffectiveRights {
  if (!by.rights) throw new Fault('NO_ACCESS')
  return by.rights.effective
}

function administrator(by: Principal): EffectiveRights {
  const own = rightsOf(by)
  checkAdministers(own)
  return own
}

function known<T>(found: T | null | undefined, id: string): T {
  if (found === null || found === undefined) throw new Fault('ACCESS_UNKNOWN', { id: id.slice(0, 60) })
  return found
}

const readyFault = (id: string): Fault =>
  new Fault(
    'ACCESS_CONFLICT',
    { role: id },
    {
      zh: '产品自带的角色不能更改；请复制为新角色。',
      en: 'Roles that come with the product do not change: make a new one like it.',
    },
  )
