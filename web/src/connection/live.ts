import type { ChannelRequest, ClientToServer, JoinAnswer, ServerToClient } from '@gemba/contracts/events'
import type { Socket } from 'socket.io-client'
import { type Ref, readonly, shallowRef } from 'vue'
import {
  Channel,
  type ChannelHandlers,
  type ChannelKind,
  type ChannelLine,
  type RequestOf,
  isFinal,
} from './channel.ts'
import { noteServerTime } from './server-clock.ts'

export type LiveSocket = Socket<ServerToClient, ClientToServer>

/**
 * How the page stands to the server. `sinceAt` is this machine's time (ms) of the last sign of life. `refused`: the
 * server does not let this page in, and asking again is no use.
 */
export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'connected' }
  | { kind: 'lost'; sinceAt: number }
  | { kind: 'refused'; code: string; sinceAt: number }

export interface LiveTimes {
  /** No sign of life for this long means the line is lost. The server beats every 2 s. */
  silenceMs: number
  watchMs: number
  answerMs: number
  probeMs: number
  firstRetryMs: number
  longestRetryMs: number
}

/** Patches of one key kept while a join is under way. */
const MOST_EARLY = 50

const TIMES: LiveTimes = {
  silenceMs: 3_600,
  watchMs: 300,
  answerMs: 10_000,
  probeMs: 60_000,
  firstRetryMs: 1_000,
  longestRetryMs: 30_000,
}

/** One live connection for the whole page, opened by the first subscription and closed after the last. */
export class LiveConnection implements ChannelLine {
  private readonly connection = shallowRef<ConnectionState>({ kind: 'connecting' })
  readonly state = readonly(this.connection) as Readonly<Ref<ConnectionState>>
  private readonly openSocket: () => LiveSocket
  private readonly times: LiveTimes
  private readonly channels = new Set<Channel<ChannelKind>>()
  private readonly timers = new Set<ReturnType<typeof setTimeout>>()
  private socket: LiveSocket | null = null
  private heardAt = 0
  private retries = 0
  private readonly early = new Map<string, unknown[]>()
  private forgetSocket: () => void = () => undefined
  private onRefused: (code: string) => void = () => undefined

  constructor(openSocket: () => LiveSocket, times: Partial<LiveTimes> = {}) {
    this.openSocket = openSocket
    this.times = { ...TIMES, ...times }
  }

  /** Called when the server refuses this page for good. */
  whenRefused(callback: (code: string) => void): void {
    this.onRefused = callback
  }

  /** Starts a subscription; the answer ends it. */
  subscribe<K extends ChannelKind>(request: RequestOf<K>, handlers: ChannelHandlers<K>): () => void {
    const channel = new Channel<K>(request, handlers, this) as unknown as Channel<ChannelKind>
    this.channels.add(channel)
    if (!this.socket) this.open()
    else if (this.socket.connected) channel.lineUp()
    return () => this.end(channel)
  }

  private end(channel: Channel<ChannelKind>): void {
    if (!this.channels.delete(channel)) return
    channel.close()
    const shared = [...this.channels].some((other) => other.key === channel.key)
    if (channel.key !== null && !shared && this.socket?.connected) this.socket.emit('leave', channel.key)
    if (this.channels.size === 0) this.close()
  }

  private open(): void {
    this.heardAt = Date.now()
    this.connection.value = { kind: 'connecting' }
    const socket = this.openSocket()
    this.socket = socket
    const hear = () => this.hear()
    // Beats, pings and patches alike are signs of life.
    const listen = () => {
      hear()
      socket.io.engine.on('packet', hear)
    }
    socket.io.on('open', listen)
    this.forgetSocket = () => {
      socket.io.off('open', listen)
      socket.io.engine?.off('packet', hear)
      socket.removeAllListeners()
      socket.disconnect()
    }
    socket.on('connect', () => this.connected())
    socket.on('disconnect', (reason) => this.disconnected(reason))
    socket.on('connect_error', (error) => this.notAdmitted(error))
    socket.on('board:patch', ({ key, patch }) => this.deliver(key, patch))
    socket.on('points:patch', ({ key, patch }) => this.deliver(key, patch))
    socket.on('sources:patch', ({ key, ...patch }) => this.deliver(key, patch))
    socket.on('closed', ({ key, code }) => this.forKey(key, (channel) => channel.serverClosed(code)))
    this.every(this.times.watchMs, () => this.watch())
    this.every(this.times.probeMs, () => this.probe())
    socket.connect()
  }

  /** Closes the connection; a later subscription opens it again. */
  close(): void {
    for (const timer of this.timers) clearTimeout(timer)
    this.timers.clear()
    this.socket = null
    this.early.clear()
    this.forgetSocket()
    this.connection.value = { kind: 'connecting' }
  }

  private connected(): void {
    this.hear()
    this.retries = 0
    this.connection.value = { kind: 'connected' }
    this.probe()
    for (const channel of this.channels) channel.lineUp()
  }

  private disconnected(reason: string): void {
    this.lose()
    // The server ended this socket on purpose; the manager leaves the next step to us.
    if (reason === 'io server disconnect') this.retryLater(this.retries++, () => this.socket?.connect())
  }

  private notAdmitted(error: Error): void {
    // Still active: the transport failed and the manager tries again by itself.
    if (this.socket?.active) return
    if (!isFinal(error.message)) {
      this.retryLater(this.retries++, () => this.socket?.connect())
      return
    }
    this.connection.value = { kind: 'refused', code: error.message, sinceAt: Date.now() }
    this.onRefused(error.message)
  }

  private lose(): void {
    if (this.connection.value.kind === 'lost' || this.connection.value.kind === 'refused') return
    this.connection.value = { kind: 'lost', sinceAt: this.heardAt }
    for (const channel of this.channels) channel.lineDown()
  }

  private hear(): void {
    this.heardAt = Date.now()
  }

  /** A half-open line delivers nothing and reports nothing: silence is the only sign. */
  private watch(): void {
    const silentMs = Date.now() - this.heardAt
    if (silentMs < 0) return this.hear()
    if (silentMs <= this.times.silenceMs) return
    const wasConnected = this.socket?.connected === true
    this.lose()
    // Ends the dead transport at once; the manager then connects anew with its back-off.
    if (wasConnected) this.socket?.io.engine.close()
  }

  private probe(): void {
    const socket = this.socket
    if (!socket?.connected) return
    const askedAt = Date.now()
    socket.emit('probe', askedAt, (serverTime) => noteServerTime(serverTime, askedAt))
  }

  private deliver(key: string, patch: unknown): void {
    this.forKey(key, (channel) => channel.receive(patch))
    const awaited = [...this.channels].some((channel) => channel.isJoining && channel.key === null)
    if (!awaited) return this.early.clear()
    const waiting = this.early.get(key) ?? []
    if (waiting.length < MOST_EARLY) this.early.set(key, [...waiting, patch])
  }

  takeEarly(key: string): unknown[] {
    return this.early.get(key) ?? []
  }

  private forKey(key: string, act: (channel: Channel<ChannelKind>) => void): void {
    for (const channel of [...this.channels]) if (channel.key === key) act(channel)
  }

  join(request: ChannelRequest, answer: (reply: JoinAnswer | null) => void): void {
    const socket = this.socket
    if (!socket?.connected) return
    socket
      .timeout(this.times.answerMs)
      .emit('join', request, (error: Error | null, reply?: JoinAnswer) => answer(error ? null : (reply ?? null)))
  }

  /** Back-off 1 → 30 s with jitter. The answer cancels. */
  retryLater(attempt: number, retry: () => void): () => void {
    const { firstRetryMs, longestRetryMs } = this.times
    const ceiling = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempt, 10))
    const timer = setTimeout(
      () => {
        this.timers.delete(timer)
        retry()
      },
      ceiling * (0.5 + Math.random() / 2),
    )
    this.timers.add(timer)
    return () => {
      clearTimeout(timer)
      this.timers.delete(timer)
    }
  }

  private every(ms: number, act: () => void): void {
    const again = () => {
      this.timers.delete(timer)
      act()
      if (this.socket) {
        timer = setTimeout(again, ms)
        this.timers.add(timer)
      }
    }
    let timer = setTimeout(again, ms)
    this.timers.add(timer)
  }
}
