import { capability, subgroupSpread } from '../capability.ts'
import {
  beyondLimits,
  defectivesLimits,
  defectsLimits,
  individualsChart,
  mean,
  rateChart,
  shareChart,
  subgroupChart,
  type AttributeChart,
} from '../control-chart.ts'
import { ewmaChart } from '../ewma.ts'
import { pareto } from '../pareto.ts'
import { RUN_RULES, runRules, type RunRule } from '../run-rules.ts'
import { shiftDetection } from '../shift-detection.ts'
import { ratio, sumOf } from '../ratio.ts'
import { firstPassYield, firstTimeYield, pooled, rolledYield, type StepCounts } from '../yield.ts'
import { product } from '../ratio.ts'
import type { CaseInputs, CaseRunner } from './case-inputs.ts'

/** Values of each subgroup; missing ones are left out. */
export function subgroupsOf(inputs: CaseInputs): number[][] {
  return inputs.list('subgroups').map((group) => new CaseRow(group).values)
}

/** A subgroup: a list of numbers, or a single number; missing values are left out. */
class CaseRow {
  readonly values: number[]
  constructor(group: unknown) {
    const list = Array.isArray(group) ? group : [group]
    this.values = list.filter((value): value is number => typeof value === 'number')
  }
}

const xbarR: CaseRunner = (inputs) => {
  const chart = subgroupChart(subgroupsOf(inputs), 'range')
  return {
    center: chart?.center ?? null,
    rbar: chart?.spread ?? null,
    sigma_within: chart?.sigmaWithin ?? null,
    xbar_lcl: chart?.xbar?.lcl ?? null,
    xbar_ucl: chart?.xbar?.ucl ?? null,
    r_lcl: chart?.spreadLimits?.lcl ?? null,
    r_ucl: chart?.spreadLimits?.ucl ?? null,
  }
}

const xbarS: CaseRunner = (inputs) => {
  const chart = subgroupChart(subgroupsOf(inputs), 'deviation')
  return {
    center: chart?.center ?? null,
    sbar: chart?.spread ?? null,
    sigma_within: chart?.sigmaWithin ?? null,
    xbar_lcl: chart?.xbar?.lcl ?? null,
    xbar_ucl: chart?.xbar?.ucl ?? null,
    s_lcl: chart?.spreadLimits?.lcl ?? null,
    s_ucl: chart?.spreadLimits?.ucl ?? null,
  }
}

const iMr: CaseRunner = (inputs) => {
  const values = inputs.maybeNumbers('values')
  const chart = individualsChart(values, inputs.maybeNumber('d2') ?? undefined)
  return {
    center: chart?.center ?? mean(values.filter((value) => value !== null)),
    mrbar: chart?.mrbar ?? null,
    sigma_within: chart?.sigmaWithin ?? null,
    lcl: chart?.lcl ?? null,
    ucl: chart?.ucl ?? null,
    beyond: beyondLimits(values, () => chart),
  }
}

function attribute(chart: AttributeChart | null): Record<string, unknown> {
  const known = chart?.limits.filter((limits) => limits !== null) ?? []
  const [first, last] = [known[0], known.at(-1)]
  return {
    center: chart?.center ?? null,
    lcl: first?.lcl ?? null,
    ucl: first?.ucl ?? null,
    lcl_first: first?.lcl ?? null,
    ucl_first: first?.ucl ?? null,
    lcl_last: last?.lcl ?? null,
    ucl_last: last?.ucl ?? null,
    beyond: chart?.beyond ?? [],
  }
}

const pChart: CaseRunner = (inputs) => {
  const defectives = inputs.maybeNumbers('defectives')
  return attribute(shareChart(defectives, inputs.numbersOf('n', defectives.length)))
}

const uChart: CaseRunner = (inputs) => {
  const defects = inputs.maybeNumbers('defects')
  return attribute(rateChart(defects, inputs.numbersOf('units', defects.length)))
}

const npChart: CaseRunner = (inputs) => {
  const defectives = inputs.numbers('defectives')
  const sizes = inputs.numbersOf('n', defectives.length)
  if (sizes.length !== defectives.length) throw new RangeError('n: not one for each sample')
  const isConstant = sizes.every((n) => n === sizes[0])
  const limits = isConstant && sizes.length > 0 ? defectivesLimits(defectives, sizes[0]!) : null
  return {
    center: limits?.center ?? null,
    lcl: limits?.lcl ?? null,
    ucl: limits?.ucl ?? null,
    beyond: beyondLimits(defectives, () => limits),
  }
}

const cChart: CaseRunner = (inputs) => {
  const counts = inputs.has('counts') ? inputs.numbers('counts') : []
  const cbar = inputs.maybeNumber('cbar') ?? mean(counts)
  const limits = cbar === null ? null : defectsLimits(cbar)
  return {
    center: cbar,
    lcl: limits?.lcl ?? null,
    ucl: limits?.ucl ?? null,
    beyond: beyondLimits(counts, () => limits),
  }
}

const ewma: CaseRunner = (inputs) => {
  const values = inputs.maybeNumbers('values')
  const sigma = inputs.maybeNumber('sigma') ?? individualsChart(values)?.sigmaWithin ?? null
  const target = inputs.maybeNumber('target') ?? mean(values.filter((value) => value !== null))
  if (sigma === null || target === null) return { ewma: [], lcl: null, ucl: null }
  const chart = ewmaChart(values, { lambda: inputs.number('lambda'), sigma, target })
  return { ewma: chart.ewma, lcl: chart.lcl, ucl: chart.ucl }
}

const rules: CaseRunner = (inputs) => {
  const values = inputs.maybeNumbers('values')
  const wanted = inputs.has('rules') ? inputs.texts('rules') : RUN_RULES
  const unknown = wanted.find((rule) => !RUN_RULES.includes(rule as RunRule))
  if (unknown !== undefined) throw new RangeError(`rules: ${unknown} is not a run rule`)
  const center = inputs.numbersOf('center', values.length)
  const sigma = inputs.numbersOf('sigma', values.length)
  return { ...runRules({ values, center, sigma }, wanted as RunRule[]) }
}

const capabilityCase: CaseRunner = (inputs) => {
  const fromGroups = inputs.has('subgroups') ? subgroupSpread(subgroupsOf(inputs)) : null
  return {
    ...capability({
      mean: inputs.maybeNumber('mean') ?? fromGroups?.mean ?? null,
      sigmaWithin: inputs.maybeNumber('sigma_within') ?? fromGroups?.sigmaWithin ?? null,
      sigmaOverall: inputs.maybeNumber('sigma_overall') ?? fromGroups?.sigmaOverall ?? null,
      lsl: inputs.maybeNumber('lsl'),
      usl: inputs.maybeNumber('usl'),
      target: inputs.maybeNumber('target'),
      cpmForm: inputs.textOr('cpm_form', 'spread') === 'spread' ? 'spread' : 'nearest',
    }),
  }
}

const detection: CaseRunner = (inputs) => {
  const { probability, runLength } = shiftDetection(inputs.number('n'), inputs.number('shift_sigma'))
  return { p_per_subgroup: probability, arl: runLength }
}

const stepYield: CaseRunner = (inputs) => {
  const step = {
    input: inputs.number('units_in'),
    scrap: inputs.numberOr('scrap', 0),
    rework: inputs.numberOr('rework', 0),
  }
  return {
    first_pass_yield: firstPassYield(step),
    first_time_yield: firstTimeYield(step),
    scrap_ratio: ratio(step.scrap, step.input),
    rework_ratio: ratio(step.rework, step.input),
  }
}

function stepOf(row: CaseInputs): StepCounts {
  if (row.has('machines')) return pooled(row.rows('machines').map(stepOf))
  return { input: row.number('in'), scrap: row.numberOr('scrap', 0), rework: row.numberOr('rework', 0) }
}

const routeYield: CaseRunner = (inputs) => {
  const steps = inputs.rows('steps').map(stepOf)
  if (steps.length === 0) return { fty: null, rty: null }
  return { fty: product(...steps.map(firstTimeYield)), rty: rolledYield(steps.map(firstPassYield)) }
}

const paretoCase: CaseRunner = (inputs) => {
  const raw = inputs.raw('items')
  const items = Array.isArray(raw)
    ? inputs.rows('items').map((row) => ({
        code: row.maybeText('code') ?? row.text('name'),
        measure: row.maybeNumber('value') ?? row.number('count'),
      }))
    : [...inputs.amounts('items')].map(([code, measure]) => ({ code, measure }))
  const result = pareto(items, inputs.maybeNumber('vital_threshold') ?? undefined)
  return {
    order: result.items.map((item) => item.code),
    cumulative: result.items.map((item) => item.cumulative),
    vital_few: result.vitalFew,
    total: sumOf(items, (item) => item.measure),
  }
}

export const qualityCases: Record<string, CaseRunner> = {
  xbar_r: xbarR,
  xbar_s: xbarS,
  i_mr: iMr,
  p_chart: pChart,
  np_chart: npChart,
  c_chart: cChart,
  u_chart: uChart,
  ewma,
  run_rules: rules,
  capability: capabilityCase,
  shift_detection: detection,
  step_yield: stepYield,
  route_yield: routeYield,
  rty: (inputs) => ({ rty: rolledYield(inputs.maybeNumbers('step_yields')) }),
  pareto: paretoCase,
}
