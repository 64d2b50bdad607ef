/** Chance from a seed: the same seed gives the same plant on every start. */

/** A 32-bit hash of text (FNV-1a with a final mix), to give every unit a stream of its own. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  return mix(hash)
}

/** Spreads the bits of a 32-bit number (murmur3 finaliser). */
export function mix(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** A fraction in [0, 1) that depends on nothing but the two numbers. */
export function fractionOf(seed: number, index: number): number {
  return mix(seed ^ mix(index)) / 4_294_967_296
}

/** Small fast counting generator (sfc32) with the distributions the machines need. */
export class Random {
  private a: number
  private b: number
  private c: number
  private counter = 1
  private spare: number | null = null

  constructor(seed: string) {
    this.a = hashOf(`${seed}:a`)
    this.b = hashOf(`${seed}:b`)
    this.c = hashOf(`${seed}:c`)
    for (let round = 0; round < 12; round += 1) this.uniform()
  }

  clone(): Random {
    return Object.assign(Object.create(Random.prototype) as Random, this)
  }

  /** In [0, 1). */
  uniform(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (this.c << 21) | (this.c >>> 11)
    this.c = (this.c + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform()
  }

  /** Integer in [low, high]. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1))
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform())
  }

  /** Standard normal, polar method. */
  normal(): number {
    if (this.spare !== null) {
      const value = this.spare
      this.spare = null
      return value
    }
    for (;;) {
      const x = 2 * this.uniform() - 1
      const y = 2 * this.uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      this.spare = y * factor
      return x * factor
    }
  }

  /** Lognormal by mean and coefficient of variation. */
  lognormal(mean: number, variation: number): number {
    const variance = Math.log(1 + variation * variation)
    return Math.exp(Math.log(mean) - variance / 2 + Math.sqrt(variance) * this.normal())
  }

  /** Gamma by mean and coefficient of variation below 1 (Marsaglia and Tsang). */
  gamma(mean: number, variation: number): number {
    const shape = 1 / (variation * variation)
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = this.normal()
      const root = 1 + c * x
      if (root <= 0) continue
      const v = root * root * root
      const u = this.uniform()
      if (u < 1 - 0.0331 * x * x * x * x || Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v)))
        return (mean * d * v) / shape
    }
  }

  /** Index drawn in proportion to the weights. */
  weighted(weights: readonly number[]): number {
    let left = this.uniform() * weights.reduce((sum, weight) => sum + weight, 0)
    for (let index = 0; index < weights.length; index += 1) {
      left -= weights[index] ?? 0
      if (left < 0) return index
    }
    return weights.length - 1
  }
}
