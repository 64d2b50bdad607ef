/** Real: the whole server with its stores. How many statements the page of numbers takes, and that it says what each figure says. */
import { type KpiAnswer, type NumbersAnswer, kpiAnswer, numbersAnswer } from '@gemba/contracts/kpi'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { rightsPlant } from '../datasets/rights-plant-fixture.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { FigureFamilies } from './figure-families.service.ts'
import { aliveLine, lineOf, send, settled } from './history-fixture.ts'

const HOUR = 3_600_000
const PLACE = 'SUZ'
/** Cut inside windows at both ends: what is cut is derived from readings. */
const TO = Math.floor(Date.now() / HOUR) * HOUR - 5 * HOUR + 1_234
const FROM = TO - 50 * HOUR
const UNITS_AT_PLACE = 3

let server: RunningApplication
let cookie: string

beforeAll(async () => {
  server = await startApplication(rightsPlant())
  cookie = await server.signIn()
  const units = ['SUZ/MOLD/IM/IM01', 'SUZ/MOLD/IM/IM02', 'SUZ/ASM/A/A1']
  const lines = units.flatMap((unit, index) =>
    Array.from({ length: 60 }, (_, hour) => FROM - 5 * HOUR + hour * HOUR).flatMap((at, hour) => [
      lineOf(unit, { role: 'state', at, value: hour % 3 === index ? 'not-executing' : 'executing' }),
      lineOf(unit, { role: 'total', at: at + 1, value: hour * 100 }),
    ]),
  )
  await send(server, [...lines, aliveLine(units)])
  await settled(server)
})
afterAll(() => server?.stop())

const get = async <T>(path: string, shape: { parse: (value: unknown) => T }): Promise<T> =>
  shape.parse((await server.call('GET', path, { cookie })).json())
const numbers = (): Promise<NumbersAnswer> => get(`/api/kpi?equipment=${PLACE}&from=${FROM}&to=${TO}`, numbersAnswer)

describe('the page of numbers', () => {
  it('reads each machine and each kind of rows once, however many figures rest on them', async () => {
    const query = vi.spyOn(server.app.get(WarehouseService), 'query')
    const { figures } = await numbers()
    const asked = query.mock.calls.map(([sql, params]) => `${sql}\n${JSON.stringify(params)}`)
    query.mockRestore()
    expect(figures.length).toBeGreaterThan(80)
    // The same statement with the same values is never asked twice.
    const twice = asked.filter((text, index) => asked.indexOf(text) !== index)
    expect(twice).toEqual([])
    // Two cut windows of each machine, five statements for each; the rest is one or two for each kind of rows.
    const ofReadings = asked.filter((text) => / FROM reading\b/.test(text))
    expect(ofReadings.length).toBeLessThanOrEqual(UNITS_AT_PLACE * 2 * 5)
    expect(asked.length - ofReadings.length).toBeLessThanOrEqual(50)
  })

  it('says of every figure what the figure says when it is asked for alone', async () => {
    const { figures } = await numbers()
    for (const { metric, value, missing, ratio, version } of figures) {
      const path = `/api/kpi/${metric}?equipment=${PLACE}&from=${FROM}&to=${TO}`
      const answer = await server.call('GET', path, { cookie })
      const { total } = metric === 'oee' ? { total: { value, missing, ratio } } : kpiAnswer.parse(answer.json())
      const alone = { metric, value: total.value, missing: total.missing, ratio: total.ratio }
      expect(alone).toEqual({ metric, value, missing, ratio })
      if (metric !== 'oee') expect((answer.json() as KpiAnswer).version).toBe(version)
    }
  }, 300_000)
})

describe('figures that share what they read, as those of a report do', () => {
  const EQUIPMENT_ROWS = /\bFROM (equipment_window|equipment_stop|equipment_state|equipment_energy|reading)\b/

  it('say in every cut what they say alone, and read no row of equipment twice', async () => {
    const families = server.app.get(FigureFamilies)
    const principal = (await server.app.get(RightsService).principalOf('admin')) as Principal
    const nowAt = Date.now()
    const questions = families
      .dictionary()
      .metrics.filter(({ computed }) => computed)
      .flatMap(({ id, groupings }) => ['none' as const, ...groupings].map((groupBy) => ({ metric: id, groupBy })))
    const shared = {}
    const ask = ({ metric, groupBy }: (typeof questions)[number], more: { shared?: object }) => {
      const period = { fromAt: FROM, toAt: TO }
      const question = { equipment: PLACE, period, groupBy, explain: false, filters: {}, principal, ...more }
      return families.answer(metric, question, nowAt)
    }
    const query = vi.spyOn(server.app.get(WarehouseService), 'query')
    const together = await Promise.all(questions.map((question) => ask(question, { shared })))
    const asked = query.mock.calls.map(([sql, params]) => `${sql}\n${JSON.stringify(params)}`)
    query.mockRestore()
    const ofEquipment = asked.filter((text) => EQUIPMENT_ROWS.test(text))
    expect(ofEquipment.length).toBeGreaterThan(5)
    console.log(`${questions.length} questions, ${asked.length} statements, ${ofEquipment.length} of equipment`)
    expect(ofEquipment.filter((text, index) => ofEquipment.indexOf(text) !== index)).toEqual([])
    expect(questions.length).toBeGreaterThan(200)
    for (const [at, question] of questions.entries())
      expect({ question, answer: together[at] }).toEqual({ question, answer: await ask(question, {}) })
  }, 300_000)
})
