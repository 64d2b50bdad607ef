import { describe, expect, it } from 'vitest'
import { chosenOf, optionValue, toggled, treeOf } from './option-lists.ts'

const option = (value: string | number, parent: string | null = null) => ({
  value,
  label: { zh: String(value), en: String(value) },
  parent,
})

describe('options of parameters', () => {
  it('stand as a tree; what has lost its parent stands at the root, and circles end', () => {
    const lines = treeOf([option('SUZ'), option('IM01', 'L1'), option('L1', 'SUZ'), option('X', 'gone')])
    expect(lines.map(({ option: { value }, depth }) => [value, depth])).toEqual([
      ['SUZ', 0],
      ['L1', 1],
      ['IM01', 2],
      ['X', 0],
    ])
    expect(treeOf([option('a', 'b'), option('b', 'a')])).toEqual([])
  })

  it('are switched one by one and keep the order of the options', () => {
    const options = [option('A'), option('B'), option('C')]
    expect(toggled(options, ['C'], 'A')).toEqual(['A', 'C'])
    expect(toggled(options, ['A', 'C', 'gone'], 'C')).toEqual(['A'])
  })

  it('keep their type when one is chosen', () => {
    expect(optionValue([option(7)], '7')).toBe(7)
    expect(optionValue([option(7)], '')).toBeNull()
    expect([...chosenOf(7)]).toEqual(['7'])
  })
})
