/** Real: the warehouse process and its client. Random rules, scopes and rows: SQL and memory must judge alike. */
import { type OrganisationScope } from '@gemba/contracts/rights'
import { RightsModel } from '@gemba/engine/rights/effective'
import { type Fact, factNamed } from '@gemba/engine/rights/facts'
import { FactGate, masked } from '@gemba/engine/rights/gate'
import { READY_ROLES } from '@gemba/engine/rights/ready-roles'
import { conditions, orderRows, scopes } from '@gemba/engine/rights/rights-fixture'
import fc from 'fast-check'
import { mkdtempSync, chmodSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStores } from '../cli/open-stores.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { maskHash, maskSalt } from './data-gate.ts'

type Row = ReturnType<typeof orderRows.generate>['value']
const order = factNamed('order') as Fact
/** The columns of the planted table, by those of the fact. */
const COLUMNS = {
  order: 'order_no',
  workCenter: 'work_center',
  unit: 'unit',
  site: 'site',
  area: 'area',
  line: 'line',
}
const ROWS = fc.sample(orderRows, { numRuns: 120, seed: 42 })

let stores: Awaited<ReturnType<typeof openStores>>
let warehouse: WarehouseService
let dataDir: string

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'gemba-gate-'))
  chmodSync(dataDir, 0o755)
  stores = await openStores({ dataDir, metadataUrl: null, warehouseUrl: null })
  warehouse = new WarehouseService(stores.warehouseUrl)
  await warehouse.createDatabase([`CREATE DATABASE IF NOT EXISTS ${warehouse.database}`])
  await warehouse.command(`CREATE TABLE gate_probe (id UInt32, order_no String, material String, customer Nullable(String),
    work_center LowCardinality(String), quantity Float64, priority Int64, status LowCardinality(String), source String,
    unit Nullable(String), site Nullable(String), area Nullable(String), line Nullable(String)) ENGINE = Memory`)
  const lines = ROWS.map((row, id) =>
    JSON.stringify({
      ...row,
      id,
      order_no: row.order,
      work_center: row.workCenter,
      priority: Math.round(row.priority),
    }),
  )
  await warehouse.command(
    `INSERT INTO gate_probe SELECT * FROM format(JSONEachRow, 'id UInt32, order_no String, material String, customer Nullable(String),
      work_center String, quantity Float64, priority Int64, status String, source String, unit Nullable(String),
      site Nullable(String), area Nullable(String), line Nullable(String)', {rows:String})`,
    { rows: lines.join('\n') },
  )
})
afterAll(async () => {
  await warehouse.onApplicationShutdown()
  await stores.close()
  rmSync(dataDir, { recursive: true, force: true })
})

function gateOf(
  condition: string | null,
  scope: OrganisationScope,
  attributes: Record<string, string[]> = {},
): FactGate {
  const model = new RightsModel({
    roles: [...READY_ROLES],
    groups: [],
    grants: [],
    profiles: [
      { user: 'u1', scope, attributes },
      { user: 'u2', scope, attributes: { shifts: [] } },
    ],
    rowRules:
      condition === null
        ? []
        : [{ id: 'R-01', name: { zh: 'r', en: 'r' }, facts: ['order'], condition, roles: [], enabled: true }],
    columnRules: [],
    folders: [],
    objects: [],
  })
  return new FactGate(model.effective({ user: 'u1', roles: ['manager'], sites: null }, 0, ['SUZ', 'BRQ']), order)
}

async function inWarehouse(gate: FactGate): Promise<number[]> {
  const { sql, params } = gate.condition({ columns: COLUMNS })
  const rows = await warehouse.query<{ id: number }>(`SELECT id FROM gate_probe WHERE ${sql} ORDER BY id`, params)
  return rows.map(({ id }) => id)
}
const stored = (row: Row) => ({ ...row, priority: Math.round(row.priority) })
const inMemory = (gate: FactGate): number[] => ROWS.flatMap((row, id) => (gate.allows(stored(row)) ? [id] : []))

describe('a rule', () => {
  const users = fc.oneof(
    fc.constant<Record<string, string[]>>({}),
    fc.record({
      customers: fc.uniqueArray(fc.constantFrom('K1', 'K2', 'A', 'SUZ'), { maxLength: 2 }),
      shifts: fc.constant<string[]>(['A', "it's"]),
    }),
  )

  it('lets the same rows through as SQL and in memory, for 600 random rules, scopes and users over 120 rows', async () => {
    let judged = 0
    let shown = 0
    await fc.assert(
      fc.asyncProperty(conditions, scopes, users, async (condition, scope, attributes) => {
        const gate = gateOf(condition, scope, attributes)
        const expected = inMemory(gate)
        expect(await inWarehouse(gate), condition).toEqual(expected)
        judged += ROWS.length
        shown += expected.length
      }),
      { numRuns: 600 },
    )
    expect(judged).toBeGreaterThanOrEqual(72_000)
    expect(shown).toBeGreaterThan(1_000)
  }, 300_000)

  it('binds its values: a text that looks like SQL is a text', async () => {
    const whole = { equipment: null, departments: null, suppliers: null, customers: null }
    for (const text of ["' OR 1=1 --", '{gate0:String}', '\\', "\\' OR 1 --", '%', '"; DROP TABLE gate_probe; --']) {
      const gate = gateOf(`row.material = "${text.replaceAll('"', '""')}"`, whole)
      expect(gate.condition().sql).not.toContain('DROP')
      expect(await inWarehouse(gate)).toEqual(inMemory(gate))
    }
  })
})

describe('a mask', () => {
  it('shows the same in SQL and in memory', async () => {
    for (const mask of [{ kind: 'partial' }, { kind: 'hash' }, { kind: 'hide' }] as const) {
      const gate = gateOf(null, { equipment: null, departments: null, suppliers: null, customers: null })
      ;(gate.masks as Map<string, typeof mask>).set('customer', mask)
      const { sql, params } = gate.columnSql('customer', { salt: maskSalt() })
      const rows = await warehouse.query<{ shown: string | null }>(
        `SELECT ${sql} AS shown FROM gate_probe ORDER BY id`,
        params,
      )
      expect(rows.map(({ shown }) => shown)).toEqual(ROWS.map(({ customer }) => masked(customer, mask, maskHash)))
    }
  })
})
