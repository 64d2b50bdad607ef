import type { BoardFrame, SourceAge } from '@gemba/contracts/board'
import { boardFrame, sourceAge } from '@gemba/contracts/board'
import type { BoardPatch, ChannelRequest, JoinAnswer, PointSample, PointsMessage } from '@gemba/contracts/events'
import { boardPatch, pointSample, pointsMessage } from '@gemba/contracts/events'
import { instantMs } from '@gemba/contracts/time'
import { z } from 'zod'

export type ChannelKind = ChannelRequest['channel']
export type RequestOf<K extends ChannelKind> = Extract<ChannelRequest, { channel: K }>

const sourcesPatch = z.object({ seq: z.int(), serverTime: instantMs, sources: z.array(sourceAge) })
export type SourcesPatch = z.infer<typeof sourcesPatch>

export interface SnapshotOf {
  board: BoardFrame
  points: PointSample[]
  sources: SourceAge[]
}
export interface PatchOf {
  board: BoardPatch
  points: PointsMessage
  sources: SourcesPatch
}

const SHAPES: { [K in ChannelKind]: { snapshot: z.ZodType<SnapshotOf[K]>; patch: z.ZodType<PatchOf[K]> } } = {
  board: { snapshot: boardFrame, patch: boardPatch },
  points: { snapshot: z.array(pointSample), patch: pointsMessage },
  sources: { snapshot: z.array(sourceAge), patch: sourcesPatch },
}

/** `joining` until the first answer, then `live`; `lost` while the line is down; `refused` for good. */
export type ChannelState = 'joining' | 'live' | 'lost' | 'refused'
export interface Refusal {
  code: string
  title: string
}

export interface ChannelHandlers<K extends ChannelKind> {
  /** The whole picture of now: replaces everything known before. */
  snapshot(snapshot: SnapshotOf[K], seq: number): void
  /** The next change; comes exactly once and in order. */
  patch(patch: PatchOf[K], seq: number): void
  state?(state: ChannelState, refusal: Refusal | null): void
}

/** What a channel asks of the line below it. */
export interface ChannelLine {
  join(request: ChannelRequest, answer: (reply: JoinAnswer | null) => void): void
  /** Runs `retry` after a back-off that grows with `attempt` (0, 1, 2 …). The answer cancels. */
  retryLater(attempt: number, retry: () => void): () => void
  /** Patches of a key that arrived before the answer that names the key. */
  takeEarly(key: string): unknown[]
}

/** Patches that arrive while a join is under way; more than this and a snapshot is cheaper. */
const MOST_HELD = 500

/**
 * Keeps one subscription right over any loss: patches are applied exactly once and in order, a hole is filled by
 * asking again from the last sequence, and a patch that cannot be read leads to a new snapshot.
 */
export class Channel<K extends ChannelKind> {
  readonly request: RequestOf<K>
  key: string | null = null
  private epoch: string | null = null
  private seq = -1
  private joining = false
  private closed = false
  private joins = 0
  private attempts = 0
  private state: ChannelState = 'joining'
  private held: unknown[] = []
  private cancelRetry: (() => void) | null = null
  private readonly line: ChannelLine
  private readonly handlers: ChannelHandlers<K>

  constructor(request: RequestOf<K>, handlers: ChannelHandlers<K>, line: ChannelLine) {
    this.request = request
    this.handlers = handlers
    this.line = line
  }

  get isJoining(): boolean {
    return this.joining
  }

  /** The line is up: join, from the last sequence when there is one. */
  lineUp(): void {
    this.joining = false
    this.held = []
    if (this.state !== 'refused') this.join()
  }

  lineDown(): void {
    this.joining = false
    this.cancelRetry?.()
    if (this.state === 'live') this.enter('lost')
  }

  close(): void {
    this.closed = true
    this.cancelRetry?.()
    this.held = []
  }

  /** The server ended the channel. */
  serverClosed(code: string): void {
    if (isFinal(code)) this.refuse({ code, title: code })
    else this.again(false)
  }

  private join(): void {
    if (this.joining || this.closed) return
    this.joining = true
    this.cancelRetry?.()
    const join = ++this.joins
    const from = this.epoch !== null && this.seq >= 0 ? { since: this.seq, epoch: this.epoch } : {}
    this.line.join({ ...this.request, ...from } as ChannelRequest, (reply) => {
      if (this.closed || !this.joining || join !== this.joins) return
      this.joining = false
      this.joined(reply)
    })
  }

  private joined(reply: JoinAnswer | null): void {
    if (reply === null) return this.again(true)
    if (!reply.ok) return isFinal(reply.code) ? this.refuse(reply) : this.again(true)
    this.key = reply.key
    const resumed = reply.patches !== undefined && reply.epoch === this.epoch
    if (!resumed && !this.takeSnapshot(reply)) return this.again(false)
    this.epoch = reply.epoch
    this.enter('live')
    const waiting = [...(resumed ? (reply.patches ?? []) : []), ...this.line.takeEarly(reply.key), ...this.held]
    this.held = []
    for (const patch of waiting) {
      // The answer itself has a hole: what we hold is void.
      if (this.apply(patch) === 'hole') return this.again(false)
    }
  }

  private takeSnapshot(reply: Extract<JoinAnswer, { ok: true }>): boolean {
    const shape: z.ZodType<SnapshotOf[K]> = SHAPES[this.request.channel as K].snapshot
    const snapshot = shape.safeParse(reply.snapshot)
    if (!snapshot.success) return false
    this.seq = reply.seq
    this.handlers.snapshot(snapshot.data, reply.seq)
    return true
  }

  /** A patch of this channel's key. */
  receive(message: unknown): void {
    if (this.closed || this.state === 'refused') return
    if (this.joining) {
      if (this.held.length < MOST_HELD) this.held.push(message)
      return
    }
    const outcome = this.apply(message)
    if (outcome === 'unreadable') return this.again(false)
    if (outcome === 'applied') this.attempts = 0
    if (outcome !== 'hole') return
    this.held.push(message)
    this.join()
  }

  private apply(message: unknown): 'applied' | 'known' | 'hole' | 'unreadable' {
    const shape: z.ZodType<PatchOf[K]> = SHAPES[this.request.channel as K].patch
    const patch = shape.safeParse(message)
    if (!patch.success) return 'unreadable'
    const { seq } = patch.data
    if (seq <= this.seq) return 'known'
    if (seq > this.seq + 1) return 'hole'
    this.seq = seq
    this.handlers.patch(patch.data, seq)
    return 'applied'
  }

  /** Joins again later; without `resume` what is known is void and a snapshot is wanted. */
  private again(resume: boolean): void {
    if (!resume) {
      this.seq = -1
      this.epoch = null
    }
    this.cancelRetry?.()
    this.cancelRetry = this.line.retryLater(this.attempts++, () => this.join())
  }

  private refuse(refusal: Refusal): void {
    this.enter('refused', { code: refusal.code, title: refusal.title })
  }

  private enter(state: ChannelState, refusal: Refusal | null = null): void {
    if (this.state === state) return
    this.state = state
    this.handlers.state?.(state, refusal)
  }
}

const PASSING = new Set(['RIGHTS_CHANGED', 'STORE_AWAY', 'STARTING', 'INTERNAL', 'TOO_MANY_REQUESTS', 'RESTARTING'])

/** A refusal that asking again cannot change. */
export function isFinal(code: string): boolean {
  return !PASSING.has(code)
}
