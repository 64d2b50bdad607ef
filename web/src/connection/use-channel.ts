import { io } from 'socket.io-client'
import { type MaybeRefOrGetter, type Ref, onScopeDispose, shallowRef, toValue, watch } from 'vue'
import type { ChannelHandlers, ChannelKind, ChannelState, PatchOf, Refusal, RequestOf, SnapshotOf } from './channel.ts'
import { type ConnectionState, LiveConnection, type LiveSocket } from './live.ts'
import { linkHandshake } from './spoken-link.ts'

function openSocket(): LiveSocket {
  return io('/live', {
    transports: ['websocket'],
    autoConnect: false,
    forceNew: true,
    // Back-off 1 → 30 s, each wait spread by half so that a hall of screens does not come back as one.
    reconnectionDelay: 1_000,
    reconnectionDelayMax: 30_000,
    randomizationFactor: 0.5,
    timeout: 8_000,
    auth: (give) => give(linkHandshake()),
  })
}

let shared: LiveConnection | null = null

/** The one live connection of this page. */
export function liveConnection(): LiveConnection {
  shared ??= new LiveConnection(openSocket)
  return shared
}

/** Lets tests put a connection of their own in place; null gives the real one back. */
export function useLiveConnection(connection: LiveConnection | null): void {
  shared = connection
}

/** How the page stands to the server: connecting, connected, lost since, or refused. */
export function useConnectionState(): Readonly<Ref<ConnectionState>> {
  return liveConnection().state
}

export interface ChannelCallbacks<K extends ChannelKind> {
  snapshot(snapshot: SnapshotOf[K], seq: number): void
  patch(patch: PatchOf[K], seq: number): void
}

export interface UsedChannel {
  /** `joining` → `live` ⇄ `lost`, or `refused` with the reason in `refusal`. */
  state: Readonly<Ref<ChannelState>>
  refusal: Readonly<Ref<Refusal | null>>
}

/**
 * Watches one channel for as long as the component lives. A request that changes ends the old subscription and starts
 * a new one; `null` watches nothing. After a loss the channel continues by itself: `patch` comes exactly once and in
 * order, or `snapshot` replaces everything.
 */
export function useChannel<K extends ChannelKind>(
  request: MaybeRefOrGetter<RequestOf<K> | null>,
  callbacks: ChannelCallbacks<K>,
): UsedChannel {
  const state = shallowRef<ChannelState>('joining')
  const refusal = shallowRef<Refusal | null>(null)
  let end: (() => void) | null = null

  const handlers: ChannelHandlers<K> = {
    snapshot: (snapshot, seq) => callbacks.snapshot(snapshot, seq),
    patch: (patch, seq) => callbacks.patch(patch, seq),
    state: (next, why) => {
      state.value = next
      refusal.value = why
    },
  }
  watch(
    () => JSON.stringify(toValue(request)),
    () => {
      end?.()
      state.value = 'joining'
      refusal.value = null
      const wanted = toValue(request)
      end = wanted === null ? null : liveConnection().subscribe<K>(wanted, handlers)
    },
    { immediate: true },
  )
  onScopeDispose(() => end?.())
  return { state, refusal }
}
