import type { CaseInputs } from '@gemba/engine/kpi/cases/case-inputs'
import { subgroupsOf } from '@gemba/engine/kpi/cases/quality-cases'
import { RUN_RULES, type RunRule } from '@gemba/engine/kpi/run-rules'
import { paretoOrder } from '../pareto.ts'
import { runRules } from '../run-rules.ts'
import {
  attributeCharts,
  capabilityIndices,
  countCharts,
  ewmaCharts,
  individualsCharts,
  shiftDetections,
  subgroupCharts,
} from '../spc.ts'
import { rolledYields, routeYields } from '../yield.ts'
import { positioned, type SqlCase } from './sql-case.ts'

function pointRows(groups: readonly (readonly number[])[]) {
  return groups.flatMap((group, index) => group.map((value) => ({ subgroup: index + 1, value })))
}

const sizesOf = (groups: readonly (readonly number[])[]): number[] => groups.map((group) => group.length)

const subgroups = (by: 'range' | 'deviation'): SqlCase => ({
  body: subgroupCharts,
  rows: (inputs) => ({ asked: {}, lists: { points: pointRows(subgroupsOf(inputs)) } }),
  sizes: (inputs) => sizesOf(subgroupsOf(inputs)),
  outputs: (answer) => ({
    ...answer,
    sigma_within: answer[`sigma_${by}`],
    xbar_lcl: answer[`xbar_lcl_${by}`],
    xbar_ucl: answer[`xbar_ucl_${by}`],
  }),
})

const pairs = (): number[] => [2]

const iMr: SqlCase = {
  body: individualsCharts,
  rows: (inputs) => {
    const d2 = inputs.maybeNumber('d2')
    if (d2 !== null && !(d2 > 0)) throw new RangeError('d2: not above zero')
    return { asked: { d2 }, lists: { singles: positioned(inputs.maybeNumbers('values'), (value) => ({ value })) } }
  },
  sizes: pairs,
}

const attribute = (counts: string, sizes: string, isShare: boolean): SqlCase => ({
  body: attributeCharts,
  rows: (inputs) => {
    const found = inputs.maybeNumbers(counts)
    const size = inputs.numbersOf(sizes, found.length)
    if (size.length !== found.length) throw new RangeError('sizes: not one for each sample')
    return {
      asked: { is_share: isShare },
      lists: { samples: positioned(found, (each, index) => ({ found: each, size: size[index] })) },
    }
  },
})

const npChart: SqlCase = {
  body: countCharts,
  rows: (inputs) => {
    const found = inputs.numbers('defectives')
    const size = inputs.numbersOf('n', found.length)
    if (size.length !== found.length) throw new RangeError('n: not one for each sample')
    return {
      asked: { is_defectives: true, center: null },
      lists: { samples: positioned(found, (each, index) => ({ found: each, size: size[index] })) },
    }
  },
}

const cChart: SqlCase = {
  body: countCharts,
  rows: (inputs) => ({
    asked: { is_defectives: false, center: inputs.maybeNumber('cbar') },
    lists: {
      samples: positioned(inputs.has('counts') ? inputs.numbers('counts') : [], (found) => ({ found, size: 1 })),
    },
  }),
}

const ewma: SqlCase = {
  body: ewmaCharts,
  rows: (inputs) => {
    const lambda = inputs.number('lambda')
    if (!(lambda > 0 && lambda <= 1)) throw new RangeError('lambda: not in (0, 1]')
    return {
      asked: { lambda, sigma: inputs.maybeNumber('sigma'), target: inputs.maybeNumber('target') },
      lists: { singles: positioned(inputs.maybeNumbers('values'), (value) => ({ value })) },
    }
  },
  sizes: pairs,
}

function wantedRules(inputs: CaseInputs): string[] {
  const wanted = inputs.has('rules') ? inputs.texts('rules') : RUN_RULES
  const unknown = wanted.find((rule) => !RUN_RULES.includes(rule as RunRule))
  if (unknown !== undefined) throw new RangeError(`rules: ${unknown} is not a run rule`)
  return [...wanted]
}

const rules: SqlCase = {
  body: runRules,
  rows: (inputs) => {
    wantedRules(inputs)
    const values = inputs.maybeNumbers('values')
    const center = inputs.numbersOf('center', values.length)
    const sigma = inputs.numbersOf('sigma', values.length)
    const row = (value: number | null, index: number) => ({ value, center: center[index], sigma: sigma[index] })
    return { asked: {}, lists: { points: positioned(values, row) } }
  },
  outputs: (answer, inputs) => {
    const flags = answer['flags'] as Record<string, number[]>
    return Object.fromEntries(wantedRules(inputs).map((rule) => [rule, flags[rule] ?? []]))
  },
}

const capability: SqlCase = {
  body: capabilityIndices,
  rows: (inputs) => {
    const groups = inputs.has('subgroups') ? subgroupsOf(inputs) : []
    return {
      asked: {
        mean: inputs.maybeNumber('mean'),
        sigma_within: inputs.maybeNumber('sigma_within'),
        sigma_overall: inputs.maybeNumber('sigma_overall'),
        lsl: inputs.maybeNumber('lsl'),
        usl: inputs.maybeNumber('usl'),
        target: inputs.maybeNumber('target'),
        is_nearest: inputs.textOr('cpm_form', 'spread') !== 'spread',
        empty_subgroups: groups.filter((group) => group.length === 0).length,
      },
      lists: { points: pointRows(groups) },
    }
  },
  sizes: (inputs) => [2, ...(inputs.has('subgroups') ? sizesOf(subgroupsOf(inputs)) : [])],
  outputs: ({ cq, cql, cqu, cqk, ...answer }) => ({ ...answer, pp: cq, ppl: cql, ppu: cqu, ppk: cqk }),
}

const detection: SqlCase = {
  body: shiftDetections,
  rows: (inputs) => {
    const size = inputs.number('n')
    if (!(size >= 1)) throw new RangeError('n: below 1')
    return { asked: { size, shift: inputs.number('shift_sigma') } }
  },
}

const counts = (step: number, row: CaseInputs, input: string) => ({
  step,
  input: row.number(input),
  scrap: row.numberOr('scrap', 0),
  rework: row.numberOr('rework', 0),
})

const stepYield: SqlCase = {
  body: routeYields,
  rows: (inputs) => ({ asked: {}, lists: { steps: [counts(1, inputs, 'units_in')] } }),
}

const stepRows = (row: CaseInputs, step: number): ReturnType<typeof counts>[] =>
  row.has('machines') ? row.rows('machines').flatMap((each) => stepRows(each, step)) : [counts(step, row, 'in')]

const routeYield: SqlCase = {
  body: routeYields,
  rows: (inputs) => ({ asked: {}, lists: { steps: inputs.rows('steps').flatMap(stepRows) } }),
}

const rty: SqlCase = {
  body: rolledYields,
  rows: (inputs) => ({
    asked: {},
    lists: { yields: inputs.maybeNumbers('step_yields').map((share) => ({ share })) },
  }),
}

const pareto: SqlCase = {
  body: paretoOrder,
  rows: (inputs) => {
    const items = Array.isArray(inputs.raw('items'))
      ? inputs.rows('items').map((row) => ({
          code: row.maybeText('code') ?? row.text('name'),
          measure: row.maybeNumber('value') ?? row.number('count'),
        }))
      : [...inputs.amounts('items')].map(([code, measure]) => ({ code, measure }))
    return { asked: { threshold: inputs.maybeNumber('vital_threshold') ?? 0.8 }, lists: { items } }
  },
}

export const qualityCases: Record<string, SqlCase> = {
  xbar_r: subgroups('range'),
  xbar_s: subgroups('deviation'),
  i_mr: iMr,
  p_chart: attribute('defectives', 'n', true),
  u_chart: attribute('defects', 'units', false),
  np_chart: npChart,
  c_chart: cChart,
  ewma,
  run_rules: rules,
  capability,
  shift_detection: detection,
  step_yield: stepYield,
  route_yield: routeYield,
  rty,
  pareto,
}
