import type { DeliveryReceipt, DeliveryRun, DeliverySchedule } from '@gemba/contracts/delivery'
import type { MarkKind } from '../ui/StateMark.vue'

/** The state as it is named: a failure of some is not one of all. */
export const stateWord = ({ state, accepted }: DeliveryRun): string =>
  state === 'failed' && accepted > 0 ? 'partly' : state

const MARKS: Record<DeliveryRun['state'], MarkKind> = {
  planned: 'neutral',
  held: 'abnormal',
  rendering: 'late',
  rendered: 'late',
  sent: 'late',
  accepted: 'ok',
  failed: 'act',
  skipped: 'neutral',
}
export const markOf = ({ state }: DeliveryRun): MarkKind => MARKS[state]

export const isOver = ({ finishedAt }: DeliveryRun): boolean => finishedAt !== null

export const isBad = ({ state }: DeliveryReceipt): boolean => ['refused', 'failed', 'unknown'].includes(state)

/** Counts of the title line, over what is listed. */
export function countsOf(runs: readonly DeliveryRun[]) {
  const sum = (pick: (run: DeliveryRun) => number) => runs.reduce((total, run) => total + pick(run), 0)
  const number = (is: (run: DeliveryRun) => boolean) => runs.filter(is).length
  return {
    all: sum(({ recipients }) => recipients),
    accepted: sum(({ accepted }) => accepted),
    failed: number(({ state }) => state === 'failed'),
    late: number(({ late }) => late),
    skipped: number(({ state }) => state === 'skipped'),
    held: number(({ state }) => state === 'held'),
  }
}

export const matches = ({ schedule }: DeliverySchedule, text: string): boolean =>
  text === '' ||
  JSON.stringify([schedule.name, schedule.report, schedule.recipients]).toLowerCase().includes(text.toLowerCase())
