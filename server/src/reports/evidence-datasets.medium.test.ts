/** Real: the server on both embedded stores and the threads that make reports, over planted lots and subgroups. */
import { type ReportPagesAnswer, type ReportRun } from '@gemba/contracts/report'
import { signableEntries, signatureList } from '@gemba/contracts/signature'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PASSWORD, type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { finish, listOf, person, publish } from './reports-fixture.ts'

const AT = Date.parse('2026-11-02T00:00:00Z')
const HOUR_MS = 3_600_000

let server: RunningApplication
let admin: string
let elsewhere: string

const marks = { source: 'mes', version_at: AT, is_deleted: 0 }
const lot = (name: string, more: object = {}) => ({
  ...marks,
  lot: name,
  material: `M-${name}`,
  stage: 'moulded',
  unit: UNIT,
  order_no: null,
  supplier: null,
  supplier_lot: null,
  quantity: 100,
  quantity_unit: 'piece',
  made_at: AT,
  status: 'closed',
  ...more,
})
const edge = (input: string, output: string, [quantity, unit]: [number | null, string] = [null, 'piece']) => ({
  ...marks,
  edge_key: `${input}>${output}`,
  input_lot: input,
  output_lot: output,
  unit: UNIT,
  quantity,
  quantity_unit: unit,
  order_no: null,
  operation: null,
  consumed_at: AT,
  method: 'scan',
  relation: 'transformation',
})

async function plantLots(warehouse: WarehouseService): Promise<void> {
  const bought = { stage: 'received', supplier: 'V03', supplier_lot: 'SL-7', quantity: 25, quantity_unit: 'kg' }
  await warehouse.insertRows('lot', [
    lot('RM', bought),
    lot('MOULD', { status: 'blocked' }),
    lot('ASM', { stage: 'assembled' }),
    lot('PACK-1', { stage: 'packed', quantity: 60 }),
  ])
  const edges = [
    edge('RM', 'MOULD', [24.5, 'kg']),
    edge('MOULD', 'ASM', [90, 'piece']),
    edge('ASM', 'PACK-1', [60, 'piece']),
  ]
  for (const table of ['genealogy_forward', 'genealogy_backward']) await warehouse.insertRows(table, edges)
  const left = { ...marks, lot: 'PACK-1', unit: UNIT, quantity_unit: 'piece' }
  await warehouse.insertRows('lot_movement', [
    { ...left, movement_key: '1', kind: 'shipment', place: 'C03', quantity: 40, moved_at: AT },
    { ...left, movement_key: '2', kind: 'scrap', place: 'seal', quantity: 3, moved_at: AT },
  ])
  await warehouse.insertRows('lot_stock', [
    { ...left, stock_key: 'PACK-1/FG', location: 'FG', status: 'unrestricted', quantity: 15 },
  ])
}

/** An inspection lot of the packed lot; a later version of it replaces an earlier one. */
const inspection = (accepted: number, versionAt: number) => ({
  ...marks,
  version_at: versionAt,
  inspection_lot: 'QL-1',
  lot: 'PACK-1',
  material: 'M-PACK-1',
  kind: 'final',
  unit: UNIT,
  inspected: 20,
  accepted,
  decision: 'accepted',
  decided_at: AT,
  time_certainty: 'exact',
})

/** Thirty subgroups of three around 10, the last of them far off. */
async function plantSubgroups(warehouse: WarehouseService): Promise<void> {
  const characteristic = { ...marks, characteristic: 'weight', unit: UNIT, material: 'M1' }
  await warehouse.insertRows('inspection_characteristic', [
    {
      ...characteristic,
      version: 'v1',
      effective_at: AT,
      name_zh: '重量',
      name_en: 'weight',
      chart: 'xbar-r',
      value_unit: 'g',
      subgroup_size: 3,
      lsl: 9,
      usl: 11,
      target: 10,
      center: 10,
      sigma: 0.1,
      baseline_from_at: null,
      baseline_to_at: null,
    },
  ])
  const rows = Array.from({ length: 90 }, (_, index) => {
    const subgroup = Math.floor(index / 3)
    return {
      ...marks,
      characteristic: 'weight',
      subgroup: String(subgroup).padStart(3, '0'),
      sample: (index % 3) + 1,
      unit: UNIT,
      measured_at: AT + subgroup * HOUR_MS,
      value: 10 + ((index % 3) - 1) * 0.05 + (subgroup === 29 ? 0.5 : 0),
      size: 1,
      cavity: null,
      lot: null,
      order_no: null,
    }
  })
  await warehouse.insertRows('inspection_result', rows)
}

beforeAll(async () => {
  server = await startApplication()
  admin = await server.signIn()
  elsewhere = await person(server, { user: 'elsewhere', role: 'manager', places: ['BRQ'] })
  const warehouse = server.app.get(WarehouseService)
  await plantLots(warehouse)
  await plantSubgroups(warehouse)
  await warehouse.insertRows('inspection_lot', [inspection(20, AT)])
  const parameters = [{ name: 'lot' }, { name: 'characteristic' }]
  const kinds = {
    from: [
      { kind: 'trace', direction: 'where-from', lot: 'param.lot' },
      ['lot', 'level', 'material', 'quantity', 'unit', 'supplier', 'supplierLot', 'status'],
    ],
    used: [
      { kind: 'trace', direction: 'where-used', lot: 'param.lot' },
      ['lot', 'level', 'quantity', 'customer', 'place'],
    ],
    signed: [{ kind: 'signature', of: 'inspection-lot', lot: 'param.lot' }, ['record', 'meaning', 'signer', 'state']],
    balance: [{ kind: 'balance', lot: 'param.lot' }, ['kind', 'quantity', 'unit']],
    chart: [
      { kind: 'spc', characteristic: 'param.characteristic', from: '2026-11-02', to: '2026-11-03' },
      ['subgroup', 'value', 'center', 'ucl', 'rules', 'nameEn'],
    ],
  } as const
  for (const [id, [dataset, columns]] of Object.entries(kinds))
    await publish(server, { cookie: admin }, [
      id,
      { parameters, datasets: { d: dataset }, cells: listOf('d', columns) },
    ])
})
afterAll(() => server?.stop())

const run = (id: string, params: Record<string, string>, cookie = admin): Promise<ReportRun> =>
  finish(server, { cookie, id, json: { params } })

/** The cells of the pages, row by row, without the head. */
async function cellsOf({ id, error }: ReportRun, cookie = admin): Promise<string[]> {
  if (error !== null) throw new Error(JSON.stringify(error))
  const answer = await server.call('GET', `/api/report-runs/${id}/pages?from=1&to=9`, { cookie })
  const html = (answer.json() as ReportPagesAnswer).pages.map((page) => page.html).join('')
  return [...html.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)]
    .map(([, row]) =>
      [...(row ?? '').matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell]) => (cell ?? '').replaceAll(/<[^>]+>/g, '')),
    )
    .map((row) => row.join('|'))
    .slice(1)
    .filter((row) => row.replaceAll('|', '') !== '')
}

describe('a trace in a report', () => {
  it('lists where a lot came from, nearest first, with what its records say', async () => {
    expect(await cellsOf(await run('from', { lot: 'PACK-1' }))).toEqual([
      'ASM|1|M-ASM|60|piece|||closed',
      'MOULD|2|M-MOULD|90|piece|||blocked',
      'RM|3|M-RM|24.5|kg|V03|SL-7|closed',
    ])
  })

  it('lists where a lot went, with its customers and the place of the rest', async () => {
    expect(await cellsOf(await run('used', { lot: 'RM' }))).toEqual([
      'MOULD|1|24.5||',
      'ASM|2|90||',
      'PACK-1|3|60|C03|FG',
    ])
  })

  it('has no rows without a lot, for one that nobody knows, and for one that the reader may not see', async () => {
    for (const id of ['from', 'balance']) {
      expect(await cellsOf(await run(id, {}))).toEqual([])
      expect(await cellsOf(await run(id, { lot: 'NOBODY' }))).toEqual([])
      expect(await cellsOf(await run(id, { lot: 'PACK-1' }, elsewhere), elsewhere)).toEqual([])
    }
  })
})

describe('a mass balance in a report', () => {
  it('names every disposition, so that what is not accounted for is their difference', async () => {
    expect(await cellsOf(await run('balance', { lot: 'PACK-1' }))).toEqual([
      'made|60|piece',
      'used|0|piece',
      'shipped|40|piece',
      'stock|15|piece',
      'process|0|piece',
      'samples|0|piece',
      'scrapped|3|piece',
      'rework|0|piece',
    ])
  })
})

describe('figures of charts in a report', () => {
  const METRICS = ['cpk', 'process-capability', 'control-chart-signals', 'percentile-ppk'] as const
  const options = { equipment: 'SUZ', groupBy: 'characteristic', from: '2026-11-02', to: '2026-11-04' }
  /** One list for each metric, below each other. */
  const reportOf = (metrics: readonly string[]) => ({
    datasets: Object.fromEntries(metrics.map((figure, at) => [`d${at}`, { kind: 'kpi', figure, options }])),
    cells: metrics.flatMap((_, at) => [
      { at: `A${at + 1}`, value: { field: `d${at}.key`, as: 'list' }, expand: 'down' },
      { at: `B${at + 1}`, value: { field: `d${at}.value`, as: 'first' } },
    ]),
  })
  async function statementsOf(id: string): Promise<{ cells: string[]; statements: string[] }> {
    const query = vi.spyOn(server.app.get(WarehouseService), 'query')
    const made = await run(id, {})
    const statements = query.mock.calls.filter(([sql]) => sql.includes('FROM inspection_result'))
    query.mockRestore()
    const html = (await server.call('GET', `/api/report-runs/${made.id}/pages?from=1&to=9`, { cookie: admin })).json()
    const cells = [...JSON.stringify(html).matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell]) => cell ?? '')
    return { cells, statements: statements.map((call) => JSON.stringify(call)) }
  }

  it('are read once for all of them, and are those of each alone', async () => {
    await publish(server, { cookie: admin }, ['all-figures', reportOf(METRICS)])
    const { cells, statements } = await statementsOf('all-figures')
    expect(new Set(statements).size).toBe(statements.length)
    const alone: string[] = []
    for (const metric of METRICS) {
      await publish(server, { cookie: admin }, [`only-${metric}`, reportOf([metric])])
      const one = await statementsOf(`only-${metric}`)
      expect(new Set(one.statements)).toEqual(new Set(statements))
      expect(one.statements.length).toBeGreaterThan(2)
      alone.push(...one.cells)
    }
    expect(cells.length).toBeGreaterThanOrEqual(2 * METRICS.length)
    expect(cells).toEqual(alone)
  })
})

describe('signatures in a report', () => {
  const found = async (query: string, cookie = admin) =>
    signableEntries.parse((await server.call('GET', `/api/signatures/records?${query}`, { cookie })).json()).records

  it('stand with their state, which is void as soon as the record is another one', async () => {
    const [record] = await found('kind=inspection-lot&search=pack-1')
    expect(record).toMatchObject({ id: 'mes:QL-1', name: 'QL-1', lot: 'PACK-1', unit: UNIT, at: AT, signatures: [] })
    const address = '/api/signatures?kind=inspection-lot&id=mes:QL-1'
    const { current } = signatureList.parse((await server.call('GET', address, { cookie: admin })).json())
    expect(current?.content).toMatchObject([{ inspection_lot: 'QL-1', accepted: 20, decided_at: AT }])
    const quality = await server.signIn('quality')
    const answer = await server.call('POST', '/api/signatures', {
      cookie: quality,
      json: {
        kind: 'inspection-lot',
        id: 'mes:QL-1',
        contentHash: current?.contentHash,
        meaning: 'approval',
        password: PASSWORD,
      },
    })
    expect(answer.status).toBe(201)
    expect(await cellsOf(await run('signed', { lot: 'PACK-1' }))).toEqual(['QL-1|approval|赵强|valid'])
    await server.app.get(WarehouseService).insertRows('inspection_lot', [inspection(19, AT + 1)])
    expect(await cellsOf(await run('signed', { lot: 'PACK-1' }))).toEqual(['QL-1|approval|赵强|void'])
    expect((await found('kind=inspection-lot'))[0]?.signatures[0]?.state).toBe('void')
  })

  it('of more inspections than are looked at are cut, and the run says so', async () => {
    const many = Array.from({ length: 101 }, (_, index) => ({
      ...inspection(20, AT),
      inspection_lot: `QM-${index}`,
      lot: 'MANY',
    }))
    await server.app.get(WarehouseService).insertRows('inspection_lot', many)
    expect((await run('signed', { lot: 'MANY' })).notes).toMatchObject([{ key: 'rows-cut', dataset: 'd' }])
    expect((await run('signed', { lot: 'PACK-1' })).notes).toEqual([])
  })

  it('are found behind any number of newer records that a rule hides', async () => {
    const rule = {
      ...{ id: 'R-77', name: { zh: '一种物料', en: 'one material' }, enabled: true },
      ...{ facts: ['inspection'], condition: 'row.material = "M-OLD"', roles: ['quality'] },
    }
    const put = await server.call('PUT', '/api/access/row-rules', { cookie: admin, json: rule })
    expect([put.status, put.text]).toEqual([204, ''])
    const old = { ...inspection(20, AT), inspection_lot: 'Q-OLD', lot: 'OLD', material: 'M-OLD', decided_at: AT - 1 }
    const newer = Array.from({ length: 1_200 }, (_, index) => ({
      ...inspection(20, AT),
      inspection_lot: `QN-${index}`,
      lot: 'NEWER',
    }))
    await server.app.get(WarehouseService).insertRows('inspection_lot', [old, ...newer])
    const reader = await person(server, { user: 'one-material', role: 'quality', places: null })
    expect((await found('kind=inspection-lot', reader)).map(({ name }) => name)).toEqual(['Q-OLD'])
    expect(await found('kind=inspection-lot&search=QN-7', reader)).toEqual([])
  })

  it('are found among stop entries and subgroups too, only where the reader sees them', async () => {
    const stop = { ...marks, unit: UNIT, from_at: AT, to_at: AT + 60_000, reason: 'R1', priority: 1 }
    await server.app
      .get(WarehouseService)
      .insertRows('stop_entry', [{ ...stop, entry_key: 'E-1', time_certainty: 'exact' }])
    expect((await found('kind=stop-entry&search=e-1')).map(({ id }) => id)).toEqual(['mes:E-1'])
    for (const kind of ['stop-entry', 'inspection-lot', 'inspection-subgroup'])
      expect(await found(`kind=${kind}`, elsewhere)).toEqual([])
    expect((await server.call('GET', '/api/signatures/records?kind=secret', { cookie: admin })).status).toBe(400)
  })
})

describe('a control chart in a report', () => {
  it('has each point with the frozen limits and the rules that it breaks', async () => {
    const rows = await cellsOf(await run('chart', { characteristic: 'weight' }))
    expect(rows).toHaveLength(30)
    expect(rows[0]).toMatch(/^000\|10\|10\|10\.173\d*\|\|weight$/)
    expect(rows.at(-1)).toMatch(/^029\|10\.5\|10\|10\.173\d*\|WE1[^|]*\|weight$/)
  })

  it('is refused by name for a characteristic that is not there, or not for the reader', async () => {
    for (const [name, cookie] of [
      ['nothing', admin],
      ['weight', elsewhere],
    ] as const) {
      const { state, error } = await run('chart', { characteristic: name }, cookie)
      expect([state, error?.code, error?.dataset]).toEqual(['failed', 'dataset-refused', 'd'])
    }
    expect(await cellsOf(await run('chart', {}))).toEqual([])
  })
})

describe('the ready reports of quality', () => {
  it('show a lot and a chart from what is stored, without rows given by hand', async () => {
    const text = async (id: string, params: object): Promise<string> => {
      const done = await finish(server, { cookie: admin, id, json: { params: params as Record<string, string> } })
      expect(done.error).toBeNull()
      const answer = await server.call('GET', `/api/report-runs/${done.id}/pages?from=1&to=9`, { cookie: admin })
      return (answer.json() as ReportPagesAnswer).pages.map(({ html }) => html).join('')
    }
    const trace = await text('lot-trace', { lot: 'PACK-1' })
    for (const word of ['MOULD', 'V03 / SL-7', '冻结', '已发运', '未说明']) expect(trace).toContain(word)
    const period = { from: '2026-11-02', to: '2026-11-03' }
    const spc = await text('spc-capability', { equipment: UNIT.split('/')[0], period, characteristic: 'weight' })
    for (const word of ['重量', '均值图', '029']) expect(spc).toContain(word)
  })
})
