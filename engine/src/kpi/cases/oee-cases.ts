import type { EquipmentTimeParts } from '@gemba/contracts/kpi'
import { emptyParts, lossWaterfall, oeeFromParts, sumParts } from '../oee.ts'
import { equipmentRatios } from '../iso22400.ts'
import { parallelOutputs } from '../parallel-outputs.ts'
import { plantedFigures } from '../planted.ts'
import { mean } from '../control-chart.ts'
import { product, ratio, sumOf } from '../ratio.ts'
import { mergeStops, stoppedMs } from '../stops.ts'
import type { CaseInputs, CaseRunner } from './case-inputs.ts'

/** Parts in which the unit of time is whatever the case uses: the figures are ratios. */
function partsOf(values: Partial<EquipmentTimeParts>): EquipmentTimeParts {
  const parts = { ...emptyParts(), ...values }
  parts.scheduledMs = parts.plannedMs + parts.noDataMs
  parts.allMs ||= parts.scheduledMs
  return parts
}

/** Good pieces of a row, counted or what the bad ones leave of the total. */
export function goodOf(row: CaseInputs, total: number): number {
  for (const key of ['good_count', 'good']) if (row.has(key)) return row.number(key)
  return total - badOf(row)
}

/** Pieces that were not right the first time, under whichever names a case counts them. */
const BAD_COUNTS = ['reject_count', 'scrap', 'reject', 'rejects', 'rework', 'bad', 'defects']

function badOf(row: CaseInputs): number {
  return sumOf(BAD_COUNTS, (key) => row.numberOr(key, 0))
}

/** All pieces of a row under whichever name it counts them, else the sum of good and bad. */
export function totalOf(row: CaseInputs): number {
  for (const key of ['total_count', 'total']) if (row.has(key)) return row.number(key)
  return row.numberOr('good_count', 0) + row.numberOr('good', 0) + badOf(row)
}

/** Parts of a row with planned time, stop time, one ideal cycle and counts. */
function rowParts(row: CaseInputs): EquipmentTimeParts {
  const plannedMs =
    row.maybeNumber('planned_production_time_s') ?? row.number('shift_length_s') - row.numberOr('planned_stops_s', 0)
  const total = totalOf(row)
  const good = goodOf(row, total)
  const ideal = row.number('ideal_cycle_time_s')
  return partsOf({
    plannedMs,
    runMs: row.maybeNumber('run_time_s') ?? plannedMs - row.numberOr('stop_time_s', 0),
    total,
    good,
    idealMs: ideal * total,
    idealGoodMs: ideal * good,
  })
}

const oee: CaseRunner = (inputs) => {
  const parts = rowParts(inputs)
  const figures = oeeFromParts(parts)
  const capped = figures.performance === null ? null : Math.min(1, figures.performance)
  const isOver = figures.performance !== null && figures.performance > 1
  return {
    availability: figures.availability,
    performance: figures.performance,
    quality: figures.quality,
    oee: figures.oee,
    performance_capped: capped,
    oee_capped: isOver ? product(figures.availability, capped, figures.quality) : figures.oee,
    planned_production_time_s: parts.plannedMs,
    run_time_s: parts.runMs,
  }
}

const multiProduct: CaseRunner = (inputs) => {
  const plannedMs = inputs.number('planned_production_time_s')
  const runs = inputs.rows('runs').map((row) => {
    const total = totalOf(row)
    return { total, good: goodOf(row, total), ideal: row.number('ideal_cycle_time_s') }
  })
  const total = sumOf(runs, (run) => run.total)
  const good = sumOf(runs, (run) => run.good)
  const idealMs = sumOf(runs, (run) => run.ideal * run.total)
  const idealGoodMs = sumOf(runs, (run) => run.ideal * run.good)
  const runMs = plannedMs - inputs.numberOr('stop_time_s', 0)
  const figures = oeeFromParts(partsOf({ plannedMs, runMs, total, good, idealMs, idealGoodMs }))
  return {
    availability: figures.availability,
    performance: figures.performance,
    quality_time_weighted: figures.quality,
    quality_count_weighted: ratio(good, total),
    oee: figures.oee,
  }
}

const rollup: CaseRunner = (inputs) => {
  const machines = inputs.rows('machines').map(rowParts)
  const perMachine = machines.map((parts) => oeeFromParts(parts).oee)
  return {
    per_machine: perMachine,
    oee_time_weighted: oeeFromParts(sumParts(machines)).oee,
    oee_simple_mean: mean(perMachine.filter((each) => each !== null)),
  }
}

const parallel: CaseRunner = (inputs) => {
  const runs = inputs.rows('runs').map((run) => ({
    duration: run.number('duration_min'),
    outputs: run.rows('outputs').map((output) => {
      const total = totalOf(output)
      return { good: goodOf(output, total), total, maxRate: output.number('max_rate_per_min') }
    }),
  }))
  return { ...parallelOutputs(runs, inputs.number('shift_min')) }
}

const waterfall: CaseRunner = (inputs) => {
  const ideal = inputs.number('ideal_cycle_time_s')
  const [allMs, unscheduledMs, plannedStopMs] = [
    inputs.number('all_time_s'),
    inputs.numberOr('unscheduled_s', 0),
    inputs.numberOr('planned_stops_s', 0),
  ]
  const plannedMs = allMs - unscheduledMs - plannedStopMs
  const [setupMs, downMs] = [inputs.numberOr('changeover_s', 0), inputs.numberOr('unplanned_down_s', 0)]
  const total = totalOf(inputs)
  const good = goodOf(inputs, total)
  const parts = partsOf({
    allMs,
    unscheduledMs,
    plannedStopMs,
    plannedMs,
    setupMs,
    downMs,
    runMs: plannedMs - setupMs - downMs,
    microStopMs: inputs.numberOr('micro_stop_s', 0),
    total,
    good,
    idealMs: ideal * total,
    idealGoodMs: ideal * good,
  })
  const bars = lossWaterfall(parts)
  const figures = oeeFromParts(parts)
  const losses = bars.setupMs + bars.downMs + bars.microStopMs + bars.speedMs + bars.qualityMs
  return {
    planned_production_time_s: bars.plannedMs,
    run_time_s: bars.runMs,
    performance_loss_s: bars.microStopMs + bars.speedMs,
    micro_stop_s: bars.microStopMs,
    speed_loss_s: bars.speedMs,
    quality_loss_s: bars.qualityMs,
    fully_productive_s: bars.effectiveMs,
    oee: figures.oee,
    teep: figures.teep,
    check_sum_s: bars.unscheduledMs + bars.plannedStopMs + losses + bars.effectiveMs,
  }
}

const nee: CaseRunner = (inputs) => {
  const ratios = equipmentRatios({
    busy: inputs.number('pbt_s'),
    unitBusy: inputs.maybeNumber('aubt_s'),
    production: inputs.number('apt_s'),
    setup: inputs.numberOr('aust_s', 0),
    delay: inputs.maybeNumber('adet_s'),
    idealPerItem: inputs.number('planned_run_time_per_item_s'),
    produced: inputs.number('pq'),
    good: inputs.number('gq'),
  })
  return {
    availability: ratios.availability,
    effectiveness: ratios.effectiveness,
    quality_ratio: ratios.qualityRatio,
    oee: ratios.oee,
    nee: ratios.nee,
    setup_rate: ratios.setupRate,
    utilization_efficiency: ratios.utilizationEfficiency,
    allocation_efficiency: ratios.allocationEfficiency,
    technical_efficiency: ratios.technicalEfficiency,
  }
}

const teep: CaseRunner = (inputs) => {
  const utilization = ratio(inputs.number('planned_production_time_h'), inputs.numberOr('all_time_h', 24))
  return { utilization, teep: product(inputs.maybeNumber('oee'), utilization) }
}

const MINUTE_MS = 60_000

/** Minutes since midnight of `HH:MM` or `HH:MM:SS`; hours beyond 24 are allowed. */
export function minutesOf(row: CaseInputs, key: string): number {
  const match = /^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$/.exec(row.text(key))
  if (!match) throw new RangeError(`${key}: not a time of day`)
  return Number(match[1]) * 60 + Number(match[2]) + Number(match[3] ?? 0) / 60
}

const stopsMerge: CaseRunner = (inputs) => {
  const planned = inputs.number('planned_min')
  const stops = inputs.rows('stops').map((row) => {
    const from = minutesOf(row, 'start')
    const end = minutesOf(row, 'end')
    const to = end < from ? end + 1440 : end
    return {
      fromAt: from * MINUTE_MS,
      toAt: to * MINUTE_MS,
      reason: row.maybeText('reason'),
      priority: row.numberOr('priority', 0),
    }
  })
  const stopMin = stoppedMs(mergeStops(stops)) / MINUTE_MS
  const naiveMin = sumOf(stops, (stop) => stop.toAt - stop.fromAt) / MINUTE_MS
  return {
    stop_min: stopMin,
    availability: ratio(planned - stopMin, planned),
    naive_availability: ratio(planned - naiveMin, planned),
  }
}

const planted: CaseRunner = (inputs) => {
  const figures = plantedFigures({
    idealCycleSeconds: inputs.number('ideal_cycle_s'),
    cavities: inputs.numberOr('cavities', 1),
    speedFactor: inputs.numberOr('speed_factor', 1),
    mtbfRunHours: inputs.numberOr('mtbf_run_h', 0),
    mttrHours: inputs.numberOr('mttr_h', 0),
    microStopsPerRunHour: inputs.numberOr('microstops_per_run_h', 0),
    microStopMeanSeconds: inputs.numberOr('microstop_mean_s', 0),
    batchQuantity: inputs.numberOr('batch_qty', 0),
    changeoverHours: inputs.numberOr('changeover_h', 0),
    scrapRate: inputs.numberOr('scrap_rate', 0),
    reworkRate: inputs.numberOr('rework_rate', 0),
  })
  return {
    T: figures.plannedPerRun,
    availability: figures.availability,
    performance: figures.performance,
    quality: figures.quality,
    oee: figures.oee,
    oee_ms_as_down: figures.oeeMicroStopsAsDown,
    nee: figures.nee,
    good_per_planned_h: figures.goodPerPlannedHour,
  }
}

export const oeeCases: Record<string, CaseRunner> = {
  oee,
  oee_multi_product: multiProduct,
  oee_parallel_outputs: parallel,
  oee_rollup: rollup,
  loss_waterfall: waterfall,
  nee_iso22400: nee,
  teep,
  stops_merge: stopsMerge,
  planted_oee: planted,
}
