import { expect, it } from 'vitest'
import { fitStage, rectOf } from './stage-grid.ts'

it('lays boxes on the grid of the design tables', () => {
  expect(rectOf([0, 0, 3, 3])).toEqual({ x: 32, y: 88, width: 452, height: 338 })
  expect(rectOf([3, 0, 9, 3])).toEqual({ x: 500, y: 88, width: 1388, height: 338 })
  expect(rectOf([8, 3, 4, 3])).toEqual({ x: 1280, y: 442, width: 608, height: 338 })
  expect(rectOf([0, 6, 12, 2])).toEqual({ x: 32, y: 796, width: 1856, height: 220 })
})

it('scales the whole stage alike and centres it', () => {
  const stage = { width: 1920, height: 1080 }
  expect(fitStage(stage, { width: 3840, height: 2160 })).toEqual({ scale: 2, left: 0, top: 0 })
  expect(fitStage(stage, { width: 1920, height: 1200 })).toEqual({ scale: 1, left: 0, top: 60 })
  expect(fitStage(stage, { width: 2560, height: 1080 })).toEqual({ scale: 1, left: 320, top: 0 })
})
