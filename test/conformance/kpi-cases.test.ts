import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CASE_KINDS } from '@gemba/engine/kpi/cases'
import { describe, expect, it } from 'vitest'
import { conformance, judgeFile } from '../../server/src/cli/conformance.ts'

const directory = join(import.meta.dirname, 'kpi-cases')
const files = readdirSync(directory).filter((name) => name.endsWith('.json'))

describe('published and derived KPI cases', () => {
  it.each(files)('%s gives the expected figures', (name) => {
    expect(judgeFile(readFileSync(join(directory, name), 'utf8'))).toEqual([])
  })

  it('cover every kind that can be computed', () => {
    const kinds = files.map((name) => (JSON.parse(readFileSync(join(directory, name), 'utf8')) as { kpi: string }).kpi)
    expect([...new Set(kinds)].sort()).toEqual(CASE_KINDS)
  })

  it('are all counted by the command', async () => {
    expect(await conformance(directory)).toEqual({ passed: files.length, failed: 0, lines: [] })
  })
})

describe('a case', () => {
  const judge = (changes: Record<string, unknown>) =>
    judgeFile(
      JSON.stringify({
        kpi: 'eoq',
        inputs: { fixed_cost: 8, demand_rate: 1300, holding_cost: 0.225 },
        expected: { q: 304.0467800264368 },
        tolerance: 1e-9,
        ...changes,
      }),
    )

  it('fails when a figure is outside its tolerance, and says by how much', () => {
    expect(judge({})).toEqual([])
    expect(judge({ expected: { q: 304.1 } })).toEqual([expect.stringMatching(/^q is 304\.04.*expected 304\.1/)])
    expect(judge({ expected: { q: 304.1 }, tolerance: { '*': 1e-9, q: 0.1 } })).toEqual([])
  })

  it('fails when a figure is missing, null or of another type', () => {
    expect(judge({ expected: { nothing: 1 } })).toEqual(['nothing is not computed'])
    expect(judge({ expected: { q: null } })).toHaveLength(1)
    expect(judge({ kpi: 'unheard' })).toEqual(['kpi: unheard is not known'])
    expect(judge({ inputs: { fixed_cost: '8' } })).toEqual(['fixed_cost: not a number'])
  })

  it('that is none is named as such', () => {
    expect(judgeFile('{"machines":{}}')).toBe('no-case')
    expect(judgeFile('{')).toEqual(['not readable as JSON'])
  })
})
