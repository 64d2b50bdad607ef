import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { componentCycles } from './component-cycles.ts'

const lines = (...pairs: string[]) =>
  pairs.map((pair) => ({ material: pair[0] as string, component: pair[1] as string }))

describe('a bill of materials', () => {
  it('without a material that contains itself has no cycle, also where two share a component', () => {
    expect(componentCycles(lines('AB', 'AC', 'BD', 'CD'))).toEqual([])
    expect(componentCycles([])).toEqual([])
  })

  it('names every cycle once, from its smallest material', () => {
    expect(componentCycles(lines('AA'))).toEqual([['A', 'A']])
    expect(componentCycles(lines('CA', 'AB', 'BC', 'XA'))).toEqual([['A', 'B', 'C', 'A']])
    expect(componentCycles(lines('AB', 'BA', 'CD', 'DC'))).toEqual([
      ['A', 'B', 'A'],
      ['C', 'D', 'C'],
    ])
  })

  it('is walked without recursion, however deep', () => {
    const deep = Array.from({ length: 50_000 }, (_, level) => ({ material: `M${level}`, component: `M${level + 1}` }))
    expect(componentCycles(deep)).toEqual([])
  })

  it('has a cycle exactly when a material can be reached from itself', () => {
    const edge = fc.tuple(fc.constantFrom(...'ABCDEF'), fc.constantFrom(...'ABCDEF'))
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 12 }), (edges) => {
        const reach = (from: string, seen: Set<string>): Set<string> => {
          for (const [material, component] of edges)
            if (material === from && !seen.has(component)) reach(component, seen.add(component))
          return seen
        }
        const isCyclic = [...'ABCDEF'].some((material) => reach(material, new Set()).has(material))
        const cycles = componentCycles(edges.map(([material, component]) => ({ material, component })))
        expect(cycles.length > 0).toBe(isCyclic)
      }),
    )
  })
})
