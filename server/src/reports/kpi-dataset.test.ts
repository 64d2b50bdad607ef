import type { KpiAnswer } from '@gemba/contracts/kpi'
import { describe, expect, it } from 'vitest'
import { qualityOf } from './kpi-dataset.service.ts'

type Judged = Parameters<typeof qualityOf>[0]
type Missing = KpiAnswer['total']['missing']

const answer = (total: Missing, groups: Missing[], quality: KpiAnswer['quality'] = 'none'): Judged =>
  ({ quality, total: { missing: total }, groups: groups.map((missing) => ({ missing })) }) as unknown as Judged

describe('the quality of a dataset of figures', () => {
  it('is not lowered by what cannot exist: the Cpk of a chart of counts, or of all charts together', () => {
    expect(qualityOf(answer('not-applicable', []))).toBe('good')
    expect(qualityOf(answer('not-applicable', ['not-applicable', undefined]))).toBe('good')
  })

  it('is lowered by a figure that should be there and is not', () => {
    expect(qualityOf(answer('not-applicable', ['not-applicable', 'no-data']))).toBe('none')
    expect(qualityOf(answer('no-data', []))).toBe('none')
    expect(qualityOf(answer(undefined, [], 'uncertain'))).toBe('uncertain')
  })
})
