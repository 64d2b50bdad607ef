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
    if (this.buckets.size > 10_000) this.buckets.clear()
    const bucket = this.buckets.get(key) ?? { tokens: this.burst, at: nowMs }
    const tokens = Math.min(this.burst, bucket.tokens + ((nowMs - bucket.at) / 60_000) * this.perMinute)
    const enough = tokens >= 1
    this.buckets.set(key, { tokens: enough ? tokens - 1 : tokens, at: nowMs })
    return enough ? 0 : Math.ceil(((1 - tokens) / this.perMinute) * 60)
  }
}
