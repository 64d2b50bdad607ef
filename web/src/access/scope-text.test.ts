import { describe, expect, it } from 'vitest'
import { attributesText, readAttributes, scopeText } from './scope-text.ts'

const whole = { equipment: null, departments: null, suppliers: null, customers: null }
const words = { whole: 'all', nothing: 'none' }

describe('a scope in one line', () => {
  it('tells everything from nothing', () => {
    expect(scopeText(whole, words)).toBe('all')
    expect(scopeText({ ...whole, equipment: [] }, words)).toBe('none')
    expect(scopeText({ ...whole, equipment: ['SUZ', 'BRQ'], customers: ['K1'] }, words)).toBe('SUZ, BRQ · K1')
  })
})

describe('attributes as text', () => {
  it('are read as they are written, with either comma', () => {
    const { attributes, wrong } = readAttributes('customers = K1，K2\n\nshift = ')
    expect(attributes).toEqual({ customers: ['K1', 'K2'], shift: [] })
    expect(wrong).toEqual([])
    expect(readAttributes(attributesText(attributes)).attributes).toEqual(attributes)
  })

  it('are refused line by line', () => {
    expect(readAttributes('Customers = K1\nK2').wrong).toEqual(['Customers = K1', 'K2'])
  })
})
