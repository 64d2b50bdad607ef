import type { TileData } from '@gemba/contracts/board'
import type { StateInterval } from '@gemba/contracts/kpi'
import type { OeeFacts } from '../oee-facts.ts'

export function stateTimeline(facts: OeeFacts): TileData<'state-timeline'> {
  return {
    fromAt: facts.shift.fromAt,
    toAt: facts.shift.toAt,
    nowAt: facts.elapsed.toAt,
    rows: facts.rows.map(({ equipment, intervals, silentSince }) => ({
      equipment: equipment.path,
      code: equipment.path.split('/').at(-1) ?? equipment.path,
      name: equipment.name,
      intervals: joinEqual(intervals),
      silentSince,
    })),
  }
}

/** Neighbours that look the same are one segment; orders and materials are not drawn. */
function joinEqual(intervals: readonly StateInterval[]): TileData<'state-timeline'>['rows'][number]['intervals'] {
  const joined: TileData<'state-timeline'>['rows'][number]['intervals'] = []
  for (const { fromAt, toAt, state, reason } of intervals) {
    const before = joined.at(-1)
    if (before && before.state === state && before.reason === reason && before.toAt === fromAt) before.toAt = toAt
    else joined.push({ fromAt, toAt, state, reason })
  }
  return joined
}
