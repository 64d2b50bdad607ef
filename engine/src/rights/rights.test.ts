import type { RightsDocument } from '@gemba/contracts/rights'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkCondition, isFault } from './condition.ts'
import { maskOf, mayDo, seesRow } from './decide.ts'
import { RightsModel, WHOLE } from './effective.ts'
import { judgeOf } from './evaluate.ts'
import { explain } from './explain.ts'
import { type Fact, factNamed, placeColumns } from './facts.ts'
import { FactGate, masked } from './gate.ts'
import { READY_ROLES } from './ready-roles.ts'
import { documents, identities, orderRows } from './rights-fixture.ts'

const NOW = 2_000
const order = factNamed('order') as Fact
const equipment = factNamed('equipment') as Fact
const named = (_kind: string, id: string) => ({ zh: id, en: id })
const EMPTY: RightsDocument = {
  roles: [...READY_ROLES],
  groups: [],
  grants: [],
  profiles: [],
  rowRules: [],
  columnRules: [],
  folders: [],
  objects: [],
}
const somebody = { user: 'u1', roles: ['manager'], sites: null }
const rightsWith = (more: Partial<RightsDocument>, identity = somebody) =>
  new RightsModel({ ...EMPTY, ...more }).effective(identity, NOW, ['SUZ', 'BRQ'])
const rule = (condition: string, more: object = {}) => ({
  id: 'R-01',
  name: { zh: '规则', en: 'rule' },
  facts: ['order'],
  condition,
  roles: [],
  enabled: true,
  ...more,
})
const unitRow = (path: string) => ({ unit: path, ...placeColumns(path) })

describe('the explanation', () => {
  it('says of a row what the decision and the gate say, in 10 000 random cases', () => {
    let seen = 0
    fc.assert(
      fc.property(documents, identities, orderRows, (document, identity, row) => {
        const rights = new RightsModel(document).effective(identity, NOW, ['SUZ', 'BRQ'])
        const question = {
          action: 'view',
          object: { kind: 'dataset', id: 'order' },
          row: { fact: order, row },
        } as const
        const told = explain(rights, { ...question, column: 'customer' }, named)
        const decided = seesRow(rights, { fact: order, row })
        seen += Number(decided)
        expect(told.allowed).toBe(decided)
        expect(new FactGate(rights, order).allows(row)).toBe(decided)
        expect(told.mask).toEqual(maskOf(rights, order, 'customer'))
        expect(told.remedy === null).toBe(decided)
      }),
      { numRuns: 10_000 },
    )
    // A test in which nobody ever saw anything would prove nothing.
    expect(seen).toBeGreaterThan(500)
    expect(seen).toBeLessThan(9_500)
  }, 120_000)

  it('says of an object at a place what the decision says', () => {
    const objects = fc.constantFrom(
      { kind: 'board', id: 'oee' },
      { kind: 'setting', id: 'grants' },
      { kind: 'report', id: 'r1' },
    )
    const actions = fc.constantFrom('view', 'edit', 'export', 'administer')
    fc.assert(
      fc.property(documents, identities, fc.tuple(objects, actions), (document, identity, [object, action]) => {
        const rights = new RightsModel(document).effective(identity, NOW, [])
        const question = { action, object, place: 'SUZ/MOLD/IM' } as Parameters<typeof mayDo>[1]
        expect(explain(rights, question, named).allowed).toBe(mayDo(rights, question))
      }),
      { numRuns: 2_000 },
    )
  }, 60_000)

  it('names the rule that hides a row, with the values it compared', () => {
    const rights = rightsWith({ rowRules: [rule('row.customer IN user.customers')] })
    const row = { customer: 'K1', unit: 'SUZ/A/B/C', ...placeColumns('SUZ/A/B/C') }
    const { steps, remedy } = explain(
      rights,
      { action: 'view', object: { kind: 'dataset', id: 'order' }, row: { fact: order, row } },
      named,
    )
    const failed = steps.filter(({ outcome }) => outcome === 'fail')
    expect(failed.map(({ kind, id }) => [kind, id])).toEqual([['row-rule', 'R-01']])
    expect(failed[0]?.detail.en).toContain('user.customers = ∅')
    expect(remedy?.en).toContain('R-01')
  })
})

describe('a rule', () => {
  const faultOf = (text: string) => {
    const checked = checkCondition(text, { fact: order, attributes: ['shifts'] })
    return isFault(checked) ? checked.message.en : null
  }

  it('is accepted with comparisons, lists, texts that start or look alike, and tests for nothing', () => {
    for (const text of [
      'row.site = "SUZ"',
      'row.customer IN user.customers AND NOT ISNULL(row.unit)',
      'row.status IN ("released", "closed") OR row.priority <= 3',
      'STARTSWITH(row.material, "P-") OR row.material LIKE "%-X_"',
      'row.customer = user.id',
      'row.area IN user.shifts',
    ])
      expect(faultOf(text), text).toBeNull()
  })

  it.each([
    ['row.nowhere = 1', 'has no column nowhere'],
    ['row.customer IN user.nobody', 'no user attribute nobody'],
    ['row.customer = NULL', 'ISNULL'],
    ['row.customer = user.customers', 'IN'],
    ['row.quantity = "3"', 'different types'],
    ['row.customer', 'compare it'],
    ['row.customer LIKE row.material', 'fixed text'],
    ['UPPER(row.customer) = "A"', 'condition|needed'],
    ['row.quantity + 1 = 2', 'needed'],
    ['param.x = 1', 'no user attribute'],
    ['A1 = 1', 'needed'],
    ['row.customer = "', 'character 16'],
    ['', 'not finished'],
    ['1; DROP TABLE x', 'character'],
  ])('is refused with a reason: %s', (text, reason) => {
    expect(faultOf(text)).toMatch(new RegExp(reason))
  })

  it('hides rows whose value is unknown, also when it is turned round', () => {
    const checked = checkCondition('NOT (row.customer IN user.customers)', { fact: order, attributes: [] })
    if (isFault(checked)) throw new Error(checked.message.en)
    expect(judgeOf(checked, { customers: ['K1'] })({ customer: null })).toBeNull()
    expect(judgeOf(checked, { customers: ['K1'] })({ customer: 'K2' })).toBe(true)
    expect(judgeOf(checked, {})({ customer: 'K2' })).toBeNull()
  })

  it('that can no longer be used hides everything from those it binds', () => {
    const broken = rightsWith({ rowRules: [rule('row.dropped = 1')] })
    const row = { ...unitRow('SUZ/A/B/C'), customer: 'K1' }
    expect(seesRow(broken, { fact: order, row })).toBe(false)
    expect(new FactGate(broken, order).condition()).toEqual({ sql: '0', params: {} })
    const other = rightsWith({ rowRules: [rule('row.dropped = 1', { roles: ['quality'] })] })
    expect(seesRow(other, { fact: order, row })).toBe(true)
  })

  it('for all facts holds where its columns exist', () => {
    const rights = rightsWith({ rowRules: [rule('row.site = "SUZ"', { facts: ['*'] })] })
    expect(seesRow(rights, { fact: order, row: unitRow('BRQ/A/B/C') })).toBe(false)
    expect(seesRow(rights, { fact: equipment, row: unitRow('BRQ/A/B/C') })).toBe(false)
    expect(seesRow(rights, { fact: equipment, row: unitRow('SUZ/A/B/C') })).toBe(true)
  })
})

describe('a scope', () => {
  const within = (scope: object) =>
    rightsWith({ profiles: [{ user: 'u1', scope: { ...WHOLE, ...scope }, attributes: {} }] })

  it('covers what lies below a place, and not what only begins with its letters', () => {
    const rights = within({ equipment: ['SUZ/MOLD'] })
    const sees = (path: string) => seesRow(rights, { fact: equipment, row: unitRow(path) })
    expect([sees('SUZ/MOLD'), sees('SUZ/MOLD/IM/IM01')]).toEqual([true, true])
    expect([sees('SUZ'), sees('SUZ/MOLDX'), sees('BRQ/MOLD')]).toEqual([false, false, false])
  })

  it('of a customer hides every fact that names none', () => {
    const rights = within({ customers: ['K1'] })
    expect(seesRow(rights, { fact: equipment, row: unitRow('SUZ/A/B/C') })).toBe(false)
    expect(seesRow(rights, { fact: order, row: { customer: 'K1' } })).toBe(true)
    expect(seesRow(rights, { fact: order, row: { customer: null } })).toBe(false)
  })

  it('is empty for somebody from outside until it is given', () => {
    const rights = rightsWith({}, { ...somebody, roles: ['supplier'] })
    expect(seesRow(rights, { fact: factNamed('receipt') as Fact, row: { supplier: 'V1', site: 'SUZ' } })).toBe(false)
  })

  it('of somebody from outside is empty as well where it names neither suppliers nor customers', () => {
    const outside = { ...somebody, roles: ['supplier'] }
    const receipt = factNamed('receipt') as Fact
    const row = { supplier: 'V1', site: 'SUZ' }
    const seen = [WHOLE, { ...WHOLE, equipment: ['SUZ'] }, { ...WHOLE, suppliers: ['V1'] }].map((scope) =>
      seesRow(rightsWith({ profiles: [{ user: 'u1', scope, attributes: {} }] }, outside), { fact: receipt, row }),
    )
    expect(seen).toEqual([false, false, true])
  })

  it('belongs to its role: export in one place and looking in another do not mix', () => {
    const grant = (role: string, place: string, n: number) => ({
      id: `00000000-0000-4000-8000-00000000000${n}`,
      subject: { kind: 'user' as const, id: 'u1' },
      role,
      scope: { ...WHOLE, equipment: [place] },
      fromAt: null,
      untilAt: null,
      grantedBy: 'admin',
      reason: '',
    })
    const rights = rightsWith(
      { grants: [grant('analyst', 'SUZ', 1), grant('operator', 'BRQ', 2)] },
      { ...somebody, roles: [] },
    )
    const may = (action: 'view' | 'export', place: string) =>
      mayDo(rights, { action, object: { kind: 'dataset', id: 'order' }, place })
    expect([may('export', 'SUZ'), may('view', 'BRQ'), may('export', 'BRQ')]).toEqual([true, true, false])
  })
})

describe('a grant', () => {
  const timed = (fromAt: number | null, untilAt: number | null) =>
    rightsWith(
      {
        grants: [
          {
            id: '00000000-0000-4000-8000-000000000001',
            subject: { kind: 'user', id: 'u1' },
            role: 'quality',
            scope: WHOLE,
            fromAt,
            untilAt,
            grantedBy: 'admin',
            reason: '',
          },
        ],
      },
      { ...somebody, roles: [] },
    ).roles

  it('holds from its beginning up to, not including, its end', () => {
    expect(timed(null, null)).toEqual(['quality'])
    expect(timed(NOW, NOW + 1)).toEqual(['quality'])
    expect(timed(NOW + 1, null)).toEqual([])
    expect(timed(null, NOW)).toEqual([])
  })
})

describe('a folder', () => {
  const objects = [{ kind: 'board' as const, id: 'cost', folder: '/office/cost' }]
  const role = (target: string) => ({
    id: 'reader',
    name: { zh: '读者', en: 'reader' },
    ready: false,
    permissions: [{ kind: 'board' as const, target, actions: ['view' as const] }],
  })
  const sees = (target: string, inherits: boolean) =>
    mayDo(
      rightsWith(
        {
          roles: [role(target)],
          objects,
          folders: [{ path: '/office/cost', name: { zh: '成本', en: 'cost' }, inherits }],
        },
        { ...somebody, roles: ['reader'] },
      ),
      { action: 'view', object: { kind: 'board', id: 'cost' } },
    )

  it('hands its rights down, unless the one below it is closed', () => {
    expect([sees('/office', true), sees('/office/cost', true)]).toEqual([true, true])
    expect([sees('/office', false), sees('/office/cost', false), sees('*', false)]).toEqual([false, true, true])
    expect([sees('/off', true), sees('/plant', true)]).toEqual([false, false])
  })
})

describe('the key of the rights', () => {
  it('differs when somebody sees other rows or columns, and not by the name alone', () => {
    const key = (user: string, more: Partial<RightsDocument> = {}) => rightsWith(more, { ...somebody, user }).key
    expect(key('u1')).toBe(key('u2'))
    const byUser = { rowRules: [rule('row.customer = user.id')] }
    expect(key('u1', byUser)).not.toBe(key('u2', byUser))
    expect(key('u1', byUser)).not.toBe(key('u1'))
  })
})

describe('a mask', () => {
  const hash = (text: string) => `#${text.length}`
  it('shows the first character, a step, a hash or nothing', () => {
    expect(masked('赵强', { kind: 'partial' }, hash)).toBe('赵**')
    expect(masked('𠮷野家', { kind: 'partial' }, hash)).toBe('𠮷**')
    expect(masked(1234.5, { kind: 'bucket', size: 100 }, hash)).toBe(1200)
    expect(masked(-1, { kind: 'bucket', size: 100 }, hash)).toBe(-100)
    expect(masked('abc', { kind: 'hash' }, hash)).toBe('#3')
    expect(masked('abc', { kind: 'hide' }, hash)).toBeNull()
    expect(masked(null, { kind: 'hash' }, hash)).toBeNull()
  })
})
