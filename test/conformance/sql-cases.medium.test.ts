/**
 * Real: the store process and the bodies in SQL. Every case of the folders through both paths, and random cases of every
 * kind, many to a statement.
 */
import { join } from 'node:path'
import { CASE_KINDS, runCase } from '@gemba/engine/kpi/cases'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conformance, rowPath } from '../../server/src/cli/conformance.ts'
import { type OpenWarehousePath, openWarehousePath } from '../../server/src/cli/warehouse-path.ts'
import { SQL_CASE_KINDS } from '../../server/src/kpi/sql/case-path.service.ts'
import { figureDisagreement } from './agreement.ts'
import { RANDOM_INPUTS } from './random-cases.ts'

const FOLDERS = ['kpi-cases', 'own-kpi-cases']

let opened: OpenWarehousePath

beforeAll(async () => {
  opened = await openWarehousePath(process.env['WAREHOUSE_TEST_URL'])
})

afterAll(() => opened.close())

describe('the SQL path', () => {
  it('knows every kind that the row path knows, and random inputs exist for each', () => {
    expect(SQL_CASE_KINDS).toEqual(CASE_KINDS)
    expect(Object.keys(RANDOM_INPUTS).sort()).toEqual(CASE_KINDS)
  })

  it.each(FOLDERS)('gives the expected figures of every case in %s, as the row path does', async (folder) => {
    const result = await conformance(join(import.meta.dirname, folder), [rowPath, opened.path])
    expect(result.lines.filter((line) => !line.startsWith('ok '))).toEqual([])
    expect(result.passed).toBeGreaterThan(40)
  })

  it('names what is wrong with a case, and computes the others of the same statement', async () => {
    const answers = await opened.path.answers([
      { kpi: 'ppm', inputs: { defective: 2, received: 200_000 }, expected: {} },
      { kpi: 'ppm', inputs: { defective: '2', received: 200_000 }, expected: {} },
      { kpi: 'unheard', inputs: {}, expected: {} },
      { kpi: 'shift_instance', inputs: { tz: 'Mars/Base', production_date: '2026-03-28', start: '22:00', end: '06:00' }, expected: {} },
      { kpi: 'otif_lines', inputs: { as_of: 'soon', lines: [{ order: 'A', due: 'never', qty: 1 }] }, expected: {} },
    ])
    expect(answers).toMatchObject([
      { outputs: { ppm: 10, improvement: null } },
      { problem: 'defective: not a number' },
      { problem: 'kpi: unheard is not known' },
      { problem: expect.stringContaining('Mars') },
      { problem: 'asked.as_of: not a date' },
    ])
  })
})

describe('random cases agree on both paths:', () => {
  it.each(CASE_KINDS)('%s', async (kind) => {
    await fc.assert(
      fc.asyncProperty(fc.array(RANDOM_INPUTS[kind]!, { minLength: 40, maxLength: 40 }), async (batch) => {
        const cases = batch.map((inputs) => ({ kpi: kind, inputs, expected: {} }))
        const answers = await opened.path.answers(cases)
        answers.forEach((answer, i) => {
          const inputs = JSON.stringify(batch[i])
          if ('problem' in answer) throw new Error(`${inputs}: ${answer.problem}`)
          const found = figureDisagreement(runCase(kind, batch[i]), answer.outputs)
          if (found !== null) throw new Error(`${found} for ${inputs}`)
        })
      }),
      { numRuns: 2, endOnFailure: true },
    )
  })
})
