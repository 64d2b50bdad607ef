/** Sends frozen batches to the server: one in flight for each stream, the same bytes until they are acknowledged. */
import { setTimeout as pause } from 'node:timers/promises'
import { batchAnswer, batchConflict } from '@gemba/contracts/ingest'
import { log } from './log.ts'
import type { FrozenBatch } from './spool/frozen-batch.ts'
import type { Spool } from './spool/spool.ts'

export interface Identity {
  readonly serverUrl: string
  readonly token: string
  readonly collector: string
}

export type PostResult =
  | { readonly kind: 'acked'; readonly last: number }
  | { readonly kind: 'conflict'; readonly expected: number }
  | { readonly kind: 'refused'; readonly status: number; readonly text: string }
  | { readonly kind: 'later'; readonly waitMs: number | null }

const POST_TIMEOUT_MS = 60_000
const SHORTEST_WAIT_MS = 200
const LONGEST_WAIT_MS = 10_000
const REFUSED_WAIT_MS = 15_000

/** Posts one batch and says what the server made of it; never throws for the network's sake. */
export async function postBatch(identity: Identity, batch: FrozenBatch, stop?: AbortSignal): Promise<PostResult> {
  let answer: Response
  try {
    answer = await fetch(`${identity.serverUrl}/ingest/v1/batches`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${identity.token}`,
        'content-type': 'application/x-ndjson',
        'content-encoding': 'zstd',
        'x-gemba-collector': identity.collector,
        'x-gemba-epoch': batch.epoch,
        'x-gemba-stream': batch.stream,
        'x-gemba-first': String(batch.first),
        'x-gemba-last': String(batch.last),
        'x-gemba-sha256': batch.sha256,
      },
      body: new Uint8Array(batch.body),
      signal: AbortSignal.any([AbortSignal.timeout(POST_TIMEOUT_MS), ...(stop ? [stop] : [])]),
    })
  } catch {
    return { kind: 'later', waitMs: null }
  }
  return judge(answer)
}

async function judge(answer: Response): Promise<PostResult> {
  const body = (await answer.json().catch(() => null)) as unknown
  if (answer.ok) {
    const parsed = batchAnswer.safeParse(body)
    return parsed.success ? { kind: 'acked', last: parsed.data.ack } : { kind: 'later', waitMs: null }
  }
  if (answer.status === 409) {
    const facts = (body as { facts?: unknown } | null)?.facts ?? body
    const parsed = batchConflict.safeParse(facts)
    if (parsed.success) return { kind: 'conflict', expected: parsed.data.expected }
    return { kind: 'later', waitMs: LONGEST_WAIT_MS }
  }
  const after = Number(answer.headers.get('retry-after'))
  if (answer.status === 429 || answer.status >= 500)
    return { kind: 'later', waitMs: after > 0 ? Math.min(after * 1000, LONGEST_WAIT_MS) : null }
  return { kind: 'refused', status: answer.status, text: JSON.stringify(body)?.slice(0, 300) ?? '' }
}

/** Answers that say the batch itself is wrong: it is tried a few times, then set aside. */
const WRONG_BATCH = new Set([400, 413, 415, 422])
const TRIES_OF_WRONG_BATCH = 5

export class Uplink {
  /** Why nothing goes through now; null = it does. */
  trouble: string | null = null
  private readonly spool: Spool
  private readonly identity: Identity
  private readonly loops = new Map<string, Promise<void>>()
  private readonly wakers = new Map<string, () => void>()
  private readonly stopping = new AbortController()

  constructor(spool: Spool, identity: Identity) {
    this.spool = spool
    this.identity = identity
    for (const stream of spool.waitingStreams()) this.wake(stream)
  }

  /** There is something to send. */
  wake(stream: string): void {
    if (this.stopping.signal.aborted) return
    const waker = this.wakers.get(stream)
    if (waker) waker()
    else if (!this.loops.has(stream)) this.loops.set(stream, this.run(stream))
  }

  private async run(stream: string): Promise<void> {
    const { signal } = this.stopping
    for (let failures = 0; !signal.aborted;) {
      const batch = this.spool.peek(stream)
      if (!batch) {
        await this.sleep(stream)
        continue
      }
      const result = await postBatch(this.identity, batch, signal)
      if (signal.aborted) return
      if (result.kind === 'acked') {
        this.spool.ack(stream, result.last)
        this.trouble = null
        failures = 0
        continue
      }
      failures += 1
      const waitMs = this.handle(batch, result, failures)
      if (waitMs > 0) await pause(waitMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined)
    }
  }

  /** Says how long to wait before the next try. */
  private handle(batch: FrozenBatch, result: Exclude<PostResult, { kind: 'acked' }>, failures: number): number {
    if (result.kind === 'later') {
      this.trouble = 'The server cannot be reached.'
      return result.waitMs ?? Math.min(SHORTEST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS)
    }
    const place = { stream: batch.stream, first: batch.first, last: batch.last }
    if (result.kind === 'conflict') return this.resynchronise(batch, result.expected)
    this.trouble = `The server refused a batch with ${result.status}.`
    log.error({ ...place, status: result.status, answer: result.text }, 'batch refused')
    if (!WRONG_BATCH.has(result.status)) return REFUSED_WAIT_MS
    if (failures < TRIES_OF_WRONG_BATCH) return 1_000
    this.spool.setAside(batch)
    return 0
  }

  /** The server counts differently: it has more than it told, or it has lost what it acknowledged. */
  private resynchronise(batch: FrozenBatch, expected: number): number {
    const { stream, first, last } = batch
    log.warn({ stream, first, last, expected }, 'sequence differs from the server')
    if (expected > last) this.spool.ack(stream, expected - 1)
    else this.spool.renumber(stream)
    return SHORTEST_WAIT_MS
  }

  private sleep(stream: string): Promise<void> {
    return new Promise((resolve) => {
      this.wakers.set(stream, () => {
        this.wakers.delete(stream)
        resolve()
      })
    })
  }

  /** Ends at once; what is in flight is sent again after the next start. */
  async stop(): Promise<void> {
    this.stopping.abort()
    for (const waker of [...this.wakers.values()]) waker()
    await Promise.all(this.loops.values())
  }
}
