/**
 * Real: the whole server with both stores. Every table that names a machine, a lot or a source holds rows of both sites,
 * and every text of them carries the word of its place: whoever does not see the place must not meet the word.
 */
import { emptyParts } from '@gemba/engine/kpi/oee'
import { METRICS } from '@gemba/engine/metrics/dictionary'
import { type OrganisationScope } from '@gemba/contracts/rights'
import { WHOLE } from '@gemba/engine/rights/effective'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { RightsStore } from '../accounts/rights/rights-store.service.ts'
import { makeLink, visitorOf } from '../accounts/shares/shares-fixture.ts'
import { type Answer, type RunningApplication, startApplication } from '../application-fixture.ts'
import { type Column, TABLES } from '../warehouse/table-model.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { UNITS, rightsPlant, sourceOf, wordOf, workCenterOf } from './rights-plant-fixture.ts'

let server: RunningApplication
let admin: Principal
const cookies = new Map<string, string>()
const nowAt = Date.now()
const HOUR_MS = 3_600_000

const NO_FIGURE = JSON.stringify({ parts: emptyParts(), stops: [], noData: [], productionDate: '2026-01-05' })

/** Columns of which the value decides what a row is. */
const GIVEN: Readonly<Record<string, (unit: string) => unknown>> = {
  unit: (unit) => unit,
  equipment: (unit) => unit,
  source: sourceOf,
  site: (unit) => unit.slice(0, 3),
  work_center: workCenterOf,
  lot: (unit) => `LOT-${wordOf(unit)}`,
  input_lot: (unit) => `RAW-${wordOf(unit)}`,
  output_lot: (unit) => `LOT-${wordOf(unit)}`,
  supplier: (unit) => `SUP-${unit.slice(0, 3)}`,
  customer: (unit) => `CUS-${unit.slice(0, 3)}`,
  place: (unit) => `CUS-${unit.slice(0, 3)}`,
  point: (unit) => `${unit}:state`,
  event: () => 'raised',
  chart: () => 'i-mr',
  relation: () => 'consumed',
  method: () => 'scanned',
  state: () => 'DOWN',
  result: () => 'fail',
  stage: () => 'finished',
  stops: () => '[]',
  no_data: () => '[]',
  energy: () => '[]',
  before: () => NO_FIGURE,
  after: () => NO_FIGURE,
  causes: (unit) => JSON.stringify([{ kind: 'late', stream: wordOf(unit) }]),
  is_deleted: () => 0,
  cancelled: () => 0,
}
const KINDS: Readonly<Record<string, string>> = {
  lot_movement: 'shipment',
  maintenance_order: 'corrective',
  goods_receipt: 'receipt',
  inspection_lot: 'incoming',
  equipment_window: 'shift',
  equipment_window_version: 'shift',
  restatement: 'shift',
}

function valueOf({ name, kind, nullable }: Column, table: string, unit: string): unknown {
  if (name === 'kind' && KINDS[table] !== undefined) return KINDS[table]
  const given = GIVEN[name]
  if (given !== undefined) return given(unit)
  if (kind === 'instant') return name.endsWith('until_at') || name === 'end_at' ? nowAt : nowAt - HOUR_MS
  if (kind === 'date') return new Date(nowAt).toISOString().slice(0, 10)
  if (kind === 'text' || kind === 'word') return `${name}-${wordOf(unit)}`
  return nullable && name.endsWith('sl') ? null : 1
}

/** A row of each machine in each table that has a place or a source. */
async function plantEverywhere(): Promise<number> {
  const warehouse = server.app.get(WarehouseService)
  let tables = 0
  for (const { name, columns } of TABLES) {
    if (!columns.some((column) => ['unit', 'source', 'site'].includes(column.name))) continue
    const rows = UNITS.map((unit) => Object.fromEntries(columns.map((each) => [each.name, valueOf(each, name, unit)])))
    await warehouse.insertRows(name, rows)
    tables += 1
  }
  return tables
}

interface Reader {
  role: string
  scope: Partial<OrganisationScope>
  /** Places whose words the reader may meet; limited by names alone, one may ask for any site. */
  sees: (path: string) => boolean
}
const READERS: Record<string, Reader> = {
  suzhou: { role: 'manager', scope: { equipment: ['SUZ'] }, sees: (path) => path.startsWith('SUZ') },
  brno: { role: 'admin', scope: { equipment: ['BRQ'] }, sees: (path) => path.startsWith('BRQ') },
  molder: {
    role: 'quality',
    scope: { equipment: ['SUZ/MOLD'] },
    sees: (path) => path.startsWith('SUZ/MOLD') || path === 'SUZ',
  },
  springs: {
    role: 'supplier',
    scope: { suppliers: ['SUP-BRQ'] },
    sees: (path) => path.startsWith('BRQ') || path === 'SUZ',
  },
  buyer: {
    role: 'analyst',
    scope: { customers: ['CUS-SUZ'] },
    sees: (path) => path.startsWith('SUZ') || path === 'BRQ',
  },
  outside: { role: 'supplier', scope: {}, sees: () => false },
}

let planted = 0
beforeAll(async () => {
  server = await startApplication(rightsPlant(), { GEMBA_COST_BURST: '0' })
  admin = (await server.app.get(RightsService).principalOf('admin')) as Principal
  for (const [user, { role, scope }] of Object.entries(READERS)) {
    await server.app
      .get(DataSource)
      .query(
        `INSERT INTO user_account (id, name_zh, name_en, password_hash, roles) SELECT $1, $1, $1, password_hash, $2 FROM user_account WHERE id = 'admin'`,
        [user, [role]],
      )
    await server.app.get(RightsStore).saveProfile(admin, { user, scope: { ...WHOLE, ...scope }, attributes: {} })
    cookies.set(user, await server.signIn(user))
  }
  cookies.set('admin', await server.signIn('admin'))
  planted = await plantEverywhere()
}, 240_000)
afterAll(() => server.stop())

const get = (user: string, path: string): Promise<Answer> =>
  server.call('GET', path, { cookie: cookies.get(user) as string })

const PLACES = ['SUZ', 'BRQ', 'SUZ/ASM/A/A1']
const from = new Date(nowAt - 24 * HOUR_MS).toISOString()
const to = new Date(nowAt).toISOString()
const range = `from=${from}&to=${to}`

/** Figures as they would be or as they were known: kept apart from the plain ones, and under the same gate. */
const OTHERWISE = [
  'whatIf=micro-stop-seconds:60',
  `knownAt=${new Date(nowAt - HOUR_MS / 2).toISOString()}`,
  'whatIf=kitting:skip',
]

/** Questions about every figure, trace, chart, list and setting. */
function questions(): string[] {
  const lots = UNITS.map((unit) => encodeURIComponent(`LOT-${wordOf(unit)}`))
  return [
    ...PLACES.flatMap((place) => [
      ...METRICS.map(
        ({ id }, index) => `/api/kpi/${id}?equipment=${place}&${range}&explain=1&group=${index % 2 ? 'unit' : 'none'}`,
      ),
      // Most metrics have no such groups, and refuse.
      ...METRICS.flatMap(({ id }) =>
        ['supplier', 'customer'].map((group) => `/api/kpi/${id}?equipment=${place}&${range}&group=${group}`),
      ),
      ...METRICS.map(
        ({ id }, index) =>
          `/api/kpi/${id}?equipment=${place}&${range}&explain=1&group=unit&${OTHERWISE[index % OTHERWISE.length]}`,
      ),
      `/api/kpi?equipment=${place}&${range}`,
      `/api/restatements?equipment=${place}&${range}`,
      `/api/trace/completeness?equipment=${place}&${range}`,
      `/api/kpi/spc?equipment=${place}`,
      `/api/policies?site=${place}`,
      `/api/orders/progress?site=${place}`,
    ]),
    ...lots.flatMap((lot) => [
      `/api/trace?lot=${lot}&direction=where-from`,
      `/api/trace?lot=${lot}&direction=where-used`,
      `/api/trace/recall?lot=${lot}`,
      `/api/trace/balance?lot=${lot}`,
      `/api/trace/narrowing?lot=${lot}&component=material-${lot.slice(4)}`,
    ]),
    ...UNITS.map((unit) => `/api/kpi/spc/${encodeURIComponent(`characteristic-${wordOf(unit)}`)}?${range}&explain=1`),
    ...['catalog', 'catalog/unmapped', 'catalog/mappings', 'boards', 'health/details', 'kpi/spc', 'quarantine'].map(
      (path) => `/api/${path}`,
    ),
    ...['policies', 'retention', 'reports', 'report-runs', 'delivery-schedules', 'demo/mail'].map(
      (path) => `/api/${path}`,
    ),
    `/api/interfaces?${range}`,
    `/api/delivery-runs?${range}`,
    '/api/docs-json',
  ]
}

/** Words of places in a text that the reader does not see; what was asked for may stand in a refusal. */
function strange(text: string, asked: string, sees: Reader['sees']): string[] {
  const words = [...new Set(text.match(/Z(?:SUZ|BRQ)[A-Z0-9-]*Z|(?:SUP|CUS)-(?:SUZ|BRQ)/g) ?? [])]
  const known = decodeURIComponent(asked)
  return words.filter((word) => !known.includes(word) && !sees(placeOf(word)))
}
const placeOf = (word: string): string =>
  word.startsWith('Z') ? word.slice(1, -1).replaceAll('-', '/') : `${word.slice(4)}/${word.slice(0, 3)}`

describe('rows of every table', () => {
  it('are planted at each machine', () => {
    expect(planted).toBeGreaterThan(30)
  })

  it('are met by who sees everything: the questions are not empty ones', async () => {
    const missing = new Set([...UNITS.map(wordOf), 'SUP-SUZ', 'SUP-BRQ', 'CUS-SUZ', 'CUS-BRQ'])
    for (const question of questions()) {
      if (missing.size === 0) break
      for (const word of strange((await get('admin', question)).text, '', () => false)) missing.delete(word)
    }
    expect([...missing]).toEqual([])
  }, 300_000)

  it.each(Object.keys(READERS))(
    'leave by no question to who does not see their place: %s',
    async (user) => {
      const { sees } = READERS[user] as Reader
      const leaks: string[] = []
      for (const question of questions()) {
        const answer = await get(user, question)
        const found = strange(answer.text, question, sees)
        if (found.length > 0) leaks.push(`${question}: ${found.join(' ')}`)
        if (answer.status >= 500) leaks.push(`${question}: ${answer.text}`)
      }
      expect(leaks).toEqual([])
    },
    300_000,
  )
})

describe('share links', () => {
  const boardAt = (board: string, equipment: string) => ({ kind: 'board', board, equipment })
  /** Each board at each place; a place that the reader does not see gives no link. */
  const targets = [...PLACES, ...UNITS].flatMap((place) => [boardAt('order-progress', place), boardAt('oee', place)])
  const SHARING = ['suzhou', 'brno'] as const

  it.each(SHARING)(
    'tell their visitors no word of a place that their maker does not see: %s',
    async (user) => {
      const { sees } = READERS[user] as Reader
      const leaks: string[] = []
      let opened = 0
      for (const target of targets) {
        const cookie = cookies.get(user) as string
        const refused = await server.call('POST', '/api/shares', { cookie, json: { name: 'x', target } })
        if (refused.status !== 201) {
          const found = strange(refused.text, target.equipment, sees)
          if (found.length > 0) leaks.push(`${target.equipment}: ${found.join(' ')}`)
          expect([target.equipment, sees(target.equipment)]).not.toEqual([target.equipment, true])
          continue
        }
        const visitor = await visitorOf(server, refused.json() as { path: string })
        const answers = [
          await visitor.ask('GET', '/api/boards'),
          await visitor.ask('GET', `/api/boards/${target.board}`),
          await visitor.ask('POST', `/api/boards/${target.board}/data`, {}),
        ]
        for (const { status, text } of answers) {
          expect([target, status]).toEqual([target, 200])
          const found = strange(text, target.equipment, sees)
          if (found.length > 0) leaks.push(`${target.board} ${target.equipment}: ${found.join(' ')}`)
        }
        opened += 1
        for (const question of ['/api/catalog', `/api/kpi?equipment=${target.equipment}&${range}`, '/api/report-runs'])
          expect([question, (await visitor.ask('GET', question)).status]).toEqual([question, 403])
      }
      expect(leaks).toEqual([])
      expect(opened).toBeGreaterThan(3)
    },
    300_000,
  )

  it('count alone, whatever the session beside them may see', async () => {
    const made = await makeLink(server, cookies.get('suzhou') as string, { target: boardAt('oee', 'SUZ/ASM/A/A1') })
    const { cookie } = await visitorOf(server, made)
    const both = `${cookies.get('admin')}; ${cookie}`
    const as = (path: string) => server.call('GET', path, { cookie: both, headers: { 'x-gemba-share': made.row.id } })
    expect((await as('/api/boards/oee')).status).toBe(200)
    expect((await as('/api/catalog')).problem().code).toBe('NO_ACCESS')
    expect((await as('/api/boards/order-progress')).problem().code).toBe('BOARD_UNKNOWN')
  })
})

describe('what lies together for all sites', () => {
  const post = (user: string, path: string, json: unknown): Promise<Answer> =>
    server.call('POST', path, { cookie: cookies.get(user) as string, json })

  it('is neither read nor changed by an administrator of one of them', async () => {
    for (const path of ['/api/retention', '/api/demo/mail'])
      expect([path, (await get('brno', path)).problem().code]).toEqual([path, 'NO_ACCESS'])
    const validFrom = new Date(nowAt - HOUR_MS).toISOString()
    const policy = { site: null, policy: 'micro-stop-seconds', value: 60, validFrom, reason: 'for all' }
    const close = { site: null, closedUntil: validFrom, reason: 'for all' }
    expect((await post('brno', '/api/policies', policy)).status).not.toBe(201)
    expect((await post('brno', '/api/policies/periods', close)).problem().code).toBe('NO_ACCESS')
  })
})

describe('who is limited to customers', () => {
  it('sees the boards of orders with the own orders and a clear denial for figures of machines', async () => {
    const { boards } = (await get('buyer', '/api/boards')).json() as { boards: { document: { id: string } }[] }
    expect(boards.map(({ document }) => document.id)).toEqual(['order-progress'])
    const data = await server.call('POST', '/api/boards/order-progress/data', {
      cookie: cookies.get('buyer') as string,
      json: { equipment: 'SUZ' },
    })
    expect(data.status).toBe(200)
    expect(data.text).not.toContain('BRQ')
    const oee = await server.call('POST', '/api/boards/oee/data', {
      cookie: cookies.get('buyer') as string,
      json: { equipment: 'SUZ' },
    })
    expect(oee.status).toBe(404)
  })
})

describe('a folder', () => {
  const put = (path: string, json: unknown) =>
    server.call('PUT', `/api/access/${path}`, { cookie: cookies.get('admin') as string, json })
  const remove = (path: string, content = '') =>
    server.call('DELETE', `/api/access/folders?path=${path}${content}`, { cookie: cookies.get('admin') as string })
  const name = { zh: '夹', en: 'folder' }

  it('is taken away when it is empty, or with its content moving up; never with folders below it', async () => {
    for (const path of ['/a', '/a/b', '/a/b/c']) await put('folders', { path, name, inherits: true })
    await put('objects', { kind: 'board', id: 'oee', folder: '/a/b/c' })
    expect((await remove('/a/b')).problem().code).toBe('ACCESS_CONFLICT')
    expect((await remove('/a/b/c')).problem().code).toBe('ACCESS_CONFLICT')
    expect((await remove('/a/b/c', '&content=up')).status).toBe(204)
    const overview = async () =>
      (await get('admin', '/api/access/overview')).json() as {
        objects: { folder: string }[]
        folders: { path: string }[]
      }
    expect((await overview()).objects).toContainEqual({ kind: 'board', id: 'oee', folder: '/a/b' })
    expect((await remove('/a/b', '&content=up')).status).toBe(204)
    expect((await remove('/a', '&content=up')).status).toBe(204)
    const { objects, folders } = await overview()
    const places = [...objects.map(({ folder }) => folder), ...folders.map(({ path }) => path)]
    expect(places.filter((path) => path === '/a' || path.startsWith('/a/'))).toEqual([])
    expect((await remove('/a')).status).toBe(404)
  })
})

describe('the budget of an account', () => {
  it('refuses with the time to wait what costs too much, and the health page counts it', async () => {
    const own = await startApplication(rightsPlant(), { GEMBA_COST_BURST: '20', GEMBA_COST_PER_MINUTE: '60' })
    try {
      const cookie = await own.signIn('admin')
      const year = `from=${nowAt - 365 * 24 * HOUR_MS}&to=${nowAt}`
      const ask = () => own.call('GET', `/api/kpi/oee?equipment=SUZ&${year}`, { cookie })
      expect((await ask()).status).toBe(200)
      const refused = await ask()
      expect(refused.problem()).toMatchObject({ status: 429, code: 'BUDGET_USED_UP', retryable: true })
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
      expect((await own.call('GET', '/api/boards', { cookie })).status).toBe(200)
      const health = (await own.call('GET', '/api/health/details', { cookie })).json() as { budget: object }
      expect(health.budget).toMatchObject({ refused: 1 })
    } finally {
      await own.stop()
    }
  }, 120_000)
})
