import { expect, it } from 'vitest'
import { figureText } from './figure-text.ts'

it('a figure is told in the unit that people read it in', () => {
  expect(figureText({ value: 0.8725 }, 'ratio', 'en')).toBe('87.3%')
  expect(figureText({ value: 600_000 }, 'ms', 'en')).toMatch(/^10\.0\smin$/)
  expect(figureText({ value: 12 }, 'pieces', 'en')).toBe('12')
  expect(figureText({ value: 1.256 }, 'kWh', 'zh-CN')).toBe('1.26')
})

it('a figure that is missing is told by its reason', () => {
  expect(figureText({ value: null }, 'ratio', 'zh-CN')).toBe('无数据')
  expect(figureText({ value: null, missing: 'not-applicable' }, 'ratio', 'en')).not.toBe('无数据')
})
