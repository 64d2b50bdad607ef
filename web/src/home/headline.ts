import type { BoardDocument, BoardFrame, TileDefinition, TileFrame } from '@gemba/contracts/board'
import { tileDataByKind } from '@gemba/contracts/board'
import type { NumberValue } from '@gemba/contracts/value'

/** The one figure that stands on the card of a board. */
export interface Headline {
  label: 'oee' | 'on-time-delivery' | 'late-orders' | 'due-today' | 'kitting'
  value: NumberValue
  target: number | null
  direction: 'higher-is-better' | 'lower-is-better'
}

/** What a board's card says first: OEE, then late orders, then any other key figure. */
function rank(tile: TileDefinition): number {
  if (tile.kind === 'oee-hero') return 0
  if (tile.kind !== 'key-figure') return Number.POSITIVE_INFINITY
  return tile.figure === 'late-orders' ? 1 : 2
}

function headlineOf(tile: TileDefinition, frame: TileFrame): Headline | null {
  if (frame.state !== 'ready') return null
  if (tile.kind === 'oee-hero') {
    const data = tileDataByKind['oee-hero'].safeParse(frame.data)
    if (!data.success) return null
    const { oee, targets } = data.data
    return { label: 'oee', value: oee, target: targets.oee, direction: 'higher-is-better' }
  }
  const data = tileDataByKind['key-figure'].safeParse(frame.data)
  if (!data.success) return null
  const { figure, value, target, direction } = data.data
  return { label: figure, value, target, direction }
}

/** The headline of a board now, null when none of its figures is ready. */
export function boardHeadline(document: BoardDocument, frame: BoardFrame): Headline | null {
  const tiles = document.tiles.filter((tile) => Number.isFinite(rank(tile))).sort((a, b) => rank(a) - rank(b))
  for (const tile of tiles) {
    const tileFrame = frame.tiles.find((each) => each.tile === tile.id)
    const headline = tileFrame ? headlineOf(tile, tileFrame) : null
    if (headline) return headline
  }
  return null
}

/** Whether a headline is on the bad side of its target; null without target or value. */
export function isWorse(headline: Headline): boolean | null {
  const { value } = headline.value
  if (value === null || headline.target === null) return null
  return headline.direction === 'higher-is-better' ? value < headline.target : value > headline.target
}
