import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { BoardFrame, TileFrame } from '@gemba/contracts/board'
import type { BoardPatch, ChannelRequest } from '@gemba/contracts/events'
import type { Principal } from '../accounts/principal.ts'
import { equipmentScope } from '../datasets/data-gate.ts'
import { log } from '../http/log.ts'
import { type ChannelHandle, type ChannelProvider, ChannelService, type Publish } from '../live/channel.service.ts'
import { BoardFrames } from './board-frames.service.ts'
import { BoardsService } from './boards.service.ts'

const EVERY_MS = 1_000

type BoardRequest = Extract<ChannelRequest, { channel: 'board' }>
type Frame = Omit<BoardFrame, 'seq' | 'board'>

/** What of a frame is new against the one before; null = nothing. */
export function patchBetween(before: Frame, after: Frame): Omit<BoardPatch, 'seq' | 'board'> | null {
  const known = new Map(before.tiles.map((tile) => [tile.tile, JSON.stringify(tile)]))
  const tiles: TileFrame[] = after.tiles.filter((tile) => known.get(tile.tile) !== JSON.stringify(tile))
  const scope = JSON.stringify(before.scope) === JSON.stringify(after.scope) ? {} : { scope: after.scope }
  const sources = JSON.stringify(before.sources) === JSON.stringify(after.sources) ? {} : { sources: after.sources }
  if (tiles.length === 0 && !('scope' in scope) && !('sources' in sources)) return null
  return { serverTime: after.serverTime, tiles, ...scope, ...sources }
}

/** Live boards: computed once a second for each (board, scope) that somebody watches, whoever watches it. */
@Injectable()
export class BoardChannels implements OnModuleInit, ChannelProvider<BoardRequest> {
  constructor(
    private readonly channels: ChannelService,
    private readonly boards: BoardsService,
    private readonly frames: BoardFrames,
  ) {}

  onModuleInit(): void {
    this.channels.provide('board', this)
  }

  keyOf(request: BoardRequest, principal: Principal): string {
    const document = this.boards.get(request.board, principal)
    const equipment = this.boards.scopeOf(document, request.equipment, principal)
    return `${document.id}:${equipment}:${equipmentScope(principal).key}`
  }

  /** Everybody on the channel has the rights of `principal`: the key of the channel holds theirs. */
  start(request: BoardRequest, publish: Publish, principal: Principal): ChannelHandle {
    const document = this.boards.get(request.board, principal)
    const equipment = request.equipment ?? document.scope.equipment
    let latest: Frame | null = null
    let computing: Promise<Frame> | null = null
    const compute = (): Promise<Frame> => {
      computing ??= this.frames.frame(document, equipment, principal).finally(() => (computing = null))
      return computing
    }
    const advance = async (): Promise<void> => {
      if (computing) return
      const before = latest
      const after = await compute()
      const patch = before ? patchBetween(before, after) : null
      latest = after
      if (patch) publish((seq) => ({ board: document.id, seq, ...patch }))
    }
    const timer = setInterval(
      () =>
        void advance().catch((error: unknown) =>
          log.error({ err: error, board: document.id }, 'board could not be computed'),
        ),
      EVERY_MS,
    )
    return {
      snapshot: async () => ({ board: document.id, seq: 0, ...(latest ??= await compute()) }),
      stop: () => clearInterval(timer),
    }
  }
}
