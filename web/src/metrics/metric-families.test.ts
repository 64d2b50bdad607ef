import { METRICS } from '@gemba/engine/metrics/dictionary'
import { expect, it } from 'vitest'
import { FAMILIES, matches } from './metric-families.ts'

it('families name metrics of the dictionary, each once', () => {
  const named = FAMILIES.flatMap((family) => family.metrics)
  expect(new Set(named).size).toBe(named.length)
  const known = new Set(METRICS.map((metric) => metric.id))
  expect(named.filter((id) => !known.has(id))).toEqual([])
})

it('a metric is found by either name and by its definition', () => {
  const oee = { ...METRICS.find((metric) => metric.id === 'oee')!, computed: true, groupings: [] }
  for (const text of ['OEE', 'oee ', '综合效率', 'good pieces', '']) expect(matches(oee, text)).toBe(true)
  expect(matches(oee, 'inventory')).toBe(false)
})
