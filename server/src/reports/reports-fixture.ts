/** For tests: a server with two sites, people who see different parts of them, and reports of one's own. */
import type { ReportRun, RunRequest } from '@gemba/contracts/report'
import { WHOLE } from '@gemba/engine/rights/effective'
import { DataSource } from 'typeorm'
import { vi } from 'vitest'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { RightsStore } from '../accounts/rights/rights-store.service.ts'
import type { Answer, RunningApplication } from '../application-fixture.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'

export const MADE_AT = Date.UTC(2026, 0, 5, 4)

/** An account that holds a role for some places; gives its cookie. */
export async function person(
  server: RunningApplication,
  { user, role, places }: { user: string; role: string; places: string[] | null },
): Promise<string> {
  const admin = (await server.app.get(RightsService).principalOf('admin')) as Principal
  await server.app
    .get(DataSource)
    .query(
      `INSERT INTO user_account (id, name_zh, name_en, password_hash, roles) SELECT $1, $1, $1, password_hash, $2 FROM user_account WHERE id = 'admin'`,
      [user, [role]],
    )
  const scope = { ...WHOLE, equipment: places }
  await server.app.get(RightsStore).saveProfile(admin, { user, scope, attributes: {} })
  return server.signIn(user)
}

/** One order of each customer at each unit, and a window and a stop of each unit. */
export async function plantRows(
  server: RunningApplication,
  orders: readonly { order: string; unit: string; customer: string }[],
): Promise<void> {
  const warehouse = server.app.get(WarehouseService)
  await warehouse.insertRows(
    'production_order',
    orders.map(({ order, unit, customer }, index) => ({
      source: `erp-${unit.slice(0, 3).toLowerCase()}`,
      order_no: order,
      material: 'M1',
      quantity: 100 + index,
      work_center: `W-${unit.split('/').at(-1)}`,
      customer,
      priority: 1,
      released_at: MADE_AT,
      scheduled_start_at: MADE_AT,
      due_at: MADE_AT + index * 3_600_000,
      delivered_at: null,
      delivered_quantity: 0,
      status: 'released',
      version_at: MADE_AT,
      is_deleted: 0,
    })),
  )
  await warehouse.insertRows(
    'equipment_stop',
    [...new Set(orders.map(({ unit }) => unit))].map((unit, index) => ({
      unit,
      window_at: MADE_AT,
      state: 'DOWN',
      reason: 'R1',
      ms: (index + 1) * 60_000,
      count: 1,
      computed_at: MADE_AT,
      is_deleted: 0,
    })),
  )
}

/** Makes a report and publishes it; `second` publishes what the first has made. */
export async function publish(
  server: RunningApplication,
  { cookie, second = cookie }: { cookie: string; second?: string },
  [id, template]: readonly [id: string, template: object],
): Promise<void> {
  const ok = (answer: Answer): unknown => {
    if (answer.status >= 300) throw new Error(answer.text)
    return answer.json()
  }
  const whole = { formatVersion: 1, name: id, ...template }
  ok(await server.call('POST', '/api/reports', { cookie, json: { id, template: whole } }))
  ok(await server.call('POST', `/api/reports/${id}/draft/submit`, { cookie, json: { revision: 1 } }))
  ok(await server.call('POST', `/api/reports/${id}/draft/publish`, { cookie: second, json: { revision: 1 } }))
}

const OVER = ['ready', 'failed', 'cancelled']

/** Runs a report and waits until it is over. */
export async function finish(
  server: RunningApplication,
  { cookie, id, json = {} }: { cookie: string; id: string; json?: Partial<RunRequest> },
): Promise<ReportRun> {
  const answer = await server.call('POST', `/api/reports/${id}/runs`, { cookie, json })
  if (answer.status !== 202) throw new Error(answer.text)
  return ended(server, cookie, (answer.json() as ReportRun).id)
}

export async function ended(server: RunningApplication, cookie: string, run: string): Promise<ReportRun> {
  return vi.waitUntil(
    async () => {
      const now = (await server.call('GET', `/api/report-runs/${run}`, { cookie })).json() as ReportRun
      return OVER.includes(now.state) ? now : undefined
    },
    { timeout: 60_000, interval: 30 },
  )
}

/** A list of some columns of a dataset, one row below the other. */
export function listOf(dataset: string, columns: readonly string[]): object[] {
  return columns.flatMap((column, index) => {
    const letter = String.fromCharCode(65 + index)
    return [
      { at: `${letter}1`, value: { lit: column } },
      {
        at: `${letter}2`,
        value: { field: `${dataset}.${column}`, as: index === 0 ? 'list' : 'first' },
        ...(index === 0 ? { expand: 'down' } : {}),
      },
    ]
  })
}
