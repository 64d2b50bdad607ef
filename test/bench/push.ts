/** Batches as a collector sends them, over the product's own ingest. */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import type { Product } from '../flows/product.ts'

export interface Line {
  p: string
  t: number
  v: number | string
}

export interface Frozen {
  headers: Record<string, string>
  body: Buffer
}

/** One stream of the collector `local`; batches must be frozen and sent in order. */
export class PushStream {
  private readonly product: Product
  private readonly token: string
  private readonly stream: string
  private readonly epoch = randomBytes(8).toString('hex')
  private next = 1

  constructor(product: Product, stream: string) {
    this.product = product
    this.stream = stream
    this.token = readFileSync(join(product.dataDir, 'secrets/collector-local'), 'utf8').trim()
  }

  freeze(lines: readonly Line[]): Frozen {
    const plain = Buffer.from(`${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
    const first = this.next
    this.next += lines.length
    return {
      body: zstdCompressSync(plain),
      headers: {
        'content-type': 'application/x-ndjson',
        'content-encoding': 'zstd',
        'x-gemba-collector': 'local',
        'x-gemba-epoch': this.epoch,
        'x-gemba-stream': this.stream,
        'x-gemba-first': String(first),
        'x-gemba-last': String(this.next - 1),
        'x-gemba-sha256': createHash('sha256').update(plain).digest('hex'),
      },
    }
  }

  /** Resolves when the batch is durable; a refused line is an error. */
  async send(frozen: Frozen): Promise<void> {
    const answer = await fetch(`${this.product.url}/ingest/v1/batches`, {
      method: 'POST',
      headers: { ...frozen.headers, authorization: `Bearer ${this.token}` },
      body: new Uint8Array(frozen.body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`batch refused with ${answer.status}: ${text.slice(0, 300)}`)
    const { rejected } = JSON.parse(text) as { rejected?: unknown[] }
    if (rejected?.length) throw new Error(`${rejected.length} rows rejected: ${JSON.stringify(rejected[0])}`)
  }
}
