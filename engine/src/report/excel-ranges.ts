import { boxAddress, columnName, type Box } from './address.ts'

export interface Point {
  y: number
  x: number
}

/**
 * Packs positions into rectangles, column by column: each starts at the first position that is left, grows down as far
 * as it can, then right. `C2:C4`, `C2:C3` and `C5:C6`, `B3:C4`.
 */
export function packPoints(points: readonly Point[]): Box[] {
  const [only] = points
  if (only !== undefined && points.length === 1) return [{ y0: only.y, x0: only.x, y1: only.y + 1, x1: only.x + 1 }]
  const height = points.reduce((most, { y }) => Math.max(most, y + 1), 1)
  const keyOf = (y: number, x: number): number => x * height + y
  const left = new Set(points.map(({ y, x }) => keyOf(y, x)))
  const boxes: Box[] = []
  for (const key of [...left].sort((a, b) => a - b)) {
    if (!left.has(key)) continue
    const x0 = Math.floor(key / height)
    const y0 = key % height
    let y1 = y0 + 1
    while (y1 < height && left.has(keyOf(y1, x0))) y1 += 1
    let x1 = x0 + 1
    while (hasColumn(left, { x: x1, y0, y1 }, keyOf)) x1 += 1
    for (let x = x0; x < x1; x += 1) for (let y = y0; y < y1; y += 1) left.delete(keyOf(y, x))
    boxes.push({ y0, x0, y1, x1 })
  }
  return boxes
}

function hasColumn(
  left: ReadonlySet<number>,
  { x, y0, y1 }: { x: number; y0: number; y1: number },
  keyOf: (y: number, x: number) => number,
): boolean {
  for (let y = y0; y < y1; y += 1) if (!left.has(keyOf(y, x))) return false
  return true
}

export const rangeList = (boxes: readonly Box[]): string => boxes.map(boxAddress).join(',')

/** `C$2:C5`: the start stays when the formula is copied down. Of several rectangles only the last one grows. */
export function growingRanges(boxes: readonly Box[]): string {
  return boxes
    .map(({ y0, x0, y1, x1 }, i) => {
      const end = `${columnName(x1 - 1)}${i < boxes.length - 1 ? '$' : ''}${y1}`
      return `${columnName(x0)}$${y0 + 1}:${end}`
    })
    .join(',')
}
