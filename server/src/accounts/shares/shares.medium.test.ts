/** Real: the whole server with both stores, the threads that make reports, and sockets. Share links and their visitors. */
import type { BoardFrame } from '@gemba/contracts/board'
import type { JoinAnswer } from '@gemba/contracts/events'
import type { ReportPagesAnswer, ReportRun } from '@gemba/contracts/report'
import { SHARE_HEADER, shareList, shareVisit } from '@gemba/contracts/share'
import { WHOLE } from '@gemba/engine/rights/effective'
import { type Socket, io } from 'socket.io-client'
import { DataSource } from 'typeorm'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Answer, type RunningApplication, startApplication } from '../../application-fixture.ts'
import { openApiDocument } from '../../application.ts'
import { ORDERS, rightsPlant } from '../../datasets/rights-plant-fixture.ts'
import { finish, listOf, person, plantRows, publish } from '../../reports/reports-fixture.ts'
import type { Principal } from '../principal.ts'
import { RightsService } from '../rights/rights.service.ts'
import { RightsStore } from '../rights/rights-store.service.ts'
import { type Visitor, anotherAddress, makeLink, openLink, partsOf, visitorOf } from './shares-fixture.ts'

let server: RunningApplication
let database: DataSource
let admin: string
const sockets: Socket[] = []
const PLACE = 'SUZ/ASM/A/A1'
const REPORT = { kind: 'report', report: 'facts', params: {} }
const BOARD = { kind: 'board', board: 'oee', equipment: PLACE }

beforeAll(async () => {
  server = await startApplication(rightsPlant(), { GEMBA_COST_BURST: '0' })
  database = server.app.get(DataSource)
  admin = await server.signIn('admin')
  await plantRows(server, [...ORDERS])
  const datasets = { o: { kind: 'fact', fact: 'order', order: [{ column: 'order' }] } }
  await publish(server, { cookie: admin }, ['facts', { datasets, cells: listOf('o', ['order', 'unit']) }])
  await publish(server, { cookie: admin }, ['others', { datasets, cells: listOf('o', ['order', 'unit']) }])
}, 240_000)
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect()
})
afterAll(() => server.stop())

const codeOf = (answer: Answer): string => (answer.status < 400 ? 'ok' : answer.problem().code)
const reasonOf = (answer: Answer): unknown => answer.problem().facts?.['reason']
let makers = 0
const makerWith = (role: string, places: string[] | null): Promise<{ user: string; cookie: string }> => {
  makers += 1
  const user = `maker-${makers}`
  return person(server, { user, role, places }).then((cookie) => ({ user, cookie }))
}
const asAdmin = async (): Promise<Principal> => (await server.app.get(RightsService).principalOf('admin')) as Principal
const limitTo = async (user: string, places: string[]): Promise<void> =>
  server.app
    .get(RightsStore)
    .saveProfile(await asAdmin(), { user, scope: { ...WHOLE, equipment: places }, attributes: {} })
    .then(() => undefined)

/** Text of the report that a visitor reads, when it is made. */
async function pagesFor(visitor: Visitor): Promise<string> {
  const begun = await visitor.ask('POST', '/api/share-visits/current/runs', {})
  if (begun.status !== 202) throw new Error(begun.text)
  const { id } = begun.json() as ReportRun
  const run = await vi.waitUntil(
    async () => {
      const now = (await visitor.ask('GET', `/api/report-runs/${id}`)).json() as ReportRun
      return now.state === 'ready' ? now : undefined
    },
    { timeout: 60_000, interval: 50 },
  )
  expect(run.by).toBe('')
  const { pages } = (await visitor.ask('GET', `/api/report-runs/${id}/pages?from=1&to=20`)).json() as ReportPagesAnswer
  return pages.map(({ html }) => html).join('\n')
}
const entriesOf = (
  action: string,
  link: string,
): Promise<{ actor: string; outcome: string; reason: string | null }[]> =>
  database.query('SELECT actor, outcome, reason FROM audit_entry WHERE action = $1 AND object_id = $2 ORDER BY seq', [
    action,
    link,
  ])

describe('a share link', () => {
  it('is made by who may share the object, and shows its secret once', async () => {
    for (const user of ['analyst', 'operator', 'quality']) {
      const cookie = await server.signIn(user)
      const answer = await server.call('POST', '/api/shares', { cookie, json: { name: 'x', target: BOARD } })
      expect([user, codeOf(answer)]).toEqual([user, 'NO_ACCESS'])
    }
    const made = await makeLink(server, admin, { target: REPORT })
    const { link, secret } = partsOf(made)
    const stored = JSON.stringify(await database.query('SELECT * FROM share_link WHERE id = $1', [link]))
    expect(stored).not.toContain(secret)
    const list = (await server.call('GET', '/api/shares', { cookie: admin })).text
    expect(list).toContain(link)
    expect(list).not.toContain(secret)
    expect(await entriesOf('share.made', link)).toMatchObject([{ actor: 'admin', outcome: 'ok' }])
  })

  it('leads to nothing that is unknown, and to no place that its maker does not see', async () => {
    const make = async (cookie: string, target: object): Promise<string> =>
      codeOf(await server.call('POST', '/api/shares', { cookie, json: { name: 'x', target } }))
    expect(await make(admin, { ...REPORT, report: 'none' })).toBe('REPORT_UNKNOWN')
    expect(await make(admin, { ...BOARD, board: 'none' })).toBe('BOARD_UNKNOWN')
    expect(await make(admin, { kind: 'run', run: '00000000-0000-4000-8000-000000000000' })).toBe('REPORT_RUN_UNKNOWN')
    const { cookie } = await makerWith('manager', ['BRQ'])
    expect(await make(cookie, BOARD)).toBe('EQUIPMENT_UNKNOWN')
    expect(await make(cookie, { ...BOARD, equipment: 'BRQ/PRESS/P/P1' })).toBe('ok')
  })

  it('lives no longer than the settings allow, and switching links off ends all of them', async () => {
    const made = await makeLink(server, admin, { target: BOARD, days: 30 })
    const visitor = await visitorOf(server, made)
    const set = (json: object, cookie = admin) => server.call('PUT', '/api/shares/settings', { cookie, json })
    try {
      expect(codeOf(await set({ allowed: true, longestDays: 10 }))).toBe('ok')
      const long = await server.call('POST', '/api/shares', {
        cookie: admin,
        json: { name: 'x', target: BOARD, days: 11 },
      })
      expect(long.problem()).toMatchObject({ code: 'SHARE_NOT_ALLOWED', facts: { longestDays: 10 } })
      const visit = shareVisit.parse((await visitor.ask('GET', '/api/share-visits/current')).json())
      expect(visit.expiresAt).toBe(made.row.madeAt + 10 * 86_400_000)
      expect(codeOf(await set({ allowed: false, longestDays: 10 }))).toBe('ok')
      expect(reasonOf(await visitor.ask('GET', '/api/boards/oee'))).toBe('withdrawn')
      expect(reasonOf(await openLink(server, partsOf(made)))).toBe('withdrawn')
    } finally {
      await set({ allowed: true, longestDays: 90 })
    }
    expect(codeOf(await visitor.ask('GET', '/api/boards/oee'))).toBe('ok')
    expect(codeOf(await set({ allowed: true, longestDays: 365 }, await server.signIn('manager')))).toBe('NO_ACCESS')
  })

  it('is listed for its maker, and for who administers the whole plant; a stranger can neither see nor end it', async () => {
    const { user, cookie } = await makerWith('manager', ['SUZ'])
    const { row } = await makeLink(server, cookie, { target: BOARD })
    const listOf = async (reader: string, query = ''): Promise<string[]> =>
      shareList
        .parse((await server.call('GET', `/api/shares${query}`, { cookie: reader })).json())
        .shares.map(({ id }) => id)
    expect(await listOf(cookie)).toEqual([row.id])
    expect(await listOf(cookie, '?kind=report')).toEqual([])
    expect(await listOf(cookie, '?kind=board&object=oee')).toEqual([row.id])
    expect(await listOf(admin)).not.toContain(row.id)
    expect(await listOf(admin, '?whose=all')).toContain(row.id)
    const { cookie: other } = await makerWith('admin', ['SUZ'])
    expect(codeOf(await server.call('GET', '/api/shares?whose=all', { cookie: other }))).toBe('NO_ACCESS')
    const revoke = (reader: string) => server.call('DELETE', `/api/shares/${row.id}`, { cookie: reader })
    expect(codeOf(await revoke(other))).toBe('SHARE_UNKNOWN')
    expect(codeOf(await revoke(admin))).toBe('ok')
    expect(await entriesOf('share.revoked', row.id)).toMatchObject([{ actor: 'admin' }])
    const [listed] = shareList.parse((await server.call('GET', '/api/shares', { cookie })).json()).shares
    expect(listed).toMatchObject({ id: row.id, by: user, state: 'revoked' })
  })
})

describe('opening a link', () => {
  it('gives a cookie of this link alone, short and out of reach of scripts', async () => {
    const made = await makeLink(server, admin, { target: BOARD })
    const { link } = partsOf(made)
    const answer = await openLink(server, partsOf(made))
    const [pair = '', ...flags] = String(answer.headers['set-cookie']?.[0]).split('; ')
    expect(pair.startsWith(`gemba_share_${link}=`)).toBe(true)
    expect(flags.toSorted()).toEqual([
      'HttpOnly',
      expect.stringMatching(/^Max-Age=1[34]\d{3}$/),
      'Path=/',
      'SameSite=Lax',
    ])
    expect(shareVisit.parse(answer.json())).toMatchObject({ name: '给客户', target: BOARD, downloads: false })
    expect(await entriesOf('share.opened', link)).toMatchObject([{ actor: `share:${link}`, outcome: 'ok' }])
  })

  it('is none for who is signed in, and no fault of the server', async () => {
    const answer = await server.call('GET', '/api/share-visits/current', { cookie: admin })
    expect(answer.problem().code).toBe('SHARE_VISIT_OVER')
  })

  it('happens on a page that names its address to nobody', async () => {
    const { headers } = await server.call('GET', '/s/00000000-0000-4000-8000-000000000000')
    expect([headers['referrer-policy'], headers['x-robots-tag']]).toEqual(['no-referrer', 'noindex, nofollow'])
    expect((await server.call('GET', '/shares')).headers['referrer-policy']).toBe('same-origin')
  })

  it('says the same of a link that nobody made and of a forged secret', async () => {
    const { link, secret } = partsOf(await makeLink(server, admin, { target: BOARD }))
    const forged = `${secret.startsWith('A') ? 'B' : 'A'}${secret.slice(1)}`
    const answers = [
      await openLink(server, { link, secret: forged }),
      await openLink(server, { link: '00000000-0000-4000-8000-000000000000', secret }),
      await openLink(server, { link: 'no-link', secret }),
    ].map((answer) => ({ ...answer.problem(), instance: '' }))
    expect(answers[0]).toMatchObject({ status: 404, code: 'SHARE_UNKNOWN' })
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1)
    expect(await entriesOf('share.refused', link)).toMatchObject([{ outcome: 'refused', reason: 'SHARE_UNKNOWN' }])
  })

  it('is refused when the link has expired, was revoked, or was opened as often as allowed', async () => {
    const expired = await makeLink(server, admin, { target: BOARD })
    await database.query(`UPDATE share_link SET expires_at = now() WHERE id = $1`, [expired.row.id])
    expect(reasonOf(await openLink(server, partsOf(expired)))).toBe('expired')
    const revoked = await makeLink(server, admin, { target: BOARD })
    await server.call('DELETE', `/api/shares/${revoked.row.id}`, { cookie: admin })
    expect(reasonOf(await openLink(server, partsOf(revoked)))).toBe('withdrawn')
    const few = await makeLink(server, admin, { target: BOARD, mostOpenings: 2 })
    const visitors = [await visitorOf(server, few), await visitorOf(server, few)]
    expect(reasonOf(await openLink(server, partsOf(few)))).toBe('used-up')
    for (const visitor of visitors) expect(codeOf(await visitor.ask('GET', '/api/boards/oee'))).toBe('ok')
    expect(await entriesOf('share.refused', few.row.id)).toMatchObject([{ reason: 'SHARE_OVER' }])
  })

  it('counts once for a browser that comes back, and lets one of two in at the last opening', async () => {
    const made = await makeLink(server, admin, { target: BOARD, mostOpenings: 1 })
    const both = await Promise.all([openLink(server, partsOf(made)), openLink(server, partsOf(made))])
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 410])
    const first = both.find(({ status }) => status === 200) as Answer
    const cookie = String(first.headers['set-cookie']?.[0]?.split(';')[0])
    const again = await openLink(server, partsOf(made), { cookie })
    expect([again.status, again.headers['set-cookie']]).toEqual([200, undefined])
    const { shares } = shareList.parse((await server.call('GET', '/api/shares', { cookie: admin })).json())
    expect(shares.find(({ id }) => id === made.row.id)).toMatchObject({ openings: 1, state: 'used-up' })
  })

  it('asks for the password, counts wrong ones and rests the link after five', async () => {
    const made = await makeLink(server, admin, { target: BOARD, password: 'ein Wort 42' })
    expect(made.row.hasPassword).toBe(true)
    const link = partsOf(made)
    expect(codeOf(await openLink(server, link))).toBe('SHARE_PASSWORD_NEEDED')
    for (const triesLeft of [4, 3, 2, 1])
      expect((await openLink(server, link, { password: 'wrong' })).problem()).toMatchObject({
        code: 'SHARE_PASSWORD_REFUSED',
        facts: { triesLeft },
      })
    expect(codeOf(await openLink(server, link, { password: 'wrong' }))).toBe('SHARE_LOCKED')
    const locked = await openLink(server, link, { password: 'ein Wort 42' })
    expect(locked.problem()).toMatchObject({ code: 'SHARE_LOCKED', retryable: true })
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(0)
    await database.query('UPDATE share_link SET locked_until = now() WHERE id = $1', [link.link])
    await visitorOf(server, made, 'ein Wort 42')
    const [{ password_hash: hash = '' } = {}] = await database.query<{ password_hash: string }[]>(
      'SELECT password_hash FROM share_link WHERE id = $1',
      [link.link],
    )
    expect(hash).toMatch(/^\$argon2id\$/)
  })

  it('counts guesses that come at the same moment one by one', async () => {
    const made = await makeLink(server, admin, { target: BOARD, password: 'ein Wort 42' })
    const guesses = Array.from({ length: 8 }, () => openLink(server, partsOf(made), { password: 'wrong' }))
    const codes = (await Promise.all(guesses)).map(codeOf).toSorted()
    expect(codes).toEqual([...Array(4).fill('SHARE_LOCKED'), ...Array(4).fill('SHARE_PASSWORD_REFUSED')])
  })

  it('is paced by address', async () => {
    const from = anotherAddress()
    const unknown = { link: '00000000-0000-4000-8000-000000000000', secret: 'x'.repeat(43) }
    const answers = await Promise.all(Array.from({ length: 80 }, () => openLink(server, unknown, { from })))
    expect(answers.map(codeOf)).toContain('TOO_MANY_REQUESTS')
    expect(codeOf(await openLink(server, unknown))).toBe('SHARE_UNKNOWN')
  })
})

describe('what a visitor sees', () => {
  it('is the run as it was made, without its owner, and its files only where the link allows them', async () => {
    const run = await finish(server, { cookie: admin, id: 'facts' })
    const target = { kind: 'run', run: run.id }
    const closed = await visitorOf(server, await makeLink(server, admin, { target, days: 60 }))
    expect(await pagesFor(closed)).toContain('ORD-00')
    expect(codeOf(await closed.ask('GET', `/api/report-runs/${run.id}/files/csv`))).toBe('NO_ACCESS')
    const made = await makeLink(server, admin, { target, downloads: true })
    const open = await visitorOf(server, made)
    expect((await open.ask('GET', `/api/report-runs/${run.id}/files/csv`)).text).toContain('ORD-00')
    const entries = await database.query<{ actor: string }[]>(
      `SELECT actor FROM audit_entry WHERE action = 'report.exported' ORDER BY seq DESC LIMIT 1`,
    )
    expect(entries).toEqual([{ actor: `share:${made.row.id}` }])
    const [kept] = await database.query<{ days: number }[]>(
      'SELECT extract(day FROM kept_until - now())::int AS days FROM report_run WHERE id = $1',
      [run.id],
    )
    expect(kept?.days).toBeGreaterThanOrEqual(59)
  })

  it('is what the maker may see at that moment: narrowed rights narrow the numbers', async () => {
    const { user, cookie } = await makerWith('manager', null)
    const report = await makeLink(server, cookie, { target: REPORT })
    const board = await makeLink(server, cookie, {
      target: { kind: 'board', board: 'order-progress', equipment: 'SUZ' },
    })
    const wide = await pagesFor(await visitorOf(server, report))
    expect(wide).toContain('SUZ/MOLD/IM/IM01')
    expect(wide).toContain('BRQ/PRESS/P/P1')
    const onBoard = await visitorOf(server, board)
    const tiles = async (): Promise<BoardFrame['tiles']> =>
      ((await onBoard.ask('POST', '/api/boards/order-progress/data', {})).json() as BoardFrame).tiles
    const ordersOf = (frame: BoardFrame['tiles']): unknown => frame.find(({ tile }) => tile === 'orders')
    const before = JSON.stringify(ordersOf(await tiles()))
    expect(before).not.toContain('limitedBy')
    await limitTo(user, [PLACE])
    const narrow = await pagesFor(await visitorOf(server, report))
    expect(narrow).toContain(PLACE)
    expect(narrow).not.toContain('SUZ/MOLD')
    expect(narrow).not.toContain('BRQ')
    const after = JSON.stringify(ordersOf(await tiles()))
    expect(after).toContain('limitedBy')
    expect(after).not.toContain('ORD-00')
  })

  it('is not more than a granted role gives at its place', async () => {
    const { user, cookie } = await makerWith('operator', [])
    await server.app.get(RightsStore).addGrant(await asAdmin(), {
      subject: { kind: 'user', id: user },
      role: 'manager',
      scope: { ...WHOLE, equipment: [PLACE] },
      fromAt: null,
      untilAt: null,
      reason: 'shift leader',
    })
    const text = await pagesFor(await visitorOf(server, await makeLink(server, cookie, { target: REPORT })))
    expect(text).toContain(PLACE)
    expect(text).not.toContain('SUZ/MOLD')
    expect(text).not.toContain('BRQ')
  })

  it('is nothing any more when the run was made under wider rights than the maker has now', async () => {
    const { user, cookie } = await makerWith('manager', null)
    const run = await finish(server, { cookie, id: 'facts' })
    const made = await makeLink(server, cookie, { target: { kind: 'run', run: run.id } })
    const visitor = await visitorOf(server, made)
    await limitTo(user, ['SUZ'])
    expect(codeOf(await visitor.ask('GET', `/api/report-runs/${run.id}/pages`))).toBe('REPORT_RIGHTS_CHANGED')
    expect(reasonOf(await openLink(server, partsOf(made)))).toBe('withdrawn')
  })

  it('ends at once when the maker is closed, or may no longer share', async () => {
    for (const change of [`active = false`, `roles = '{analyst}'`]) {
      const { user, cookie } = await makerWith('manager', null)
      const made = await makeLink(server, cookie, { target: BOARD })
      const visitor = await visitorOf(server, made)
      expect(codeOf(await visitor.ask('GET', '/api/boards/oee'))).toBe('ok')
      await database.query(`UPDATE user_account SET ${change} WHERE id = $1`, [user])
      expect([change, reasonOf(await visitor.ask('GET', '/api/boards/oee'))]).toEqual([change, 'withdrawn'])
      expect(reasonOf(await openLink(server, partsOf(made)))).toBe('withdrawn')
      const { shares } = shareList.parse((await server.call('GET', '/api/shares?whose=all', { cookie: admin })).json())
      expect(shares.find(({ id }) => id === made.row.id)?.state).toBe('withdrawn')
    }
  })
})

describe('a visitor', () => {
  /** Whether a route lets the visitor in: refused at the door, or never there for a visitor. */
  async function openRoutes(visitor: Visitor): Promise<string[]> {
    const open: string[] = []
    for (const [path, methods] of Object.entries(openApiDocument(server.app).paths))
      for (const method of Object.keys(methods)) {
        if (path.startsWith('/ingest/')) continue
        const target = path.replace('{format}', 'csv').replace(/\{\w+\}/g, 'others')
        const answer = await visitor.ask(method.toUpperCase(), target)
        if (![401, 403, 404, 410].includes(answer.status)) open.push(`${method} ${path}`)
      }
    return open.toSorted()
  }
  const PUBLIC = [
    'delete /api/sessions/current',
    'get /api/health',
    'get /api/sign-in/ways',
    'post /api/pairing',
    'post /api/pairing/claim',
    'post /api/sessions',
    // Refuses an empty body before anything else.
    'post /api/share-visits/{link}',
  ]

  it('of a report reaches its run and nothing else', async () => {
    const visitor = await visitorOf(server, await makeLink(server, admin, { target: REPORT, downloads: true }))
    expect(await openRoutes(visitor)).toEqual(
      [...PUBLIC, 'get /api/boards', 'get /api/share-visits/current', 'post /api/share-visits/current/runs'].toSorted(),
    )
    expect((await visitor.ask('GET', '/api/boards')).json()).toEqual({ boards: [] })
    expect(codeOf(await visitor.ask('GET', '/api/boards/oee'))).toBe('BOARD_UNKNOWN')
    const foreign = await finish(server, { cookie: admin, id: 'facts' })
    for (const path of ['', '/pages', '/files/csv'])
      expect(codeOf(await visitor.ask('GET', `/api/report-runs/${foreign.id}${path}`))).toBe('REPORT_RUN_UNKNOWN')
  })

  it('of a board reaches this board at its place and nothing else', async () => {
    const visitor = await visitorOf(server, await makeLink(server, admin, { target: BOARD }))
    const routes = await openRoutes(visitor)
    expect(routes).toEqual([...PUBLIC, 'get /api/boards', 'get /api/share-visits/current'].toSorted())
    const listed = (await visitor.ask('GET', '/api/boards')).json() as { boards: { document: object; scopes: [] }[] }
    expect(listed.boards).toMatchObject([{ document: { id: 'oee', scope: { equipment: PLACE } }, scopes: [] }])
    const data = async (board: string, json: object): Promise<string> =>
      codeOf(await visitor.ask('POST', `/api/boards/${board}/data`, json))
    expect(await data('oee', {})).toBe('ok')
    expect(await data('oee', { equipment: PLACE })).toBe('ok')
    expect(await data('oee', { equipment: 'SUZ/MOLD/IM/IM01' })).toBe('EQUIPMENT_UNKNOWN')
    expect(await data('order-progress', {})).toBe('BOARD_UNKNOWN')
    expect(codeOf(await visitor.ask('POST', '/api/share-visits/current/runs', {}))).toBe('NO_ACCESS')
  })

  it('is not helped by the session of somebody, and the cookie of another link opens nothing', async () => {
    const one = await makeLink(server, admin, { target: BOARD })
    const two = await makeLink(server, admin, { target: REPORT })
    const { cookie } = await visitorOf(server, one)
    const ask = (link: string, cookies: string) =>
      server.call('GET', '/api/boards/order-progress', { cookie: cookies, headers: { [SHARE_HEADER]: link } })
    expect(codeOf(await ask(one.row.id, `${admin}; ${cookie}`))).toBe('BOARD_UNKNOWN')
    expect(codeOf(await ask(two.row.id, `${admin}; ${cookie}`))).toBe('SHARE_VISIT_OVER')
    const renamed = cookie.replace(one.row.id, two.row.id)
    expect(codeOf(await ask(two.row.id, renamed))).toBe('SHARE_VISIT_OVER')
    // Without the header the cookie of a visit is nobody's.
    expect(codeOf(await server.call('GET', '/api/boards/oee', { cookie }))).toBe('NOT_SIGNED_IN')
  })

  const connect = (cookie: string, share: string): Promise<Socket | string> => {
    const socket = io(`${server.url}/live`, {
      transports: ['websocket'],
      extraHeaders: { cookie },
      auth: { share },
      reconnection: false,
      forceNew: true,
    })
    sockets.push(socket)
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(socket))
      socket.once('connect_error', (error) => resolve(error.message))
    })
  }
  const join = async (socket: Socket, request: object): Promise<string> => {
    const answer = (await socket.timeout(30_000).emitWithAck('join', request)) as JoinAnswer
    return answer.ok ? 'ok' : answer.code
  }

  it('joins the channel of the board of the link, and is cut when the link is revoked', async () => {
    const { row, path } = await makeLink(server, admin, { target: BOARD })
    const { cookie } = await visitorOf(server, { path })
    const socket = await connect(`${admin}; ${cookie}`, row.id)
    if (typeof socket === 'string') throw new Error(socket)
    expect(await join(socket, { channel: 'board', board: 'oee' })).toBe('ok')
    expect(await join(socket, { channel: 'board', board: 'oee', equipment: 'SUZ/MOLD/IM/IM01' })).toBe(
      'EQUIPMENT_UNKNOWN',
    )
    expect(await join(socket, { channel: 'board', board: 'order-progress' })).toBe('BOARD_UNKNOWN')
    expect(await join(socket, { channel: 'points', points: [`${PLACE}:state`] })).toBe('NO_ACCESS')
    expect(await join(socket, { channel: 'sources' })).toBe('NO_ACCESS')
    const cut = new Promise((resolve) => socket.once('disconnect', resolve))
    await server.call('DELETE', `/api/shares/${row.id}`, { cookie: admin })
    expect(await cut).toBe('io server disconnect')
    expect(await connect(cookie, row.id)).toBe('SHARE_VISIT_OVER')
  })

  it('of a report joins no channel, and is cut when the maker may no longer share', async () => {
    const { user, cookie: maker } = await makerWith('manager', null)
    const { row, path } = await makeLink(server, maker, { target: REPORT })
    const { cookie } = await visitorOf(server, { path })
    const socket = await connect(cookie, row.id)
    if (typeof socket === 'string') throw new Error(socket)
    expect(await join(socket, { channel: 'board', board: 'oee' })).toBe('BOARD_UNKNOWN')
    expect(await join(socket, { channel: 'sources' })).toBe('NO_ACCESS')
    const cut = new Promise((resolve) => socket.once('disconnect', resolve))
    await database.query(`UPDATE user_account SET active = false WHERE id = $1`, [user])
    expect(await cut).toBe('io server disconnect')
  }, 60_000)
})
