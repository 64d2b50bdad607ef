/** For tests: a source of reports that shows the rows of the equipment the principal may see, through the real rights. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NestExpressApplication } from '@nestjs/platform-express'
import {
  type ScheduleRequest,
  deliveryRunDetail,
  deliverySchedule,
  type DeliveryRunDetail,
  type DeliverySchedule,
} from '@gemba/contracts/delivery'
import type { RunningApplication } from '../application-fixture.ts'
import { DELIVERY_PACE, type DeliveryPace } from './delivery-pace.ts'
import { type ReportAsked, ReportSource, type Rendering } from './report-source.service.ts'

export interface FixtureReports {
  readonly asked: ReportAsked[]
  /** Replaces the next renders, until it gives undefined. */
  before: (asked: ReportAsked) => Promise<Rendering | undefined>
}

/** Puts reports of visible units in place of the usual source, and makes waits short. */
export function useFixtureReports(app: NestExpressApplication, units: readonly string[]): FixtureReports {
  const folder = mkdtempSync(join(tmpdir(), 'gemba-reports-'))
  const state: FixtureReports = { asked: [], before: () => Promise.resolve(undefined) }
  const render = async (asked: ReportAsked): Promise<Rendering> => {
    state.asked.push(asked)
    const instead = await state.before(asked)
    if (instead) return instead
    const rows = units.filter((unit) => asked.principal.rights?.allowsPlace(unit))
    if (rows.length === 0) return { ok: false, reason: 'no-access', cause: 'nothing is visible', isPassing: false }
    const text = rows.join('\r\n')
    const path = join(folder, `${randomUUID()}.csv`)
    writeFileSync(path, text)
    const report = {
      run: randomUUID(),
      name: '机台清单',
      version: 1,
      rows: { units: rows.length },
      totals: [{ dataset: 'units', column: 'scrap', sum: String(rows.length * 10) }],
      hash: createHash('sha256').update(text).digest('hex'),
      pages: 1,
      dataAsOf: '2026-11-20T06:45:00.000Z',
      coverage: 0.9996,
      notes: [],
      files: asked.formats.map((format) => ({ format, path, bytes: Buffer.byteLength(text) })),
    }
    return { ok: true, report }
  }
  Object.assign(app.get(ReportSource), { render })
  Object.assign(app.get<DeliveryPace>(DELIVERY_PACE), { leaseMs: 90_000, waitsMs: [200, 300, 400], holdLookMs: 200 })
  return state
}

export const scheduleOf = (more: Partial<ScheduleRequest> = {}): ScheduleRequest => ({
  name: '机台日报',
  site: 'SUZ',
  timing: { kind: 'clock', cron: '20 7 * * *', calendar: 'every-day' },
  report: 'units',
  version: null,
  params: { day: { relative: 'last-production-day', days: 0 } },
  locale: 'zh-CN',
  formats: ['csv'],
  files: 'attached',
  rights: 'recipient',
  recipients: [{ kind: 'user', user: 'manager' }],
  subject: '{{report}} {{production-day}} · {{rows}} 行',
  body: '{{recipient}}：覆盖率 {{coverage}}，{{totals}}',
  conditions: [],
  owner: 'manager',
  deputy: 'analyst',
  deadlineMinutes: 10,
  enabled: true,
  tellCorrections: false,
  ...more,
})

/** Saves a schedule as somebody. */
export async function saved(
  server: RunningApplication,
  cookie: string,
  more: Partial<ScheduleRequest> = {},
): Promise<DeliverySchedule> {
  const answer = await server.call('POST', '/api/delivery-schedules', { cookie, json: scheduleOf(more) })
  if (answer.status !== 201) throw new Error(answer.text)
  return deliverySchedule.parse(answer.json())
}

export async function detailOf(server: RunningApplication, cookie: string, id: string): Promise<DeliveryRunDetail> {
  return deliveryRunDetail.parse((await server.call('GET', `/api/delivery-runs/${id}`, { cookie })).json())
}
