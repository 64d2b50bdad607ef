import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReportCase } from '@gemba/engine/report/cases'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import { inMemory, streamed } from '@gemba/engine/report/streamed-fixture'
import { describe, expect, it } from 'vitest'

const directory = join(import.meta.dirname, 'report-cases')
const cases = readdirSync(directory)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, report: parseExactJson(readFileSync(join(directory, name), 'utf8')) as ReportCase }))

/** The same case with its rows in the order of its first list, as a query would sort them. */
function sorted({ datasets = {}, cells }: ReportCase): [name: string, rows: Record<string, unknown>[]] {
  const [name = '', rows = []] = Object.entries(datasets)[0] ?? []
  const first = cells.find(({ expand }) => expand === 'down')?.value
  const field = first !== undefined && 'field' in first ? first.field.slice(name.length + 1) : ''
  const keys = [...new Set(rows.map((row) => row[field]))]
  return [name, rows.toSorted((a, b) => keys.indexOf(a[field]) - keys.indexOf(b[field]))]
}

describe('the report cases, their rows streamed', () => {
  it('give the same reports cell by cell as in memory, wherever they can be streamed', async () => {
    const names: string[] = []
    for (const { name, report } of cases) {
      const [dataset, rows] = sorted(report)
      for (const portionRows of [1, 2, 1_000]) {
        const seen = await streamed(report, rows, { params: report.params, portionRows })
        if (seen === undefined) continue
        if (portionRows === 1) names.push(name.slice(0, 2))
        expect(seen, name).toEqual(inMemory(report, rows, { name: dataset, params: report.params }))
      }
    }
    expect(names).toEqual(['01', '02', '03', '09', '10', '15', '17', '19'])
  })
})
