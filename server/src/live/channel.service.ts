import { randomBytes } from 'node:crypto'
import { Injectable } from '@nestjs/common'
import type { ChannelRequest, JoinAnswer } from '@gemba/contracts/events'
import type { Principal } from '../accounts/principal.ts'
import { Fault } from '../http/fault.ts'

/** Patches held for clients that come back. */
const HELD_PATCHES = 120

/** A running channel: what one (kind, scope) of screens looks at together. */
export interface ChannelHandle {
  /** The whole picture of now; patches with a later sequence continue from it. */
  snapshot(): Promise<unknown>
  stop(): void
}

export type Publish = (patchOf: (seq: number) => unknown) => void

/** Makes channels of one kind. `keyOf` refuses with a Fault what the principal may not see. */
export interface ChannelProvider<R extends ChannelRequest = ChannelRequest> {
  keyOf(request: R, principal: Principal): string
  /** Everybody who joins has the same rights as `principal`, as far as the key tells them apart. */
  start(request: R, publish: Publish, principal: Principal): ChannelHandle
}

interface OpenChannel {
  /** Changes with every start of the channel: what happened while nobody looked has no number. */
  readonly epoch: string
  seq: number
  readonly held: { seq: number; patch: unknown }[]
  readonly handle: ChannelHandle
  readonly subscribers: Set<string>
}

/** All open channels; a channel lives as long as somebody looks. */
@Injectable()
export class ChannelService {
  private readonly providers = new Map<ChannelRequest['channel'], ChannelProvider>()
  private readonly open = new Map<string, OpenChannel>()
  /** What each socket watches, by key of the channel. */
  private readonly keysOf = new Map<string, Map<string, ChannelRequest>>()
  private send: (key: string, kind: ChannelRequest['channel'], patch: unknown) => void = () => undefined

  provide<K extends ChannelRequest['channel']>(
    kind: K,
    provider: ChannelProvider<Extract<ChannelRequest, { channel: K }>>,
  ): void {
    this.providers.set(kind, provider as unknown as ChannelProvider)
  }

  sendWith(send: (key: string, kind: ChannelRequest['channel'], patch: unknown) => void): void {
    this.send = send
  }

  get subscriptions(): number {
    let count = 0
    for (const channel of this.open.values()) count += channel.subscribers.size
    return count
  }

  watches(socket: string, key: string): boolean {
    return this.keysOf.get(socket)?.has(key) === true
  }

  subscriptionsOf(socket: string): number {
    return this.keysOf.get(socket)?.size ?? 0
  }

  async join(
    socket: string,
    request: ChannelRequest,
    principal: Principal,
  ): Promise<Extract<JoinAnswer, { ok: true }>> {
    const provider = this.providers.get(request.channel)
    if (!provider) throw new Fault('INPUT_INVALID', { fields: 'channel' })
    const key = `${request.channel}:${provider.keyOf(request, principal)}`
    const channel = this.open.get(key) ?? this.start(key, { request, provider, principal })
    channel.subscribers.add(socket)
    const keys = this.keysOf.get(socket) ?? new Map<string, ChannelRequest>()
    this.keysOf.set(socket, keys.set(key, request))
    const { epoch } = channel
    const patches = this.missedPatches(channel, request)
    if (patches) return { ok: true, key, epoch, seq: channel.seq, patches }
    try {
      const snapshot = await channel.handle.snapshot()
      return { ok: true, key, epoch, seq: channel.seq, snapshot }
    } catch (error) {
      this.leave(socket, key)
      throw error
    }
  }

  private start(
    key: string,
    { request, provider, principal }: { request: ChannelRequest; provider: ChannelProvider; principal: Principal },
  ): OpenChannel {
    const held: OpenChannel['held'] = []
    const publish: Publish = (patchOf) => {
      const channel = this.open.get(key)
      if (!channel) return
      channel.seq += 1
      const patch = patchOf(channel.seq)
      held.push({ seq: channel.seq, patch })
      if (held.length > HELD_PATCHES) held.shift()
      this.send(key, request.channel, patch)
    }
    const channel: OpenChannel = {
      epoch: randomBytes(6).toString('hex'),
      seq: 0,
      held,
      handle: provider.start(request, publish, principal),
      subscribers: new Set(),
    }
    this.open.set(key, channel)
    return channel
  }

  /** The patches since the client's last one, when all of them are still held. */
  private missedPatches(channel: OpenChannel, request: ChannelRequest): unknown[] | null {
    if (request.epoch !== channel.epoch || request.since === undefined || request.since > channel.seq) return null
    const first = channel.held[0]?.seq ?? channel.seq + 1
    if (request.since + 1 < first) return null
    return channel.held.filter(({ seq }) => seq > (request.since ?? 0)).map(({ patch }) => patch)
  }

  /** Keys that the socket watches and could not join again with the rights of now. */
  voidKeys(socket: string, principal: Principal): string[] {
    return [...(this.keysOf.get(socket) ?? [])].flatMap(([key, request]) => {
      try {
        const provider = this.providers.get(request.channel)
        return `${request.channel}:${provider?.keyOf(request, principal)}` === key ? [] : [key]
      } catch {
        return [key]
      }
    })
  }

  leave(socket: string, key: string): void {
    this.keysOf.get(socket)?.delete(key)
    const channel = this.open.get(key)
    if (!channel?.subscribers.delete(socket) || channel.subscribers.size > 0) return
    this.open.delete(key)
    channel.handle.stop()
  }

  /** The one path on which subscriptions end with their socket. */
  gone(socket: string): void {
    for (const key of [...(this.keysOf.get(socket)?.keys() ?? [])]) this.leave(socket, key)
    this.keysOf.delete(socket)
  }

  stopAll(): void {
    for (const channel of this.open.values()) channel.handle.stop()
    this.open.clear()
    this.keysOf.clear()
  }
}
