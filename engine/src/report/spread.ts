import type { ShownCell } from './report-result.ts'

/** A boxed sub-report whose cells go on in the rows to come. */
interface Spreading {
  rows: Iterator<ShownCell[]>
  x0: number
  /** Rows of the box that are still to come. */
  left: number
}

/**
 * The rows with the cells of boxed sub-reports in the place of their boxes, wherever a box has as many rows and columns
 * as the sub-report needs: for formats that hold cells and no pictures. Others stay one cell with all texts.
 */
export function* spread(rows: Iterable<ShownCell[]>): Generator<ShownCell[]> {
  let open: Spreading[] = []
  let y = 0
  for (const row of rows) {
    if (open.length === 0 && !row.some(isSpread)) {
      yield row
      y += 1
      continue
    }
    const own = row.filter((cell) => !isSpread(cell))
    for (const { box, boxed } of row.filter(isSpread))
      if (boxed !== undefined) open.push({ rows: boxed.rows(), x0: box.x0, left: box.y1 - box.y0 })
    const inner = open.flatMap((each) => nextRow(each, y))
    open = open.filter(({ left }) => left > 0)
    yield inner.length === 0 ? own : [...own, ...inner].toSorted((a, b) => a.box.x0 - b.box.x0)
    y += 1
  }
}

function isSpread({ box, boxed }: ShownCell): boolean {
  if (boxed === undefined) return false
  return boxed.visibleRows.length <= box.y1 - box.y0 && boxed.visibleColumns.length <= box.x1 - box.x0
}

function nextRow(spreading: Spreading, y: number): ShownCell[] {
  spreading.left -= 1
  const next = spreading.rows.next()
  if (next.done === true) return []
  const { x0 } = spreading
  return next.value.map((cell) => {
    const { box } = cell
    return { ...cell, box: { y0: y, x0: x0 + box.x0, y1: y + box.y1 - box.y0, x1: x0 + box.x1 } }
  })
}
