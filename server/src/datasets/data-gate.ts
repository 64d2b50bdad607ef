import { createHash } from 'node:crypto'
import type { RowAudience } from '@gemba/contracts/data-file'
import type { Mask } from '@gemba/contracts/rights'
import { permits, reaches } from '@gemba/engine/rights/decide'
import { type Fact, type FactColumn, FACTS, factNamed, placeColumns } from '@gemba/engine/rights/facts'
import {
  type ForeignCondition,
  type ForeignPlace,
  foreignCondition,
  judgedColumns,
} from '@gemba/engine/rights/foreign-sql'
import { type FactGate, masked } from '@gemba/engine/rights/gate'
import type { RightsRow } from '@gemba/engine/rights/evaluate'
import type { AccessRights } from '../accounts/rights/access-rights.ts'
import type { Principal } from '../accounts/principal.ts'
import { Fault } from '../http/fault.ts'

/** What a principal may see of the plant, as a condition on equipment paths. */
export interface EquipmentScope {
  /** True when the whole of the place lies within the rights: no rule hides anything below it. */
  allows(path: string): boolean
  /** True when something at or below the place is visible. */
  touches(path: string): boolean
  /** SQL condition on a column of equipment paths; values are bound, never written into the text. */
  condition(column: string): { sql: string; params: Record<string, unknown> }
  /** Part of every cache key: two principals share a cached figure only with equal rights. */
  readonly key: string
}

function rightsOf(principal: Principal | null | undefined): AccessRights {
  if (!principal) throw new Fault('NOT_SIGNED_IN')
  // A principal that came past the door without rights sees nothing.
  if (!principal.rights) throw new Fault('NO_ACCESS')
  return principal.rights
}

/** The one data gate: rights become conditions here and nowhere else. Fails closed without a principal. */
export function equipmentScope(principal: Principal | null | undefined): EquipmentScope {
  const rights = rightsOf(principal)
  return {
    allows: (path) => rights.allowsPlace(path),
    touches: (path) => rights.touchesPlace(path),
    condition: (column) => rights.gate('equipment').condition({ columns: { unit: column } }),
    key: rights.key,
  }
}

/** Rows of a fact (`order`, `stock`, `source`, `lot`, …) as a principal may see them. */
export interface FactScope {
  /** Whether a row is visible; `row` has the columns of the fact by their names. */
  allows(row: RightsRow): boolean
  /**
   * SQL condition on rows of the fact; `columns` says how a column is reached where it has another name. A second
   * condition of one statement needs a `prefix` of its own for its bound values.
   */
  condition(
    columns?: Readonly<Record<string, string>>,
    prefix?: string,
  ): { sql: string; params: Record<string, unknown> }
  /** The value of a column as the principal sees it. */
  shown<V extends string | number | null>(column: string, value: V): V | string | number | null
  /** Whether a column is shown as it is. */
  isPlain(column: string): boolean
  /** Codes of the row rules that narrow what is seen; for words beside a number. */
  readonly rules: readonly string[]
  /** True when every row is seen: a total is that of the plant. */
  readonly isWhole: boolean
  /** True when every row at a place and below it is seen. */
  isWholeAt(path: string): boolean
  /** True when some row at a place could be seen. */
  reaches(path: string): boolean
  /** True when no row can ever be seen. */
  readonly isClosed: boolean
  readonly key: string
}

/** Salt of hashes that stand for values: stable while the product runs on this installation. */
let salt = 'gemba'

/** Set once at start from the secret of the installation, so that hashes cannot be looked up in a table. */
export function useMaskSalt(secret: string): void {
  salt = createHash('sha256').update(`mask:${secret}`).digest('hex')
}

export const maskSalt = (): string => salt

/** Twelve characters of a salted SHA-256: equal values stay equal, and say nothing else. */
export const maskHash = (text: string): string =>
  createHash('sha256').update(`${salt}${text}`).digest('hex').slice(0, 12)

/** The gate of one fact, for actions beyond looking as well (`export`). */
export function factScope(
  principal: Principal | null | undefined,
  fact: string,
  action: 'view' | 'export' = 'view',
): FactScope {
  const rights = rightsOf(principal)
  const gate: FactGate = rights.gate(fact, action)
  return {
    allows: (row) => gate.allows(row),
    condition: (columns = {}, prefix = 'gate') => gate.condition({ columns, prefix }),
    shown: (column, value) => {
      const mask = gate.masks.get(column)
      return mask ? masked(value, mask, maskHash) : value
    },
    isPlain: (column) => !gate.masks.has(column),
    rules: gate.rules,
    isWhole: gate.isOpen,
    isWholeAt: (path) => gate.isOpenAt(path),
    reaches: (path) => gate.reaches(path),
    isClosed: gate.isClosed,
    key: rights.key,
  }
}

/** Whether no place is hidden: what lies together for all sites, or holds for all of them, is for these alone. */
export const seesWholePlant = (principal: Principal): boolean => factScope(principal, 'equipment').isWhole

/** Whether no row and no column of any fact is hidden: what was made under any rights holds nothing new for these. */
export const seesEverything = (principal: Principal): boolean =>
  FACTS.every(({ id }) => {
    const gate = rightsOf(principal).gate(id)
    return gate.isOpen && gate.masks.size === 0
  })

/** Refuses what the principal may not do with an object; its existence is a secret, so it looks like a missing one. */
export function requireObject(
  principal: Principal,
  object: { kind: 'board' | 'report'; id: string; action?: 'view' | 'edit' | 'export' | 'share' | 'publish' },
): void {
  const { kind, id, action = 'view' } = object
  if (rightsOf(principal).may(action, { kind, id })) return
  if (action !== 'view' && rightsOf(principal).may('view', { kind, id })) throw new Fault('NO_ACCESS', { action })
  if (kind === 'report') throw new Fault('REPORT_UNKNOWN', { report: id.slice(0, 60) })
  throw new Fault('BOARD_UNKNOWN', { board: id.slice(0, 60) })
}

/**
 * Refuses a place that is not wholly visible. One of which nothing is visible looks like one that does not exist; of
 * one that is visible in part no total is given, since a total of some of its machines would pass for that of all.
 */
export function requirePlace(principal: Principal, path: string): void {
  const scope = equipmentScope(principal)
  if (scope.allows(path)) return
  if (!scope.touches(path)) throw unknownPlace(path)
  throw new Fault(
    'PARTLY_VISIBLE',
    { equipment: path },
    {
      zh: `你只能看到 ${path} 的一部分，因此不给出其整体数字；请选择其中你能看到的产线或机台。`,
      en: `You see only a part of ${path}, so no figure of the whole is given; choose a line or unit of it that you see.`,
    },
  )
}

/**
 * As `requirePlace`, for figures that rest on rows of one fact alone: who looks after one supplier sees no machine, and
 * may still ask for the deliveries of that supplier to the place. The rows themselves pass the gate of the fact.
 */
export function requirePlaceOf(principal: Principal, path: string, fact: string | undefined): void {
  if (fact !== undefined && factScope(principal, fact).reaches(path)) return
  requirePlace(principal, path)
}

/** Whether orders of a place may be asked for: something of it is seen, or the reader is limited to own customers there. */
export const touchesOrdersOf = (principal: Principal, path: string): boolean =>
  rightsOf(principal).touchesPlace(path) || rightsOf(principal).gate('order').reachesByCustomer(path)

/** The refusal of a place that does not exist; the same, word by word, for one that may not be seen. */
export const unknownPlace = (path: string): Fault =>
  new Fault(
    'EQUIPMENT_UNKNOWN',
    { equipment: path.slice(0, 200) },
    { zh: `目录中没有 ${path.slice(0, 200)}`, en: `${path.slice(0, 200)} is not in the catalog` },
  )

/** A row of the fact `equipment` or `reading` for an equipment path. */
export const placeRow = (path: string): RightsRow => ({ unit: path, ...placeColumns(path) })

type ForeignCell = string | number | boolean | null
export type ForeignRow = Readonly<Record<string, ForeignCell>>

/** Rows that come from elsewhere, an uploaded file or a database of others, as a principal may see them. */
export interface ForeignScope {
  /** The row as the principal sees it, or null when it is not visible. */
  shown(row: ForeignRow): ForeignRow | null
  /** No row can ever be seen. */
  readonly isClosed: boolean
  /** Every row is seen. */
  readonly isWhole: boolean
  readonly rules: readonly string[]
  /** Columns of the rows that are not shown as they are. */
  readonly masks: ReadonlyMap<string, Mask>
  /** The same judgement as a condition of the query that gives the rows, as far as it can be said there. */
  condition(place: Pick<ForeignPlace, 'dialect' | 'columns'>): ForeignCondition
  /** Columns that are neither shown nor asked for by the judgement: they need not travel. */
  readonly unread: ReadonlySet<string>
  /** Equal for one reader exactly while the rows are judged in the same way: what was kept is shown under this alone. */
  readonly key: string
}

const EVERY_ROW: ForeignCondition = { sql: '(1 = 1)', values: [], inQuery: [], inMemory: [] }

/** The gate of rows that belong to no fact of the warehouse; `object` is their id among the datasets of permissions. */
export function foreignScope(
  principal: Principal | null | undefined,
  { object, audience }: { object: string; audience: RowAudience },
): ForeignScope {
  const rights = rightsOf(principal)
  if (audience.kind === 'fact') return judgedAsFact(rights, audience)
  const isOpen =
    audience.kind === 'house'
      ? isOfTheHouse(rights)
      : seesEverything(principal as Principal) || isGranted(rights, object)
  return {
    shown: (row) => (isOpen ? row : null),
    isClosed: !isOpen,
    isWhole: isOpen,
    rules: isOpen ? [] : ['scope'],
    masks: new Map(),
    condition: () => EVERY_ROW,
    unread: new Set(),
    key: isOpen ? 'whole' : 'closed',
  }
}

/** Somebody with a role that sees data, limited neither to suppliers nor to customers. */
const isOfTheHouse = ({ effective }: AccessRights): boolean =>
  effective.held.some(
    (held) =>
      permits(held, { action: 'view', object: { kind: 'dataset', id: '*' } }, effective.folders) &&
      held.scope.suppliers === null &&
      held.scope.customers === null &&
      held.scope.equipment?.length !== 0 &&
      held.scope.departments?.length !== 0,
  )

/** A permission on this very dataset, or on its folder, that holds everywhere; one on all datasets does not name it. */
const isGranted = ({ effective }: AccessRights, id: string): boolean =>
  effective.held.some(
    ({ permissions, scope }) =>
      Object.values(scope).every((limit) => limit === null) &&
      permissions.some(
        (permission) =>
          permission.target !== '*' &&
          permission.actions.includes('view') &&
          reaches(permission, { kind: 'dataset', id }, effective.folders),
      ),
  )

function judgedAsFact(rights: AccessRights, audience: Extract<RowAudience, { kind: 'fact' }>): ForeignScope {
  const fact = factNamed(audience.fact)
  if (fact === null) throw new Fault('NO_ACCESS')
  const gate = rights.gate(fact.id)
  const judged = judgedColumns(gate.foreignLimits, audience.columns)
  const masks = new Map<string, Mask>()
  for (const [column, own] of Object.entries(audience.columns)) {
    const mask = gate.masks.get(column)
    // A column that stands for two masked ones keeps neither's secret half.
    if (mask !== undefined) masks.set(own, masks.has(own) ? { kind: 'hide' } : mask)
  }
  return {
    shown: (row) => {
      if (!gate.allows(asFactRow(row, { fact, columns: audience.columns }))) return null
      if (masks.size === 0) return row
      const seen: Record<string, ForeignCell> = { ...row }
      for (const [column, mask] of masks) {
        const value = row[column] ?? null
        seen[column] = masked(typeof value === 'boolean' ? String(value) : value, mask, maskHash)
      }
      return seen
    },
    isClosed: gate.isClosed,
    isWhole: gate.isOpen,
    rules: gate.isOpen ? [] : gate.rules.length > 0 ? gate.rules : ['scope'],
    masks,
    condition: (place) => foreignCondition(gate.foreignLimits, { ...place, mapping: audience.columns }),
    unread: new Set(
      [...masks].flatMap(([column, { kind }]) => (kind === 'hide' && !judged.has(column) ? [column] : [])),
    ),
    key: keyOfFact(gate, audience, masks),
  }
}

/** Scopes and rules are in the key of the rights; how the rows meet them is said by the audience. */
function keyOfFact(
  gate: FactGate,
  { fact, columns }: Extract<RowAudience, { kind: 'fact' }>,
  masks: ReadonlyMap<string, Mask>,
): string {
  if (gate.isClosed) return 'closed'
  if (gate.isOpen && masks.size === 0) return 'whole'
  const mapping = Object.entries(columns).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([fact, mapping]))
    .digest('base64url')
    .slice(0, 22)
}

/** The row as rules of the fact meet it; what the row lacks, or has as another type, is unknown and hides it. */
function asFactRow(
  row: ForeignRow,
  { fact, columns }: { fact: Fact; columns: Readonly<Record<string, string>> },
): RightsRow {
  const of = ({ name, type }: FactColumn): ForeignCell => {
    const value = row[columns[name] ?? ''] ?? null
    if (type === 'text') return value === null || value === '' ? null : String(value).trim()
    return typeof value === (type === 'number' ? 'number' : 'boolean') ? value : null
  }
  const own = Object.fromEntries(fact.columns.map((column) => [column.name, of(column)]))
  const place = fact.place === undefined ? null : own[fact.place]
  return typeof place === 'string' && fact.place === 'unit' ? { ...own, ...placeColumns(place) } : own
}
