/** Real: the whole server with its stores. Who may change rights, what takes effect at once, and what is refused. */
import { boardFrame } from '@gemba/contracts/board'
import {
  type ExplainAnswer,
  type RowRule,
  explainAnswer,
  grantDefinition,
  previewAnswer,
} from '@gemba/contracts/rights'
import { WHOLE } from '@gemba/engine/rights/effective'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Answer, type RunningApplication, startApplication } from '../application-fixture.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { ORDERS, rightsPlant, sourceOf, workCenterOf } from './rights-plant-fixture.ts'

let server: RunningApplication
const cookies = new Map<string, string>()
const IM = 'SUZ/MOLD/IM'
const now = () => Date.now()

beforeAll(async () => {
  server = await startApplication(rightsPlant())
  for (const user of ['admin', 'manager', 'analyst', 'operator']) cookies.set(user, await server.signIn(user))
  const at = now()
  await server.app.get(WarehouseService).insertRows(
    'production_order',
    ORDERS.map(({ order, unit, customer }) => ({
      source: sourceOf(unit),
      order_no: order,
      material: 'M1',
      quantity: 100,
      work_center: workCenterOf(unit),
      customer: `${customer}-Ltd`,
      priority: 1,
      released_at: at,
      scheduled_start_at: at,
      due_at: at + 3_600_000,
      delivered_at: null,
      delivered_quantity: 0,
      status: 'released',
      version_at: at,
      is_deleted: 0,
    })),
  )
})
afterAll(() => server.stop())

const call = (user: string, method: string, path: string, json?: unknown): Promise<Answer> =>
  server.call(method, path, { cookie: cookies.get(user) as string, ...(json === undefined ? {} : { json }) })
const done = async (user: string, method: string, path: string, json?: unknown): Promise<Answer> => {
  const answer = await call(user, method, path, json)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`)
  return answer
}
const code = async (user: string, method: string, path: string, json?: unknown): Promise<string> =>
  (await call(user, method, path, json)).problem().code
const grant = (more: object) => ({
  subject: { kind: 'user', id: 'operator' },
  role: 'operator',
  scope: WHOLE,
  fromAt: null,
  untilAt: null,
  reason: 'a test',
  ...more,
})
const rule = (more: Partial<RowRule> = {}): RowRule => ({
  id: 'R-07',
  name: { zh: '客户', en: 'customer' },
  facts: ['order'],
  condition: 'row.customer LIKE "K1%"',
  roles: ['analyst'],
  enabled: true,
  ...more,
})
const scopeOf = (user: string, equipment: string[] | null) =>
  done('admin', 'PUT', '/api/access/profiles', { user, scope: { ...WHOLE, equipment }, attributes: {} })
const explained = async (asking: string, query: Record<string, string>): Promise<ExplainAnswer> =>
  explainAnswer.parse((await done(asking, 'GET', `/api/access/explain?${new URLSearchParams(query)}`)).json())

describe('a rule', () => {
  it('is refused with its reason when it names what does not exist, and changes nothing', async () => {
    for (const condition of [
      'row.nowhere = 1',
      'row.customer IN user.nobody',
      'row.customer =',
      'row.quantity = "x"',
    ]) {
      const answer = await call('admin', 'PUT', '/api/access/row-rules', rule({ condition }))
      expect(answer.problem()).toMatchObject({ code: 'RULE_INVALID', status: 422 })
      expect(answer.problem().detail?.length).toBeGreaterThan(5)
    }
    expect(await code('admin', 'PUT', '/api/access/row-rules', rule({ roles: ['nobody'] }))).toBe('ACCESS_UNKNOWN')
    expect((await done('admin', 'GET', '/api/access/overview')).text).not.toContain('R-07')
  })

  it('narrows lists and totals of those it binds at once, and says so', async () => {
    const progress = async (user: string) =>
      (await done(user, 'GET', '/api/orders/progress?site=SUZ')).json() as {
        orders: { order: string }[]
        totals: { open: number }
        limitedBy: string[] | null
      }
    const whole = await progress('analyst')
    expect(whole.limitedBy).toBeNull()
    await done('admin', 'PUT', '/api/access/row-rules', rule())
    const narrowed = await progress('analyst')
    expect([whole.orders.length, narrowed.orders.length, narrowed.totals.open]).toEqual([9, 3, 3])
    expect(narrowed.limitedBy).toEqual(['R-07'])
    expect((await progress('manager')).orders).toHaveLength(9)
    const limitsOnBoard = async (user: string) => {
      const answer = await done(user, 'POST', '/api/boards/order-progress/data', { equipment: 'SUZ' })
      const { tiles } = boardFrame.parse(answer.json())
      return [...new Set(tiles.map((tile) => ('limitedBy' in tile ? tile.limitedBy?.join() : undefined)))]
    }
    expect(await limitsOnBoard('analyst')).toEqual(['R-07'])
    expect(await limitsOnBoard('manager')).toEqual([undefined])
    await done('admin', 'DELETE', '/api/access/row-rules/R-07')
    expect((await progress('analyst')).orders).toHaveLength(9)
  })

  it('is previewed before it is saved, with rows that stay and rows that go', async () => {
    const answer = await done('admin', 'POST', '/api/access/preview', { user: 'analyst', fact: 'order', rule: rule() })
    const { rows, visible, sample } = previewAnswer.parse(answer.json())
    expect([rows, visible]).toEqual([15, 5])
    expect(new Set(sample.map((each) => each.visible))).toEqual(new Set([true, false]))
  })

  it('on a column masks it for all but those who work with it', async () => {
    const customers = async (user: string) =>
      new Set(
        (
          (await done(user, 'GET', '/api/orders/progress?site=SUZ')).json() as { orders: { customer: string }[] }
        ).orders.map(({ customer }) => customer),
      )
    expect(await customers('manager')).toEqual(new Set(['K1-Ltd', 'K2-Ltd', 'K3-Ltd']))
    expect(await customers('operator')).toEqual(new Set(['K**']))
    const board = await done('operator', 'POST', '/api/boards/order-progress/data', { equipment: 'SUZ' })
    expect(board.text).not.toContain('-Ltd')
  })
})

describe('delegation', () => {
  it('never exceeds the own rights, place or time', async () => {
    await scopeOf('manager', ['SUZ'])
    const inLine = { ...WHOLE, equipment: [IM] }
    expect(await code('manager', 'POST', '/api/access/grants', grant({}))).toBe('BEYOND_OWN_RIGHTS')
    expect(
      await code('manager', 'POST', '/api/access/grants', grant({ scope: { ...WHOLE, equipment: ['BRQ'] } })),
    ).toBe('BEYOND_OWN_RIGHTS')
    expect(await code('manager', 'POST', '/api/access/grants', grant({ role: 'admin', scope: inLine }))).toBe(
      'BEYOND_OWN_RIGHTS',
    )
    const given = grantDefinition.parse(
      (await done('manager', 'POST', '/api/access/grants', grant({ scope: inLine }))).json(),
    )
    expect(given.grantedBy).toBe('manager')
    await done('manager', 'DELETE', `/api/access/grants/${given.id}`)
    await scopeOf('manager', null)
  })

  it('is closed to those who hold no right to share', async () => {
    expect(await code('operator', 'POST', '/api/access/grants', grant({}))).toBe('NO_ACCESS')
    expect(await code('operator', 'GET', '/api/access/overview')).toBe('NO_ACCESS')
    expect(await code('manager', 'PUT', '/api/access/row-rules', rule())).toBe('NO_ACCESS')
  })

  it('with an end is over at its end, without anybody doing anything', async () => {
    await scopeOf('operator', ['BRQ'])
    const kpi = async () => (await call('operator', 'GET', `/api/kpi/oee?equipment=${IM}&shift=current`)).status
    expect(await kpi()).toBe(404)
    await done(
      'admin',
      'POST',
      '/api/access/grants',
      grant({ scope: { ...WHOLE, equipment: [IM] }, untilAt: now() + 3_000 }),
    )
    expect(await kpi()).toBe(200)
    await vi.waitFor(async () => expect(await kpi()).toBe(404), { timeout: 60_000, interval: 50 })
    await scopeOf('operator', null)
  })
})

describe('a group', () => {
  const group = (id: string, members: { kind: string; id: string }[]) => ({
    id,
    name: { zh: id, en: id },
    members,
    directoryName: null,
  })
  it('hands its roles to members of the groups in it, and cannot contain itself', async () => {
    await done('admin', 'PUT', '/api/access/groups', group('inner', [{ kind: 'user', id: 'operator' }]))
    await done('admin', 'PUT', '/api/access/groups', group('outer', [{ kind: 'group', id: 'inner' }]))
    expect(await code('admin', 'PUT', '/api/access/groups', group('inner', [{ kind: 'group', id: 'outer' }]))).toBe(
      'ACCESS_CONFLICT',
    )
    expect(await code('operator', 'GET', '/api/quarantine')).toBe('NO_ACCESS')
    const subject = { kind: 'group', id: 'outer' }
    const { id } = grantDefinition.parse(
      (await done('admin', 'POST', '/api/access/grants', grant({ subject, role: 'quality' }))).json(),
    )
    expect((await call('operator', 'GET', '/api/quarantine')).status).toBe(200)
    const { steps } = await explained('admin', { user: 'operator', object: 'dataset:quarantine' })
    expect(steps.find(({ kind }) => kind === 'grant')?.detail.en).toContain('inner → outer')
    expect(await code('admin', 'DELETE', '/api/access/groups/outer')).toBe('ACCESS_CONFLICT')
    await done('admin', 'DELETE', `/api/access/grants/${id}`)
    expect(await code('operator', 'GET', '/api/quarantine')).toBe('NO_ACCESS')
  })
})

describe('a role of the product', () => {
  it('does not change, and one of your own opens what it says', async () => {
    const own = {
      id: 'oee-reader',
      name: { zh: 'OEE', en: 'OEE' },
      ready: false,
      permissions: [{ kind: 'board', target: 'oee', actions: ['view'] }],
    }
    expect(await code('admin', 'PUT', '/api/access/roles', { ...own, id: 'admin' })).toBe('ACCESS_CONFLICT')
    await done('admin', 'PUT', '/api/access/roles', own)
    await done('admin', 'DELETE', '/api/access/roles/oee-reader')
  })
})

describe('the explanation', () => {
  it('tells everybody about the own account, and about others only who looks after rights', async () => {
    expect((await explained('operator', { object: 'board:oee' })).allowed).toBe(true)
    expect((await explained('operator', { object: 'setting:access', action: 'administer' })).allowed).toBe(false)
    expect(await code('operator', 'GET', '/api/access/explain?user=manager&object=board:oee')).toBe('NO_ACCESS')
    const masked = await explained('admin', {
      user: 'operator',
      object: 'dataset:order',
      row: JSON.stringify({ customer: 'K1-Ltd', unit: `${IM}/IM01` }),
      column: 'customer',
    })
    expect(masked).toMatchObject({ allowed: true, mask: { kind: 'partial' } })
  })
})

describe('looking through other eyes', () => {
  it('shows what the other sees, changes nothing, and ends', async () => {
    const others = await server.signIn('admin')
    cookies.set('watcher', others)
    await scopeOf('operator', [IM])
    await done('watcher', 'POST', '/api/access/view-as', { user: 'operator' })
    expect((await done('watcher', 'GET', '/api/sessions/current')).json()).toMatchObject({ user: 'operator' })
    expect((await call('watcher', 'GET', '/api/kpi/oee?equipment=BRQ&shift=current')).status).toBe(404)
    expect((await call('watcher', 'POST', '/api/boards/oee/data', { equipment: IM })).status).toBe(200)
    expect(await code('watcher', 'PUT', '/api/access/row-rules', rule())).toBe('VIEW_ONLY')
    expect(await code('watcher', 'GET', '/api/access/overview')).toBe('NO_ACCESS')
    // Only this session looks through other eyes.
    expect((await call('admin', 'GET', '/api/kpi/oee?equipment=BRQ&shift=current')).status).toBe(200)
    await done('watcher', 'DELETE', '/api/access/view-as')
    expect((await call('watcher', 'GET', '/api/kpi/oee?equipment=BRQ&shift=current')).status).toBe(200)
    await scopeOf('operator', null)
  })

  it('is refused to those who administer nothing, and for who may see more', async () => {
    expect(await code('manager', 'POST', '/api/access/view-as', { user: 'operator' })).toBe('NO_ACCESS')
    const it = { subject: { kind: 'user', id: 'analyst' }, role: 'plant-it' }
    const { id } = grantDefinition.parse((await done('admin', 'POST', '/api/access/grants', grant(it))).json())
    expect(await code('analyst', 'POST', '/api/access/view-as', { user: 'admin' })).toBe('BEYOND_OWN_RIGHTS')
    await done('admin', 'DELETE', `/api/access/grants/${id}`)
  })
})

describe('the inventory and the leak test', () => {
  it('list every role held, and find no difference between the ways of judging', async () => {
    const csv = await done('admin', 'GET', '/api/access/inventory')
    expect(csv.headers['content-type']).toContain('text/csv')
    expect(csv.text.split('\r\n').filter((line) => line !== '').length).toBe(7)
    const report = (await done('admin', 'POST', '/api/access/leak-test')).json() as Record<string, unknown>
    expect(report).toMatchObject({ leaks: 0, falseDenials: 0, differences: [] })
    expect(report['cases']).toBeGreaterThan(50)
  })
})
