/** For tests: some days of the plant as lines that collectors send: machines, orders, reports, goods, tests and defects. */
import { instantOfLocalText } from '../../collectors/src/sql/local-time.ts'
import { HistoryLines } from '../plant/history.ts'
import type { OfficeFact } from '../plant/order-book.ts'
import { UNITS, type UnitCode } from '../plant/parameters.ts'
import type { QualityFact } from '../plant/quality-facts.ts'
import { type SupplyLife, liveSupply, recordLines } from '../plant/supply-life.ts'
import { World } from '../plant/world.ts'

const ERP = 'erp-suz'
const MES = 'mes-suz'

export interface LivedDays {
  readonly fromAt: number
  readonly toAt: number
  readonly lines: readonly string[]
}

const pathOf = (code: unknown): string => UNITS.find((unit) => unit.code === code)?.path ?? String(code)
const record = (source: string, type: string, row: { key: string; version: string; at: number; data: object }) =>
  JSON.stringify({ k: 'record', source, type, deleted: false, ...row })

/** Readings of units that drive figures; process values are left out. */
function deviceLines(world: World, codes: readonly UnitCode[], { epochAt, untilAt }: SupplyLife): string[] {
  return world.units.flatMap((unit) => {
    const lines = new HistoryLines(unit, epochAt, true)
    for (const { event, readings } of world.happenings(unit, untilAt))
      lines.add(event.at, readings, event.kind === 'pieces')
    const told = lines.finish(untilAt).filter((line) => !line.includes(':process/'))
    return codes.includes(unit.place.code) ? told : []
  })
}

/** Orders with each of their versions, operations and reports. */
function orderLines(facts: readonly OfficeFact[]): string[] {
  const orders = new Map(facts.flatMap((fact) => (fact.kind === 'order' ? [[fact.order.number, fact.order]] : [])))
  const orderAt = (number: string, at: number, delivered: { at: number; quantity: number } | null): string => {
    const order = orders.get(number)
    if (!order) throw new Error(`${number} was never released`)
    const { material, quantity, customer, priority, releasedAt, scheduledStartAt, dueAt } = order
    return record(ERP, 'production-order', {
      ...{ key: number, version: new Date(at).toISOString(), at },
      data: {
        ...{ order: number, material, quantity, workCenter: order.unit.workCenter, customer, priority },
        ...{ releasedAt, scheduledStartAt, dueAt, deliveredAt: delivered?.at ?? null },
        ...{ deliveredQuantity: delivered?.quantity ?? 0, status: delivered ? 'completed' : 'released' },
      },
    })
  }
  return facts.flatMap((fact) => {
    if (fact.kind === 'order') return [orderAt(fact.order.number, fact.at, null)]
    if (fact.kind === 'delivery') return [orderAt(fact.order, fact.at, { at: fact.at, quantity: fact.quantity })]
    if (fact.kind !== 'report') return []
    const { key, at, ...report } = fact.report
    return [record(MES, 'job-report', { key, version: '1', at, data: { ...report, reportedAt: at } })]
  })
}

/** Tests of serials and defects of moulding, with every version of a row. */
function qualityLines(facts: readonly QualityFact[]): string[] {
  return facts.flatMap(({ at, table, key, row }) => {
    const version = new Date(at).toISOString()
    const equipment = pathOf(row['equipment_no'])
    if (table === 'test_result') {
      const { serial_no: serial, material, step, pass, result, tested_at: testedAt } = row
      const data = { serial, material, step, pass, equipment, result, at: Date.parse(String(testedAt)) }
      return [record(MES, 'test-result', { key, version, at, data })]
    }
    const clock = table === 'defect_record' ? instantOfLocalText('Asia/Shanghai', String(row['found_local'])) : null
    if (!clock) return []
    const { defect, quantity, material, lot_no: lot, wo_no: order, disposition } = row
    const data = { defect, quantity, equipment, material, lot: lot ?? null, order: order ?? null, disposition }
    return [
      record(MES, 'defect-record', {
        ...{ key, version, at },
        data: { ...data, at: clock.at, timeCertainty: clock.certainty },
      }),
    ]
  })
}

export function livedDays(life: { seed: number; epochAt: number; untilAt: number }, codes: UnitCode[]): LivedDays {
  const goods = liveSupply(life)
  const segments = [{ fromAt: life.epochAt, set: 'reference' as const }]
  const world = new World({ seed: life.seed, epochAt: life.epochAt, calendarSet: 'reference', segments })
  const lines = [
    ...deviceLines(world, codes, goods),
    ...orderLines(goods.office),
    ...recordLines(goods, { erp: ERP, mes: MES }),
    ...qualityLines(world.quality.until(life.untilAt).facts),
  ]
  return { fromAt: life.epochAt, toAt: life.untilAt, lines }
}
