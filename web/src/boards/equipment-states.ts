import type { EquipmentState } from '@gemba/contracts/kpi'

/** How a state looks: one shape and one colour for every state that asks the same of a person. */
export type StateLook = 'run' | 'idle' | 'changeover' | 'warn' | 'alarm' | 'planned' | 'unknown'

const LOOKS: Record<EquipmentState, StateLook | null> = {
  // Nothing is drawn where nothing is planned.
  UNSCHEDULED: null,
  PLANNED_STOP: 'planned',
  RUN: 'run',
  MICRO_STOP: 'warn',
  SETUP: 'changeover',
  DOWN: 'alarm',
  STARVED: 'idle',
  BLOCKED: 'idle',
  WAIT_OPERATOR: 'changeover',
  NO_DATA: 'unknown',
}

export function lookOf(state: EquipmentState): StateLook | null {
  return LOOKS[state]
}

/** The order of the legend. */
export const LEGEND: readonly StateLook[] = ['run', 'idle', 'changeover', 'warn', 'alarm', 'planned', 'unknown']

export const LOOK_COLOURS: Record<StateLook, string> = {
  run: 'var(--g-state-run)',
  idle: 'var(--g-state-idle)',
  changeover: 'var(--g-state-act)',
  warn: 'var(--g-state-warn)',
  alarm: 'var(--g-state-alarm)',
  planned: 'var(--g-board-text2)',
  unknown: 'var(--g-board-text2)',
}
