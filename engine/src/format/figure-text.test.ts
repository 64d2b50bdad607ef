import { expect, it } from 'vitest'
import { changeText, figureText } from './figure-text.ts'

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

it('a small figure keeps three digits that say something', () => {
  expect(figureText({ value: 0.018_24 }, 'kWh', 'en')).toBe('0.0182')
  expect(figureText({ value: -0.001_5 }, 'kWh', 'en')).toBe('−0.00150')
})

it('a change shows as many digits as it takes to see it', () => {
  const text = (from: number | null, to: number | null, unit: string) =>
    changeText({ from: { value: from }, to: { value: to } }, unit, 'zh-CN')
  expect(text(0.829, 0.824, 'ratio')).toBe('82.9% → 82.4%')
  expect(text(0.828_91, 0.828_86, 'ratio')).toBe('82.891% → 82.886%')
  expect(text(12, 12.000_4, 'pieces')).toBe('12.0000 → 12.0004')
  expect(text(1.0731, 1.0744, 'ratio')).toBe('107.31% → 107.44%')
  expect(text(600_000, 600_300, 'ms')).toMatch(/^10\.00\s?分 → 10\.01\s?分$/)
  expect(text(null, 0.967, 'ratio')).toBe('无数据 → 96.7%')
  expect(text(3, 3, 'pieces')).toBe('3 → 3')
  expect(text(0.1 + 0.2, 0.3, 'kWh')).toBe('0.30000000 → 0.30000000')
})
