import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TemplateCell } from '@gemba/contracts/template'
import { parse } from '@gemba/engine/formula/parser'
import { print } from '@gemba/engine/formula/printer'
import { walk, type Node } from '@gemba/engine/formula/syntax'
import { positionOf, addressOf } from '@gemba/engine/report/address'
import { judgeReportCase, type ReportCase } from '@gemba/engine/report/cases'
import { describe, expect, it } from 'vitest'
import { conformance, judgeFile } from '../../server/src/cli/conformance.ts'

const directory = join(import.meta.dirname, 'report-cases')
const files = readdirSync(directory).filter((name) => name.endsWith('.json'))
const textOf = (name: string): string => readFileSync(join(directory, name), 'utf8')

describe('report cases', () => {
  it.each(files)('%s gives the expected report', (name) => {
    expect(judgeFile(textOf(name))).toEqual([])
  })

  it('are all counted by the command', async () => {
    expect(await conformance(directory)).toEqual({ passed: files.length, failed: 0, lines: [] })
  })
})

const transposeAddress = (address: string): string => {
  const position = positionOf(address)
  return position === undefined ? address : addressOf(position.column, position.row)
}

const transposeRange = (range: string): string => range.split(':').map(transposeAddress).join(':')

/** Swaps rows and columns inside an expression: cell names, and the two sides of coordinates. */
function transposeExpression(text: string): string {
  const tree = parse(text)
  walk(tree, (node: Node) => {
    if (node.kind === 'reference' || node.kind === 'ordinal' || node.kind === 'own') node.cell = transposeAddress(node.cell)
    if (node.kind !== 'reference' || node.scope === undefined || node.scope === '*') return
    const { left, top } = node.scope
    for (const step of [...left, ...top]) step.cell = transposeAddress(step.cell)
    node.scope = { left: top, top: left }
  })
  return print(tree)
}

function transposeCell(cell: TemplateCell): TemplateCell {
  const { left, top, span, inherit, expand, value, ...rest } = cell
  const swapped: TemplateCell = { ...rest, at: transposeAddress(cell.at) }
  if (span) swapped.span = [span[1], span[0]]
  if (left) swapped.top = left === 'auto' || left === 'none' ? left : transposeAddress(left)
  if (top) swapped.left = top === 'auto' || top === 'none' ? top : transposeAddress(top)
  if (inherit) swapped.inherit = { left: inherit.top, top: inherit.left }
  if (expand) swapped.expand = expand === 'down' ? 'right' : expand === 'right' ? 'down' : 'none'
  if (value && 'expr' in value) swapped.value = { ...value, expr: transposeExpression(value.expr) }
  else if (value && 'field' in value && value.where !== undefined) {
    swapped.value = { ...value, where: transposeExpression(value.where) }
  } else if (value) swapped.value = value
  return swapped
}

const transposeGrid = (grid: unknown[][]): unknown[][] =>
  (grid[0] ?? []).map((_, x) => grid.map((row) => row[x]))

describe('a report with rows and columns swapped', () => {
  const cases = files
    .map((name) => ({ name, report: JSON.parse(textOf(name)) as ReportCase }))
    .filter(({ report }) => report.sheet === undefined && !report.cells.some((cell) => cell.when !== undefined))

  it.each(cases)('$name is the same report, swapped', ({ report }) => {
    const swapped: ReportCase = {
      ...(report.datasets ? { datasets: report.datasets } : {}),
      ...(report.dictionaries ? { dictionaries: report.dictionaries } : {}),
      cells: report.cells.map(transposeCell),
      expected: transposeGrid(report.expected ?? []),
      merges: (report.merges ?? []).map(transposeRange),
    }
    expect(judgeReportCase(swapped)).toEqual([])
  })

  it('covers nearly all of them', () => {
    expect(cases.length).toBeGreaterThanOrEqual(17)
  })
})
