import { SetMetadata } from '@nestjs/common'

/** What a route costs of the budget of its caller: one unit is about one figure of one machine for a shift. */
export interface RouteCost {
  readonly base: number
  /** Grows with the length of the period asked for and with the machines it is asked for. */
  readonly ranged?: true
  /** Grows with the rows that are asked for in the parameter `limit`. */
  readonly listed?: true
}

export const COST = 'gemba:cost'

/** Says what a route costs; one that says nothing is free. */
export const Costs = (base: number, grows: Omit<RouteCost, 'base'> = {}): MethodDecorator =>
  SetMetadata(COST, { base, ...grows } satisfies RouteCost)

const DAY_MS = 86_400_000
const UNIT_DAYS_OF_ONE = 50
const ROWS_OF_ONE = 500
/** No figure and no trace is asked of more; whoever does is refused before any work is done. */
export const LONGEST_PERIOD_DAYS = 400

type Asked = Readonly<Record<string, unknown>>

/** Cost of one request. The question is not checked yet: what cannot be read counts as little, and is refused later. */
export function costOf({ base, ranged, listed }: RouteCost, asked: Asked, places: readonly { path: string }[]): number {
  const days = ranged ? daysOf(asked) : 0
  const share = days === 0 ? 0 : (days * placesUnder(asked['equipment'], places)) / UNIT_DAYS_OF_ONE
  const rows = listed ? Math.max(0, numberOf(asked['limit']) ?? 0) / ROWS_OF_ONE : 0
  const whole = (base + share + rows) * (asked['explain'] === '1' ? 2 : 1)
  return Number.isFinite(whole) ? Math.ceil(whole) : base
}

function daysOf(asked: Asked): number {
  const [from, to] = [instantOf(asked['from']), instantOf(asked['to'])]
  const days = from === null || to === null ? 0 : (to - from) / DAY_MS
  return days > 0 && days <= LONGEST_PERIOD_DAYS ? days : 0
}

function placesUnder(equipment: unknown, places: readonly { path: string }[]): number {
  if (typeof equipment !== 'string') return 1
  const below = places.filter(({ path }) => path === equipment || path.startsWith(`${equipment}/`)).length
  return Math.max(1, below)
}

function numberOf(value: unknown): number | null {
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) return null
  return Number(value)
}

function instantOf(value: unknown): number | null {
  if (typeof value !== 'string') return null
  const at = numberOf(value) ?? Date.parse(value)
  return Number.isNaN(at) ? null : at
}
