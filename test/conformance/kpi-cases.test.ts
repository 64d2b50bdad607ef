import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CASE_KINDS } from '@gemba/engine/kpi/cases'
import { describe, expect, it } from 'vitest'
import { conformance, judgeFile } from '../../server/src/cli/conformance.ts'

const directory = join(import.meta.dirname, 'kpi-cases')
const ownDirectory = join(import.meta.dirname, 'own-kpi-cases')
const casesIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.json'))
const files = casesIn(directory)

describe('published and derived KPI cases', () => {
  it.each(files)('%s gives the expected figures', (name) => {
    expect(judgeFile(readFileSync(join(directory, name), 'utf8'))).toEqual([])
  })

  it('cover, with the own ones, every kind that can be computed', () => {
    const all = [...files.map((name) => join(directory, name)), ...casesIn(ownDirectory).map((name) => join(ownDirectory, name))]
    const kinds = all.map((file) => (JSON.parse(readFileSync(file, 'utf8')) as { kpi: string }).kpi)
    expect([...new Set(kinds)].sort()).toEqual(CASE_KINDS)
  })

  it('are all counted by the command', async () => {
    const { lines, ...counts } = await conformance(directory)
    expect(counts).toEqual({ passed: files.length, failed: 0 })
    expect(lines).toHaveLength(files.length)
    expect(lines.every((line) => line.startsWith('ok ') && line.includes(': rows {'))).toBe(true)
  })
})

describe('own KPI cases, derived by hand', () => {
  it.each(casesIn(ownDirectory))('%s gives the expected figures', (name) => {
    expect(judgeFile(readFileSync(join(ownDirectory, name), 'utf8'))).toEqual([])
  })

  it('say how their figures were derived', () => {
    const silent = casesIn(ownDirectory).filter((name) => {
      const { id, source } = JSON.parse(readFileSync(join(ownDirectory, name), 'utf8')) as Record<string, string>
      return `${id}.json` !== name || (source ?? '').length < 20
    })
    expect(silent).toEqual([])
  })
})

describe('two paths', () => {
  const path = (name: string, ppm: number) => ({
    name,
    answers: async (cases: readonly unknown[]) => cases.map(() => ({ outputs: { ppm, improvement: 0.375 } })),
  })

  it('must both be right: a case fails when one of them differs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gemba-two-paths-'))
    copyFileSync(join(directory, 'supplier-ppm-improvement.json'), join(folder, 'ppm.json'))
    const both = await conformance(folder, [path('rows', 10), path('sql', 10)])
    const one = await conformance(folder, [path('rows', 10), path('sql', 11)])
    rmSync(folder, { recursive: true })
    expect(both).toEqual({
      passed: 1,
      failed: 0,
      lines: ['ok ppm.json: rows {"ppm":10,"improvement":0.375} | sql {"ppm":10,"improvement":0.375}'],
    })
    expect(one.failed).toBe(1)
    expect(one.lines[0]).toMatch(/^FAILED ppm\.json: sql: ppm is 11, expected 10/)
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
