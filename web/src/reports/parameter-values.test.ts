import type { ParameterDescription } from '@gemba/contracts/report'
import { describe, expect, it } from 'vitest'
import { followed, followersOf, missingOf, sameValues, sent } from './parameter-values.ts'

function parameter(name: string, more: Partial<ParameterDescription> = {}): ParameterDescription {
  return {
    name,
    label: { zh: name, en: name },
    type: 'text',
    control: 'text',
    required: false,
    closed: false,
    maxLength: null,
    value: null,
    options: null,
    optionsCut: false,
    dependsOn: [],
    dropped: false,
    ...more,
  }
}

const area = parameter('area')
const unit = parameter('unit', { dependsOn: ['area'], required: true })
const tool = parameter('tool', { dependsOn: ['unit'] })

describe('values of parameters', () => {
  it('follow over several steps, and never the parameter itself', () => {
    expect([...followersOf([area, unit, tool], 'area')]).toEqual(['unit', 'tool'])
    const circle = [parameter('a', { dependsOn: ['b'] }), parameter('b', { dependsOn: ['a'] })]
    expect([...followersOf(circle, 'a')]).toEqual(['b'])
  })

  it('take the answer for followers only; what was typed meanwhile stays', () => {
    const answer = [{ ...area, value: 'old' }, { ...unit, value: 'IM01' }, parameter('note', { value: 'default' })]
    const typed = { area: 'moulding', unit: 'A1', note: 'typed by hand' }
    expect(followed(typed, answer, 'area')).toEqual({ area: 'moulding', unit: 'IM01', note: 'typed by hand' })
  })

  it('name what is required and empty: an empty list and an open range count as empty', () => {
    const range = parameter('days', { required: true })
    expect(missingOf([unit, range], { unit: [], days: { from: '2026-11-20', to: '' } })).toEqual(['unit', 'days'])
    expect(missingOf([unit], { unit: 0 })).toEqual([])
  })

  it('are sent without what is empty, but false and zero are values', () => {
    expect(sent([area, unit, tool], { area: '', unit: false, tool: 0 })).toEqual({ unit: false, tool: 0 })
  })

  it('are the same whatever the order of names and of chosen options', () => {
    expect(sameValues({ a: ['x', 'y'], b: null }, { a: ['y', 'x'] })).toBe(true)
    expect(sameValues({ a: ['x'] }, { a: ['x', 'y'] })).toBe(false)
  })
})
