import type { RelativeDate, ScheduledParameter } from '@gemba/contracts/delivery'
import type { ParameterDescription, ParameterValue } from '@gemba/contracts/report'

/** Where a parameter of a scheduled report gets its value: the report's own default, a date that moves with the run, or one value. */
export type ParameterWay = 'default' | 'moving' | 'fixed'
export interface MovingRange {
  from: RelativeDate
  to: RelativeDate
}

const day = (relative: RelativeDate['relative'], days = 0): RelativeDate => ({ relative, days })

/** Ranges that readers ask for, from the planned instant of a run; both ends belong to them. */
export const MOVING_RANGES = {
  lastDay: { from: day('last-production-day'), to: day('last-production-day') },
  lastSeven: { from: day('last-production-day', -6), to: day('last-production-day') },
  lastWeek: { from: day('week-start', -7), to: day('week-start', -1) },
  lastMonth: { from: day('last-month-start'), to: day('month-start', -1) },
  monthToDay: { from: day('month-start'), to: day('last-production-day') },
} as const satisfies Record<string, MovingRange>

export const isMovingDate = (value: ScheduledParameter | undefined): value is RelativeDate =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && 'relative' in value

export const isMovingRange = (value: ScheduledParameter | undefined): value is MovingRange =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  'from' in value &&
  typeof value.from === 'object'

export function wayOf(value: ScheduledParameter | undefined): ParameterWay {
  if (value === undefined) return 'default'
  return isMovingDate(value) || isMovingRange(value) ? 'moving' : 'fixed'
}

/** Only dates move. */
export function waysOf({ type }: Pick<ParameterDescription, 'type'>): ParameterWay[] {
  return type === 'date' || type === 'dateRange' ? ['default', 'moving', 'fixed'] : ['default', 'fixed']
}

/** What a parameter begins with when its way is chosen; undefined leaves it to the report. */
export function begun(
  way: ParameterWay,
  { type, value }: Pick<ParameterDescription, 'type' | 'value'>,
): ScheduledParameter | undefined {
  if (way === 'default') return undefined
  if (way === 'fixed') return value
  return type === 'dateRange' ? MOVING_RANGES.lastSeven : day('last-production-day')
}

/** Parameters with one of them set, or left to the report. */
export function withParameter(
  params: Readonly<Record<string, ScheduledParameter>>,
  name: string,
  value: ScheduledParameter | undefined,
): Record<string, ScheduledParameter> {
  const { [name]: _before, ...rest } = params
  return value === undefined ? rest : { ...rest, [name]: value }
}

/** What the options of other parameters can follow: the values that do not move. */
export function fixedOf(params: Readonly<Record<string, ScheduledParameter>>): Record<string, ParameterValue> {
  const fixed = Object.entries(params).filter(([, value]) => wayOf(value) === 'fixed')
  return Object.fromEntries(fixed) as Record<string, ParameterValue>
}
