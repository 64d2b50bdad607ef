import { type RecordLine, recordLine } from '@gemba/contracts/erp-record'
import type { Reading } from '@gemba/contracts/reading'
import fc from 'fast-check'
import { alarmRows } from './encode-upkeep.ts'
import { describe, expect, it } from 'vitest'
import { encodeRows } from '../warehouse/encode-rows.ts'
import { tableNamed } from '../warehouse/table-model.ts'
import { READING_COLUMNS, encodeReadings, gapRows, quarantineRows, recordRows } from './encode-batch.ts'
import { SUPPLY_SAMPLES } from './supply-fixture.ts'
import { QUALITY_EXAMPLES } from './quality-record-fixture.ts'

const AT = 1_763_000_000_000
const row = (reading: Partial<Reading>): Record<string, string> => {
  const text = encodeReadings([{ seq: 7, reading: { p: 'U:p', t: AT, v: null, ...reading } }], 'c/e/s', AT + 1)
  const fields = text.replace(/\n$/, '').split('\t')
  expect(fields).toHaveLength(READING_COLUMNS.length)
  return Object.fromEntries(READING_COLUMNS.map((name, index) => [name, fields[index] ?? '']))
}

describe('readings as rows', () => {
  it('have every column of the table, each in its place', () => {
    expect(new Set(READING_COLUMNS)).toEqual(new Set(tableNamed('reading')?.columns.map(({ name }) => name)))
    expect(row({ v: 1.25, q: 1 })).toEqual({
      point: 'U:p',
      source_at: String(AT),
      seq: '7',
      number: '1.25',
      text: '',
      quality: '1',
      kind: '1',
      received_at: String(AT + 1),
      stream: 'c/e/s',
    })
  })

  it('tell null, zero, false and the empty text apart by their kind', () => {
    expect(row({ v: null })).toMatchObject({ kind: '0', number: '0', text: '' })
    expect(row({ v: 0 })).toMatchObject({ kind: '1', number: '0', text: '' })
    expect(row({ v: '' })).toMatchObject({ kind: '2', number: '0', text: '' })
    expect(row({ v: false })).toMatchObject({ kind: '3', number: '0', text: '' })
    expect(row({ v: true })).toMatchObject({ kind: '3', number: '1', text: '' })
  })

  it('without a quality are good', () => {
    expect(row({ v: 1 })).toMatchObject({ quality: '0' })
  })

  it('keep numbers to the last bit', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (v) => {
        expect(Number(row({ v })['number']) === v).toBe(true)
      }),
    )
  })

  it('are one line of as many fields as columns, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (v, p) => {
        const text = encodeReadings([{ seq: 1, reading: { p, t: AT, v } }], `${p}/${v}`, AT)
        expect(text.split('\n')).toHaveLength(2)
        expect(text.split('\t')).toHaveLength(READING_COLUMNS.length)
      }),
    )
  })
})

describe('gaps and quarantined lines as rows', () => {
  it('fit their tables', () => {
    const gap = {
      k: 'gap',
      source: 's',
      unit: null,
      cause: 'session-lost',
      fromAt: AT,
      toAt: AT + 5,
      count: null,
    } as const
    const bad = { k: 'quarantine', source: 's', reason: 'parse', text: 't', raw: '\0\t', at: AT } as const
    for (const [table, rows] of [
      ['gap', gapRows([{ seq: 3, line: gap }], 'c/e/s')],
      ['quarantine', quarantineRows([{ seq: 4, line: bad }], 'c/e/s')],
    ] as const) {
      const model = tableNamed(table)
      if (!model) throw new Error(table)
      const { columns, body } = encodeRows(model, rows)
      expect(columns.toSorted()).toEqual(model.columns.map(({ name }) => name).toSorted())
      expect(body.toString().split('\n')).toHaveLength(2)
    }
    expect(gapRows([{ seq: 3, line: gap }], 'c/e/s')).toMatchObject([
      { from_at: AT, to_at: AT + 5, lost: null, seq: 3 },
    ])
  })
})

const MAINTENANCE = {
  order: 'CM-1',
  equipment: 'SUZ/A/U1',
  kind: 'corrective',
  status: 'closed',
  reason: 'F-WELD',
  plannedFromAt: null,
  plannedToAt: null,
  failedAt: AT,
  calledAt: AT + 1,
  arrivedAt: AT + 2,
  repairedAt: AT + 3,
  restartedAt: AT + 4,
}

describe('alarms as rows', () => {
  const told = { id: 'U1-1', event: 'raised', code: 'ALM-DOOR', severity: 300, text: 'Door' }
  const reading = (v: string | null, q: 0 | 2 = 0) => ({ p: 'SUZ/A/U1:alarm', t: AT, v, q })
  const rowsOf = (...readings: ReturnType<typeof reading>[]) =>
    alarmRows(readings, (point) => (point.endsWith(':alarm') ? point.split(':')[0]! : null), AT + 9)

  it('have the columns of their table', () => {
    const rows = rowsOf(reading(JSON.stringify(told)))
    const model = tableNamed('equipment_alarm')
    if (!model) throw new Error('no table')
    expect(encodeRows(model, rows).columns.toSorted()).toEqual(model.columns.map(({ name }) => name).toSorted())
    expect(rows).toMatchObject([
      { unit: 'SUZ/A/U1', event_at: AT, alarm: 'U1-1', event: 'raised', received_at: AT + 9 },
    ])
  })

  it('come from good readings of alarm points that say something', () => {
    const text = JSON.stringify(told)
    expect(rowsOf(reading(''), reading(null), reading(text, 2), { ...reading(text), p: 'SUZ/A/U1:state' })).toEqual([])
  })
})

describe('business records as rows', () => {
  const envelope = { k: 'record', source: 'erp', key: 'K', version: '1', at: AT }
  const order = {
    order: 'O',
    material: 'M',
    quantity: 1,
    workCenter: 'W',
    customer: null,
    priority: 1,
    releasedAt: null,
    scheduledStartAt: null,
    dueAt: AT,
    deliveredAt: null,
    deliveredQuantity: 0,
    status: 'created',
  }
  const data: Record<RecordLine['type'], object> = {
    'production-order': order,
    'order-operation': { order: 'O', operation: '10', sequence: 1, name: 'N', workCenter: 'W', standardSeconds: 2 },
    'job-report': { order: 'O', operation: '10', workCenter: 'W', reportedAt: AT, good: 1, scrap: -1, rework: 0 },
    reservation: { order: 'O', item: '1', component: 'C', required: 2, withdrawn: 1 },
    'stock-level': { component: 'C', site: 'SUZ', quantity: -1.5, unit: 'piece' },
    ...SUPPLY_SAMPLES,
    ...QUALITY_EXAMPLES,
    'maintenance-order': MAINTENANCE,
  }
  const all = Object.entries(data).map(([type, fields]) => recordLine.parse({ ...envelope, type, data: fields }))

  it('of every type the contract knows have exactly the columns of their table', () => {
    expect(Object.keys(data).toSorted()).toEqual(recordLine.options.map((option) => option.shape.type.value).toSorted())
    const tables = recordRows(all)
    // An edge lies in two tables.
    expect(tables.size).toBe(all.length + 1)
    for (const [table, rows] of tables) {
      const model = tableNamed(table)
      if (!model) throw new Error(`no table ${table}`)
      expect(encodeRows(model, rows).columns.toSorted()).toEqual(model.columns.map(({ name }) => name).toSorted())
    }
  })

  it('carry the time of the change as version, and a deletion as a mark', () => {
    const deleted = recordLine.parse({ ...envelope, type: 'stock-level', data: data['stock-level'], deleted: true })
    const rows = recordRows([...all, deleted]).get('stock_level')
    expect(rows).toMatchObject([
      { source: 'erp', component: 'C', quantity: -1.5, version_at: AT, is_deleted: 0 },
      { is_deleted: 1 },
    ])
  })
})
