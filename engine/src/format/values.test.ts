import { missingReason } from '@gemba/contracts/value'
import { describe, expect, it } from 'vitest'
import { formatQuantity, formatValue, fullValueText, missingSentence, missingText } from './values.ts'

const zh = { locale: 'zh-CN' } as const

describe('a value', () => {
  it('is written by its unit', () => {
    expect(formatValue({ value: 0.815, unit: 'ratio' }, zh).text).toBe('81.5%')
    expect(formatValue({ value: 4624, unit: 'piece' }, { ...zh, floorBoard: true }).text).toBe('4,624\u00a0件')
    expect(formatValue({ value: 3, unit: 'order' }, zh)).toEqual({ number: '3', unit: '单', text: '3\u00a0单' })
    expect(formatQuantity(342_000, 'ms', zh).text).toBe('05:42')
    expect(formatQuantity(14.2, 'h', zh).text).toBe('14.2\u00a0小时')
    expect(formatQuantity(182.345, 'degC', { locale: 'en' }).text).toBe('182\u00a0°C')
  })

  it('that is zero reads 0, one that is missing never does', () => {
    expect(formatValue({ value: 0, unit: 'piece' }, zh).number).toBe('0')
    for (const reason of missingReason.options) {
      expect(missingText(reason, 'zh-CN')).not.toMatch(/\d/)
      expect(missingSentence(reason, 'en')).not.toBe('')
    }
    expect(formatValue({ value: null, unit: 'ratio', missing: 'no-data' }, zh).text).toBe('无数据')
    expect(formatValue({ value: null, unit: 'ratio', missing: 'not-applicable' }, zh).text).toBe('—')
  })

  it('is given unrounded where one asks for all of it', () => {
    expect(fullValueText({ value: 0.8152345, unit: 'ratio' }, 'zh-CN')).toBe('0.8152345')
    expect(fullValueText({ value: -12.25, unit: 'kg' }, 'en')).toBe('−12.25\u00a0kg')
    expect(fullValueText({ value: null, unit: 'ratio', missing: 'not-scheduled' }, 'zh-CN')).toBe('本班次无生产计划')
  })
})
