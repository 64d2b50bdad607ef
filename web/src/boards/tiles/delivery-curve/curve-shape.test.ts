import { expect, it } from 'vitest'
import { countAt, linePath, stepPath } from './curve-shape.ts'

const same = (value: number) => value
const points = [
  [0, 0],
  [10, 1],
  [25, 2],
] as const

it('draws counts as steps and expectations as a line', () => {
  expect(stepPath(points, same, same)).toBe('M0.0 0.0H10.0V1.0H25.0V2.0')
  expect(linePath(points, same, same)).toBe('M0.0 0.0L10.0 1.0L25.0 2.0')
  expect(stepPath([], same, same)).toBe('')
})

it('knows the count of an instant', () => {
  expect([-1, 0, 9, 10, 99].map((at) => countAt(points, at))).toEqual([0, 0, 0, 1, 2])
})
