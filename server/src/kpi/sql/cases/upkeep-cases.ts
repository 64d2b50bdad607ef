import type { CaseInputs } from '@gemba/engine/kpi/cases/case-inputs'
import { meterReadings, millisOf } from '@gemba/engine/kpi/cases/upkeep-cases'
import { alarmSums, energyByState } from '../upkeep.ts'
import type { SqlCase } from './sql-case.ts'

const maybe = (row: CaseInputs, key: string): number | null => (row.has(key) ? millisOf(row, key) : null)
const window = (inputs: CaseInputs) => ({ from_at: millisOf(inputs, 'from_s'), to_at: millisOf(inputs, 'to_s') })

const energy: SqlCase = {
  body: energyByState,
  rows: (inputs) => ({
    asked: window(inputs),
    lists: {
      readings: meterReadings(inputs).map(({ at, kwh }) => ({ at, kwh })),
      states: inputs.rows('states').map((row) => ({
        state: row.text('state'),
        from_at: millisOf(row, 'start_s'),
        to_at: millisOf(row, 'end_s'),
      })),
    },
  }),
}

const alarms: SqlCase = {
  body: alarmSums,
  rows: (inputs) => ({
    asked: { ...window(inputs), known_until: millisOf(inputs, 'known_until_s') },
    lists: {
      alarms: inputs.rows('alarms').map((row) => ({
        raised_at: millisOf(row, 'raised_s'),
        acknowledged_at: maybe(row, 'acknowledged_s'),
        cleared_at: maybe(row, 'cleared_s'),
      })),
    },
  }),
  outputs: (answer) => {
    const ms = answer['acknowledge_ms']
    return { ...answer, acknowledge_s: typeof ms === 'number' ? ms / 1_000 : null }
  },
}

/** Cases of energy and alarms. */
export const upkeepCases: Record<string, SqlCase> = { energy_by_state: energy, alarm_figures: alarms }
