import type { Action, ObjectKind, OrganisationScope, Permission } from '@gemba/contracts/rights'
import type { EffectiveRights, FolderIndex, HeldRole } from './effective.ts'
import { type RightsRow, judgeOf } from './evaluate.ts'
import { type Fact, columnNamed } from './facts.ts'

export interface RightsObject {
  kind: ObjectKind
  /** `*` asks for some object of the kind: whether its door is open at all. */
  id: string
}

/** Whether a permission speaks of the object. */
export function reaches(permission: Permission, object: RightsObject, folders: FolderIndex): boolean {
  if (permission.kind !== object.kind) return false
  if (object.id === '*' || permission.target === '*' || permission.target === object.id) return true
  const folder = folders.folderOf(object.kind, object.id)
  return folder !== null && folders.reaching(folder).includes(permission.target)
}

/** Whether a held role permits an action on an object, wherever it holds. */
export const permits = (
  held: HeldRole,
  { action, object }: { action: Action; object: RightsObject },
  folders: FolderIndex,
): boolean =>
  held.permissions.some((permission) => permission.actions.includes(action) && reaches(permission, object, folders))

/** Whether a place lies in a scope. */
export const coversPlace = ({ equipment }: OrganisationScope, path: string): boolean =>
  equipment === null || equipment.some((allowed) => path === allowed || path.startsWith(`${allowed}/`))

/** Whether one scope lies in another: nobody gives away more than the own. */
export function coversScope(outer: OrganisationScope, inner: OrganisationScope): boolean {
  const within = (all: readonly string[] | null, some: readonly string[] | null) =>
    all === null || (some !== null && some.every((each) => all.includes(each)))
  const places =
    outer.equipment === null || (inner.equipment !== null && inner.equipment.every((path) => coversPlace(outer, path)))
  return (
    places &&
    within(outer.departments, inner.departments) &&
    within(outer.suppliers, inner.suppliers) &&
    within(outer.customers, inner.customers)
  )
}

/** Whether somebody may do something with an object, at a place when one is given. */
export function mayDo(
  rights: EffectiveRights,
  question: { action: Action; object: RightsObject; place?: string | undefined },
): boolean {
  return rights.held.some(
    (held) =>
      permits(held, question, rights.folders) &&
      (question.place === undefined || coversPlace(held.scope, question.place)),
  )
}

/** Whether somebody might do something with an object if it lay in a folder. */
export const mayDoIn = (
  rights: EffectiveRights,
  { folder, ...question }: { action: Action; object: RightsObject; folder: string },
): boolean => mayDo({ ...rights, folders: { ...rights.folders, folderOf: () => folder } }, question)

/** Whether a scope lets a row of a fact through. */
export function scopeShows(scope: OrganisationScope, fact: Fact, row: RightsRow): boolean {
  if (fact.place !== undefined && scope.equipment !== null) {
    const place = row[fact.place]
    if (typeof place !== 'string' || !coversPlace(scope, place)) return false
  }
  return (
    named(scope.suppliers, fact.supplier, row) &&
    named(scope.customers, fact.customer, row) &&
    (fact.department === undefined || named(scope.departments, fact.department, row))
  )
}

/** A limit by supplier or customer hides the rows of facts that name none. */
function named(list: readonly string[] | null, column: string | undefined, row: RightsRow): boolean {
  if (list === null) return true
  const value = column === undefined ? null : row[column]
  return typeof value === 'string' && list.includes(value)
}

/** Whether somebody sees a row: a role shows it, and every rule lets it through. */
export function seesRow(
  rights: EffectiveRights,
  { fact, row, action = 'view' }: { fact: Fact; row: RightsRow; action?: Action },
): boolean {
  const object = { kind: 'dataset', id: fact.id } as const
  const isShown = rights.held.some(
    (held) => permits(held, { action, object }, rights.folders) && scopeShows(held.scope, fact, row),
  )
  if (!isShown) return false
  return (rights.rowRules.get(fact.id) ?? []).every(
    ({ condition }) => condition !== null && judgeOf(condition, rights.attributes)(row) === true,
  )
}

const STRICTNESS = ['hide', 'hash', 'partial', 'bucket'] as const

/** How a column is shown; null = as it is. Of several rules the strictest holds. */
export function maskOf(rights: EffectiveRights, fact: Fact, column: string) {
  if (columnNamed(fact, column) === null) return null
  const rules = rights.columnRules.filter((rule) => rule.fact === fact.id && rule.column === column)
  const masks = rules.map(({ mask }) => mask)
  return masks.sort((a, b) => STRICTNESS.indexOf(a.kind) - STRICTNESS.indexOf(b.kind))[0] ?? null
}
