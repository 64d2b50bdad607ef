/** A cell by its address on the page, e.g. `C5`: column letters and row number, both from 1. */
export interface Place {
  column: number
  row: number
}

export type Direction = 'left' | 'right' | 'up' | 'down'

export const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
}

/** Far more than a sheet has lines: a place inside a box stays between those of its neighbours. */
const INSIDE = 1e-8

/** `null` for what is no address. `B7.C3` is a place inside the box at B7. */
export function placeOf(address: string): Place | null {
  const [outer = '', ...inner] = address.split('.')
  if (inner.length > 0) {
    const [box, within] = [placeOf(outer), placeOf(inner.join('.'))]
    if (box === null || within === null) return null
    return { column: box.column + within.column * INSIDE, row: box.row + within.row * INSIDE }
  }
  const match = /^([A-Z]{1,4})([1-9]\d{0,7})$/.exec(address)
  if (!match) return null
  const [, letters = '', digits = ''] = match
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0)
  return { column, row: Number(digits) }
}

/**
 * The next cell of a page in a direction: in a row the nearest one; over rows the nearest row that has any, and in it
 * the cell of the same column or the nearest to it. `null` at the edge of the page.
 */
export function neighbourOf(cells: readonly string[], from: string, direction: Direction): string | null {
  const start = placeOf(from)
  if (!start) return null
  const isAcross = direction === 'left' || direction === 'right'
  const sign = direction === 'left' || direction === 'up' ? -1 : 1
  let best: { address: string; along: number; aside: number } | null = null
  for (const address of cells) {
    const place = placeOf(address)
    if (!place) continue
    const along = sign * (isAcross ? place.column - start.column : place.row - start.row)
    const aside = Math.abs(isAcross ? place.row - start.row : place.column - start.column)
    if (along <= 0 || (isAcross && aside !== 0)) continue
    if (best === null || along < best.along || (along === best.along && aside < best.aside))
      best = { address, along, aside }
  }
  return best?.address ?? null
}
