/** Real: the whole server with its stores. A genealogy with every shape at once, told as a MES tells it, in any order. */
import { massBalanceAnswer, recallAnswer, traceAnswer } from '@gemba/contracts/trace'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { HOUR, dayStart, send } from '../kpi/history-fixture.ts'

const AT = dayStart(3)
let server: RunningApplication
let cookie: string
let keys = 0

const record = (type: string, key: string, data: object) => ({
  ...{ k: 'record', source: 'mes', type, key, version: '1', deleted: false, at: AT, data },
})
const lot = (name: string, stage: string, more: object = {}) =>
  record('lot', name, {
    ...{ lot: name, material: 'M1', stage, equipment: 'SUZ', order: null, supplier: null, supplierLot: null },
    ...{ quantity: 100, unit: 'piece', madeAt: AT, status: 'closed', ...more },
  })
const edge = (input: string, output: string, quantity: number, relation = 'transformation', hours = 0) =>
  record('genealogy-edge', `E-${(keys += 1)}`, {
    ...{ input, output, quantity, unit: 'piece', order: null, operation: null, equipment: 'SUZ' },
    ...{ at: AT + hours * HOUR, method: 'scan', relation },
  })
const ship = (name: string, place: string, quantity: number) =>
  record('lot-movement', `S-${name}-${place}`, {
    ...{ lot: name, equipment: 'SUZ', kind: 'shipment', place, quantity, unit: 'piece', at: AT + 9 * HOUR },
  })

/**
 * Two resin lots went into one moulded lot (hopper change); two pack lots shared one sterilisation load; a serial was
 * reworked twice and came back to itself.
 */
const ROWS = [
  lot('RESIN-A', 'received', { supplier: 'V03' }),
  lot('RESIN-B', 'received', { supplier: 'V07' }),
  lot('MOULDED', 'moulded'),
  ...['PACK-1', 'PACK-2'].map((name) => lot(name, 'packed')),
  lot('LOAD', 'load', { quantity: 200 }),
  lot('OTHER', 'moulded'),
  edge('RESIN-A', 'MOULDED', 62),
  edge('RESIN-B', 'MOULDED', 38, 'transformation', 1),
  edge('MOULDED', 'PACK-1', 99, 'transformation', 2),
  edge('OTHER', 'PACK-2', 100, 'transformation', 2),
  edge('PACK-1', 'LOAD', 100, 'association', 3),
  edge('PACK-2', 'LOAD', 100, 'association', 3),
  record('serial-unit', 'PUMP-1', {
    ...{ serial: 'PUMP-1', material: 'PUMP', order: null, equipment: 'SUZ', builtAt: AT, status: 'tested' },
  }),
  edge('MOULDED', 'PUMP-1', 1, 'transformation', 2),
  ...[4, 6].flatMap((hours, pass) => [
    edge('PUMP-1', `RW-${pass + 1}`, 1, 'association', hours),
    edge(`RW-${pass + 1}`, 'PUMP-1', 1, 'association', hours + 1),
  ]),
  ship('PACK-1', 'C03', 60),
  ship('PACK-1', 'C07', 40),
  ship('PACK-2', 'C11', 100),
]

beforeAll(async () => {
  server = await startApplication()
  cookie = await server.signIn('admin')
  // Newest first, and half of it twice.
  await send(server, ROWS.toReversed())
  await send(server, ROWS.slice(0, 12))
})
afterAll(() => server.stop())

const ask = async <T>(path: string, contract: { parse: (value: unknown) => T }): Promise<T> => {
  const answer = await server.call('GET', path, { cookie })
  if (answer.status !== 200) throw new Error(answer.text)
  return contract.parse(answer.json())
}
const trace = async (name: string, direction: 'where-from' | 'where-used') => {
  const { lots, truncated } = await ask(`/api/trace?lot=${name}&direction=${direction}`, traceAnswer)
  expect(truncated).toBeNull()
  return new Set(lots.map((each) => each.lot))
}

describe('a trace', () => {
  it('names both lots of one component', async () => {
    expect(await trace('PACK-1', 'where-from')).toEqual(new Set(['MOULDED', 'RESIN-A', 'RESIN-B']))
  })

  it('goes round a rework loop once and ends', async () => {
    expect(await trace('PUMP-1', 'where-from')).toEqual(new Set(['RW-1', 'RW-2', 'MOULDED', 'RESIN-A', 'RESIN-B']))
  })

  it('leads through a merged sterilisation load to what shared it, and not beyond', async () => {
    const used = await trace('RESIN-A', 'where-used')
    expect(used).toEqual(new Set(['MOULDED', 'PACK-1', 'PUMP-1', 'RW-1', 'RW-2', 'LOAD']))
    expect(await trace('LOAD', 'where-from')).toEqual(
      new Set(['PACK-1', 'PACK-2', 'MOULDED', 'OTHER', 'RESIN-A', 'RESIN-B']),
    )
  })

  it('of a recall counts what was shipped once, by customer', async () => {
    const recall = await ask('/api/trace/recall?lots=RESIN-A', recallAnswer)
    expect(recall.shippedByCustomer.map(({ place, quantity }) => [place, quantity]).toSorted()).toEqual([
      ['C03', 60],
      ['C07', 40],
    ])
    const balance = await ask('/api/trace/balance?lot=MOULDED', massBalanceAnswer)
    expect(balance).toMatchObject({ produced: 100, consumed: 100, unaccounted: 0 })
  })
})
