/**
 * Real: the whole server with both stores, the threads that make reports, and the browser that prints. Every way out of a
 * report, for readers with other rows and other columns: what is hidden stands in no byte of an answer.
 */
import type { CellLineage, ParametersAnswer, ReportRun } from '@gemba/contracts/report'
import type { Mask } from '@gemba/contracts/rights'
import { WHOLE } from '@gemba/engine/rights/effective'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { RightsStore } from '../accounts/rights/rights-store.service.ts'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { maskHash } from '../datasets/data-gate.ts'
import { ORDERS, rightsPlant } from '../datasets/rights-plant-fixture.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { findBrowser } from './browser.ts'
import { MADE_AT, finish, listOf, person, plantRows, publish } from './reports-fixture.ts'
import { readArchive } from './zip-reader.ts'

const SECRET = 'K3SECRET'
const HIDDEN_QUANTITY = 7_654_321

let server: RunningApplication
let principal: Principal
const cookies = new Map<string, string>()
const FORMATS = ['html', 'xlsx', 'csv', 'json', ...(findBrowser() === undefined ? [] : ['pdf' as const])]

const REPORTS: Record<string, object> = {
  facts: {
    parameters: [{ name: 'customer', options: { dataset: 'o', value: 'customer' } }],
    datasets: { o: { kind: 'fact', fact: 'order', order: [{ column: 'order' }] } },
    cells: listOf('o', ['order', 'customer', 'unit', 'quantity']),
  },
  query: {
    datasets: { o: { kind: 'sql', sql: 'SELECT `order`, customer, unit, quantity FROM fact_order ORDER BY `order`' } },
    cells: listOf('o', ['order', 'customer', 'unit', 'quantity']),
  },
  figures: {
    parameters: [{ name: 'place', type: 'equipment', required: true }],
    datasets: { k: { kind: 'kpi', figure: 'oee', options: { each: 'work-unit', from: 'DATE(2026,1,5)' } } },
    cells: listOf('k', ['equipment', 'equipmentName', 'value', 'missing']),
  },
  stock: {
    datasets: { s: { kind: 'fact', fact: 'stock' } },
    cells: [
      ...listOf('s', ['material', 'site', 'quantity']),
      { at: 'C3', value: { expr: 'SUM(C2)' } },
      { at: 'C4', value: { field: 's.quantity', as: 'sum' } },
      { at: 'C5', value: { expr: 'COUNT(C2)' } },
    ],
  },
}

beforeAll(async () => {
  server = await startApplication(rightsPlant())
  principal = (await server.app.get(RightsService).principalOf('admin')) as Principal
  cookies.set('admin', await server.signIn('admin'))
  for (const [user, role, places] of [
    ['suzhou', 'manager', ['SUZ']],
    ['brno', 'analyst', ['BRQ']],
    ['machine', 'quality', ['SUZ/MOLD/IM/IM01']],
    ['nowhere', 'manager', []],
    ['outside', 'supplier', null],
  ] as const)
    cookies.set(user, await person(server, { user, role, places: places === null ? null : [...places] }))
  cookies.set('customer', await person(server, { user: 'customer', role: 'analyst', places: null }))
  const scope = { ...WHOLE, customers: ['K1'] }
  await server.app.get(RightsStore).saveProfile(principal, { user: 'customer', scope, attributes: {} })
  await plantRows(
    server,
    ORDERS.map((order) => (order.customer === 'K3' ? { ...order, customer: SECRET } : order)),
  )
  await server.app.get(WarehouseService).insertRows(
    'stock_level',
    ['SUZ', 'BRQ'].map((site, index) => ({
      source: `erp-${site.toLowerCase()}`,
      component: `M-${site}`,
      site,
      quantity: HIDDEN_QUANTITY + index,
      unit: 'piece',
      version_at: MADE_AT,
      is_deleted: 0,
    })),
  )
  for (const [id, template] of Object.entries(REPORTS))
    await publish(server, { cookie: cookies.get('admin') as string }, [id, template])
}, 240_000)
afterAll(() => server.stop())

const cookieOf = (user: string): string => cookies.get(user) as string

/** The bytes of a file as somebody could read them: workbooks are unpacked. */
async function textOfFile(user: string, run: string, format: string): Promise<string> {
  const response = await fetch(`${server.url}/api/report-runs/${run}/files/${format}`, {
    headers: { cookie: cookieOf(user) },
  })
  expect([format, response.status]).toEqual([format, 200])
  const bytes = Buffer.from(await response.arrayBuffer())
  if (format === 'pdf') return bytes.toString('latin1')
  if (format !== 'xlsx') return bytes.toString('utf8')
  const entry = readArchive(bytes)
  const names = [
    'xl/workbook.xml',
    'xl/styles.xml',
    'docProps/core.xml',
    ...[1, 2, 3].map((at) => `xl/worksheets/sheet${at}.xml`),
  ]
  return names.map((name) => entry(name)?.toString('utf8') ?? '').join('\n')
}

/** Everything that a reader gets out of one report: parameters, run, pages, search, lineage of every cell, files. */
async function waysOut(user: string, report: string): Promise<{ run: ReportRun | null; text: Record<string, string> }> {
  const cookie = cookieOf(user)
  const get = async (path: string): Promise<string> => (await server.call('GET', path, { cookie })).text
  const parameters = await server.call('POST', `/api/reports/${report}/parameters`, { cookie, json: { values: {} } })
  const text: Record<string, string> = { detail: await get(`/api/reports/${report}`), parameters: parameters.text }
  const begun = await server.call('POST', `/api/reports/${report}/runs`, { cookie, json: { params: {} } })
  text['start'] = begun.text
  if (begun.status !== 202) return { run: null, text }
  const run = await finish(server, { cookie, id: report })
  const at = `/api/report-runs/${run.id}`
  text['run'] = JSON.stringify(run)
  text['list'] = await get('/api/report-runs')
  text['pages'] = await get(`${at}/pages`)
  text['search'] = await get(`${at}/search?q=${SECRET}`)
  for (const cell of ['A2', 'B2', 'C2', 'D2', 'A3', 'C3', 'C4', 'C5', 'D6'])
    text[`lineage ${cell}`] = await get(`${at}/lineage?page=1&cell=${cell}`)
  if (run.state === 'ready' && user !== 'outside')
    for (const format of FORMATS) text[format] = await textOfFile(user, run.id, format)
  return { run, text }
}

/** Which of the planted words stand where they must not. */
function leaksIn(text: Record<string, string>, secrets: readonly (string | RegExp)[]): string[] {
  return Object.entries(text).flatMap(([way, found]) =>
    secrets
      .filter((secret) => (typeof secret === 'string' ? found.includes(secret) : secret.test(found)))
      .map((secret) => `${way}: ${String(secret)}`),
  )
}

const orderNumbers = (test: (order: (typeof ORDERS)[number]) => boolean): string[] =>
  ORDERS.filter(test).map(({ order }) => order)

describe('rows that are hidden from a reader', () => {
  const OTHER_SITE = [/Z?BRQ\/PRESS/, 'ZBRQ', 'M-BRQ', '7654322', ...orderNumbers(({ unit }) => unit.startsWith('BRQ'))]
  const HOME_SITE = [/SUZ\/MOLD/, 'ZSUZ', 'M-SUZ', '7654321', ...orderNumbers(({ unit }) => unit.startsWith('SUZ'))]
  const OTHER_UNITS = [/IM02/, /SUZ\/ASM/, ...orderNumbers(({ unit }) => !unit.endsWith('IM01'))]
  const CASES: [user: string, secrets: (string | RegExp)[]][] = [
    ['suzhou', OTHER_SITE],
    ['brno', HOME_SITE],
    ['machine', [...OTHER_UNITS, ...OTHER_SITE]],
    ['customer', [SECRET, /\bK2\b/, ...orderNumbers(({ customer }) => customer !== 'K1'), '7654321', '7654322']],
    ['nowhere', [...OTHER_SITE, ...HOME_SITE, SECRET]],
    ['outside', [...OTHER_SITE, ...HOME_SITE, SECRET]],
  ]
  it.each(CASES)('leave by no way of any report: %s', async (user, secrets) => {
    for (const report of Object.keys(REPORTS)) {
      const { text } = await waysOut(user, report)
      // The word that is looked for stands in the question of a search, never in its answer.
      expect([report, leaksIn(text, secrets)]).toEqual([report, []])
    }
  })

  it('are not counted either: neither in rows nor in totals nor in what was read', async () => {
    for (const report of ['facts', 'query']) {
      const { run } = await waysOut('brno', report)
      expect(run?.datasets).toMatchObject([{ rows: 6, total: 6, scanned: null, rules: ['scope'] }])
      expect(run?.controlTotals).toContainEqual(expect.objectContaining({ column: 'quantity' }))
    }
  })

  it('decide nothing of whether a query of the author fails', async () => {
    const tests = ["intDiv(1, toInt64(customer != 'K3SECRET')) = 1", "toUInt8(if(unit LIKE 'SUZ%', 'x', '1')) = 1"]
    for (const [index, test] of tests.entries()) {
      const id = `probe-${index}`
      const sql = `SELECT \`order\` FROM fact_order WHERE ${test}`
      await publish(server, { cookie: cookieOf('admin') }, [
        id,
        { datasets: { o: { kind: 'sql', sql } }, cells: listOf('o', ['order']) },
      ])
      // Of the customer only own rows are asked: none of them divides by zero there.
      const user = index === 0 ? 'customer' : 'brno'
      const run = await finish(server, { cookie: cookieOf(user), id })
      expect([test, run.error]).toEqual([test, null])
    }
  })

  it('are not in what another may open of the run', async () => {
    const { run } = await waysOut('suzhou', 'facts')
    for (const path of ['', '/pages', '/lineage?page=1&cell=A2', '/search?q=K', '/files/csv']) {
      const answer = await server.call('GET', `/api/report-runs/${run?.id}${path}`, { cookie: cookieOf('admin') })
      expect(answer.problem().code).toBe('REPORT_RUN_UNKNOWN')
    }
  })
})

describe('a masked column', () => {
  const mask = (given: Mask, fact = 'order', column = 'customer') =>
    server.app.get(RightsStore).saveColumnRule(principal, {
      id: 'C-01',
      name: { zh: '遮', en: 'mask' },
      fact,
      column,
      mask: given,
      visibleTo: ['admin'],
      enabled: true,
    })
  const lineage = async (user: string, run: string, cell: string): Promise<CellLineage> =>
    (
      await server.call('GET', `/api/report-runs/${run}/lineage?page=1&cell=${cell}`, { cookie: cookieOf(user) })
    ).json() as CellLineage

  const SHOWN: [Mask, string][] = [
    [{ kind: 'hide' }, '#HIDDEN!'],
    [{ kind: 'partial' }, 'K**'],
    [{ kind: 'hash' }, ''],
  ]
  it.each(SHOWN)('%o shows the masked value by every way, and the true one by none', async (given, word) => {
    await mask(given)
    const shown = given.kind === 'hash' ? maskHash(SECRET) : word
    for (const report of ['facts', 'query']) {
      const { run, text } = await waysOut('suzhou', report)
      expect([report, leaksIn(text, [SECRET, /"K[12]"/, />K[12]</])]).toEqual([report, []])
      expect(run?.datasets[0]?.masked).toContain('customer')
      expect(run?.notes).toContainEqual(expect.objectContaining({ key: 'masked', dataset: 'o' }))
      for (const way of ['pages', 'csv', 'json', 'html']) expect([way, text[way]?.includes(shown)]).toEqual([way, true])
      expect(text['xlsx']).toContain(given.kind === 'hide' ? '#N/A' : shown)
      const card = await lineage('suzhou', run?.id ?? '', 'B2')
      expect(card.sources[0]).toMatchObject({ masked: expect.arrayContaining(['customer']) as unknown })
      if (given.kind === 'hide') expect(card.why).toContain('customer')
    }
    const options = await server.call('POST', '/api/reports/facts/parameters', {
      cookie: cookieOf('suzhou'),
      json: { values: {} },
    })
    const [customer] = (options.json() as ParametersAnswer).parameters
    const known = customer?.options?.map(({ value }) => value).sort()
    const expected = ['K1', 'K2', SECRET].map((each) => (given.kind === 'hash' ? maskHash(each) : 'K**'))
    expect(known).toEqual(given.kind === 'hide' ? [] : [...new Set(expected)].sort())
    const admin = await waysOut('admin', 'facts')
    expect(admin.text['csv']).toContain(SECRET)
    await server.app.get(RightsStore).removeColumnRule(principal, 'C-01')
  })

  it('that is hidden leaves sums without a number and with a reason, on page and in files', async () => {
    await mask({ kind: 'hide' }, 'stock', 'quantity')
    const { run, text } = await waysOut('suzhou', 'stock')
    expect(leaksIn(text, ['7654321', '7,654,321'])).toEqual([])
    expect(run?.findings.every(({ level }) => level === 'warning')).toBe(true)
    for (const cell of ['C2', 'C3', 'C4']) {
      const card = await lineage('suzhou', run?.id ?? '', cell)
      expect([cell, card.type, card.why]).toEqual([cell, 'error', '列“quantity”对你隐藏'])
    }
    const sheet = text['xlsx'] ?? ''
    // No formula of the sheet may pass over what is hidden: sums of it stand as errors, never as zero.
    expect(sheet.match(/t="e"><v>#N\/A<\/v>/g)).toHaveLength(4)
    expect(sheet).not.toContain('<f>')
    await server.app.get(RightsStore).removeColumnRule(principal, 'C-01')
  })

  it('that is rounded gives rounded values and says so on every artefact', async () => {
    await mask({ kind: 'bucket', size: 1_000_000 }, 'stock', 'quantity')
    const { run, text } = await waysOut('suzhou', 'stock')
    expect(leaksIn(text, ['7654321', '7,654,321'])).toEqual([])
    expect(text['csv']).toContain('7000000')
    for (const way of ['html', 'csv', 'json']) expect([way, text[way]?.includes('按档取整')]).toEqual([way, true])
    expect(run?.notes[0]?.text.en).toContain('rounded')
    await server.app.get(RightsStore).removeColumnRule(principal, 'C-01')
  })

  it('that is hidden leaves figures without a number and with a reason as well', async () => {
    for (const given of [{ kind: 'hide' }, { kind: 'bucket', size: 10 }] as const) {
      await mask(given, 'stock', 'quantity')
      const answer = await server.call('GET', '/api/kpi/stock-on-hand?equipment=SUZ&shift=current&group=material', {
        cookie: cookieOf('suzhou'),
      })
      expect(answer.json()).toMatchObject({ total: { value: null, missing: 'not-visible' }, groups: [] })
      await server.app.get(RightsStore).removeColumnRule(principal, 'C-01')
    }
  })
})

it('runs made under other rights are not shown once those have changed', async () => {
  const { run } = await waysOut('brno', 'facts')
  const store = server.app.get(RightsStore)
  await store.saveProfile(principal, {
    user: 'brno',
    scope: { ...WHOLE, equipment: ['BRQ/PRESS/P/P1'] },
    attributes: {},
  })
  for (const path of ['', '/pages', '/lineage?page=1&cell=A2', '/search?q=ORD', '/files/csv', '/files/xlsx'])
    expect(
      (await server.call('GET', `/api/report-runs/${run?.id}${path}`, { cookie: cookieOf('brno') })).problem().code,
    ).toBe('REPORT_RIGHTS_CHANGED')
  const listed = await server.call('GET', '/api/report-runs', { cookie: cookieOf('brno') })
  expect(listed.text).not.toContain(run?.id)
})
