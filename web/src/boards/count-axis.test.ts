import { expect, it } from 'vitest'
import { countAxis } from './count-axis.ts'

it('begins at zero, ends above the largest and has round steps', () => {
  expect(countAxis(930)).toEqual({ top: 1000, ticks: [0, 500, 1000] })
  expect(countAxis(18)).toEqual({ top: 20, ticks: [0, 10, 20] })
  expect(countAxis(5)).toEqual({ top: 6, ticks: [0, 2, 4, 6] })
  for (const largest of [1, 2, 3, 7, 11, 99, 101, 4999, 12_345, 999_999]) {
    const { top, ticks } = countAxis(largest)
    expect(top).toBeGreaterThanOrEqual(largest)
    expect(ticks.length).toBeLessThanOrEqual(5)
    expect(ticks.every(Number.isInteger)).toBe(true)
  }
})

it('stands without any count', () => expect(countAxis(0)).toEqual({ top: 1, ticks: [0, 1] }))
