import type { CellLineage } from '@gemba/contracts/report'
import { describe, expect, it } from 'vitest'
import { checksOf } from './lineage-checks.ts'

function lineage(
  value: CellLineage['value'],
  use: string,
  more: Partial<CellLineage['sources'][number]> = {},
): CellLineage {
  return {
    page: 1,
    cell: 'G5',
    templateCell: 'G5',
    text: String(value),
    value,
    type: 'number',
    expression: null,
    field: { dataset: 'p', column: 'good', use },
    parents: [],
    inputs: [],
    sources: [
      {
        dataset: 'p',
        kind: 'kpi',
        filter: [],
        rows: 3,
        columns: ['unit', 'good'],
        sample: [
          ['IM01', '0.1'],
          ['IM01', 0.2],
          ['IM01', 9_643],
        ],
        sourceTime: null,
        coverage: 1,
        quality: 'good',
        rules: [],
        masked: [],
        ...more,
      },
    ],
    metric: null,
    why: null,
  }
}

const NOTHING_CUT = { datasets: [] }

describe('checks of a figure from its listed rows', () => {
  it('add up exactly, without binary dust', () => {
    expect(checksOf(lineage('9643.3', 'sum'), NOTHING_CUT)).toEqual([
      { kind: 'rows', holds: true, use: 'sum', expected: '9643.3', found: '9643.3' },
    ])
  })

  it('say by how much rows and figure differ', () => {
    expect(checksOf(lineage(9_643, 'sum'), NOTHING_CUT)[0]).toMatchObject({ holds: false, found: '9643.3' })
  })

  it('are not made when not all rows are listed, or the use is not known', () => {
    expect(checksOf(lineage(9_643, 'sum', { rows: 412 }), NOTHING_CUT)).toEqual([])
    expect(checksOf(lineage(9_643, 'list'), NOTHING_CUT)).toEqual([])
  })

  it('say that a dataset was cut by a limit', () => {
    const dataset = {
      name: 'p',
      kind: 'kpi' as const,
      rows: 10_000,
      total: 18_760,
      scanned: null,
      hash: '',
      sourceTime: null,
      coverage: null,
      quality: 'good' as const,
      rules: [],
      masked: [],
    }
    const checks = checksOf(lineage('9643.3', 'sum'), { datasets: [dataset] })
    expect(checks[1]).toEqual({ kind: 'complete', holds: false, use: 'p', expected: '18760', found: '10000' })
  })
})
