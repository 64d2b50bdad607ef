import { ReportLimitError } from './findings.ts'

/**
 * A family of slices of one dataset: slice i holds `rows[start[i]] … rows[end[i] − 1]`, ascending. Slices are ranges
 * of one array, so a family costs what its rows cost.
 */
export interface SliceFamily {
  count: number
  rows: Int32Array
  start: Int32Array
  end: Int32Array
  /** Families whose slices contain those of this one, wherever both belong to agreeing instances. */
  within: ReadonlySet<SliceFamily>
}

/** The one slice of all rows. */
export function wholeFamily(rowCount: number): SliceFamily {
  const rows = Int32Array.from({ length: rowCount }, (_, row) => row)
  return { count: 1, rows, start: Int32Array.of(0), end: Int32Array.of(rowCount), within: new Set() }
}

/** A new family inside others. */
export function familyWithin(parts: Omit<SliceFamily, 'within'>, outer: readonly SliceFamily[]): SliceFamily {
  const within = new Set<SliceFamily>(outer)
  for (const family of outer) for (const further of family.within) within.add(further)
  return { ...parts, within }
}

/** Which slice each context or instance sees. */
export interface SliceView {
  family: SliceFamily
  index: Int32Array
}

/** Pairs of slices by a combined number: dense while that is small, else hashed. */
export class PairTable {
  private readonly width: number
  private readonly dense: Int32Array | undefined
  private readonly sparse: Map<number, number> | undefined

  constructor(height: number, width: number) {
    this.width = width
    if (height * width <= 4_000_000) this.dense = new Int32Array(height * width).fill(-1)
    else this.sparse = new Map()
  }

  get(a: number, b: number): number {
    const key = a * this.width + b
    return this.dense === undefined ? (this.sparse?.get(key) ?? -1) : (this.dense[key] as number)
  }

  set(a: number, b: number, value: number): void {
    const key = a * this.width + b
    if (this.dense === undefined) this.sparse?.set(key, value)
    else this.dense[key] = value
  }
}

export interface Intersection {
  family: SliceFamily
  pairs: PairTable
}

/**
 * All non-empty intersections of two families in one pass over the rows: each row knows the slices of `b` it lies in,
 * the rows of each slice of `a` are dealt out to those. Slice 0 of the result is the empty one.
 */
export function intersect(a: SliceFamily, b: SliceFamily, most: number): Intersection {
  const membership = membersByRow(b)
  const pairs = new PairTable(a.count, b.count)
  const rows: number[] = []
  const start = [0]
  const end = [0]
  const buckets = new Map<number, number[]>()
  for (let i = 0; i < a.count; i += 1) {
    buckets.clear()
    for (let at = a.start[i] as number; at < (a.end[i] as number); at += 1) {
      const row = a.rows[at] as number
      if (row >= membership.size) continue
      for (let m = membership.offset[row] as number; m < (membership.offset[row + 1] as number); m += 1) {
        const slice = membership.slices[m] as number
        const bucket = buckets.get(slice)
        if (bucket === undefined) buckets.set(slice, [row])
        else bucket.push(row)
      }
    }
    for (const [slice, bucket] of buckets) {
      pairs.set(i, slice, start.length)
      start.push(rows.length)
      for (const row of bucket) rows.push(row)
      end.push(rows.length)
    }
    if (rows.length > most) throw new ReportLimitError('sliceRows', most)
  }
  const parts = {
    count: start.length,
    rows: Int32Array.from(rows),
    start: Int32Array.from(start),
    end: Int32Array.from(end),
  }
  return { family: familyWithin(parts, [a, b]), pairs }
}

/** For each row below `size` the slices that hold it: `slices[offset[row]] … slices[offset[row + 1] − 1]`. */
function membersByRow(family: SliceFamily): { size: number; offset: Int32Array; slices: Int32Array } {
  let size = 0
  for (const row of family.rows) if (row >= size) size = row + 1
  const offset = new Int32Array(size + 1)
  const each = (visit: (row: number, slice: number) => void): void => {
    for (let i = 0; i < family.count; i += 1) {
      for (let at = family.start[i] as number; at < (family.end[i] as number); at += 1)
        visit(family.rows[at] as number, i)
    }
  }
  each((row) => (offset[row + 1] = (offset[row + 1] as number) + 1))
  for (let row = 0; row < size; row += 1) offset[row + 1] = (offset[row + 1] as number) + (offset[row] as number)
  const slices = new Int32Array(offset[size] as number)
  const next = offset.slice()
  each((row, slice) => {
    slices[next[row] as number] = slice
    next[row] = (next[row] as number) + 1
  })
  return { size, offset, slices }
}
