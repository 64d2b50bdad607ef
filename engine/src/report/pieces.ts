/** A box on the continuous grid: rows y0 … y1 − 1, columns x0 … x1 − 1. */
interface Place {
  y0: number
  x0: number
  y1: number
  x1: number
}

const LISTS = ['cell', 'instance', 'y0', 'x0', 'y1', 'x1'] as const

/** Pieces of a sheet by number, in lists that grow: piece i shows `instance[i]` of `cell[i]`. */
export class Pieces {
  count = 0
  cell: Int32Array
  instance: Int32Array
  y0: Int32Array
  x0: Int32Array
  y1: Int32Array
  x1: Int32Array

  /** `expected` is how many there will probably be. */
  constructor(expected: number) {
    this.cell = new Int32Array(expected)
    this.instance = new Int32Array(expected)
    this.y0 = new Int32Array(expected)
    this.x0 = new Int32Array(expected)
    this.y1 = new Int32Array(expected)
    this.x1 = new Int32Array(expected)
  }

  add(cell: number, instance: number, { y0, x0, y1, x1 }: Place): number {
    const piece = this.count
    if (piece === this.cell.length) this.grow()
    this.cell[piece] = cell
    this.instance[piece] = instance
    this.y0[piece] = y0
    this.x0[piece] = x0
    this.y1[piece] = y1
    this.x1[piece] = x1
    this.count += 1
    return piece
  }

  private grow(): void {
    const size = Math.max(64, this.cell.length * 2)
    for (const list of LISTS) {
      const larger = new Int32Array(size)
      larger.set(this[list])
      this[list] = larger
    }
  }
}
