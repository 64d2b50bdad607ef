import { METRICS } from '@gemba/engine/metrics/dictionary'
import { describe, expect, it } from 'vitest'
import { ENGINE_FINISHES, SQL_PATHS } from './metric-paths.ts'

const functions = new Set(METRICS.map(({ computedBy }) => computedBy.split('.')[0]!))

describe('the metric dictionary', () => {
  it('has a body in SQL for every figure, or the reason why the engine finishes it', () => {
    const without = [...functions].filter((each) => !(each in SQL_PATHS) && !(each in ENGINE_FINISHES))
    expect(without).toEqual([])
  })

  it('is named by no path twice, nor by one that it does not know', () => {
    const named = [...Object.keys(SQL_PATHS), ...Object.keys(ENGINE_FINISHES)]
    expect(named.filter((each) => !functions.has(each))).toEqual([])
    expect(new Set(named).size).toBe(named.length)
  })
})

describe('every body', () => {
  it('answers by scope, over relations that its text names', () => {
    const odd = [...new Set(Object.values(SQL_PATHS))].filter(({ answer, steps = {}, inputs }) => {
      const text = [answer, ...Object.values(steps)].join('\n')
      return (
        !/\bscope\b/.test(answer) || Object.keys(inputs).some((relation) => !new RegExp(`\\b${relation}\\b`).test(text))
      )
    })
    expect(odd.map(({ name }) => name)).toEqual([])
  })
})
