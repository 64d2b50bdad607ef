/** A position counted from zero. */
export interface Position {
  row: number
  column: number
}

/** Reads `B12` as row 11, column 1; undefined when the text is no address. */
export function positionOf(address: string): Position | undefined {
  const match = /^([A-Z]{1,3})([1-9][0-9]{0,6})$/.exec(address)
  if (!match) return undefined
  return { row: Number(match[2]) - 1, column: columnOf(match[1] as string) }
}

/** `A` is 0, `AA` is 26. */
export function columnOf(letters: string): number {
  let column = 0
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64
  return column - 1
}

const names: string[] = []

/** 0 is `A`, 26 is `AA`. */
export function columnName(column: number): string {
  const known = names[column]
  if (known !== undefined) return known
  let name = ''
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name
  }
  names[column] = name
  return name
}

export const addressOf = (row: number, column: number): string => `${columnName(column)}${row + 1}`

/** Half-open on both axes: rows `y0` … `y1`−1, columns `x0` … `x1`−1. */
export interface Box {
  y0: number
  x0: number
  y1: number
  x1: number
}

/** `A2:B5`, or `A2` for a single cell. */
export function boxAddress(box: Box): string {
  const first = addressOf(box.y0, box.x0)
  const last = addressOf(box.y1 - 1, box.x1 - 1)
  return first === last ? first : `${first}:${last}`
}
