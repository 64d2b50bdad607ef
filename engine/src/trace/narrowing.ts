/** A lot of a component was put on (hopper, feeder, reel) at `fromAt`, ms; it is in use until the next one. */
export interface LotLoad {
  lot: string
  fromAt: number
}

/** Pieces made at an instant or in a short stretch beginning there. */
export interface PieceCount {
  at: number
  pieces: number
}

/** Key of pieces made before the first load. */
export const BEFORE_FIRST_LOAD = null

/**
 * Narrowing inside one order: pieces by the lot that was in use when they were made. A lot that is put on at the very
 * instant of a count has that count. Pieces made before the first load belong to no known lot (key null). The pieces of
 * all lots add up to all pieces. O((loads + counts) log). Source: domain rule 4.1.
 */
export function piecesByLot(loads: readonly LotLoad[], counts: readonly PieceCount[]): Map<string | null, number> {
  const sortedLoads = [...loads].sort((a, b) => a.fromAt - b.fromAt)
  const sortedCounts = [...counts].sort((a, b) => a.at - b.at)
  const pieces = new Map<string | null, number>()
  let next = 0
  for (const count of sortedCounts) {
    while (next < sortedLoads.length && sortedLoads[next]!.fromAt <= count.at) next += 1
    const lot = next === 0 ? BEFORE_FIRST_LOAD : sortedLoads[next - 1]!.lot
    pieces.set(lot, (pieces.get(lot) ?? 0) + count.pieces)
  }
  return pieces
}
