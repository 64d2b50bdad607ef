/** How patient deliveries are. One place, so that tests can be quick without sleeping. */
export interface DeliveryPace {
  readonly everyMs: number
  /** Who works on a run or letter holds it for this long; after that it is taken over. */
  readonly leaseMs: number
  /** Waits between one try and the next; as many more tries as there are waits. */
  readonly waitsMs: readonly number[]
  readonly holdLookMs: number
  readonly holdMostMs: number
  /** From the end of a run to the first look for corrections; later looks come after an eighth of its age. */
  readonly lookAfterMs: number
}

export const DELIVERY_PACE = Symbol('pace of deliveries')

export const USUAL_PACE: DeliveryPace = {
  everyMs: 1_000,
  leaseMs: 120_000,
  waitsMs: [30_000, 120_000, 600_000],
  holdLookMs: 30_000,
  holdMostMs: 12 * 3_600_000,
  lookAfterMs: 15 * 60_000,
}

/** Wait before the next try, spread so that all do not come at once; null = no more tries. */
export function waitAfter({ waitsMs }: DeliveryPace, attempts: number): number | null {
  const wait = waitsMs[attempts - 1]
  return wait === undefined ? null : Math.round(wait * (0.8 + Math.random() * 0.4))
}
