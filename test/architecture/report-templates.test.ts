import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTemplate } from '@gemba/contracts/template'
import { METRICS } from '@gemba/engine/metrics/dictionary'
import type { Row } from '@gemba/engine/report/dataset'
import { describe, expect, it } from 'vitest'
import { paintJson } from '../../server/src/reports/paint-json.ts'
import { sampleOf } from '../../server/src/reports/painted-fixture.ts'
import type { ReportDocument } from '../../server/src/reports/report-document.ts'

const root = join(import.meta.dirname, '../../report-templates')
const names = readdirSync(root)
/** `UPDATE_EXPECTED=1` writes the expected files anew: read the difference before you keep it. */
const isUpdating = process.env['UPDATE_EXPECTED'] === '1'

interface Sample {
  params: Record<string, unknown>
  datasets: Record<string, Row[]>
}

const textOf = (name: string, file: string): string => readFileSync(join(root, name, file), 'utf8')

async function jsonOf(document: ReportDocument): Promise<string> {
  let text = ''
  await paintJson(document, async (chunk) => {
    text += String(chunk)
  })
  return `${JSON.stringify(JSON.parse(text), null, 1)}\n`
}

describe.each(names)('the report template %s', (name) => {
  it('has its template, a sample, the expected output in both languages, and a manual in both', () => {
    const files = ['template.json', 'sample.json', 'README.md', 'expected/zh-CN.json', 'expected/en.json']
    expect(files.filter((file) => !isUpdating && !existsSync(join(root, name, file)))).toEqual([])
    const manual = textOf(name, 'README.md')
    expect(manual).toMatch(/[\u4e00-\u9fff]{10}/)
    expect(manual).toMatch(/[A-Za-z ,]{25}/)
    const template = JSON.parse(textOf(name, 'template.json')) as { datasets: Record<string, unknown> }
    for (const dataset of Object.keys(template.datasets)) expect(manual).toContain(`\`${dataset}\``)
  })

  it('reads figures of the dictionary and parameters that it has, and its sample fills no dataset that it lacks', () => {
    const template = readTemplate(JSON.parse(textOf(name, 'template.json')))
    if (!template.ok) throw new Error(JSON.stringify(template.problems))
    const { datasets = {}, parameters = [] } = template.template
    const figures = Object.values(datasets).flatMap((each) => {
      if (!('kind' in each)) return []
      return each.kind === 'kpi' ? [each.figure] : each.kind === 'restated' ? each.figures : []
    })
    const known = new Set(METRICS.map(({ id }) => id))
    expect(figures.filter((figure) => !known.has(figure))).toEqual([])
    const named = [...JSON.stringify([datasets, template.template.cells]).matchAll(/\bparam\.(\w+)/g)].map(
      ([, found]) => found,
    )
    const own = new Set(parameters.map((parameter) => parameter.name))
    expect([...new Set(named)].filter((found) => !own.has(found as string))).toEqual([])
    const sample = JSON.parse(textOf(name, 'sample.json')) as Sample
    expect(Object.keys(sample.datasets).toSorted()).toEqual(Object.keys(datasets).toSorted())
    expect(Object.keys(sample.params).filter((param) => !own.has(param))).toEqual([])
  })

  it.each(['zh-CN', 'en'] as const)(
    'renders its sample in %s as expected, without an error, on few pages of A4',
    async (locale) => {
      const document = sampleOf(name, locale)
      const output = await jsonOf(document)
      const file = join(root, name, `expected/${locale}.json`)
      if (isUpdating) {
        mkdirSync(join(root, name, 'expected'), { recursive: true })
        writeFileSync(file, output)
      }
      const { errors, findings, pages } = JSON.parse(output) as Record<string, unknown[]>
      expect({ errors, findings }).toEqual({ errors: [], findings: [] })
      expect(pages?.length).toBeLessThanOrEqual(2)
      expect(document.result.paging).toMatchObject({ mode: 'paper', size: 'A4' })
      expect(output).toBe(readFileSync(file, 'utf8'))
    },
  )

  it('says that there is no data when no dataset has rows, and shows no error', async () => {
    const document = sampleOf(name, undefined, { isEmpty: true })
    const { errors, grid } = JSON.parse(await jsonOf(document)) as { errors: unknown[]; grid: unknown[][] }
    expect(errors).toEqual([])
    expect(grid.flat().some((text) => /没有.*数据/.test(String(text)))).toBe(true)
  })
})
