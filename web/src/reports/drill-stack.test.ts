import { describe, expect, it } from 'vitest'
import { stepsIn, stepsText, withStep, type DrillStep } from './drill-stack.ts'

const report = (name: string): DrillStep => ({ report: name, params: { day: '2026-11-20' } })
const rows: DrillStep = { page: 2, cell: 'B7.C3', dataset: null }

describe('the steps of the panel', () => {
  it('are the same after they stood in an address', () => {
    expect(stepsIn(stepsText([report('oee-loss'), rows]))).toEqual([report('oee-loss'), rows])
  })

  it('say whose rows they are, where a report of the panel is asked', () => {
    const inside: DrillStep = { ...rows, of: { run: '0b6f1f0e-6c39-4d3a-8f4e-1f2a3b4c5d6e', report: 'oee-loss' } }
    expect(stepsIn(stepsText([report('oee-loss'), inside]))).toEqual([report('oee-loss'), inside])
    const forged = { ...rows, of: { run: '../x', report: 'oee-loss' } }
    expect(stepsIn(JSON.stringify([forged]))).toEqual([])
  })

  it('are none where the address holds anything else', () => {
    expect(
      ['', 'x', '{}', '[{"report":"../x","params":{}}]', '[{"page":0,"cell":"A1","dataset":null}]', null].map(stepsIn),
    ).toEqual(Array(6).fill([]))
    expect(stepsText([])).toBeUndefined()
  })

  it('never grow beyond what an address holds: the lowest falls out', () => {
    const many = Array.from({ length: 8 }, (_, i) => report(`r${i}`)).reduce<DrillStep[]>(withStep, [])
    expect(many.map((step) => ('report' in step ? step.report : ''))).toEqual(['r2', 'r3', 'r4', 'r5', 'r6', 'r7'])
  })
})
