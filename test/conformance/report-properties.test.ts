import type { TemplateCell } from '@gemba/contracts/template'
import { datasetOf } from '@gemba/engine/report/dataset'
import { TemplateRefusedError } from '@gemba/engine/report/findings'
import { runReport } from '@gemba/engine/report/report-result'
import { compileTemplate } from '@gemba/engine/report/compile'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { slowReport } from './slow-report.ts'

const row = fc.record({
  a: fc.constantFrom('x', 'y', 'z', null),
  b: fc.constantFrom('p', 'q', 'r'),
  n: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 20 }) }, { weight: 1, arbitrary: fc.constant(null) }),
})
const datasets = fc.record({ d: fc.array(row, { maxLength: 7 }), e: fc.array(row, { maxLength: 5 }) })

type Draft = Omit<TemplateCell, 'at'> & { expression?: number; pick: number }

const fieldName = fc.constantFrom('d.a', 'd.b', 'd.n', 'e.b')
const expander = fc.record({
  expand: fc.constantFrom('down' as const, 'down' as const, 'right' as const),
  onEmpty: fc.constantFrom('blank' as const, 'blank' as const, 'remove' as const),
  value: fc.oneof(
    fc.record({ field: fieldName, as: fc.constantFrom('group' as const, 'list' as const) }),
    fc.record({ field: fieldName, as: fc.constant('group' as const), adjacent: fc.constant(true) }),
    fc.record({
      field: fieldName,
      as: fc.constantFrom('group' as const, 'list' as const),
      order: fc.record({ by: fc.constant('self'), dir: fc.constantFrom('asc' as const, 'desc' as const) }),
      top: fc.integer({ min: 1, max: 3 }),
      others: fc.constant('rest'),
    }),
    fc.record({ field: fieldName, as: fc.constant('list' as const), padTo: fc.integer({ min: 2, max: 3 }) }),
  ),
})
const plain = fc.oneof(
  fc.record({ value: fc.record({ lit: fc.constantFrom('t', 7) }) }),
  fc.record({ value: fc.record({ field: fc.constant('d.n'), as: fc.constantFrom('sum' as const, 'count' as const, 'max' as const, 'list' as const) }) }),
  fc.record({ value: fc.record({ field: fc.constant('d.b'), as: fc.constantFrom('distinct' as const, 'group' as const) }) }),
)
const formula = fc.record({ expression: fc.integer({ min: 0, max: 7 }) })
const draft: fc.Arbitrary<Draft> = fc
  .tuple(
    fc.oneof({ weight: 4, arbitrary: expander }, { weight: 3, arbitrary: plain }, { weight: 3, arbitrary: formula }),
    fc.record({
      left: fc.constantFrom('auto' as const, 'auto' as const, 'auto' as const, 'none' as const),
      top: fc.constantFrom('auto' as const, 'auto' as const, 'auto' as const, 'none' as const),
      span: fc.constantFrom<[number, number]>([1, 1], [1, 1], [1, 1], [2, 1], [1, 2]),
      pick: fc.nat(100),
    }),
  )
  .map(([kind, rest]) => ({ ...kind, ...rest }))

const drafts = fc.array(fc.option(draft, { nil: undefined, freq: 4 }), { minLength: 1, maxLength: 12 })

/** Puts drafts on a grid three columns wide, leaving out those that would lie on another, and writes the expressions. */
function templateOf(list: (Draft | undefined)[]): TemplateCell[] {
  const taken = new Set<string>()
  const cells: (TemplateCell & { expression?: number; pick?: number })[] = []
  list.forEach((entry, i) => {
    if (entry === undefined) return
    const [r, c] = [Math.floor(i / 3), i % 3]
    const [h, w] = entry.span ?? [1, 1]
    const spots = Array.from({ length: h * w }, (_, k) => `${r + Math.floor(k / w)},${c + (k % w)}`)
    if (spots.some((spot) => taken.has(spot))) return
    for (const spot of spots) taken.add(spot)
    cells.push({ ...entry, at: `${'ABC'[c]}${r + 1}` })
  })
  const { cells: compiled } = compileTemplate({ cells: cells.map(({ expression: _e, pick: _p, ...cell }) => ({ ...cell, value: cell.value ?? { lit: null } })) })
  const numeric = compiled.filter((cell) => cell.field?.column === 'n' && cell.expand !== 'none' && cell.field.source.others === undefined)
  const sums = compiled.filter((cell) => cell.field?.use === 'summary' && cell.field.source.as !== 'distinct')
  return cells.map(({ expression, pick = 0, ...cell }) => {
    if (expression === undefined) return cell
    const targets = [...numeric, ...sums].filter((target) => target.address !== cell.at)
    const target = targets[pick % Math.max(1, targets.length)]
    const own = compiled.find((other) => other.address === cell.at)
    if (target === undefined || own === undefined) return { ...cell, value: { lit: 'e' } }
    const shared = [...own.ancestors].filter((ancestor) => target.ancestors.has(ancestor) || ancestor === target.index)
    const parent = compiled[shared[pick % Math.max(1, shared.length)] ?? -1]
    const side = parent?.expand === 'right' ? ';' : ''
    const t = target.address
    const texts = [`SUM(${t})`, `COUNT(${t})`, t, `SUM(${t}[*])`, `ACCSUM(${t})`]
    if (parent !== undefined) texts.push(`&${parent.address}`, `${t}[${side}${parent.address}:-1]`, `SUM(${t}[${side}${parent.address}:!-1])`)
    return { ...cell, value: { expr: texts[expression % texts.length] as string } }
  })
}

function fastReport(cells: TemplateCell[], data: Record<string, Record<string, unknown>[]>) {
  const sets = new Map(Object.entries(data).map(([name, rows]) => [name, datasetOf(name, rows, { types: new Map([['a', 'text'], ['b', 'text'], ['n', 'integer']]) })]))
  try {
    const result = runReport({ cells }, { datasets: sets })
    return { grid: result.grid(), merges: result.merges().sort() }
  } catch (error) {
    if (error instanceof TemplateRefusedError && error.findings.every((finding) => finding.key === 'overlap')) return 'overlap'
    throw error
  }
}

describe('random templates', () => {
  it('give what the slow engine gives', () => {
    let painted = 0
    fc.assert(
      fc.property(drafts, datasets, (list, data) => {
        const cells = templateOf(list)
        const slow = slowReport({ datasets: data, cells })
        if (slow !== 'overlap') painted += 1
        expect(fastReport(cells, data)).toEqual(slow)
      }),
      { numRuns: 3000 },
    )
    expect(painted).toBeGreaterThan(1500)
  }, 120_000)

  it('have no track where the parent on the other axis was removed', () => {
    const cells = [
      { at: 'A2', expand: 'right', value: { field: 'd.a', as: 'group' } },
      { at: 'C2', value: { field: 'd.b', as: 'distinct' } },
      { at: 'A3', expand: 'down', onEmpty: 'remove', value: { field: 'd.a', as: 'group' } },
      { at: 'B3', expand: 'right', value: { field: 'd.a', as: 'group' }, top: 'none' },
      { at: 'C3', value: { lit: 'e' } },
    ] as const satisfies TemplateCell[]
    const expected = { grid: [['', '', ''], ['', '', 0]], merges: [] }
    expect(fastReport([...cells], { d: [], e: [] })).toEqual(expected)
    expect(slowReport({ datasets: { d: [], e: [] }, cells: [...cells] })).toEqual(expected)
  })
})
