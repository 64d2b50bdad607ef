import type { RightsDocument } from '@gemba/contracts/rights'
import fc from 'fast-check'
import { READY_ROLES } from './ready-roles.ts'

/** For tests: random rights over a small plant, and random rows, with values that meet often. */
export const PLACES = [
  'SUZ',
  'SUZ/MOLD',
  'SUZ/MOLD/IM',
  'SUZ/MOLD/IM/IM01',
  'SUZ/MOLD/IM/IM02',
  'SUZ/ASM',
  'SUZ/ASM/A/A1',
  'BRQ',
  'BRQ/P/P/P1',
  'BR',
]
const ids = (prefix: string) => fc.constantFrom(`${prefix}1`, `${prefix}2`, `${prefix}3`)
export const texts = fc.oneof(
  fc.constantFrom(
    '',
    'A',
    'a',
    'B',
    'SUZ',
    'K1',
    'K2',
    "it's",
    'a\\b',
    '100%',
    'a_b',
    '50 %_\\',
    '中文',
    '𠮷',
    'a\nb',
    'tab\t',
    '"',
    '{x:String}',
    '-- ;',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.includes('\0')),
)
const list = (item: fc.Arbitrary<string>) => fc.option(fc.uniqueArray(item, { maxLength: 3 }), { freq: 2 })

export const scopes = fc.record({
  equipment: list(fc.constantFrom(...PLACES)),
  departments: fc.constant(null),
  suppliers: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, list(ids('V'))),
  customers: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, list(ids('K'))),
})

/** Conditions over the fact `order`, as text. */
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
const column = fc.constantFrom('material', 'customer', 'status', 'unit', 'area', 'site')
const numbers = fc.oneof(fc.constantFrom(0, 1, -1, 0.1, 1e9), fc.integer({ min: -50, max: 50 }))
const comparison = fc.constantFrom('=', '<>', '<', '<=', '>', '>=')
const atom = fc.oneof(
  fc.tuple(column, comparison, texts).map(([c, o, v]) => `row.${c} ${o} ${quoted(v)}`),
  fc.tuple(fc.constantFrom('quantity', 'priority'), comparison, numbers).map(([c, o, v]) => `row.${c} ${o} ${v}`),
  fc
    .tuple(column, fc.uniqueArray(texts, { minLength: 1, maxLength: 3 }))
    .map(([c, v]) => `row.${c} IN {${v.map(quoted).join(', ')}}`),
  fc
    .tuple(column, fc.constantFrom('customers', 'sites', 'places', 'groups', 'shifts'))
    .map(([c, a]) => `row.${c} IN user.${a}`),
  fc.tuple(column, texts, fc.constantFrom('%', '_', '')).map(([c, v, w]) => `row.${c} LIKE ${quoted(`${v}${w}`)}`),
  fc.tuple(column, texts).map(([c, v]) => `STARTSWITH(row.${c}, ${quoted(v)})`),
  column.map((c) => `ISNULL(row.${c})`),
  column.map((c) => `row.${c} = user.id`),
  column.map((c) => `row.${c} = row.material`),
  fc.constantFrom('TRUE', 'FALSE'),
)
export const conditions: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    tie('node').map((inner) => `NOT (${inner})`),
    fc.tuple(tie('node'), fc.constantFrom('AND', 'OR'), tie('node')).map(([a, o, b]) => `(${a} ${o} ${b})`),
  ),
})).node

export const orderRows = fc
  .record({
    order: ids('O'),
    material: texts,
    customer: fc.option(fc.oneof(ids('K'), texts)),
    workCenter: ids('W'),
    quantity: numbers,
    priority: numbers,
    status: fc.constantFrom('released', 'closed', 'A'),
    source: ids('S'),
    unit: fc.option(fc.constantFrom(...PLACES)),
  })
  .map((row) => {
    const parts = row.unit?.split('/') ?? []
    const upTo = (depth: number) => (parts.length >= depth ? parts.slice(0, depth).join('/') : null)
    return { ...row, site: row.unit === null ? null : (parts[0] ?? null), area: upTo(2), line: upTo(3) }
  })

const roleIds = READY_ROLES.map(({ id }) => id)
const group = fc.constantFrom('g1', 'g2', 'g3')
const users = ['u1', 'u2', 'u3']

export const documents: fc.Arbitrary<RightsDocument> = fc
  .record({
    members: fc.array(fc.tuple(group, fc.constantFrom(...users)), { maxLength: 4 }),
    nested: fc.array(fc.constantFrom<[string, string]>(['g1', 'g2'], ['g2', 'g3'], ['g1', 'g3']), { maxLength: 2 }),
    grants: fc.array(
      fc.record({
        subject: fc.oneof(
          fc.constantFrom(...users).map((id) => ({ kind: 'user' as const, id })),
          group.map((id) => ({ kind: 'group' as const, id })),
        ),
        role: fc.constantFrom(...roleIds),
        scope: scopes,
        fromAt: fc.option(fc.constantFrom(1_000, 3_000)),
        untilAt: fc.option(fc.constantFrom(1_500, 4_000)),
      }),
      { maxLength: 5 },
    ),
    profiles: fc.uniqueArray(
      fc.record({
        user: fc.constantFrom(...users),
        scope: scopes,
        attributes: fc.oneof(fc.constant({}), fc.record({ shifts: fc.array(ids('K'), { maxLength: 2 }) })),
      }),
      { maxLength: 3, selector: ({ user }) => user },
    ),
    rules: fc.array(
      fc.record({
        facts: fc.constantFrom<string[]>(['order'], ['*'], ['equipment'], ['order', 'stock']),
        condition: fc.oneof(conditions, fc.constantFrom('row.nowhere = 1', 'row.site IN user.sites', '(')),
        roles: fc.uniqueArray(fc.constantFrom(...roleIds), { maxLength: 2 }),
        enabled: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
    visibleTo: fc.uniqueArray(fc.constantFrom(...roleIds), { maxLength: 3 }),
  })
  .map(({ members, nested, grants, profiles, rules, visibleTo }) => ({
    roles: [...READY_ROLES],
    groups: ['g1', 'g2', 'g3'].map((id) => ({
      id,
      name: { zh: id, en: id },
      directoryName: null,
      members: [
        ...members.filter(([at]) => at === id).map(([, user]) => ({ kind: 'user' as const, id: user })),
        ...nested.filter(([at]) => at === id).map(([, inner]) => ({ kind: 'group' as const, id: inner })),
      ],
    })),
    grants: grants.map((grant, index) => ({
      ...grant,
      id: `00000000-0000-4000-8000-00000000000${index}`,
      grantedBy: 'admin',
      reason: '',
    })),
    profiles: profiles.map((profile) => ({ ...profile })),
    rowRules: rules.map((rule, index) => ({ ...rule, id: `R-0${index + 1}`, name: { zh: 'r', en: 'r' } })),
    columnRules: [
      {
        id: 'C-01',
        name: { zh: 'c', en: 'c' },
        fact: 'order',
        column: 'customer',
        mask: { kind: 'partial' as const },
        visibleTo,
        enabled: true,
      },
    ],
    folders: [],
    objects: [],
  }))

export const identities = fc.record({
  user: fc.constantFrom(...users),
  roles: fc.uniqueArray(fc.constantFrom(...roleIds), { maxLength: 2 }),
  sites: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.constant(['SUZ'])),
  ownRolesOnly: fc.boolean(),
})
