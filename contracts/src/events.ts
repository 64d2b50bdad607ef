import { z } from 'zod'
import { boardFrame, boardScope, sourceAge, tileFrame } from './board.ts'
import { instantMs } from './time.ts'

/**
 * Channels over socket.io (namespace `/live`, websocket transport only, session cookie). Each channel has a sequence
 * that grows by one with each patch. A client that reconnects sends the last sequence it has; it gets the missing
 * patches when they are still held, else a snapshot. Subscriptions die with their socket.
 */
export const channelRequest = z.discriminatedUnion('channel', [
  z.object({
    channel: z.literal('board'),
    board: z.string(),
    equipment: z.string().optional(),
    since: z.int().optional(),
    epoch: z.string().optional(),
  }),
  z.object({
    channel: z.literal('points'),
    points: z.array(z.string()).min(1).max(2000),
    since: z.int().optional(),
    epoch: z.string().optional(),
  }),
  z.object({ channel: z.literal('sources'), since: z.int().optional(), epoch: z.string().optional() }),
])
export type ChannelRequest = z.infer<typeof channelRequest>

/** A changed part of a board: only tiles, scope or sources that differ from the frame before. */
export const boardPatch = z.object({
  board: z.string(),
  seq: z.int(),
  serverTime: instantMs,
  scope: boardScope.optional(),
  tiles: z.array(tileFrame),
  sources: z.array(sourceAge).optional(),
})
export type BoardPatch = z.infer<typeof boardPatch>

/** Last values: [point, source time, value, quality 0|1|2]. */
export const pointSample = z.tuple([
  z.string(),
  instantMs,
  z.union([z.number(), z.string(), z.boolean(), z.null()]),
  z.number(),
])
export type PointSample = z.infer<typeof pointSample>
export const pointsMessage = z.object({ seq: z.int(), serverTime: instantMs, samples: z.array(pointSample) })
export type PointsMessage = z.infer<typeof pointsMessage>

/** `epoch` changes when the server restarts: an old `since` is then void. */
export type JoinAnswer =
  | { ok: true; key: string; epoch: string; seq: number; snapshot?: unknown; patches?: unknown[] }
  | { ok: false; code: string; title: string }

export interface ClientToServer {
  join(request: ChannelRequest, answer: (reply: JoinAnswer) => void): void
  leave(key: string): void
  /** Round-trip probe: answers with the server's time (ms). */
  probe(sentAt: number, answer: (serverTime: number) => void): void
}
export interface ServerToClient {
  'board:patch'(message: { key: string; patch: BoardPatch }): void
  'points:patch'(message: { key: string; patch: PointsMessage }): void
  'sources:patch'(message: { key: string; seq: number; serverTime: number; sources: z.infer<typeof sourceAge>[] }): void
  /** The channel cannot go on; join again or show why. */
  closed(message: { key: string; code: string }): void
  /** Sent every 2 s so that a silent line is noticed. */
  beat(message: { serverTime: number }): void
}
export { boardFrame }
