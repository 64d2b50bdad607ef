import { describe, expect, it } from 'vitest'
import { tailOf } from '../../../connection/order-name.ts'
import { type OrderRow, barOf, latenessOf } from './order-row.ts'

const HOUR_MS = 3_600_000
const order = (more: Partial<OrderRow>): OrderRow =>
  ({ quantity: 1000, good: 400, inProcess: 100, scrap: 20, plannedProgress: 0.5, ...more }) as OrderRow

describe('lateness', () => {
  it('is told in the unit that fits', () => {
    expect(latenessOf(-72 * HOUR_MS)).toEqual({ isLate: true, amount: 3, unit: 'days' })
    expect(latenessOf(-7.4 * HOUR_MS)).toEqual({ isLate: true, amount: 7, unit: 'hours' })
    expect(latenessOf(0.5 * HOUR_MS)).toEqual({ isLate: false, amount: 30, unit: 'minutes' })
  })

  it('of a second is still late, of none is not', () => {
    expect(latenessOf(-1000)).toEqual({ isLate: true, amount: 1, unit: 'minutes' })
    expect(latenessOf(0)).toEqual({ isLate: false, amount: 0, unit: 'minutes' })
  })

  it('without a forecast is not told', () => expect(latenessOf(null)).toBeNull())
})

describe('the bar', () => {
  it('adds up good, in process and scrap', () => {
    expect(barOf(order({}))).toEqual({ good: 0.4, inProcess: 0.5, scrap: 0.52, planned: 0.5 })
  })

  it('never leaves its track, and shows no notch without scrap', () => {
    expect(barOf(order({ good: 1300, scrap: 0 }))).toMatchObject({ good: 1, inProcess: 1, scrap: null })
    expect(barOf(order({ quantity: 0 })).good).toBe(0)
  })
})

it('an order is called by its last four digits', () => {
  expect(tailOf('000001001873')).toBe('1873')
  expect(tailOf('77')).toBe('77')
})
