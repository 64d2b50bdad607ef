import type {
  ColumnRule,
  GrantDefinition,
  GroupDefinition,
  OrganisationScope,
  Permission,
  RightsDocument,
  RoleDefinition,
  RowRule,
} from '@gemba/contracts/rights'
import { type Condition, checkCondition, isFault } from './condition.ts'
import type { Attributes } from './evaluate.ts'
import { FACTS } from './facts.ts'
import { EXTERNAL_ROLES } from './ready-roles.ts'

export const WHOLE: OrganisationScope = { equipment: null, departments: null, suppliers: null, customers: null }
export const NOTHING: OrganisationScope = { equipment: [], departments: [], suppliers: [], customers: [] }

/** Who somebody is before rights are looked at: the account's roles, and groups the directory names. */
export interface Identity {
  user: string
  roles: readonly string[]
  /** Sites the session is limited to; null = none. */
  sites: readonly string[] | null
  directoryGroups?: readonly string[]
  /** Roles of the account that hold in some places only, as the mapping of groups says; null = everywhere. */
  placed?: readonly { role: string; equipment: readonly string[] | null }[]
  /** Only the given roles count: no grants, no groups. A token narrower than its owner. */
  ownRolesOnly?: boolean
}

/** A role that somebody holds somewhere, and by what. */
export interface HeldRole {
  /** `account`: by the account itself; else by a grant. */
  by: { kind: 'account' } | { kind: 'grant'; grant: GrantDefinition; via: readonly string[] }
  role: string
  permissions: readonly Permission[]
  scope: OrganisationScope
}

/** A rule bound to a fact; null when it cannot be used: then it hides everything. */
export interface BoundRule {
  rule: RowRule
  condition: Condition | null
}

/** Everything that decisions about one user rest on, at one moment. */
export interface EffectiveRights {
  readonly user: string
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly attributes: Attributes
  readonly held: readonly HeldRole[]
  /** Row rules that bind the user, by fact. */
  readonly rowRules: ReadonlyMap<string, readonly BoundRule[]>
  /** Column rules that bind the user: of several on one column the first in the order of `strictness`. */
  readonly columnRules: readonly ColumnRule[]
  /** Text that is equal for two users exactly when they see the same rows in the same way. */
  readonly key: string
  /** Folders and places of objects, for rights on folders. */
  readonly folders: FolderIndex
}

export interface FolderIndex {
  /** The folder of an object; null = it lies in none. */
  folderOf(kind: string, id: string): string | null
  /** The folder itself and those above it whose rights reach into it. */
  reaching(folder: string): readonly string[]
}

/** The document with its indexes and compiled rules; made once for each version of the rights. */
export class RightsModel {
  readonly document: RightsDocument
  readonly roles: ReadonlyMap<string, RoleDefinition>
  readonly attributes: readonly string[]
  readonly folders: FolderIndex
  private readonly groupsOfMember = new Map<string, GroupDefinition[]>()
  private readonly grantsOf = new Map<string, GrantDefinition[]>()
  private readonly profiles: Map<string, RightsDocument['profiles'][number]>
  private readonly rules: ReadonlyMap<string, readonly BoundRule[]>

  constructor(document: RightsDocument) {
    this.document = document
    this.roles = new Map(document.roles.map((role) => [role.id, role]))
    this.profiles = new Map(document.profiles.map((profile) => [profile.user, profile]))
    this.attributes = attributesOf(document)
    for (const group of document.groups)
      for (const { kind, id } of group.members) push(this.groupsOfMember, `${kind}:${id}`, group)
    for (const grant of document.grants) push(this.grantsOf, `${grant.subject.kind}:${grant.subject.id}`, grant)
    this.rules = boundRules(document.rowRules, this.attributes)
    this.folders = folderIndex(document)
  }

  profile(user: string): RightsDocument['profiles'][number] | null {
    return this.profiles.get(user) ?? null
  }

  /** Groups of a user with the way to each: the direct one first. */
  groupsOf({ user, directoryGroups = [] }: Identity): Map<string, readonly string[]> {
    const ways = new Map<string, readonly string[]>()
    const named = new Set(directoryGroups)
    const direct = [
      ...(this.groupsOfMember.get(`user:${user}`) ?? []),
      ...(named.size === 0
        ? []
        : this.document.groups.filter((group) => named.has(group.id) || named.has(group.directoryName ?? ''))),
    ]
    const queue: [GroupDefinition, readonly string[]][] = direct.map((group) => [group, [group.id]])
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [group, way] = next
      if (ways.has(group.id)) continue
      ways.set(group.id, way)
      for (const above of this.groupsOfMember.get(`group:${group.id}`) ?? []) queue.push([above, [...way, above.id]])
    }
    return ways
  }

  grants(kind: 'user' | 'group', id: string): readonly GrantDefinition[] {
    return this.grantsOf.get(`${kind}:${id}`) ?? []
  }

  /** The rights of somebody at an instant. */
  effective(identity: Identity, nowAt: number, sites: readonly string[]): EffectiveRights {
    const groups = identity.ownRolesOnly ? new Map<string, readonly string[]>() : this.groupsOf(identity)
    const held = this.held(identity, groups, nowAt)
    const roles = [...new Set(held.map(({ role }) => role))].sort()
    const attributes = this.attributesFor(identity, { roles, groups: [...groups.keys()].sort(), held, sites })
    const rowRules = new Map<string, readonly BoundRule[]>()
    for (const [fact, rules] of this.rules) {
      const binding = rules.filter(({ rule }) => rule.roles.length === 0 || rule.roles.some((id) => roles.includes(id)))
      if (binding.length > 0) rowRules.set(fact, binding)
    }
    const columnRules = this.document.columnRules.filter(
      (rule) => rule.enabled && !rule.visibleTo.some((id) => roles.includes(id)),
    )
    const parts = { held, rowRules, columnRules, attributes }
    return {
      user: identity.user,
      roles,
      groups: [...groups.keys()].sort(),
      attributes,
      held,
      rowRules,
      columnRules,
      key: keyOf(parts),
      folders: this.folders,
    }
  }

  private held(identity: Identity, groups: ReadonlyMap<string, readonly string[]>, nowAt: number): HeldRole[] {
    const base = this.profile(identity.user)?.scope
    const limit = (scope: OrganisationScope): OrganisationScope =>
      identity.sites === null ? scope : { ...scope, equipment: narrowed(scope.equipment, identity.sites) }
    // Somebody from outside is one of many: a scope that names no supplier and no customer would show all of theirs.
    const scopeFor = (role: string, scope: OrganisationScope): OrganisationScope =>
      EXTERNAL_ROLES.has(role) && scope.suppliers === null && scope.customers === null ? NOTHING : limit(scope)
    const own = identity.roles.map((id): HeldRole => ({
      by: { kind: 'account' },
      role: id,
      permissions: this.roles.get(id)?.permissions ?? [],
      scope: scopeFor(
        id,
        placedScope(base ?? WHOLE, identity.placed?.find(({ role }) => role === id)?.equipment ?? null),
      ),
    }))
    if (identity.ownRolesOnly) return own
    const given = [
      ...this.grants('user', identity.user).map((grant) => ({ grant, via: [] as readonly string[] })),
      ...[...groups].flatMap(([id, via]) => this.grants('group', id).map((grant) => ({ grant, via }))),
    ]
    return [
      ...own,
      ...given
        .filter(({ grant }) => isInForce(grant, nowAt))
        .map(({ grant, via }): HeldRole => ({
          by: { kind: 'grant', grant, via },
          role: grant.role,
          permissions: this.roles.get(grant.role)?.permissions ?? [],
          scope: scopeFor(grant.role, grant.scope),
        })),
    ]
  }

  private attributesFor(
    identity: Identity,
    facts: { roles: string[]; groups: string[]; held: readonly HeldRole[]; sites: readonly string[] },
  ): Attributes {
    const scopes = facts.held.map(({ scope }) => scope)
    const isEverywhere = scopes.some(({ equipment }) => equipment === null)
    const places = unique(scopes.flatMap(({ equipment }) => equipment ?? []))
    const of = (name: 'departments' | 'suppliers' | 'customers') => {
      const lists = scopes.map((scope) => scope[name]).filter((list) => list !== null)
      return lists.length === 0 ? undefined : unique(lists.flat())
    }
    return {
      // A list that is kept for the user holds before the one that follows from the scope.
      departments: of('departments'),
      suppliers: of('suppliers'),
      customers: of('customers'),
      ...this.profile(identity.user)?.attributes,
      id: identity.user,
      roles: facts.roles,
      groups: facts.groups,
      sites: isEverywhere ? facts.sites : unique(places.map((path) => path.split('/')[0] ?? '')),
      places: isEverywhere ? facts.sites : places,
    }
  }
}

export const isInForce = ({ fromAt, untilAt }: GrantDefinition, at: number): boolean =>
  (fromAt === null || fromAt <= at) && (untilAt === null || at < untilAt)

/** Names of attributes that somebody has. */
function attributesOf(document: RightsDocument): string[] {
  return unique(document.profiles.flatMap(({ attributes }) => Object.keys(attributes)))
}

const unique = (list: readonly string[]): string[] => [...new Set(list)].sort()

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

/** Places that lie in both; a session that is limited to sites never sees beyond them. */
function narrowed(equipment: readonly string[] | null, sites: readonly string[]): string[] {
  if (equipment === null) return [...sites]
  return equipment.filter((path) => sites.includes(path.split('/')[0] ?? ''))
}

/** What lies both within the scope and within the places; null = no places are named. */
function placedScope(scope: OrganisationScope, places: readonly string[] | null): OrganisationScope {
  if (places === null) return scope
  const isUnder = (path: string, above: string): boolean => path === above || path.startsWith(`${above}/`)
  const common = (scope.equipment ?? places).flatMap((path) =>
    places.flatMap((place) => (isUnder(path, place) ? [path] : isUnder(place, path) ? [place] : [])),
  )
  return { ...scope, equipment: unique(common) }
}

/** Each enabled rule at the facts it speaks of. A rule that cannot be used binds nevertheless, as one that hides all. */
function boundRules(rules: readonly RowRule[], attributes: readonly string[]): Map<string, BoundRule[]> {
  const found = new Map<string, BoundRule[]>()
  for (const rule of rules) {
    if (!rule.enabled) continue
    const everywhere = rule.facts.includes('*')
    const checks = FACTS.filter(({ id }) => everywhere || rule.facts.includes(id)).map((fact) => {
      const checked = checkCondition(rule.condition, { fact, attributes })
      return { fact, condition: isFault(checked) ? null : checked }
    })
    const isUsable = checks.some(({ condition }) => condition !== null)
    for (const { fact, condition } of checks)
      if (condition !== null || !everywhere || !isUsable) push(found, fact.id, { rule, condition })
  }
  return found
}

function folderIndex({ folders, objects }: RightsDocument): FolderIndex {
  const place = new Map(objects.map(({ kind, id, folder }) => [`${kind}:${id}`, folder]))
  const closed = new Set(folders.filter(({ inherits }) => !inherits).map(({ path }) => path))
  return {
    folderOf: (kind, id) => place.get(`${kind}:${id}`) ?? null,
    reaching: (folder) => {
      const reaching: string[] = []
      for (let at = folder; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
        reaching.push(at)
        if (closed.has(at)) break
      }
      return reaching
    },
  }
}

function keyOf(parts: {
  held: readonly HeldRole[]
  rowRules: ReadonlyMap<string, readonly BoundRule[]>
  columnRules: readonly ColumnRule[]
  attributes: Attributes
}): string {
  const asked = new Set<string>()
  const rules = [...parts.rowRules].map(([fact, list]) => [
    fact,
    list.map(({ rule, condition }) => {
      for (const name of condition?.attributes ?? []) asked.add(name)
      return [rule.id, rule.condition, condition !== null]
    }),
  ])
  const held = [...new Set(parts.held.map(({ permissions, scope }) => JSON.stringify([permissions, scope])))].sort()
  const masks = parts.columnRules.map(({ fact, column, mask }) => [fact, column, mask])
  const values = [...asked].sort().map((name) => [name, parts.attributes[name] ?? null])
  return JSON.stringify([held, rules, masks, values])
}
