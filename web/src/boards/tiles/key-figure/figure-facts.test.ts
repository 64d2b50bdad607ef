import type { TileData } from '@gemba/contracts/board'
import { expect, it } from 'vitest'
import { valueOf } from '../../value-fixture.ts'
import { standingOf } from './figure-facts.ts'

const figure = (more: Partial<TileData<'key-figure'>>): TileData<'key-figure'> => ({
  figure: 'on-time-delivery',
  value: valueOf(0.928),
  second: null,
  target: 0.95,
  targetScope: null,
  bar: null,
  scopeText: null,
  numerator: null,
  denominator: null,
  direction: 'higher-is-better',
  ...more,
})

it('a share is judged as it is shown', () => {
  expect(standingOf(figure({}))).toMatchObject({ isWorse: true, isAlarm: false })
  expect(standingOf(figure({ value: valueOf(0.9498) }))).toMatchObject({ isWorse: false })
})

it('a count that should be zero alarms', () => {
  const late = figure({ figure: 'late-orders', value: valueOf(3, 'order'), target: 0, direction: 'lower-is-better' })
  expect(standingOf(late)).toEqual({ delta: 3, isWorse: true, isAlarm: true })
  expect(standingOf({ ...late, value: valueOf(0, 'order') })).toEqual({ delta: 0, isWorse: false, isAlarm: false })
})

it('of two numbers the second is compared; what is missing is not judged', () => {
  const due = figure({ figure: 'due-today', value: valueOf(18, 'order'), second: valueOf(12, 'order'), target: 13 })
  expect(standingOf(due)).toMatchObject({ delta: -1, isWorse: true, isAlarm: false })
  expect(standingOf(figure({ value: valueOf(null) }))).toBeNull()
  expect(standingOf(figure({ target: null }))).toBeNull()
})
