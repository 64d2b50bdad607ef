import { type Ref, onScopeDispose, ref } from 'vue'

/**
 * The clock of the server as this page knows it. Ages are counted on it, so that a wall screen with a wrong clock does
 * not show fresh data as old. The offset comes from round trips; the shortest of the last ones is the best.
 */
interface Probe {
  offsetMs: number
  roundTripMs: number
}

const KEPT_PROBES = 8
const probes: Probe[] = []
const offset = ref(0)

/** Notes an answer that names the server's time (ms); `askedAt` is this machine's time of the question. */
export function noteServerTime(serverTime: number, askedAt: number, receivedAt = Date.now()): void {
  const roundTripMs = Math.max(0, receivedAt - askedAt)
  probes.push({ offsetMs: serverTime - (askedAt + receivedAt) / 2, roundTripMs })
  if (probes.length > KEPT_PROBES) probes.shift()
  const best = probes.reduce((a, b) => (b.roundTripMs < a.roundTripMs ? b : a))
  // Small changes are noise of the line; following them would make ages jump.
  if (Math.abs(best.offsetMs - offset.value) > 20) offset.value = best.offsetMs
}

/** Now on the server's clock, ms. */
export function serverNow(): number {
  return Date.now() + offset.value
}

/** How far the server's clock is ahead of this machine's, ms. */
export function clockOffsetMs(): number {
  return offset.value
}

/** Forgets what is known of the server's clock (another server, tests). */
export function resetServerClock(): void {
  probes.length = 0
  offset.value = 0
}

interface Ticker {
  now: Ref<number>
  users: number
  timer: ReturnType<typeof setTimeout> | null
}

const tickers = new Map<number, Ticker>()

function tick(ticker: Ticker, everyMs: number): void {
  ticker.now.value = serverNow()
  // Aligned to the server's full seconds: all clocks of a wall change together.
  ticker.timer = setTimeout(() => tick(ticker, everyMs), everyMs - (Math.floor(serverNow()) % everyMs))
}

/** Now on the server's clock, refreshed every `everyMs`; one timer per page however many components look. */
export function useServerNow(everyMs = 1_000): Readonly<Ref<number>> {
  let ticker = tickers.get(everyMs)
  if (!ticker) {
    ticker = { now: ref(serverNow()), users: 0, timer: null }
    tickers.set(everyMs, ticker)
  }
  const used = ticker
  used.users += 1
  if (used.timer === null) tick(used, everyMs)
  onScopeDispose(() => {
    used.users -= 1
    if (used.users > 0 || used.timer === null) return
    clearTimeout(used.timer)
    used.timer = null
  })
  return used.now
}
