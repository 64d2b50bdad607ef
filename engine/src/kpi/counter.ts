/**
 * The increase between two readings of a cumulative counter. A decrease is a reset to zero: the new reading is the
 * increase. Where the counter rolls over at a known value (exclusive maximum, e.g. 65 536 for 16 bits), a decrease is
 * a rollover: new + rolloverAt − old. Never negative.
 */
export function counterIncrease(before: number, now: number, rolloverAt?: number | null): number {
  if (now >= before) return now - before
  if (rolloverAt !== undefined && rolloverAt !== null && before < rolloverAt) return now + rolloverAt - before
  return Math.max(0, now)
}

export interface CounterDelta {
  /** Pieces between the first and the last reading. */
  delta: number
  /** How often the reading fell (reset or rollover). */
  resets: number
}

/**
 * Total increase over readings in order of time. Readings that are missing or not a finite number are passed over.
 * The first reading is the base line and adds nothing.
 */
export function counterDelta(readings: readonly (number | null)[], rolloverAt?: number | null): CounterDelta {
  let before: number | null = null
  let delta = 0
  let resets = 0
  for (const reading of readings) {
    if (reading === null || !Number.isFinite(reading)) continue
    if (before !== null) {
      if (reading < before) resets += 1
      delta += counterIncrease(before, reading, rolloverAt)
    }
    before = reading
  }
  return { delta, resets }
}
