/** Inspections, defects and tests of the MES. Decisions and defects carry local time without a zone. */
import { chartKind } from '@gemba/contracts/quality-record'
import { instantOfLocalText } from '../local-time.ts'
import type { PullStream } from '../mapping.ts'
import { rowStream } from './mes-rows.ts'

const PLANS = rowStream({
  name: 'inspection-plans',
  table: 'inspection_plan',
  key: 'plan_no',
  columns: [
    'characteristic',
    'version',
    'name_zh',
    'name_en',
    'material',
    'chart',
    'unit',
    'subgroup_size',
    'lsl',
    'usl',
    'target',
    'center',
    'sigma',
  ],
  ms: ['effective_at', 'baseline_from', 'baseline_to'],
  type: 'inspection-characteristic',
  data: (row) => {
    const chart = chartKind.safeParse(row.text('chart'))
    if (!chart.success) return null
    return {
      characteristic: row.text('characteristic'),
      version: row.text('version'),
      effectiveAt: row.number('effective_at'),
      name: { zh: row.text('name_zh'), en: row.text('name_en') },
      material: row.material,
      equipment: row.equipment,
      chart: chart.data,
      unit: row.text('unit'),
      subgroupSize: row.number('subgroup_size'),
      lsl: row.numberOrNull('lsl'),
      usl: row.numberOrNull('usl'),
      target: row.numberOrNull('target'),
      center: row.numberOrNull('center'),
      sigma: row.numberOrNull('sigma'),
      baselineFromAt: row.numberOrNull('baseline_from'),
      baselineToAt: row.numberOrNull('baseline_to'),
    }
  },
})

const RESULTS = rowStream({
  name: 'inspection-results',
  table: 'inspection_result',
  key: 'result_no',
  columns: ['characteristic', 'subgroup_no', 'sample_no', 'value', 'size', 'cavity', 'lot_no', 'wo_no'],
  ms: ['measured_at'],
  type: 'inspection-result',
  data: (row) => ({
    characteristic: row.text('characteristic'),
    subgroup: row.text('subgroup_no'),
    sample: row.number('sample_no'),
    equipment: row.equipment,
    at: row.number('measured_at'),
    value: row.numberOrNull('value'),
    size: row.number('size'),
    cavity: row.numberOrNull('cavity'),
    lot: row.textOrNull('lot_no'),
    order: row.order,
  }),
})

const LOT_KINDS = ['incoming', 'in-process', 'final'] as const

const LOTS = rowStream({
  name: 'inspection-lots',
  table: 'inspection_lot',
  key: 'inspection_no',
  columns: ['lot_no', 'material', 'kind', 'inspected', 'accepted', 'decision', 'decided_local'],
  type: 'inspection-lot',
  data: (row) => {
    const kind = LOT_KINDS.find((known) => known === row.text('kind'))
    const decided = row.textOrNull('decided_local')
    const clock = instantOfLocalText(row.timeZone, decided)
    if (!kind || (decided !== null && clock === null)) return null
    const decision = row.text('decision')
    return {
      inspectionLot: row.text('key'),
      lot: row.text('lot_no'),
      material: row.material,
      kind,
      equipment: row.equipment,
      inspected: row.number('inspected'),
      accepted: row.number('accepted'),
      decision: decision === 'accepted' || decision === 'rejected' ? decision : null,
      decidedAt: clock?.at ?? null,
      timeCertainty: clock?.certainty ?? 'exact',
    }
  },
})

const DISPOSITIONS = ['scrap', 'rework', 'use-as-is'] as const

const DEFECTS = rowStream({
  name: 'defects',
  table: 'defect_record',
  key: 'defect_no',
  columns: ['defect', 'quantity', 'material', 'lot_no', 'wo_no', 'disposition', 'found_local'],
  type: 'defect-record',
  data: (row) => {
    const disposition = DISPOSITIONS.find((known) => known === row.text('disposition'))
    const clock = instantOfLocalText(row.timeZone, row.textOrNull('found_local'))
    if (!disposition || !clock) return null
    return {
      defect: row.text('defect'),
      quantity: row.number('quantity'),
      equipment: row.equipment,
      material: row.material,
      lot: row.textOrNull('lot_no'),
      order: row.order,
      disposition,
      at: clock.at,
      timeCertainty: clock.certainty,
    }
  },
})

const NONCONFORMANCES = rowStream({
  name: 'nonconformances',
  table: 'nonconformance',
  key: 'nc_no',
  columns: ['lot_no', 'reason'],
  ms: ['opened_at', 'closed_at'],
  type: 'nonconformance',
  data: (row) => ({
    number: row.text('key'),
    lot: row.text('lot_no'),
    equipment: row.equipment,
    reason: row.text('reason'),
    openedAt: row.number('opened_at'),
    closedAt: row.numberOrNull('closed_at'),
  }),
})

const TEST_RESULTS = ['good', 'rework', 'scrap'] as const

const TESTS = rowStream({
  name: 'test-results',
  table: 'test_result',
  key: 'test_no',
  columns: ['serial_no', 'material', 'step', 'pass', 'result'],
  ms: ['tested_at'],
  type: 'test-result',
  data: (row) => {
    const result = TEST_RESULTS.find((known) => known === row.text('result'))
    if (!result) return null
    return {
      serial: row.text('serial_no'),
      material: row.material,
      step: row.text('step'),
      pass: row.number('pass'),
      equipment: row.equipment,
      result,
      at: row.number('tested_at'),
    }
  },
})

const STOP_ENTRIES = rowStream({
  name: 'stop-entries',
  table: 'downtime_event',
  key: 'event_no',
  columns: ['reason_code', 'priority', 'from_local', 'to_local'],
  type: 'stop-entry',
  data: (row) => {
    const from = instantOfLocalText(row.timeZone, row.textOrNull('from_local'))
    const to = instantOfLocalText(row.timeZone, row.textOrNull('to_local'))
    if (!from || !to || to.at <= from.at) return null
    return {
      equipment: row.equipment,
      fromAt: from.at,
      toAt: to.at,
      reason: row.textOrNull('reason_code'),
      priority: row.number('priority'),
      timeCertainty: from.certainty === 'exact' ? to.certainty : from.certainty,
    }
  },
})

export const QUALITY_STREAMS: readonly PullStream[] = [
  PLANS,
  RESULTS,
  LOTS,
  DEFECTS,
  NONCONFORMANCES,
  TESTS,
  STOP_ENTRIES,
]
