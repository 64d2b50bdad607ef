import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common'
import { role as accountRole } from '@gemba/contracts/api'
import {
  type RightsDocument,
  columnRule,
  folderDefinition,
  grantDefinition,
  groupDefinition,
  placedObject,
  roleDefinition,
  rowRule,
  userProfile,
} from '@gemba/contracts/rights'
import { RightsModel, isInForce } from '@gemba/engine/rights/effective'
import { READY_ROLES } from '@gemba/engine/rights/ready-roles'
import { Subject } from 'rxjs'
import { DataSource } from 'typeorm'
import type { z } from 'zod'
import { CatalogNames } from '../../http/catalog-names.ts'
import { log } from '../../http/log.ts'
import { AccountEntity } from '../account.entity.ts'
import { type Principal, broughtBy } from '../principal.ts'
import { AccessRights, Places } from './access-rights.ts'
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

/** How soon a change that another process made is seen. */
const LOOK_EVERY_MS = 2_000
const LONGEST_TIMER_MS = 3_600_000
const MOST_REMEMBERED = 20_000

const EMPTY: RightsDocument = {
  roles: [],
  groups: [],
  grants: [],
  profiles: [],
  rowRules: [],
  columnRules: [],
  folders: [],
  objects: [],
}

/** The rights in force. Until they are loaded nobody holds any. */
@Injectable()
export class RightsService implements OnModuleInit, OnModuleDestroy {
  /** Rights are not what they were: what is open has to be looked at again. */
  readonly changed = new Subject<void>()
  private current = new RightsModel(EMPTY)
  private version = ''
  private places = new Places([])
  private placesSeen: unknown = null
  private readonly known = new Map<string, AccessRights>()
  /** When a grant begins or ends next (ms). */
  private nextTurnAt = Infinity
  private turn: NodeJS.Timeout | null = null
  private look: NodeJS.Timeout | null = null

  constructor(
    private readonly database: DataSource,
    private readonly names: CatalogNames,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.reload()
    this.look = setInterval(() => void this.lookForChanges(), LOOK_EVERY_MS).unref()
  }

  onModuleDestroy(): void {
    if (this.look) clearInterval(this.look)
    if (this.turn) clearTimeout(this.turn)
  }

  get model(): RightsModel {
    return this.current
  }

  get allPlaces(): Places {
    if (this.placesSeen !== this.names.places) {
      this.placesSeen = this.names.places
      this.places = new Places(this.names.places)
      this.known.clear()
    }
    return this.places
  }

  /** The same principal with the rights of now. Roles that grants give count for routes as well. */
  withRights(principal: Principal): Principal {
    const rights = this.rightsOf(principal)
    const roles = rights.effective.roles.flatMap((id) => accountRole.safeParse(id).data ?? [])
    return { ...principal, roles, rights }
  }

  /** A principal as somebody's account would have it; null when there is no such active account. */
  async principalOf(user: string): Promise<Principal | null> {
    const account = await this.accountOf(user)
    return account && this.withRights(account)
  }

  /** What somebody's account brings along, before grants count; null when there is no such active account. */
  async accountOf(user: string): Promise<Principal | null> {
    if (user.includes('\0')) return null
    const account = await this.database.getRepository(AccountEntity).findOneBy({ id: user, active: true })
    return account && broughtBy(account)
  }

  /** Every active account as a principal with the rights of now, by id. */
  async principals(): Promise<Principal[]> {
    const accounts = await this.database
      .getRepository(AccountEntity)
      .find({ where: { active: true }, order: { id: 'ASC' } })
    return accounts.map((account) => this.withRights(broughtBy(account)))
  }

  /** Every account, for lists of rights. */
  async accounts(): Promise<(Principal & { readonly groups: readonly string[]; readonly active: boolean })[]> {
    const rows = await this.database.getRepository(AccountEntity).find({ order: { id: 'ASC' } })
    return rows.map((account) => ({ ...broughtBy(account), active: account.active }))
  }

  private rightsOf(principal: Principal): AccessRights {
    const nowAt = Date.now()
    const { allPlaces: places } = this
    // A timer may come late; a grant must not outlive its end by that.
    if (nowAt >= this.nextTurnAt) this.forget(nowAt)
    const { user, roles, sites, groups = [], placed = [], ownRolesOnly = false } = principal
    const key = JSON.stringify([user, roles, sites, groups, placed, ownRolesOnly])
    const known = this.known.get(key)
    if (known) return known
    const identity = { user, roles, sites, directoryGroups: groups, placed, ownRolesOnly }
    const ids = [...new Set(places.all.map(({ path }) => path.split('/')[0] ?? ''))]
    const rights = new AccessRights(this.current.effective(identity, nowAt, ids), places)
    if (this.known.size > MOST_REMEMBERED) this.known.clear()
    this.known.set(key, rights)
    return rights
  }

  /** Reads everything again and tells everybody who holds something open. */
  async reload(): Promise<void> {
    const version = await this.storedVersion()
    const document = await readDocument(this.database)
    this.current = new RightsModel(document)
    this.version = version
    this.forget(Date.now())
    this.changed.next()
  }

  /** What is remembered is void; sets the clock for the next begin or end of a grant. */
  private forget(nowAt: number): void {
    this.known.clear()
    const turns = this.current.document.grants
      .flatMap(({ fromAt, untilAt }) => [fromAt ?? 0, untilAt ?? 0])
      .filter((at) => at > nowAt)
    this.nextTurnAt = turns.length > 0 ? Math.min(...turns) : Infinity
    if (this.turn) clearTimeout(this.turn)
    this.turn = null
    if (this.nextTurnAt === Infinity) return
    const waitMs = Math.min(this.nextTurnAt - nowAt, LONGEST_TIMER_MS)
    this.turn = setTimeout(() => {
      this.forget(Date.now())
      this.changed.next()
    }, waitMs).unref()
  }

  private async lookForChanges(): Promise<void> {
    try {
      if ((await this.storedVersion()) !== this.version) await this.reload()
    } catch (error) {
      log.warn({ err: error }, 'rights could not be compared with the store')
    }
  }

  private async storedVersion(): Promise<string> {
    const rows = await this.database.query<{ version: string }[]>('SELECT version FROM access_version')
    return rows[0]?.version ?? ''
  }

  /** Grants in force of a subject, for lists. */
  grantsInForce(nowAt: number): RightsDocument['grants'] {
    return this.current.document.grants.filter((grant) => isInForce(grant, nowAt))
  }
}

async function readDocument(database: DataSource): Promise<RightsDocument> {
  const all = async <S extends z.ZodType>(schema: S, entity: new () => { document: object }): Promise<z.output<S>[]> =>
    (await database.getRepository(entity).find({ order: { id: 'ASC' } as object })).map(({ document }) =>
      schema.parse(document),
    )
  const [roles, groups, profiles, rowRules, columnRules, folders] = await Promise.all([
    all(roleDefinition, RoleEntity),
    all(groupDefinition, GroupEntity),
    all(userProfile, ProfileEntity),
    all(rowRule, RowRuleEntity),
    all(columnRule, ColumnRuleEntity),
    all(folderDefinition, FolderEntity),
  ])
  const grants = (await database.getRepository(GrantEntity).find({ order: { id: 'ASC' } })).map(grantOf)
  const objects = (await database.getRepository(PlacedObjectEntity).find()).map((row) => placedObject.parse(row))
  return { roles: [...READY_ROLES, ...roles], groups, profiles, rowRules, columnRules, folders, grants, objects }
}

function grantOf(row: GrantEntity): RightsDocument['grants'][number] {
  return grantDefinition.parse({
    id: row.id,
    subject: { kind: row.subjectKind, id: row.subject },
    role: row.role,
    scope: row.scope,
    fromAt: row.fromAt?.getTime() ?? null,
    untilAt: row.untilAt?.getTime() ?? null,
    grantedBy: row.grantedBy,
    reason: row.reason,
  })
}
