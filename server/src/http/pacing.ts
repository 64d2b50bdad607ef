const MOST_KEYS = 10_000

/** How often, or for how much, one caller may ask: a bucket that refills steadily. */
export class Pacing {
  private readonly buckets = new Map<string, { tokens: number; at: number }>()
  private readonly burst: number
  private readonly perMinute: number

  constructor(burst: number, perMinute: number) {
    this.burst = burst
    this.perMinute = perMinute
  }

  /** Takes tokens, one unless told otherwise; gives the seconds to wait when there are too few, else 0. */
  take(key: string, nowMs: number, cost = 1): number {
    const wait = this.wait(key, nowMs, cost)
    const tokens = this.tokensOf(key, nowMs)
    this.buckets.delete(key)
    this.buckets.set(key, { tokens: wait === 0 ? tokens - this.payable(cost) : tokens, at: nowMs })
    if (this.buckets.size > MOST_KEYS) this.dropOldest()
    return wait
  }

  /** Seconds to wait until so many can be taken; 0 = now. Takes nothing. */
  wait(key: string, nowMs: number, cost = 1): number {
    const lacking = this.payable(cost) - this.tokensOf(key, nowMs)
    return lacking <= 0 ? 0 : Math.ceil((lacking / this.perMinute) * 60)
  }

  /** What costs more than a whole burst is done when nothing else was. */
  private payable(cost: number): number {
    return Math.min(cost, this.burst)
  }

  private tokensOf(key: string, nowMs: number): number {
    const bucket = this.buckets.get(key) ?? { tokens: this.burst, at: nowMs }
    return Math.min(this.burst, bucket.tokens + ((nowMs - bucket.at) / 60_000) * this.perMinute)
  }

  /** The caller that was silent for the longest time; the others stay as slow as they are. */
  private dropOldest(): void {
    for (const oldest of this.buckets.keys()) {
      this.buckets.delete(oldest)
      return
    }
  }
}
