import type { BoardFrame } from '@gemba/contracts/board'
import type { BoardPatch } from '@gemba/contracts/events'
import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toValue, watch } from 'vue'
import { type UsedChannel, useChannel } from './use-channel.ts'

/** The frame after a patch: only tiles, scope and sources that the patch names change; the others stay the same objects. */
export function applyBoardPatch(frame: BoardFrame, patch: BoardPatch): BoardFrame {
  const changed = new Map(patch.tiles.map((tile) => [tile.tile, tile]))
  const known = new Set(frame.tiles.map((tile) => tile.tile))
  return {
    ...frame,
    seq: patch.seq,
    serverTime: patch.serverTime,
    scope: patch.scope ?? frame.scope,
    sources: patch.sources ?? frame.sources,
    tiles: [
      ...frame.tiles.map((tile) => changed.get(tile.tile) ?? tile),
      ...patch.tiles.filter((tile) => !known.has(tile.tile)),
    ],
  }
}

export interface BoardScopeRequest {
  board: string
  /** Narrows the default scope of the board. */
  equipment?: string | undefined
}

/** The whole picture of one board, kept current by push. Null until the first answer; kept through a loss. */
export function useBoardFrame(
  request: MaybeRefOrGetter<BoardScopeRequest | null>,
): UsedChannel & { frame: Readonly<ShallowRef<BoardFrame | null>> } {
  const frame = shallowRef<BoardFrame | null>(null)
  const channelRequest = () => {
    const wanted = toValue(request)
    if (wanted === null) return null
    const equipment = wanted.equipment === undefined ? {} : { equipment: wanted.equipment }
    return { channel: 'board' as const, board: wanted.board, ...equipment }
  }
  // What belongs to another board or scope must not stand under the new name.
  watch(
    () => JSON.stringify(channelRequest()),
    () => (frame.value = null),
  )
  const used = useChannel<'board'>(channelRequest, {
    snapshot: (snapshot, seq) => (frame.value = { ...snapshot, seq }),
    patch: (patch) => {
      if (frame.value) frame.value = applyBoardPatch(frame.value, patch)
    },
  })
  return { ...used, frame }
}
