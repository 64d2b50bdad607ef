/** What rights cost: the same questions by somebody without rules and by somebody bound by them, and bare decisions. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { changeDetail, reviewedKind } from '@gemba/contracts/change'
import type { GrantDefinition, RightsDocument } from '@gemba/contracts/rights'
import { mayDo, seesRow } from '@gemba/engine/rights/decide'
import { RightsModel, WHOLE } from '@gemba/engine/rights/effective'
import { explain } from '@gemba/engine/rights/explain'
import { type Fact, factNamed, placeColumns } from '@gemba/engine/rights/facts'
import { READY_ROLES } from '@gemba/engine/rights/ready-roles'
import { type Product, signIn, startProduct } from '../flows/product.ts'
import { type BenchResult, type Figure, percentile } from './bench.ts'
import { benchCatalog, benchUnit } from './bench-catalog.ts'
import { signInsAmong } from './crowd.ts'
import { scratchFolder } from './scratch-folder.ts'
import { storeWindows, zoneLateInShift } from './board-fixture.ts'
import { bareWarehouse } from './warehouse.ts'

const UNITS = 12
const ROUNDS = 60
const WARM_UP = 10
const DAY_MS = 86_400_000
const SIZES = { users: 5_000, roles: 500, rules: 2_000 }

const figure = (name: string, value: number, more: Partial<Figure> = {}): Figure => ({
  name,
  unit: 'ms',
  value,
  ...more,
})

/** 5 000 users, 500 roles, 2 000 rules of which each role is bound by some. */
function large(): RightsDocument {
  const roles = Array.from({ length: SIZES.roles }, (_, index) => ({
    id: `role-${index}`,
    name: { zh: `角色 ${index}`, en: `role ${index}` },
    ready: false,
    permissions: [
      { kind: 'dataset' as const, target: '*', actions: ['view' as const] },
      { kind: 'board' as const, target: `board-${index}`, actions: ['view' as const, 'edit' as const] },
    ],
  }))
  const grants = Array.from({ length: SIZES.users }, (_, index): GrantDefinition[] =>
    [index, index * 7, index * 13].map((seed, at) => ({
      id: `00000000-0000-4000-8000-${String(index * 3 + at).padStart(12, '0')}`,
      subject: { kind: 'user', id: `user-${index}` },
      role: `role-${seed % SIZES.roles}`,
      scope: { ...WHOLE, equipment: [`S${seed % 9}/A${seed % 5}`] },
      fromAt: null,
      untilAt: null,
      grantedBy: 'admin',
      reason: '',
    })),
  ).flat()
  const rowRules = Array.from({ length: SIZES.rules }, (_, index) => ({
    id: `R-${String(index % 10_000).padStart(4, '0')}`,
    name: { zh: '规则', en: 'rule' },
    facts: ['order'],
    condition: `row.customer IN user.customers OR row.priority <= ${index % 9} OR STARTSWITH(row.material, "M${index}")`,
    roles: [`role-${index % SIZES.roles}`],
    enabled: true,
  }))
  const profiles = Array.from({ length: SIZES.users }, (_, index) => ({
    user: `user-${index}`,
    scope: WHOLE,
    attributes: { customers: [`K${index % 50}`, `K${index % 31}`] },
  }))
  return {
    roles: [...READY_ROLES, ...roles],
    groups: [],
    grants,
    profiles,
    rowRules,
    columnRules: [],
    folders: [],
    objects: [],
  }
}

/** Milliseconds of one call, over users picked all across. */
function times(calls: number, ask: (index: number) => unknown): number[] {
  return Array.from({ length: calls }, (_, index) => {
    const startedAt = performance.now()
    ask(index)
    return performance.now() - startedAt
  })
}

function decisions(): Figure[] {
  const buildAt = performance.now()
  const model = new RightsModel(large())
  const builtMs = performance.now() - buildAt
  const order = factNamed('order') as Fact
  const rightsOf = (index: number) =>
    model.effective({ user: `user-${(index * 37) % SIZES.users}`, roles: [], sites: null }, 0, ['S1'])
  const row = { customer: 'K1', priority: 3, material: 'M5', unit: 'S1/A1/L/U', ...placeColumns('S1/A1/L/U') }
  for (let index = 0; index < 200; index += 1) seesRow(rightsOf(index), { fact: order, row })
  const known = Array.from({ length: 500 }, (_, index) => rightsOf(index))
  const of = (index: number) => known[index % known.length] as (typeof known)[number]
  const board = { action: 'view', object: { kind: 'board', id: 'board-7' } } as const
  const name = (_kind: string, id: string) => ({ zh: id, en: id })
  return [
    figure('rights of a user worked out anew, p95', percentile(times(2_000, rightsOf), 0.95), { atMost: 1 }),
    figure(
      'one permission, p95',
      percentile(
        times(20_000, (index) => mayDo(of(index), board)),
        0.95,
      ),
      { atMost: 1 },
    ),
    figure(
      'one row of an order, p95',
      percentile(
        times(20_000, (index) => seesRow(of(index), { fact: order, row })),
        0.95,
      ),
      { atMost: 1 },
    ),
    figure(
      'one explanation, p95',
      percentile(
        times(2_000, (index) =>
          explain(
            of(index),
            { action: 'view', object: { kind: 'dataset', id: 'order' }, row: { fact: order, row } },
            name,
          ),
        ),
        0.95,
      ),
      { atMost: 1 },
    ),
    figure('all rules compiled after a change', builtMs),
  ]
}

type Get = Awaited<ReturnType<typeof signIn>>

async function asked(get: Get, path: string, init?: RequestInit): Promise<void> {
  const answer = await get(path, init)
  if (!answer.ok) throw new Error(`${path} was refused with ${answer.status}: ${await answer.text()}`)
  await answer.text()
}

const put = (get: Get, path: string, body: object) =>
  get(`/api/access/${path}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

const posted = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** An installation of one's own begins with reviews; its one administrator puts an end to them here. */
async function rulesAtOnce(get: Get): Promise<void> {
  const modes = Object.fromEntries(reviewedKind.options.map((kind) => [kind, 'at-once']))
  const proposal = { kind: 'review-setting', document: { modes, signApproval: false } }
  const made = await get('/api/changes', posted({ proposal, reason: 'one administrator', submit: true }))
  if (!made.ok) throw new Error(await made.text())
  const { id } = changeDetail.parse(await made.json())
  await asked(get, `/api/changes/${id}/emergency`, posted({ text: 'nobody else is there' }))
}

const RULES = [
  ['R-01', ['*'], 'row.site IN user.sites'],
  ['R-02', ['equipment', 'reading'], 'NOT ISNULL(row.line) AND row.unit <> "NONE"'],
  ['R-03', ['order'], 'row.customer IN user.customers OR ISNULL(row.customer)'],
  ['R-04', ['*'], 'row.site LIKE "%" OR STARTSWITH(row.site, "S")'],
] as const

/** The same questions with no rule and with four, in turn, so that both meet the same machine. */
async function measure(
  product: Product,
  toAt: number,
): Promise<Record<'board' | 'oee', { free: number[]; ruled: number[] }>> {
  const get = await signIn(product)
  await rulesAtOnce(get)
  const site = benchUnit(0).split('/')[0] as string
  const warehouse = bareWarehouse(product)
  await storeWindows(warehouse, { units: UNITS, fromAt: toAt - 90 * DAY_MS, toAt })
  await warehouse.close()
  const board = () => asked(get, '/api/boards/oee/data', posted({ equipment: benchUnit(0) }))
  const oee = () => asked(get, `/api/kpi/oee?equipment=${site}&from=${toAt - 90 * DAY_MS}&to=${toAt}`)
  const found = {
    board: { free: [] as number[], ruled: [] as number[] },
    oee: { free: [] as number[], ruled: [] as number[] },
  }
  for (const round of [0, 1, 2, 3]) {
    const kind = round % 2 === 0 ? 'free' : 'ruled'
    for (const [id, facts, condition] of RULES) {
      const rule = { id, name: { zh: id, en: id }, facts, condition, roles: [], enabled: kind === 'ruled' }
      const answer = await put(get, 'row-rules', rule)
      if (!answer.ok) throw new Error(await answer.text())
    }
    for (let at = -WARM_UP; at < ROUNDS; at += 1)
      for (const [name, ask] of [
        ['board', board],
        ['oee', oee],
      ] as const) {
        const startedAt = performance.now()
        await ask()
        if (at >= 0) found[name][kind].push(performance.now() - startedAt)
      }
  }
  return found
}

async function measured(product: Product, shiftAt: number) {
  const answers = await measure(product, shiftAt)
  return { ...answers, signIns: await signInsAmong(product, large()) }
}

export async function run(): Promise<BenchResult> {
  const dataDir = scratchFolder()
  const { timeZone, shiftAt } = zoneLateInShift(Date.now())
  const catalogFile = join(dataDir, 'bench-catalog.json')
  writeFileSync(catalogFile, JSON.stringify(benchCatalog({ units: UNITS, tags: 0, timeZone })))
  const environment = {
    GEMBA_PROVISION: catalogFile,
    GEMBA_ADMIN_PASSWORD: 'Flow-test-password-1',
    // Nobody asks this much by hand.
    GEMBA_COST_BURST: '0',
  }
  try {
    const product = await startProduct({ demo: 'off', dataDir, environment, readyWithinMs: 60_000 })
    const { board, oee, signIns } = await measured(product, shiftAt).finally(() => product.stop({ keepData: true }))
    const beside = (name: string, list: { free: number[] }, share: number) => ({
      name,
      value: percentile(list.free, share),
    })
    return {
      bench: 'rights',
      work: `${SIZES.users} users, ${SIZES.roles} roles and ${SIZES.rules} rules in memory; over HTTP ${ROUNDS * 2} board requests and 90-day OEE of ${UNITS} units each with no rule and with ${RULES.length}, in turn`,
      figures: [
        ...decisions(),
        figure(
          'sign-in among them beyond the check of the password, p95',
          percentile(
            signIns.map(({ all, hash }) => all - hash),
            0.95,
          ),
          { atMost: 300 },
        ),
        figure('board under rules, p95', percentile(board.ruled, 0.95), { beside: beside('no rules', board, 0.95) }),
        figure(
          'what rules add to a board, p95',
          Math.max(0, percentile(board.ruled, 0.95) - percentile(board.free, 0.95)),
          { atMost: 10 },
        ),
        figure('OEE of 90 days under rules, p50', percentile(oee.ruled, 0.5), {
          beside: beside('no rules', oee, 0.5),
          ratioAtMost: 1.05,
        }),
      ],
      notes: [
        'no readings of the running shift: the board computes little, so that what rules add is not lost in it',
        'no rules still means scopes and permissions are judged: there is no way around the gate to compare with',
      ],
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
