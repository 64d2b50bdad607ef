import { beforeAll, describe, expect, it } from 'vitest'
import { DAY_MS } from './feed-fault.ts'
import { FaultyOffice, OFFICE_FAULTS } from './faulty-office.ts'
import { catalogOf } from '../catalog.ts'
import { faultNames, withDeclarations } from './faults.ts'
import { type OfficeLife, liveOffice } from './office-life.ts'
import type { TableRow } from './office-fault.ts'

const EPOCH_AT = Date.parse('2026-11-09T07:00:00+08:00')
let life: OfficeLife
beforeAll(() => {
  life = liveOffice({ seed: 5, epochAt: EPOCH_AT, untilAt: EPOCH_AT + 2.6 * DAY_MS })
})

const ROWS: readonly (readonly [table: string, row: TableRow])[] = [
  ['ekko', { ebeln: '1', bedat: '20261109', erzeit: '080000' }],
  ['ekpo', { ebeln: '1', matnr: 'LABEL-B' }],
  ['lot_consumption', { consumption_no: 'a', wo_no: '000001001000', material: 'RM-PP', quantity: 1.25, unit: 'kg' }],
  ['lot_consumption', { consumption_no: 'd', wo_no: '000001001000', material: 'RM-PP', quantity: 1.25, unit: 'kg' }],
  ['job_report', { wo_no: '000001001000', reported_at: '2026-11-09T00:00:00.000Z', reported_local: null }],
]

/** Everything the offices book and write, in steps as a running plant books. */
function told(names: readonly string[], seed: number) {
  const office = new FaultyOffice(names, { seed, epochAt: EPOCH_AT })
  const steps = [0.5, 1.2, 1.3, 2.6, 6].map((days) => EPOCH_AT + days * DAY_MS)
  const between = <Fact extends { readonly at: number }>(facts: readonly Fact[], index: number): Fact[] =>
    facts.filter(({ at }) => at > (steps[index - 1] ?? -Infinity) && at <= (steps[index] as number))
  return {
    orders: steps.flatMap((at, index) => office.orders(between(life.orders, index), at)),
    goods: steps.flatMap((at, index) => office.goods(between(life.goods, index), at)),
    quality: steps.flatMap((at, index) => office.quality(between(life.quality, index), at)),
    rows: ROWS.map(([table, row]) => office.write(table, row)),
  }
}

describe('faults of the offices', () => {
  it('without a name tell what happened', () => {
    const { orders, goods, quality, rows } = told([], 1)
    expect([orders, goods, quality]).toEqual([life.orders, life.goods, life.quality].map((facts) => [...facts]))
    expect(rows).toEqual(ROWS.map(([, row]) => row))
  })

  it.each(OFFICE_FAULTS.filter(({ name }) => name !== 'calendar-changed').map(({ name }) => name))(
    '%s changes what is told, and the same seed tells the same',
    (name) => {
      const first = told([name], 1)
      expect(told([name], 1)).toEqual(first)
      expect(first).not.toEqual(told([], 1))
      expect(faultNames(name)).toEqual([name])
    },
  )

  it('calendar-changed tells the special days of the plant only when its past has been told', () => {
    const ports = { opcuaPort: 1, mqttPort: 1, databasePort: 1 }
    const plain = { ...ports, opcuaPassword: '', mqttPassword: '', readerPassword: '' }
    const catalog = catalogOf('reference', plain, { epochAt: EPOCH_AT })
    const told = (isFirstStart: boolean) =>
      withDeclarations(catalog, ['calendar-changed'], { epochAt: EPOCH_AT, isFirstStart }).sites
    expect(told(false)).toEqual(catalog.sites)
    expect(told(true)).toEqual(catalogOf('reference', plain).sites)
  })

  it('book in many steps what they book in one', () => {
    const names = OFFICE_FAULTS.map(({ name }) => name)
    const once = new FaultyOffice(names, { seed: 1, epochAt: EPOCH_AT })
    const sorted = (facts: readonly object[]): string[] => facts.map((fact) => JSON.stringify(fact)).toSorted()
    const end = EPOCH_AT + 6 * DAY_MS
    const { orders, goods, quality } = told(names, 1)
    expect(sorted(once.orders(life.orders, end))).toEqual(sorted(orders))
    expect(sorted(once.goods(life.goods, end))).toEqual(sorted(goods))
    expect(sorted(once.quality(life.quality, end))).toEqual(sorted(quality))
  })
})
