import type { EquipmentState } from '@gemba/contracts/kpi'
import { alarmFigures } from '../alarms.ts'
import { energyFigures, energyUse } from '../energy.ts'
import type { CaseInputs, CaseRunner } from './case-inputs.ts'

/** Instants of these cases are whole seconds from any beginning. */
const SECOND_MS = 1_000

/** Milliseconds of a whole second; throws a RangeError that names the key. */
export function millisOf(row: CaseInputs, key: string): number {
  const seconds = row.number(key)
  if (!Number.isSafeInteger(seconds)) throw new RangeError(`${key}: not a whole number`)
  return seconds * SECOND_MS
}

const maybeMillis = (row: CaseInputs, key: string): number | null => (row.has(key) ? millisOf(row, key) : null)

/** Readings of a register, one per instant: of two at one instant the higher one holds. */
export function meterReadings(inputs: CaseInputs): { at: number; kwh: number | null }[] {
  const byInstant = new Map<number, number | null>()
  for (const row of inputs.rows('readings')) {
    const at = millisOf(row, 't_s')
    const kwh = row.maybeNumber('kwh')
    byInstant.set(at, Math.max(kwh ?? -1, byInstant.get(at) ?? -1))
  }
  return [...byInstant].sort(([a], [b]) => a - b).map(([at, kwh]) => ({ at, kwh: kwh === -1 ? null : kwh }))
}

const energyByState: CaseRunner = (inputs) => {
  const range = { fromAt: millisOf(inputs, 'from_s'), toAt: millisOf(inputs, 'to_s') }
  const intervals = inputs.rows('states').map((row) => ({
    state: row.text('state') as EquipmentState,
    fromAt: millisOf(row, 'start_s'),
    toAt: millisOf(row, 'end_s'),
    reason: null,
    order: null,
    material: null,
  }))
  const figures = energyFigures(energyUse(meterReadings(inputs), intervals, { range }))
  return {
    total_kwh: figures.totalKwh,
    idle_kwh: figures.idleKwh,
    unknown_kwh: figures.unknownKwh,
    idle_share: figures.idleShare,
  }
}

const alarms: CaseRunner = (inputs) => {
  const activations = inputs.rows('alarms').map((row) => ({
    raisedAt: millisOf(row, 'raised_s'),
    acknowledgedAt: maybeMillis(row, 'acknowledged_s'),
    clearedAt: maybeMillis(row, 'cleared_s'),
  }))
  const window = { fromAt: millisOf(inputs, 'from_s'), toAt: millisOf(inputs, 'to_s') }
  const { count, perHour, standing, acknowledged, acknowledgeMs } = alarmFigures(
    activations,
    window,
    millisOf(inputs, 'known_until_s'),
  )
  return {
    count,
    per_hour: perHour,
    standing,
    acknowledged,
    acknowledge_s: acknowledgeMs === null ? null : acknowledgeMs / SECOND_MS,
  }
}

export const upkeepCases: Record<string, CaseRunner> = { energy_by_state: energyByState, alarm_figures: alarms }
