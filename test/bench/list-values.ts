/** The list of the benches of workbooks: an id, texts of which some return, numbers. */
export const COLUMNS = 20

export function valueAt(row: number, column: number): string | number {
  if (column === 0) return `ID-${row}`
  if (column < 8) return `文本${(row * (column + 3)) % 1000}`
  return ((row * (column + 7)) % 10_000) / (column % 2 === 0 ? 1 : 100)
}
