import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Template } from '@gemba/contracts/template'
import { addressOf } from '@gemba/engine/report/address'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pagesOf } from './paint-html.ts'
import { openStream, type SourcedInput } from './row-source.ts'
import { computedOf } from './run-figures.ts'
import { inputsFile, rowsFile, type RunInputs } from './run-files.ts'
import { made, printed, type Made } from './run-folder-fixture.ts'
import { lineageAt, rowsAt } from './run-lineage.ts'
import { documentIn, inputsIn, paintPages } from './run-work.ts'
import { lineageIn, pagedIn, rowsIn, streamIn, wentBy } from './streamed-lineage.ts'
import { makeStreamed, streamedHash } from './streamed-run.ts'

const root = mkdtempSync(join(tmpdir(), 'gemba-streamed-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

type Cells = Template['cells']

const rows = Array.from({ length: 240 }, (_, i) => ({
  k: `组 ${Math.floor(i / 9)}`,
  t: i % 7 === 0 ? `<${i}> ${'words that wrap '.repeat(i % 5)}` : `t${i}`,
  n: i % 13 === 0 ? null : i % 5 === 0 ? `${i}.05` : i,
  ...(i > 200 ? { late: i, later: `x${i}` } : {}),
}))

const flat: Cells = [
  { at: 'A1', value: { lit: '标题' }, band: 'title', span: [1, 3] },
  { at: 'A2', value: { lit: '编号' }, band: 'headerRepeat', style: { bold: true } },
  { at: 'A3', value: { field: 'd.t', as: 'list' }, expand: 'down', style: { wrap: true } },
  {
    at: 'B3',
    value: { field: 'd.n', as: 'list' },
    format: '#,##0.0',
    when: [
      { if: 'THIS = 8', set: { hideRow: true } },
      { if: 'MOD(THIS, 10) = 1', scope: 'row', set: { bg: '#eeeeff', rowHeight: 11 } },
    ],
  },
  { at: 'C3', value: { expr: '100 / (B3 - 2) + &A3' } },
  {
    at: 'D3',
    value: { expr: 'ACCSUM(B3)' },
    style: { italic: true },
    link: { to: 'url', target: 'https://example.com/', params: { sum: 'ACCSUM(B3) + 1' } },
  },
  { at: 'A4', value: { lit: '页脚' }, band: 'footerRepeat' },
  { at: 'A5', value: { lit: '合计' } },
  { at: 'B5', value: { expr: 'SUM(B3) / COUNT(B3)' } },
  { at: 'C5', value: { field: 'd.n', as: 'sum' }, band: 'summary' },
]

const grouped: Cells = [
  { at: 'A1', value: { lit: '组' }, repeatOnPage: true, link: { to: 'place', target: 'C4' } },
  {
    at: 'A2',
    value: { field: 'd.k', as: 'group' },
    expand: 'down',
    span: [2, 1],
    when: [{ if: 'MOD(&A2, 4) = 0', set: { pageBreakAfter: true } }],
  },
  { at: 'B2', value: { field: 'd.t', as: 'list' }, expand: 'down', keepWith: 'next', style: { wrap: true } },
  {
    at: 'C2',
    value: { field: 'd.n', as: 'list' },
    link: { to: 'url', target: 'https://example.com/', params: { n: 'C2' } },
  },
  { at: 'B3', value: { lit: '小计' } },
  { at: 'C3', value: { expr: 'SUM(C2)' } },
  { at: 'D3', value: { expr: 'COUNT(C2) / 0' } },
  { at: 'C4', value: { expr: 'SUM(C2)' } },
  { at: 'D4', value: { field: 'd.nothing', as: 'max' } },
]

const paper = { mode: 'paper', size: 'A5', orientation: 'landscape', order: 'downThenOver' } as const
const words = { left: '{name} {A1}', center: '', right: '{page} / {pages}' }
const wide = { columnWidths: { A: 90, B: 60, C: 60 } }

const cases: [string, Cells, Template['sheet']][] = [
  ['a list on paper', flat, { paging: { ...paper, footer: words } }],
  ['a list without paging', flat, {}],
  ['a list by a number of rows', flat, { paging: { mode: 'fixedRows', rows: 11 } }],
  ['a list wider than the paper, down first', flat, { ...wide, paging: { ...paper, header: words } }],
  [
    'a list wider than the paper, across first',
    flat,
    { ...wide, paging: { ...paper, order: 'overThenDown', header: words } },
  ],
  ['groups with subtotals and breaks', grouped, { paging: { ...paper, header: words } }],
  ['groups that end pages', grouped, { paging: { mode: 'breaks' } }],
]

function folderOf(name: string, cells: Cells, sheet: Template['sheet']): string {
  const dir = join(root, String(cases.findIndex(([own]) => own === name)))
  mkdirSync(dir)
  const template: Template = {
    formatVersion: 1,
    name: '清单',
    datasets: {
      choices: [{ id: 1 }, { id: 2, share: 0.5 }],
      d: { kind: 'sql', sql: 'SELECT 1', fields: [{ name: 'n', type: 'decimal' }] },
      unused: { kind: 'sql', sql: 'SELECT 2' },
    },
    cells,
    sheet,
  }
  const inputs: RunInputs = {
    template: JSON.stringify(template),
    params: {},
    locale: 'en',
    timeZone: 'Asia/Shanghai',
    nowAt: 0,
    datasets: ['unused', 'd'],
    types: { d: { n: 'decimal' } },
    notices: [],
  }
  writeFileSync(inputsFile(dir), JSON.stringify(inputs))
  writeFileSync(rowsFile(dir, 'd'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  writeFileSync(rowsFile(dir, 'unused'), '{"x":3}\n{"x":4,"y":"a"}\n')
  return dir
}

async function stream(dir: string): Promise<unknown> {
  const input: SourcedInput = { ...(await inputsIn(dir)), portionRows: 20 }
  const opened = await openStream(input)
  if (opened === undefined) throw new Error('the template is not streamed')
  expect(opened.report.plan.pageReasons).toEqual([])
  const shares: number[] = []
  const answer = await makeStreamed(opened, { dir, input, told: (share) => shares.push(share) })
  expect([shares.length > 5, shares.at(-1)]).toEqual([true, 1])
  return answer
}

describe.each(cases)('a run of %s whose rows go by', (name, cells, sheet) => {
  let dir: string
  let memory: Made
  let streamed: Made

  beforeAll(async () => {
    dir = folderOf(name, cells, sheet)
    const document = await documentIn(dir)
    memory = made(dir, { ...computedOf(document), ...(await paintPages(document, dir)) })
    streamed = made(dir, await stream(dir))
  })

  it('has the hash, the totals and the findings that it has in memory', () => {
    expect(streamed.told).toEqual(memory.told)
    expect(streamed.told).toMatchObject({
      controlTotals: [
        { dataset: 'choices', column: 'id', sum: '3' },
        { dataset: 'choices', column: 'share', sum: '0.5' },
        { dataset: 'unused', column: 'x', sum: '7' },
        { dataset: 'd', column: 'n', sum: '26459.2' },
        { dataset: 'd', column: 'late', sum: '8580' },
      ],
      findings: expect.arrayContaining([expect.objectContaining({ level: 'error' })]) as unknown,
    })
  })

  it('has the same hash when it is made once more for a signature', async () => {
    const again = await streamIn(dir)
    if (again === undefined) throw new Error('the run was made in memory')
    expect(await streamedHash(again)).toBe((memory.told as { contentHash: string }).contentHash)
  })

  it('has the pages and words that it has in memory', () => {
    expect(memory.pages.length).toBeGreaterThan(3)
    expect(streamed).toEqual(memory)
  })

  it('is printed as it is from memory', async () => {
    const paged = await pagedIn(dir)
    if (paged === undefined) throw new Error('the run was made in memory')
    const pages = await printed(paged)
    expect(pages.length).toBe(memory.pages.length)
    expect(pages).toEqual(await printed(await pagesOf(await documentIn(dir))))
  })

  it('answers where its cells come from as it does in memory', async () => {
    const document = await documentIn(dir)
    expect(await wentBy(dir)).toBe(true)
    const count = memory.pages.length
    let answered = 0
    for (const page of [1, Math.ceil(count / 2), count, count + 1])
      for (const cell of Array.from({ length: 12 }, (_, i) => addressOf(2 * Math.floor(i / 4), i % 4))) {
        const expected = lineageAt(document, { page, cell })
        expect(await lineageIn(dir, { page, cell }), `${page} ${cell}`).toEqual(expected)
        if (expected === null) continue
        const at = { page, cell, dataset: 'd', from: 1, to: 150 }
        const behind = rowsAt(document, at)
        expect(await rowsIn(dir, at), `${page} ${cell}`).toEqual(behind)
        answered += behind === null ? 0 : 1
      }
    expect(answered).toBeGreaterThan(3)
  })
})
