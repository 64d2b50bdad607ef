/** Real: the whole server with its stores. What waits for a second person, what comes into force, and what is refused. */
import { auditPage } from '@gemba/contracts/audit'
import {
  type ChangeDetail,
  type ChangeProposal,
  type ReviewSettings,
  changeDetail,
  changesAnswer,
  changesWaiting,
  reviewSettingsAnswer,
} from '@gemba/contracts/change'
import { codeMappingsAnswer } from '@gemba/contracts/code-mapping'
import { policiesAnswer } from '@gemba/contracts/policy'
import { accessOverview } from '@gemba/contracts/rights'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DataSource } from 'typeorm'
import { PASSWORD, type RunningApplication, startApplication } from '../application-fixture.ts'

const USERS = ['admin', 'manager', 'analyst', 'quality', 'operator'] as const
type User = (typeof USERS)[number]

let server: RunningApplication
let cookies: Record<User, string>

const call = (user: User, method: string, path: string, json?: unknown) =>
  server.call(method, path, { cookie: cookies[user], ...(json === undefined ? {} : { json }) })
async function done(user: User, method: string, path: string, json?: unknown) {
  const answer = await call(user, method, path, json)
  if (answer.status >= 300) throw new Error(`${user} ${method} ${path}: ${answer.text}`)
  return answer
}
const code = async (user: User, method: string, path: string, json?: unknown) =>
  (await call(user, method, path, json)).problem().code
const propose = async (user: User, proposal: ChangeProposal, submit = true): Promise<ChangeDetail> =>
  changeDetail.parse((await done(user, 'POST', '/api/changes', { proposal, reason: 'agreed', submit })).json())
const read = async (user: User, id: string) =>
  changeDetail.parse((await done(user, 'GET', `/api/changes/${id}`)).json())
const step = async (user: User, id: string, name: string, body: object = {}) =>
  changeDetail.parse((await done(user, 'POST', `/api/changes/${id}/${name}`, body)).json())
const refusedStep = (user: User, id: string, name: string, body: object = {}) =>
  code(user, 'POST', `/api/changes/${id}/${name}`, body)
const listed = async (user: User, list: string) =>
  changesAnswer.parse((await done(user, 'GET', `/api/changes?list=${list}`)).json()).changes.map(({ id }) => id)
const audit = async (text: string) =>
  auditPage.parse((await done('admin', 'GET', `/api/audit?${new URLSearchParams({ text })}`)).json()).entries

/** Numbers and their units are parted by a narrow space. */
const said = (text: string) => expect.stringMatching(new RegExp(`^${text.replace(' ', String.raw`\s`)}$`)) as string

const threshold = (value: number): ChangeProposal => ({
  kind: 'policy',
  document: { site: 'SUZ', policy: 'microStopThresholdMs', value, validFrom: '2026-11-01T00:00:00.000Z' },
})
const rule = (condition: string): ChangeProposal => ({
  kind: 'row-rule',
  document: {
    id: 'R-31',
    rule: {
      id: 'R-31',
      name: { zh: '大客户', en: 'large customers' },
      facts: ['order'],
      condition,
      roles: ['analyst'],
      enabled: true,
    },
  },
})
const SETTINGS: ReviewSettings = {
  modes: {
    policy: 'four-eyes',
    'code-mapping': 'four-eyes',
    'row-rule': 'four-eyes',
    'column-rule': 'four-eyes',
    retention: 'four-eyes',
  },
  signApproval: false,
}
const versions = async () => {
  const answer = policiesAnswer.parse((await done('admin', 'GET', '/api/policies?site=SUZ')).json())
  return answer.policies.find(({ policy }) => policy === 'microStopThresholdMs')?.versions ?? []
}

beforeAll(async () => {
  server = await startApplication()
  const all = await Promise.all(USERS.map(async (user) => [user, await server.signIn(user)] as const))
  cookies = Object.fromEntries(all) as Record<User, string>
})
afterAll(() => server.stop())

describe('the settings of review', () => {
  it('begin at once in the demo, are set by an administrator, and then keep direct writes away', async () => {
    const begun = reviewSettingsAnswer.parse((await done('operator', 'GET', '/api/changes/settings')).json())
    expect(begun).toMatchObject({ settings: { modes: { policy: 'at-once' } }, isReviewed: false })
    expect(await code('quality', 'PUT', '/api/changes/settings', SETTINGS)).toBe('NO_ACCESS')
    await done('admin', 'PUT', '/api/changes/settings', SETTINGS)
    const { document } = threshold(300_000)
    expect(await code('admin', 'POST', '/api/policies', { ...document, reason: 'x' })).toBe('REVIEW_NEEDED')
    const mapping = { domain: 'reason', source: 'im-opcua', code: 'X9', target: 'R1' }
    const validFrom = '2026-11-01T00:00:00.000Z'
    expect(await code('admin', 'POST', '/api/catalog/mappings', { ...mapping, validFrom, reason: 'x' })).toBe(
      'REVIEW_NEEDED',
    )
    const { rule: row } = rule('row.quantity > 1').document as { rule: unknown }
    expect(await code('admin', 'PUT', '/api/access/row-rules', row)).toBe('REVIEW_NEEDED')
    expect(await code('admin', 'DELETE', '/api/access/row-rules/R-31')).toBe('REVIEW_NEEDED')
    const column = { id: 'C-01', name: { zh: '客', en: 'c' }, fact: 'order', column: 'customer' }
    const masked = { ...column, mask: { kind: 'hide' }, visibleTo: [], enabled: true }
    expect(await code('admin', 'PUT', '/api/access/column-rules', masked)).toBe('REVIEW_NEEDED')
    expect(await code('admin', 'DELETE', '/api/access/column-rules/C-01')).toBe('REVIEW_NEEDED')
    const kept = { class: 'raw', keepDays: 60, reason: 'x' }
    expect(await code('admin', 'POST', '/api/retention', kept)).toBe('REVIEW_NEEDED')
    expect(await versions()).toEqual([])
  })

  it('are not relaxed by one person alone', async () => {
    const relaxed = { ...SETTINGS, modes: { ...SETTINGS.modes, policy: 'at-once' } }
    expect(await code('admin', 'PUT', '/api/changes/settings', relaxed)).toBe('REVIEW_NEEDED')
  })
})

describe('a change of a policy', () => {
  it('is proposed by one person and approved by another; only then it holds, and the trail names both', async () => {
    const { id, lines, state } = await propose('quality', threshold(300_000))
    expect(state).toBe('in-review')
    expect(lines.find((line) => line.id === 'value')).toMatchObject({
      before: { en: said('120 s') },
      after: { en: said('300 s'), zh: said('300 秒') },
      changed: true,
    })
    expect(await versions()).toEqual([])
    expect(await listed('manager', 'waiting')).toEqual([id])
    expect(await listed('quality', 'waiting')).toEqual([])
    expect(await listed('quality', 'mine')).toEqual([id])
    const waiting = async (user: User) =>
      changesWaiting.parse((await done(user, 'GET', '/api/changes/waiting')).json()).count
    expect([await waiting('manager'), await waiting('quality'), await waiting('operator')]).toEqual([1, 0, 0])

    const approved = await step('manager', id, 'approve', { comment: 'fits the line' })
    expect(approved).toMatchObject({ state: 'approved', reviewer: { user: 'manager' }, isEmergency: false })
    expect(approved.steps.map(({ act, by }) => [act, by.user])).toEqual([
      ['created', 'quality'],
      ['submitted', 'quality'],
      ['approved', 'manager'],
    ])
    expect(await versions()).toMatchObject([{ value: 300_000, by: 'quality', reason: 'agreed' }])
    expect(await waiting('manager')).toBe(0)
    const [entry] = await audit('policy.changed')
    expect(entry).toMatchObject({
      actor: 'manager',
      reason: 'agreed',
      before: { value: 120_000 },
      after: { value: 300_000, origin: { change: id, author: 'quality', approver: 'manager', emergency: false } },
    })
    expect((await audit('change.approved'))[0]).toMatchObject({
      actor: 'manager',
      object: { kind: 'change', id },
      after: { author: 'quality', said: 'fits the line' },
    })
  })

  it('is refused to its author, and the attempt stands in the trail', async () => {
    const { id, may } = await propose('quality', threshold(240_000))
    expect(may).toMatchObject({ approve: false, reject: false, withdraw: true })
    expect(await refusedStep('quality', id, 'approve')).toBe('SELF_APPROVAL')
    expect(await refusedStep('quality', id, 'reject', { text: 'no' })).toBe('SELF_APPROVAL')
    const refused = (await audit('change.approved')).filter(({ outcome }) => outcome === 'refused')
    expect(refused).toMatchObject([{ actor: 'quality', object: { id }, reason: 'SELF_APPROVAL' }])
    expect(await step('quality', id, 'withdraw')).toMatchObject({ state: 'withdrawn' })
    expect(await versions()).toHaveLength(1)
  })

  it('needs the right of each step: to propose, to approve, to see', async () => {
    const { id } = await propose('quality', threshold(240_000))
    expect(await code('manager', 'POST', '/api/changes', { proposal: threshold(1), reason: 'x', submit: true })).toBe(
      'NO_ACCESS',
    )
    for (const user of ['analyst', 'operator'] as const) {
      expect(await refusedStep(user, id, 'approve')).toBe('NO_ACCESS')
      expect(await code(user, 'GET', '/api/changes')).toBe('NO_ACCESS')
      expect(await code(user, 'GET', `/api/changes/${id}`)).toBe('CHANGE_UNKNOWN')
    }
    expect(await refusedStep('manager', id, 'withdraw')).toBe('NO_ACCESS')
    expect(await refusedStep('manager', id, 'emergency', { text: 'now' })).toBe('NO_ACCESS')
    expect(await code('manager', 'GET', '/api/changes/none')).toBe('CHANGE_UNKNOWN')
    await step('manager', id, 'comments', { text: 'why 240?' })
    const rejected = await step('manager', id, 'reject', { text: 'no reason given' })
    expect(rejected).toMatchObject({ state: 'rejected', reviewer: { user: 'manager' } })
    expect(rejected.steps.slice(-2)).toMatchObject([
      { act: 'commented', text: 'why 240?' },
      { act: 'rejected', text: 'no reason given' },
    ])
    expect(await refusedStep('admin', id, 'approve')).toBe('CHANGE_STEP_REFUSED')
  })

  it('is its author alone’s as a draft, and leaves the draft only by him', async () => {
    const { id } = await propose('quality', threshold(180_000), false)
    expect(await code('admin', 'GET', `/api/changes/${id}`)).toBe('CHANGE_UNKNOWN')
    expect(await refusedStep('admin', id, 'approve')).toBe('CHANGE_UNKNOWN')
    expect(await listed('admin', 'all')).not.toContain(id)
    expect(await step('quality', id, 'submit')).toMatchObject({ state: 'in-review' })
    await step('quality', id, 'withdraw')
  })

  it('is outdated when what it was made on has moved, says what moved, and can never be approved then', async () => {
    const [first, second] = [await propose('quality', threshold(60_000)), await propose('quality', threshold(90_000))]
    await step('manager', first.id, 'approve')
    const before = await read('manager', second.id)
    expect(before.moved?.find(({ id }) => id === 'value')).toMatchObject({
      before: { en: said('300 s') },
      after: { en: said('60 s') },
    })
    expect(before.may.approve).toBe(false)
    const refused = (await call('manager', 'POST', `/api/changes/${second.id}/approve`, {})).problem()
    expect(refused).toMatchObject({ code: 'CHANGE_OUTDATED' })
    expect(refused.detail).toContain('60')
    expect(await read('manager', second.id)).toMatchObject({ state: 'outdated' })
    expect(await refusedStep('manager', second.id, 'approve')).toBe('CHANGE_STEP_REFUSED')
    expect((await versions()).map(({ value }) => value)).not.toContain(90_000)
  })

  it('comes into force once, however many approve it at the same moment', async () => {
    const { id } = await propose('quality', threshold(150_000))
    const earlier = (await versions()).length
    const answers = await Promise.all(
      (['admin', 'manager', 'admin', 'manager'] as const).map((user) =>
        call(user, 'POST', `/api/changes/${id}/approve`, {}),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const refused = answers.filter(({ status }) => status !== 200).map((answer) => answer.problem().code)
    expect(refused).toEqual(refused.map(() => 'CHANGE_STEP_REFUSED'))
    expect(await versions()).toHaveLength(earlier + 1)
  })

  it('of two for one subject approved at the same moment only one comes into force', async () => {
    const [one, other] = [await propose('quality', threshold(151_000)), await propose('quality', threshold(152_000))]
    const earlier = (await versions()).length
    const answers = await Promise.all([
      call('admin', 'POST', `/api/changes/${one.id}/approve`, {}),
      call('manager', 'POST', `/api/changes/${other.id}/approve`, {}),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(await versions()).toHaveLength(earlier + 1)
  })

  it('that could not come into force is refused when it is proposed', async () => {
    const wrong = { kind: 'policy', document: { ...threshold(1).document, site: 'XXX' } }
    expect(await code('quality', 'POST', '/api/changes', { proposal: wrong, reason: 'x', submit: true })).toBe(
      'SITE_UNKNOWN',
    )
  })

  it('is put into force alone by an administrator in an emergency, and is marked so for ever', async () => {
    const { id } = await propose('admin', threshold(200_000))
    expect(await refusedStep('admin', id, 'approve')).toBe('SELF_APPROVAL')
    expect(await refusedStep('admin', id, 'emergency', { text: ' ' })).toBe('INPUT_INVALID')
    const applied = await step('admin', id, 'emergency', { text: 'figures of the night are wrong' })
    expect(applied).toMatchObject({ state: 'approved', isEmergency: true, reviewer: { user: 'admin' } })
    expect((await versions()).map(({ value }) => value)).toContain(200_000)
    expect((await audit('change.emergency'))[0]).toMatchObject({
      actor: 'admin',
      after: { said: 'figures of the night are wrong' },
    })
    expect((await audit('policy.changed'))[0]).toMatchObject({ after: { origin: { emergency: true } } })
  })

  it('says for ever what it said: not even the database lets it be rewritten', async () => {
    const { id } = await propose('quality', threshold(110_000))
    const database = server.app.get(DataSource)
    await expect(database.query("UPDATE change_request SET reason = 'x' WHERE id = $1", [id])).rejects.toThrow(
      /rewritten/,
    )
    await expect(database.query('DELETE FROM change_request WHERE id = $1', [id])).rejects.toThrow(/rewritten/)
    await expect(database.query("UPDATE change_step SET text = 'x' WHERE change_id = $1", [id])).rejects.toThrow(
      /rewritten/,
    )
    await step('quality', id, 'withdraw')
    await expect(database.query("UPDATE change_request SET state = 'approved' WHERE id = $1", [id])).rejects.toThrow(
      /rewritten/,
    )
  })
})

describe('a change of the meaning of a code', () => {
  it('holds from its approval on, and names the meaning in the words of the catalog', async () => {
    const document = { domain: 'reason', source: 'im-opcua', code: 'X9', target: 'R1' } as const
    const proposal: ChangeProposal = {
      kind: 'code-mapping',
      document: { ...document, validFrom: '2026-11-01T00:00:00.000Z' },
    }
    const { id, lines } = await propose('quality', proposal)
    expect(lines.find((line) => line.id === 'target')).toMatchObject({
      before: { en: 'no mapping' },
      after: { en: 'R1 Jam' },
    })
    const recorded = async () =>
      codeMappingsAnswer.parse((await done('admin', 'GET', '/api/catalog/mappings')).json()).versions
    expect(await recorded()).toEqual([])
    await step('manager', id, 'approve')
    expect(await recorded()).toMatchObject([{ code: 'X9', target: 'R1', by: 'quality' }])
    expect(await code('quality', 'POST', '/api/changes', { proposal, reason: 'x', submit: true })).toBe('CHANGE_EMPTY')
  })
})

describe('a change of a row rule', () => {
  const rules = async () =>
    accessOverview.parse((await done('admin', 'GET', '/api/access/overview')).json()).rowRules.map(({ id }) => id)

  it('is approved only by somebody who administers rights, and then binds', async () => {
    const broken = { proposal: rule('row.nowhere = 1'), reason: 'x', submit: true }
    expect(await code('admin', 'POST', '/api/changes', broken)).toBe('RULE_INVALID')
    const { id, lines } = await propose('admin', rule('row.quantity > 1000'))
    expect(lines.map(({ after }) => after?.en)).toContain('row.quantity > 1000')
    expect(await refusedStep('manager', id, 'approve')).toBe('NO_ACCESS')
    expect(await code('quality', 'GET', `/api/changes/${id}`)).toBe('CHANGE_UNKNOWN')
    const scope = { equipment: null, departments: null, suppliers: null, customers: null }
    const grant = { subject: { kind: 'user', id: 'manager' }, role: 'admin', scope, fromAt: null, untilAt: null }
    await done('admin', 'POST', '/api/access/grants', { ...grant, reason: 'deputy' })
    expect(await rules()).toEqual([])
    await step('manager', id, 'approve')
    expect(await rules()).toEqual(['R-31'])
    expect((await audit('rights.row-rule'))[0]).toMatchObject({
      actor: 'manager',
      after: { rule: { id: 'R-31' }, origin: { change: id, author: 'admin' } },
    })
  })

  it('is nothing to review when it says what is in force', async () => {
    const same = { proposal: rule('row.quantity > 1000'), reason: 'x', submit: true }
    expect(await code('admin', 'POST', '/api/changes', same)).toBe('CHANGE_EMPTY')
  })

  it('takes the rule away, shown line by line as what goes', async () => {
    const { id, lines } = await propose('admin', { kind: 'row-rule', document: { id: 'R-31', rule: null } })
    expect(lines.every(({ after, changed }) => after === null && changed)).toBe(true)
    await step('manager', id, 'approve')
    expect(await rules()).toEqual([])
  })
})

describe('an approval that has to be signed', () => {
  it('is refused until the reviewer has signed this very content', async () => {
    const signed = { ...SETTINGS, signApproval: true }
    const setting = await propose('admin', { kind: 'review-setting', document: signed })
    await step('manager', setting.id, 'approve')
    const { id, contentHash } = await propose('quality', threshold(130_000))
    expect(await read('manager', id)).toMatchObject({ needsSignature: true })
    expect(await refusedStep('manager', id, 'approve')).toBe('SIGNATURE_NEEDED')
    const request = { kind: 'change', id, contentHash, meaning: 'approval', password: PASSWORD }
    expect(await code('quality', 'POST', '/api/signatures', request)).toBe('SELF_APPROVAL')
    expect(await code('manager', 'POST', '/api/signatures', { ...request, contentHash: 'a'.repeat(64) })).toBe(
      'RECORD_CHANGED',
    )
    await done('manager', 'POST', '/api/signatures', request)
    expect(await step('manager', id, 'approve')).toMatchObject({ state: 'approved' })
  })
})
