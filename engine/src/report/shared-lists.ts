/** Lists of numbers that many cells of a run have in common; nobody writes into them. */
export class SharedLists {
  private counting = new Int32Array(0)
  private readonly constants = new Map<number, Int32Array>()

  /** 0, 1, 2 … */
  upTo(count: number): Int32Array {
    if (this.counting.length < count) {
      // Some more than asked for: lists that are a little longer come right after.
      this.counting = new Int32Array(Math.ceil(count * 1.25) + 64)
      for (let i = 0; i < this.counting.length; i += 1) this.counting[i] = i
    }
    return this.counting.subarray(0, count)
  }

  /** The same number again and again. */
  all(value: number, count: number): Int32Array {
    let list = this.constants.get(value)
    if (list === undefined || list.length < count) {
      list = new Int32Array(count).fill(value)
      this.constants.set(value, list)
    }
    return list.subarray(0, count)
  }

  /** `list[by[0]], list[by[1]] …`; the list itself when `by` is 0, 1, 2 … */
  through(list: Int32Array, by: Int32Array): Int32Array {
    if (by.length === list.length && this.isCounting(by)) return list
    const result = new Int32Array(by.length)
    for (let i = 0; i < by.length; i += 1) result[i] = list[by[i] as number] as number
    return result
  }

  /** Whether a list is known to be 0, 1, 2 …; one that is so by chance is not. */
  isCounting(list: Int32Array): boolean {
    return list.buffer === this.counting.buffer
  }
}
