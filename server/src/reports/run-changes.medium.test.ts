/** Real: the whole server with its stores and the threads that make reports. Rows are corrected after a report was made. */
import { createHash } from 'node:crypto'
import { type ReportRun, reportRun } from '@gemba/contracts/report'
import { type RunChanges, runChanges } from '@gemba/contracts/run-changes'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { COLLECTOR, type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { FigureHistories } from '../kpi/figure-history.service.ts'
import { finish, listOf, person, publish } from './reports-fixture.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** The day shift of two days ago in Shanghai. */
const FROM = Math.floor((Date.now() - 2 * DAY) / DAY) * DAY

let server: RunningApplication
let cookie: string
let sent = 0

async function send(lines: readonly object[]): Promise<void> {
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const answer = await server.call('POST', '/ingest/v1/batches', {
    body,
    headers: {
      authorization: `Bearer ${COLLECTOR.token}`,
      'x-gemba-collector': COLLECTOR.id,
      'x-gemba-epoch': '0000000000000010',
      'x-gemba-stream': 'mes',
      'x-gemba-first': String(sent + 1),
      'x-gemba-last': String(sent + lines.length),
      'x-gemba-sha256': createHash('sha256').update(body).digest('hex'),
    },
  })
  if (answer.status !== 200 || answer.text.includes('rejected')) throw new Error(answer.text)
  sent += lines.length
}

const entry = (key: string, version: number, minutes: number) => ({
  ...{ k: 'record', source: 'mes', key, version: String(version), at: FROM + version, type: 'stop-entry' },
  data: {
    ...{ equipment: UNIT, fromAt: FROM + HOUR, toAt: FROM + HOUR + minutes * MINUTE },
    ...{ reason: 'F-TOOL', priority: 1, timeCertainty: 'exact' },
  },
})
const changesOf = async (run: ReportRun): Promise<RunChanges> =>
  runChanges.parse((await server.call('GET', `/api/report-runs/${run.id}/changes`, { cookie })).json())
const runOf = async ({ id }: ReportRun): Promise<ReportRun> =>
  reportRun.parse((await server.call('GET', `/api/report-runs/${id}`, { cookie })).json())

/** Rows of the file of a run, without the head. */
async function rowsOf({ id, error }: ReportRun): Promise<string[][]> {
  if (error !== null) throw new Error(JSON.stringify(error))
  const file = await server.call('GET', `/api/report-runs/${id}/files/csv`, { cookie })
  const lines = file.text.replace('\uFEFF', '').trimEnd().split(/\r?\n/)
  return lines.slice(1).flatMap((line) => (line.replaceAll(',', '') === '' ? [] : [line.split(',')]))
}

const day = new Date(FROM).toISOString().slice(0, 10)
let first: ReportRun

beforeAll(async () => {
  server = await startApplication()
  server.app.get(FigureHistories).publishedAfterMs = 0
  cookie = await server.signIn()
  await publish(server, { cookie }, [
    'stops',
    {
      datasets: {
        k: {
          kind: 'kpi',
          figure: 'entered-stop-time',
          options: { equipment: UNIT, from: day, to: day },
        },
      },
      cells: listOf('k', ['equipment', 'value']),
    },
  ])
  await publish(server, { cookie }, [
    'changed',
    {
      parameters: [{ name: 'place' }],
      datasets: {
        c: {
          kind: 'restated',
          figures: ['mtbf', 'entered-stop-time'],
          ...{ equipment: 'param.place', from: day, to: day },
        },
      },
      cells: listOf('c', ['metric', 'count', 'equipment', 'change', 'text']),
    },
  ])
  await send([entry('E-1', 1, 10)])
  first = await finish(server, { cookie, id: 'stops' })
}, 300_000)
afterAll(() => server?.stop())

describe('a finished report', () => {
  it('is as it was sent while nothing has changed, and has been looked at', async () => {
    expect(first).toMatchObject({ state: 'ready', restated: null })
    expect(await changesOf(first)).toMatchObject({ restated: false, figures: [], rows: [] })
    expect((await runOf(first)).restated).toBe(false)
  })

  it('whose stop entry was corrected afterwards says from what to what, since when and why', async () => {
    // Later than the run, by the clock that both were told by.
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(Date.parse(first.at) + 1), {
      timeout: 60_000,
      interval: 1,
    })
    await send([entry('E-1', 2, 25)])
    const { restated, figures } = await changesOf(first)
    expect(restated).toBe(true)
    expect(figures).toHaveLength(1)
    expect(figures[0]).toMatchObject({
      ...{ dataset: 'k', metric: 'entered-stop-time', equipment: UNIT, unit: 'ms' },
      ...{ before: 10 * MINUTE, now: 25 * MINUTE },
    })
    expect(Date.parse(String(figures[0]?.since))).toBeGreaterThan(Date.parse(first.at))
    expect(figures[0]?.causes).toEqual([
      expect.objectContaining({ kind: 'changed-rows', table: 'stop_entry', keys: [`${UNIT} · E-1 · mes`] }),
    ])
    expect((await runOf(first)).restated).toBe(true)
  })

  it('that is run later says itself that its figure was restated', async () => {
    const second = await finish(server, { cookie, id: 'stops' })
    expect(second.notes.filter(({ key }) => key === 'restated')).toEqual([
      expect.objectContaining({ dataset: 'k', text: expect.objectContaining({ en: expect.stringContaining('25') }) }),
    ])
    expect(await changesOf(second)).toMatchObject({ restated: false, figures: [] })
  })

  it('may list which figures were restated, and says then what its note says', async () => {
    const listed = await rowsOf(await finish(server, { cookie, id: 'changed', json: { params: { place: UNIT } } }))
    const { notes } = await finish(server, { cookie, id: 'stops' })
    const text = notes.find(({ key }) => key === 'restated')?.text['zh']
    expect(text).toMatch(/^人工停机时间：1 个数字在首次公布后被重述；.+10\.0.分 → 25\.0.分$/)
    expect(listed).toEqual([['entered-stop-time', '1', UNIT, text?.split('：').at(-1), text]])
  })

  it('as it was known before the change lists none, and so does one without a place', async () => {
    const knownAt = first.at
    const then = await finish(server, { cookie, id: 'changed', json: { params: { place: UNIT }, knownAt } })
    expect(await rowsOf(then)).toEqual([])
    expect(then.notes.map(({ key }) => key)).not.toContain('known-now')
    expect(await rowsOf(await finish(server, { cookie, id: 'changed' }))).toEqual([])
  })

  it('lists nothing of a place that its reader may not see', async () => {
    const elsewhere = await person(server, { user: 'elsewhere', role: 'manager', places: ['BRQ'] })
    const run = await finish(server, { cookie: elsewhere, id: 'changed', json: { params: { place: UNIT } } })
    expect(run).toMatchObject({ state: 'failed', error: { code: expect.any(String) as string } })
    expect(JSON.stringify(run)).not.toMatch(/→|重述|restated after/)
  })

  it('of somebody else says nothing', async () => {
    const other = await server.signIn('quality')
    const answer = await server.call('GET', `/api/report-runs/${first.id}/changes`, { cookie: other })
    expect(answer.problem().code).toBe('REPORT_RUN_UNKNOWN')
  })
})
