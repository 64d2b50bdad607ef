const MOST_KEYS = 10_000

/** How often one address may try to sign in: a bucket that refills steadily. */
export class Pacing {
  private readonly buckets = new Map<string, { tokens: number; at: number }>()
  private readonly burst: number
  private readonly perMinute: number

  constructor(burst: number, perMinute: number) {
    this.burst = burst
    this.perMinute = perMinute
  }

  /** Takes one token; gives the seconds to wait when there is none, else 0. */
  take(key: string, nowMs: number): number {
    const bucket = this.buckets.get(key) ?? { tokens: this.burst, at: nowMs }
    const tokens = Math.min(this.burst, bucket.tokens + ((nowMs - bucket.at) / 60_000) * this.perMinute)
    const enough = tokens >= 1
    this.buckets.delete(key)
    this.buckets.set(key, { tokens: enough ? tokens - 1 : tokens, at: nowMs })
    if (this.buckets.size > MOST_KEYS) this.dropOldest()
    return enough ? 0 : Math.ceil(((1 - tokens) / this.perMinute) * 60)
  }

  /** The address that was silent for the longest time; the others stay as slow as they are. */
  private dropOldest(): void {
    for (const oldest of this.buckets.keys()) {
      this.buckets.delete(oldest)
      return
    }
  }
}
