/** Real: the whole server with its stores. Weeks in which the clock changes add up from shifts and days without a hole. */
import type { CatalogDocument } from '@gemba/contracts/catalog'
import { kpiAnswer, oeeAnswerInFull } from '@gemba/contracts/kpi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { HOUR, MINUTE, historyCatalog, lineOf, send, settled, useCatalog } from './history-fixture.ts'

const DAY = 24 * HOUR
/** Mondays 06:00 in Prague; the night of Saturday loses or wins an hour. */
const WEEKS = [
  { name: 'of spring', fromAt: '2026-03-23T05:00:00Z', toAt: '2026-03-30T04:00:00Z', nightHours: 7, on: '2026-03-28' },
  { name: 'of autumn', fromAt: '2026-10-19T04:00:00Z', toAt: '2026-10-26T05:00:00Z', nightHours: 9, on: '2026-10-24' },
] as const

const name = (text: string) => ({ zh: text, en: text })
function pragueCatalog(): CatalogDocument {
  const catalog = historyCatalog(1)
  const shift = (code: string, start: string, end: string, pause: string) => ({
    ...{ code, name: name(code), start, end, endOffsetDays: code === 'N' ? 1 : 0 },
    breaks: [{ start: `${pause}:00`, end: `${pause}:30` }],
  })
  const site = {
    ...(catalog.sites[0] as CatalogDocument['sites'][number]),
    ...{ timeZone: 'Europe/Prague', productionDayStart: '06:00' },
    shifts: [
      shift('R', '06:00', '14:00', '10'),
      shift('O', '14:00', '22:00', '18'),
      shift('N', '22:00', '06:00', '00'),
    ],
  }
  return { ...catalog, sites: [site] }
}

let server: RunningApplication
let cookie: string
const query = (week: (typeof WEEKS)[number], more: Record<string, string>) =>
  new URLSearchParams({ equipment: UNIT, from: week.fromAt, to: week.toAt, ...more })
const oee = async (week: (typeof WEEKS)[number], group: string) => {
  const answer = await server.call('GET', `/api/kpi/oee?${query(week, { group, explain: '1' })}`, { cookie })
  return oeeAnswerInFull.parse(answer.json())
}

beforeAll(async () => {
  server = await startApplication()
  cookie = await server.signIn('analyst')
  await useCatalog(server, pragueCatalog())
  for (const { fromAt, toAt } of WEEKS) {
    const [from, to] = [Date.parse(fromAt), Date.parse(toAt)]
    const hours = Array.from({ length: (to - from) / HOUR }, (_, hour) => from + hour * HOUR)
    await send(server, [
      lineOf(UNIT, { role: 'material', at: from, value: 'M1' }),
      // Each hour pieces, and a stop that grows with the week: one in three is a micro-stop.
      ...hours.flatMap((at, index) => [
        lineOf(UNIT, { role: 'state', at, value: 'executing' }),
        lineOf(UNIT, { role: 'total', at, value: index * 250 }),
        lineOf(UNIT, { role: 'state', at: at + 20 * MINUTE, value: 'not-executing' }),
        lineOf(UNIT, { role: 'state', at: at + 21 * MINUTE + (index % 3) * 2 * MINUTE, value: 'executing' }),
      ]),
      { k: 'alive', u: { [UNIT]: to } },
    ])
  }
  await settled(server)
})
afterAll(() => server.stop())

describe.each(WEEKS)('the week $name', (week) => {
  const hours = (Date.parse(week.toAt) - Date.parse(week.fromAt)) / HOUR

  it('is the sum of its shifts, numerator by numerator', async () => {
    const { groups = [], total } = await oee(week, 'shift')
    expect(groups).toHaveLength(21)
    const sum = (part: string) => groups.reduce((all, group) => all + (group.parts[part] ?? 0), 0)
    for (const part of Object.keys(total?.parts ?? {})) expect([part, sum(part)]).toEqual([part, total?.parts[part]])
    const [numerator, denominator] = (['numerator', 'denominator'] as const).map((side) =>
      groups.reduce((all, group) => all + group.ratio[side], 0),
    )
    expect(total?.ratio).toMatchObject({ numerator, denominator })
    expect(total?.value).toBeCloseTo((numerator ?? 0) / (denominator ?? 1), 12)
    expect(total?.value).toBeGreaterThan(0)
    // 21 shifts of 450 minutes, and the hour that the clock took or gave.
    expect(denominator).toBe((21 * 450 + (week.nightHours - 8) * 60) * MINUTE)
  })

  it('is parted into production days without a hole or a double hour', async () => {
    const { groups = [] } = await oee(week, 'day')
    expect(groups.map(({ key }) => key)).toContain(week.on)
    expect(groups[0]?.fromAt).toBe(new Date(week.fromAt).toISOString())
    groups.slice(1).forEach((group, index) => expect(group.fromAt).toBe(groups[index]?.toAt))
    expect(groups.at(-1)?.toAt).toBe(new Date(week.toAt).toISOString())
    const lengths = groups.map(({ fromAt, toAt }) => (Date.parse(toAt) - Date.parse(fromAt)) / HOUR)
    expect(lengths).toEqual(groups.map(({ key }) => (key === week.on ? 16 + week.nightHours : 24)))
    expect(lengths.reduce((all, each) => all + each, 0)).toBe(hours)
    const teep = await server.call('GET', `/api/kpi/teep?${query(week, { group: 'day' })}`, { cookie })
    const days = kpiAnswer.parse(teep.json())
    expect(days.groups.reduce((all, each) => all + (each.parts['allMs'] ?? 0), 0)).toBe(hours * HOUR)
    expect(hours * HOUR).toBe(7 * DAY + (week.nightHours - 8) * HOUR)
  })
})
