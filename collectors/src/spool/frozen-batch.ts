import { createHash } from 'node:crypto'
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

/** Lines as they are sent: a retry sends the same bytes under the same numbers. */
export interface FrozenBatch {
  readonly stream: string
  readonly epoch: string
  readonly first: number
  readonly last: number
  /** SHA-256 of the plain NDJSON, hex. */
  readonly sha256: string
  /** NDJSON, compressed with zstd. */
  readonly body: Uint8Array
}

export interface FrozenLines {
  readonly count: number
  readonly sha256: string
  readonly crc: number
  readonly body: Buffer
}

const MOST_LINES = 20_000
const MOST_CHARACTERS = 8 * 1024 * 1024

export function freeze(plain: string, count: number): FrozenLines {
  const bytes = Buffer.from(plain)
  const body = zstdCompressSync(bytes)
  return { count, sha256: createHash('sha256').update(bytes).digest('hex'), crc: crc32(body), body }
}

/** Packs lines into as few batches as the limits of one batch allow. */
export function freezeAll(lines: readonly object[]): FrozenLines[] {
  const packs: FrozenLines[] = []
  let text = ''
  let count = 0
  for (const line of lines) {
    text += `${JSON.stringify(line)}\n`
    count += 1
    if (count < MOST_LINES && text.length < MOST_CHARACTERS) continue
    packs.push(freeze(text, count))
    text = ''
    count = 0
  }
  if (count > 0) packs.push(freeze(text, count))
  return packs
}

export const thaw = (body: Uint8Array): string => zstdDecompressSync(body).toString('utf8')

const NOTICES = {
  'corrupt-spool': (count: number) => `${count} lines were damaged on the collector's disk.`,
  'rejected-by-server': (count: number) => `${count} lines were refused by the server and kept in a file of the spool.`,
} as const

interface Numbers {
  readonly stream: string
  readonly first: number
  readonly last: number
}

/** Stands in for a batch that cannot be sent, so that the numbers of its stream stay without a hole. */
export function noticeBatch(
  { stream, first, last }: Numbers,
  { reason, at }: { reason: keyof typeof NOTICES; at: number },
): FrozenLines {
  const count = last - first + 1
  const notice = { k: 'quarantine', source: stream, reason, text: NOTICES[reason](count), raw: '', at }
  const nothing = `${JSON.stringify({ k: 'alive', u: {} })}\n`
  return freeze(`${JSON.stringify(notice)}\n${nothing.repeat(count - 1)}`, count)
}
