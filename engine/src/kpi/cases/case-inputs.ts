/** The inputs of one case, read by name with the checks that untyped JSON needs. Throws a RangeError that names the key. */
export class CaseInputs {
  private readonly values: Record<string, unknown>

  constructor(values: unknown) {
    if (typeof values !== 'object' || values === null || Array.isArray(values))
      throw new RangeError('inputs: not an object')
    this.values = values as Record<string, unknown>
  }

  has(key: string): boolean {
    return this.values[key] !== undefined && this.values[key] !== null
  }

  raw(key: string): unknown {
    return this.values[key]
  }

  number(key: string): number {
    const value = this.values[key]
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new RangeError(`${key}: not a number`)
    return value
  }

  /** Null when the key is absent or null. */
  maybeNumber(key: string): number | null {
    return this.has(key) ? this.number(key) : null
  }

  numberOr(key: string, fallback: number): number {
    return this.maybeNumber(key) ?? fallback
  }

  text(key: string): string {
    const value = this.values[key]
    if (typeof value !== 'string') throw new RangeError(`${key}: not a text`)
    return value
  }

  maybeText(key: string): string | null {
    return this.has(key) ? this.text(key) : null
  }

  textOr(key: string, fallback: string): string {
    return this.maybeText(key) ?? fallback
  }

  list(key: string): unknown[] {
    const value = this.values[key]
    if (!Array.isArray(value)) throw new RangeError(`${key}: not a list`)
    return value
  }

  /** A list of objects; an absent list is empty. */
  rows(key: string): CaseInputs[] {
    return this.has(key) ? this.list(key).map((row) => new CaseInputs(row)) : []
  }

  numbers(key: string): number[] {
    return this.list(key).map((value) => {
      if (typeof value !== 'number') throw new RangeError(`${key}: not a list of numbers`)
      return value
    })
  }

  /** A list of numbers in which values may be missing. */
  maybeNumbers(key: string): (number | null)[] {
    return this.list(key).map((value) => {
      if (value === undefined) return null
      if (value !== null && typeof value !== 'number') throw new RangeError(`${key}: not a list of numbers`)
      return value
    })
  }

  /** A list of numbers, or one number for every one of `count` places. */
  numbersOf(key: string, count: number): number[] {
    return Array.isArray(this.values[key]) ? this.numbers(key) : Array.from({ length: count }, () => this.number(key))
  }

  /** A list of texts, or one text. */
  texts(key: string): string[] {
    if (!this.has(key)) return []
    return typeof this.values[key] === 'string' ? [this.text(key)] : this.list(key).map(String)
  }

  /** An object with numbers; an absent one is empty. */
  amounts(key: string): Map<string, number> {
    const value = this.values[key] ?? {}
    if (typeof value !== 'object' || Array.isArray(value)) throw new RangeError(`${key}: not an object`)
    const inner = new CaseInputs(value)
    return new Map(Object.keys(value).map((name) => [name, inner.number(name)]))
  }

  keys(): string[] {
    return Object.keys(this.values)
  }
}

/** Computes the outputs of a case. Outputs that a case does not ask for are allowed. */
export type CaseRunner = (inputs: CaseInputs) => Record<string, unknown>
