import { compareValues } from '../formula/compare.ts'
import { add, divide, isNum, type Num } from '../formula/decimal.ts'
import { Moment } from '../formula/moment.ts'
import { FormulaError, flatten, isError, typeError, type Scalar, type Value } from '../formula/values.ts'

/** Aggregates that need no list of all their values. */
export type FoldName = 'SUM' | 'AVG' | 'COUNT' | 'MAX' | 'MIN' | 'FIRST' | 'LAST'

/** A running sum in reading order: nulls are passed over, from an error on it is that error. */
export class RunningSum {
  value: Num | FormulaError

  constructor(before: Num | FormulaError = 0) {
    this.value = before
  }

  add(value: Value): Num | FormulaError {
    if (isError(this.value)) return this.value
    if (isNum(value)) this.value = add(this.value, value)
    else if (value !== null) this.value = isError(value) ? value : typeError('aggregateOfText')
    return this.value
  }
}

/** Largest (`sign` 1) or smallest (−1) so far, or why there is none. */
class Extreme {
  best: Scalar = null
  private readonly sign: number

  constructor(sign: number) {
    this.sign = sign
  }

  add(value: Scalar): void {
    if (isError(this.best)) return
    if (!isNum(value) && !(value instanceof Moment)) this.best = typeError('aggregateOfText')
    else if (this.best === null) this.best = value
    else {
      const order = compareValues(value, this.best)
      if (typeof order !== 'number') this.best = order as Scalar
      else if (order * this.sign > 0) this.best = value
    }
  }
}

/** Takes values one after the other and gives of them what `aggregate` gives of their list. */
export class Fold {
  private readonly name: FoldName
  private error: FormulaError | undefined
  private readonly sum = new RunningSum()
  private readonly extreme: Extreme
  private count = 0
  private first: Scalar = null
  private last: Scalar = null

  constructor(name: FoldName) {
    this.name = name
    this.extreme = new Extreme(name === 'MIN' ? -1 : 1)
  }

  add(value: Value): void {
    for (const part of flatten(value)) if (part !== null && this.error === undefined) this.addScalar(part)
  }

  /** A field of a row: a list in it is one value. */
  addField(value: Value): void {
    if (value !== null && this.error === undefined) this.addScalar(value as Scalar)
  }

  /** Null when nothing but nulls came in, save that a sum and a count of nothing are 0. */
  result(): Value {
    if (this.error !== undefined) return this.error
    switch (this.name) {
      case 'SUM':
        return this.sum.value
      case 'AVG':
        if (this.count === 0 || isError(this.sum.value)) return this.count === 0 ? null : this.sum.value
        return divide(this.sum.value, this.count) ?? null
      case 'COUNT':
        return this.count
      case 'MAX':
      case 'MIN':
        return this.extreme.best
      case 'FIRST':
        return this.first
      case 'LAST':
        return this.last
    }
  }

  get isEmpty(): boolean {
    return this.count === 0 && this.error === undefined
  }

  copy(): Fold {
    const fold = new Fold(this.name)
    fold.error = this.error
    fold.sum.value = this.sum.value
    fold.extreme.best = this.extreme.best
    fold.count = this.count
    fold.first = this.first
    fold.last = this.last
    return fold
  }

  private addScalar(value: Scalar): void {
    if (isError(value)) {
      this.error = value
      return
    }
    this.count += 1
    if (this.name === 'SUM' || this.name === 'AVG') this.sum.add(value)
    else if (this.name === 'MAX' || this.name === 'MIN') this.extreme.add(value)
    else {
      if (this.count === 1) this.first = value
      this.last = value
    }
  }
}
