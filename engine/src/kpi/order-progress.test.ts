import { orderProgress } from '@gemba/contracts/kpi'
import { describe, expect, it } from 'vitest'
import { forecastCompletion, forecastRate, queueForecast, walkPlanned } from './order-forecast.ts'
import { progressOfOrder, type OrderProgressInput } from './order-progress.ts'

const HOUR = 3_600_000
const at = (time: string, day = '02') => Date.parse(`2026-03-${day}T${time}:00+08:00`)
const planned = [
  { fromAt: at('07:00'), toAt: at('15:00') },
  { fromAt: at('15:20'), toAt: at('23:00') },
  { fromAt: at('07:00', '03'), toAt: at('15:00', '03') },
]
const steady = (perHour: number, hours = 8) => Array.from({ length: hours }, () => ({ good: perHour, plannedMs: HOUR }))
const operation = (name: string, standardSeconds: number, [good, scrap]: [number, number]) => ({
  operation: name,
  name,
  standardSeconds,
  good,
  scrap,
  rework: 0,
})
const base: OrderProgressInput = {
  order: {
    order: '4500001',
    material: 'PEN-100',
    quantity: 1000,
    workCenter: 'A1',
    customer: 'C01',
    priority: 1,
    releasedAt: at('07:00'),
    scheduledStartAt: at('07:00'),
    dueAt: at('17:00'),
    deliveredAt: null,
    deliveredQuantity: 0,
    status: 'released',
  },
  equipment: 'SUZ/ASM/A1',
  operations: [operation('10', 2, [1000, 0]), operation('20', 3.6, [700, 10]), operation('30', 1.5, [500, 5])],
  nowAt: at('14:00'),
  planned,
  recent: steady(200),
  lastReportAt: at('13:50'),
}
const progress = (changes: Partial<OrderProgressInput> = {}) =>
  orderProgress.parse(progressOfOrder({ ...base, ...changes }))
const orderWith = (changes: Partial<OrderProgressInput['order']>) => ({ order: { ...base.order, ...changes } })

describe('the progress of an order', () => {
  it('counts good pieces, work content and what is in between', () => {
    const answer = progress()
    expect(answer).toMatchObject({
      quantityProgress: 0.5,
      good: 500,
      scrap: 15,
      currentOperation: '20',
      risk: 'on-track',
    })
    expect(answer.workProgress).toBeCloseTo(0.7483802816901408, 12)
    expect(answer.inProcess).toBe(1000 - 15 - 500)
    expect(answer.plannedProgress).toBeCloseTo(7 / (10 - 20 / 60), 12)
  })

  it('is expected through the calendar: 2.5 h from 14:00 over a break of 20 minutes end at 16:50', () => {
    expect(progress()).toMatchObject({ expectedAt: at('16:50'), slackMs: 10 * 60_000 })
    expect(progress().basis).toEqual({ remaining: 500, ratePerHour: 200, rateWindowHours: 8, source: 'recent' })
  })

  it('is late when expected after the due date or past it', () => {
    expect(progress(orderWith({ dueAt: at('16:00') }))).toMatchObject({ risk: 'late', slackMs: -50 * 60_000 })
    expect(progress({ ...orderWith({ dueAt: at('13:00') }), recent: steady(0) })).toMatchObject({
      risk: 'late',
      expectedAt: null,
    })
  })

  it('is at risk when only the late end of the range misses the due date, or when nothing can be forecast', () => {
    const uneven = [100, 300, 120, 280, 200, 200, 150, 250].map((good) => ({ good, plannedMs: HOUR }))
    const answer = progress({ recent: uneven })
    expect(answer.expectedAt).toBe(at('16:50'))
    expect(answer.risk).toBe('at-risk')
    expect(answer.expectedRange!.earlyAt).toBeLessThan(answer.expectedAt!)
    expect(answer.expectedRange!.lateAt).toBeGreaterThan(base.order.dueAt)
    expect(progress({ recent: steady(0) })).toMatchObject({ risk: 'at-risk', expectedAt: null, slackMs: null })
  })

  it('is done when delivered or complete in quantity, shown above 100 %', () => {
    expect(progress(orderWith({ deliveredAt: at('13:00'), status: 'completed' }))).toMatchObject({
      risk: 'done',
      expectedAt: at('13:00'),
    })
    const over = progress({ operations: [operation('10', 2, [1100, 0])] })
    expect(over).toMatchObject({ risk: 'done', quantityProgress: 1.1, workProgress: 1, currentOperation: null })
  })

  it('is not started before its scheduled start, and not reported after a silent shift', () => {
    const fresh = { operations: [operation('10', 2, [0, 0])], lastReportAt: null }
    expect(
      progress({ ...fresh, ...orderWith({ scheduledStartAt: at('16:00'), dueAt: at('15:00', '03') }) }),
    ).toMatchObject({
      risk: 'not-started',
      plannedProgress: 0,
      expectedAt: at('21:00'),
    })
    const silent = { ...orderWith({ dueAt: at('15:00', '03') }), nowAt: at('16:30'), lastReportAt: at('07:30') }
    expect(progress(silent)).toMatchObject({ risk: 'not-reported', blocking: { kind: 'not-reported' } })
  })

  it('shows what blocks it, a stopped unit before a shortage', () => {
    const blockers = { stopped: { reason: 'F1' }, shortage: { component: 'spring', missing: 50 } }
    expect(progress({ blockers }).blocking).toEqual({ kind: 'stopped', facts: { reason: 'F1' } })
    expect(progress({ blockers: { shortage: blockers.shortage } }).blocking?.kind).toBe('shortage')
  })

  it('has no planned share without a schedule and no work share without a routing', () => {
    const answer = progress({ ...orderWith({ scheduledStartAt: null, deliveredQuantity: 250 }), operations: [] })
    expect(answer).toMatchObject({ plannedProgress: null, workProgress: 0.25, good: 250, currentOperation: null })
  })
})

describe('the forecast', () => {
  it('walks planned time only and ends where the calendar ends', () => {
    expect(walkPlanned(planned, at('14:30'), HOUR)).toBe(at('15:50'))
    expect(walkPlanned(planned, at('14:00'), HOUR)).toBe(at('15:00'))
    expect(walkPlanned(planned, at('23:30'), HOUR)).toBe(at('08:00', '03'))
    expect(walkPlanned(planned, at('14:00'), 40 * HOUR)).toBeNull()
    expect(walkPlanned([], at('14:00'), 0)).toBe(at('14:00'))
  })

  it('blends with the standard while there is little history', () => {
    expect(forecastRate([], 100, 8)).toMatchObject({ perHour: 100, source: 'standard' })
    expect(forecastRate(steady(200, 2), 100, 8)).toMatchObject({ perHour: 125, source: 'blended', windowHours: 2 })
    expect(forecastRate(steady(200, 8), 100, 8)).toMatchObject({ perHour: 200, source: 'recent' })
    expect(forecastRate([], null, 8)).toMatchObject({ perHour: null })
  })

  it('has no end without a rate', () => {
    const rate = { perHour: 0, lowPerHour: null, highPerHour: null }
    expect(forecastCompletion(5, rate, { segments: planned, fromAt: at('14:00') }).expectedAt).toBeNull()
  })

  it('lets orders wait for the ones before and for a changeover where the material changes', () => {
    const rate = { perHour: 100, lowPerHour: null, highPerHour: null }
    const queue = [
      { order: 'O1', material: 'M1', remaining: 100, rate },
      { order: 'O2', material: 'M1', remaining: 50, rate },
      { order: 'O3', material: 'M2', remaining: 100, rate },
      { order: 'O4', material: 'M2', remaining: 10, rate: { ...rate, perHour: null } },
      { order: 'O5', material: 'M2', remaining: 10, rate },
    ]
    const forecasts = queueForecast(queue, { segments: planned, fromAt: at('12:00') }, HOUR / 2)
    expect(forecasts.map((each) => each.startAt)).toEqual([at('12:00'), at('13:00'), at('14:00'), at('15:00'), null])
    expect(forecasts.map((each) => each.expectedAt)).toEqual([at('13:00'), at('13:30'), at('15:00'), null, null])
    expect(forecasts.map((each) => each.queuedMs)).toEqual([0, HOUR, 2 * HOUR, 3 * HOUR, null])
  })
})
