import { emptyParts } from '@gemba/engine/kpi/oee'
import type { CaseInputs } from '@gemba/engine/kpi/cases/case-inputs'
import { goodOf, minutesOf, totalOf } from '@gemba/engine/kpi/cases/oee-cases'
import { instantOf, textLike } from '@gemba/engine/kpi/cases/time-cases'
import { PART_COLUMNS } from '../../window-rows.ts'
import {
  equipmentFigures,
  parallelOutputFigures,
  plantedUnitFigures,
  teepFigures,
  timeElementRatios,
} from '../equipment.ts'
import { orderProgress } from '../orders.ts'
import { availabilityVariants, intervalReliability, lifeTests, serialLines } from '../reliability.ts'
import { FOR_EVER, counterIncrease, mergedStops, shiftInstances, statesInWindows } from '../time.ts'
import { positioned, type SqlCase } from './sql-case.ts'

const MINUTE_MS = 60_000
const EMPTY = emptyParts()

/** A row of additive parts; the unit of time is whatever the case uses. */
function windowRow(unit: string, values: Record<string, number>): Record<string, unknown> {
  const row: Record<string, unknown> = { unit }
  for (const [name, column] of PART_COLUMNS) row[column] = values[column] ?? EMPTY[name]
  row['scheduled_ms'] = values['planned_ms']
  row['all_ms'] = values['all_ms'] ?? values['planned_ms']
  return row
}

function plannedOf(row: CaseInputs): number {
  return (
    row.maybeNumber('planned_production_time_s') ?? row.number('shift_length_s') - row.numberOr('planned_stops_s', 0)
  )
}

function machine(unit: string, row: CaseInputs) {
  const planned = plannedOf(row)
  const total = totalOf(row)
  const run = row.maybeNumber('run_time_s') ?? planned - row.numberOr('stop_time_s', 0)
  return {
    window: windowRow(unit, { planned_ms: planned, run_ms: run }),
    run: { unit, total, good: goodOf(row, total), ideal_cycle: row.number('ideal_cycle_time_s') },
  }
}

const unitName = (index: number): string => String(index).padStart(6, '0')

const oee: SqlCase = {
  body: equipmentFigures,
  rows: (inputs) => {
    const { window, run } = machine('unit', inputs)
    return { asked: {}, lists: { windows: [window], runs: [run] } }
  },
  outputs: (answer) => ({
    ...answer,
    planned_production_time_s: answer['planned_ms'],
    run_time_s: answer['run_ms'],
  }),
}

const multiProduct: SqlCase = {
  body: equipmentFigures,
  rows: (inputs) => {
    const planned = inputs.number('planned_production_time_s')
    const runs = inputs.rows('runs').map((row) => {
      const total = totalOf(row)
      return { unit: 'unit', total, good: goodOf(row, total), ideal_cycle: row.number('ideal_cycle_time_s') }
    })
    const window = windowRow('unit', { planned_ms: planned, run_ms: planned - inputs.numberOr('stop_time_s', 0) })
    return { asked: {}, lists: { windows: [window], runs } }
  },
  outputs: (answer) => ({ ...answer, quality_time_weighted: answer['quality'] }),
}

const rollup: SqlCase = {
  body: equipmentFigures,
  rows: (inputs) => {
    const machines = inputs.rows('machines').map((row, index) => machine(unitName(index), row))
    return { asked: {}, lists: { windows: machines.map(({ window }) => window), runs: machines.map(({ run }) => run) } }
  },
  outputs: (answer) => ({
    per_machine: answer['unit_oee'],
    oee_time_weighted: answer['oee'],
    oee_simple_mean: answer['oee_simple_mean'],
  }),
}

const waterfall: SqlCase = {
  body: equipmentFigures,
  rows: (inputs) => {
    const all = inputs.number('all_time_s')
    const [unscheduled, planned_stop] = [inputs.numberOr('unscheduled_s', 0), inputs.numberOr('planned_stops_s', 0)]
    const [setup, down] = [inputs.numberOr('changeover_s', 0), inputs.numberOr('unplanned_down_s', 0)]
    const planned = all - unscheduled - planned_stop
    const total = totalOf(inputs)
    const window = windowRow('unit', {
      all_ms: all,
      unscheduled_ms: unscheduled,
      planned_stop_ms: planned_stop,
      planned_ms: planned,
      setup_ms: setup,
      down_ms: down,
      run_ms: planned - setup - down,
      micro_stop_ms: inputs.numberOr('micro_stop_s', 0),
    })
    const run = { unit: 'unit', total, good: goodOf(inputs, total), ideal_cycle: inputs.number('ideal_cycle_time_s') }
    return { asked: {}, lists: { windows: [window], runs: [run] } }
  },
  outputs: (answer) => {
    const bar = (name: string): number => Number(answer[`${name}_ms`])
    const losses = bar('setup') + bar('down') + bar('micro_stop') + bar('speed') + bar('quality')
    return {
      planned_production_time_s: bar('planned'),
      run_time_s: bar('run'),
      performance_loss_s: bar('micro_stop') + bar('speed'),
      micro_stop_s: bar('micro_stop'),
      speed_loss_s: bar('speed'),
      quality_loss_s: bar('quality'),
      fully_productive_s: bar('effective'),
      oee: answer['oee'],
      teep: answer['teep'],
      check_sum_s: bar('unscheduled') + bar('planned_stop') + losses + bar('effective'),
    }
  },
}

const nee: SqlCase = {
  body: timeElementRatios,
  rows: (inputs) => ({
    asked: {
      busy: inputs.number('pbt_s'),
      unit_busy: inputs.maybeNumber('aubt_s'),
      production: inputs.number('apt_s'),
      setup: inputs.numberOr('aust_s', 0),
      delay: inputs.maybeNumber('adet_s'),
      ideal: inputs.number('planned_run_time_per_item_s'),
      produced: inputs.number('pq'),
      good: inputs.number('gq'),
    },
  }),
}

const teep: SqlCase = {
  body: teepFigures,
  rows: (inputs) => ({
    asked: {
      oee: inputs.maybeNumber('oee'),
      planned: inputs.number('planned_production_time_h'),
      all: inputs.numberOr('all_time_h', 24),
    },
  }),
}

const parallel: SqlCase = {
  body: parallelOutputFigures,
  rows: (inputs) => {
    const runs = inputs.rows('runs')
    const outputs = runs.flatMap((run, index) =>
      run.rows('outputs').map((row) => {
        const total = totalOf(row)
        return { run: index, total, good: goodOf(row, total), max_rate: row.number('max_rate_per_min') }
      }),
    )
    return {
      asked: { shift: inputs.number('shift_min') },
      lists: { runs: runs.map((run, index) => ({ run: index, duration: run.number('duration_min') })), outputs },
    }
  },
}

const planted: SqlCase = {
  body: plantedUnitFigures,
  rows: (inputs) => {
    const fallbacks: Record<string, number> = { cavities: 1, speed_factor: 1 }
    const asked = Object.keys(plantedUnitFigures.inputs.asked).map((key): [string, number] => [
      key,
      key === 'ideal_cycle_s' ? inputs.number(key) : inputs.numberOr(key, fallbacks[key] ?? 0),
    ])
    return { asked: Object.fromEntries(asked) }
  },
}

const stopsMerge: SqlCase = {
  body: mergedStops,
  rows: (inputs) => ({
    asked: { planned_ms: inputs.number('planned_min') * MINUTE_MS },
    lists: {
      stops: positioned(inputs.rows('stops'), (row) => {
        const from = minutesOf(row, 'start')
        const end = minutesOf(row, 'end')
        return {
          from_at: from * MINUTE_MS,
          to_at: (end < from ? end + 1_440 : end) * MINUTE_MS,
          reason: row.maybeText('reason'),
          priority: row.numberOr('priority', 0),
        }
      }),
    },
  }),
}

function rangeRow(row: CaseInputs) {
  return { from_at: instantOf(row, 'start'), to_at: row.has('end') ? instantOf(row, 'end') : FOR_EVER }
}

const stateSplit: SqlCase = {
  body: statesInWindows,
  rows: (inputs) => ({
    asked: {},
    lists: {
      windows: inputs.rows('windows').map((row) => ({ id: row.text('id'), ...rangeRow(row) })),
      states: inputs.rows('states').map((row) => ({ state: row.text('state'), ...rangeRow(row) })),
    },
  }),
  outputs: (answer) => {
    const windows = Object.entries(answer['windows_ms'] as Record<string, Record<string, number>>)
    const seconds = (spent: Record<string, number>) =>
      Object.fromEntries(Object.entries(spent).map(([state, ms]) => [state, ms / 1_000]))
    return {
      windows: Object.fromEntries(windows.map(([id, spent]) => [id, seconds(spent)])),
      total_s: Number(answer['total_ms']) / 1_000,
    }
  },
}

const counter: SqlCase = {
  body: counterIncrease,
  rows: (inputs) => ({
    asked: { rollover: inputs.maybeNumber('rollover') },
    lists: { readings: positioned(inputs.maybeNumbers('readings'), (value) => ({ value })) },
  }),
}

const shiftInstance: SqlCase = {
  body: shiftInstances,
  params: (inputs) => ({ zone: inputs.text('tz') }),
  rows: (inputs) => ({
    asked: {
      production_date: inputs.text('production_date'),
      start: inputs.text('start'),
      end: inputs.text('end'),
      end_offset_days: inputs.maybeNumber('end_offset_days'),
    },
  }),
}

const progress: SqlCase = {
  body: orderProgress,
  rows: (inputs) => ({
    asked: {
      quantity: inputs.number('qty'),
      rate: inputs.maybeNumber('recent_good_per_h'),
      now_at: instantOf(inputs, 'now'),
      due_at: instantOf(inputs, 'due'),
    },
    lists: {
      operations: positioned(inputs.rows('operations'), (row) => ({
        standard: row.number('std_s_per_unit'),
        good: row.numberOr('good', 0),
        scrap: row.numberOr('scrap', 0),
      })),
      segments: inputs.rows('calendar').map(rangeRow),
    },
  }),
  outputs: (answer, inputs) => ({
    ...answer,
    eta: answer['eta_at'] === null ? null : textLike(Number(answer['eta_at']), inputs.text('now')),
    late: answer['late'] === null ? null : Boolean(answer['late']),
  }),
}

const variants: SqlCase = {
  body: availabilityVariants,
  rows: (inputs) => ({
    asked: {
      mtbf: inputs.number('mtbf_h'),
      mttr: inputs.number('mttr_h'),
      maintenance: inputs.numberOr('mean_pm_h_per_failure_cycle', 0),
      delay: inputs.numberOr('mean_logistics_delay_h', 0),
    },
  }),
}

const testedMtbf: SqlCase = {
  body: lifeTests,
  rows: (inputs) => ({
    asked: { units: inputs.number('units'), test_time: inputs.number('test_hours') },
    lists: { failures: inputs.numbers('failure_times_h').map((failed_after) => ({ failed_after })) },
  }),
}

const fromIntervals: SqlCase = {
  body: intervalReliability,
  rows: (inputs) => ({
    asked: {},
    lists: {
      intervals: inputs.rows('intervals').map((row) => ({ state: row.text('state'), hours: row.number('h') })),
    },
  }),
}

const serialLine: SqlCase = {
  body: serialLines,
  rows: (inputs) => ({
    asked: {},
    lists: {
      stations: inputs.rows('stations').map((row) => ({
        mtbf: row.maybeNumber('mtbf_run_h') ?? row.maybeNumber('mtbf_h'),
        mttr: row.number('mttr_h'),
      })),
    },
  }),
}

export const equipmentCases: Record<string, SqlCase> = {
  oee,
  oee_multi_product: multiProduct,
  oee_rollup: rollup,
  oee_parallel_outputs: parallel,
  loss_waterfall: waterfall,
  nee_iso22400: nee,
  teep,
  planted_oee: planted,
  stops_merge: stopsMerge,
  state_split: stateSplit,
  counter_delta: counter,
  shift_instance: shiftInstance,
  order_progress: progress,
  availability_variants: variants,
  mtbf_test: testedMtbf,
  mtbf_mttr_from_intervals: fromIntervals,
  serial_line_availability: serialLine,
}
