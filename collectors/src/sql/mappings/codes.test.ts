import { describe, expect, it } from 'vitest'
import { conformedCode, conformedOrder, conformedUnit, orderOrNull, perUnit, quantityIn } from './codes.ts'

describe('what systems write in their own ways', () => {
  it('is one material: zeros, full-width and small letters, blanks, look-alike hyphens', () => {
    for (const text of ['PEN-100-B', '0000PEN-100-B', ' ｐｅｎ－１００－ｂ', 'Pen\u2013100\u2212b '])
      expect(conformedCode(text)).toBe('PEN-100-B')
  })

  it('is one order: of digits with the zeros that pad it, else as it is', () => {
    for (const text of ['000001001000', '1001000', ' １００１０００ '])
      expect(conformedOrder(text)).toBe('000001001000')
    expect(conformedOrder('mo-17')).toBe('MO-17')
    expect([orderOrNull(null), orderOrNull(' ')]).toEqual([null, null])
  })

  it('is one unit of mass, in quantities and prices alike', () => {
    expect([quantityIn('g', '1250'), quantityIn('KG', '1.25'), quantityIn('ｋｇ', '1.25')]).toEqual([1.25, 1.25, 1.25])
    expect([perUnit('G', '0.02'), perUnit('KG', '20'), perUnit('KG', null)]).toEqual([20, 20, null])
    expect(conformedUnit('g')).toEqual({ unit: 'kg', sourceUnit: 'g' })
  })

  it('stays as it came where the unit is not known', () => {
    expect([quantityIn('BAG', '3'), conformedUnit('BAG')]).toEqual([3, { unit: null, sourceUnit: 'BAG' }])
  })
})
