/**
 * Data keys: what secrets at rest are sealed with. They lie in a file beside the key of the installation and are
 * renewed one by one; the key of the installation stays, because the audit trail and signatures rest on it.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

const KEY_BYTES = 32

const dataKey = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{8}$/),
  /** Hex. */
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  madeAt: z.int(),
  /** When everything that could be opened was sealed with it; null = that is still to be done. */
  finishedAt: z.int().nullable(),
})
export type DataKey = z.infer<typeof dataKey>

/** The newest key is the last; it seals, all of them open. */
const ringFile = z.strictObject({ formatVersion: z.literal(1), keys: z.array(dataKey).min(1) })

export const ringPathOf = (keyFile: string): string => `${keyFile}.data`

/** The data keys, oldest first; none before the first renewal: then the key of the installation seals. */
export function readRing(keyFile: string): DataKey[] {
  const path = ringPathOf(keyFile)
  if (!existsSync(path)) return []
  return ringFile.parse(JSON.parse(readFileSync(path, 'utf8'))).keys
}

export const newDataKey = (madeAt: number): DataKey => ({
  id: randomBytes(4).toString('hex'),
  secret: randomBytes(KEY_BYTES).toString('hex'),
  madeAt,
  finishedAt: null,
})

/**
 * On disk before it returns, or as it was: a key that seals something must not be lost. It belongs to the owner of the
 * key of the installation, which has to be there.
 */
export function writeRing(keyFile: string, keys: readonly DataKey[]): void {
  const path = ringPathOf(keyFile)
  const unfinished = `${path}.unfinished`
  const file = openSync(unfinished, 'w', 0o600)
  // Whoever renews it may be another account than the one Gemba runs as.
  const { uid, gid } = statSync(keyFile)
  fchownSync(file, uid, gid)
  writeSync(file, `${JSON.stringify({ formatVersion: 1, keys })}\n`)
  fsyncSync(file)
  closeSync(file)
  renameSync(unfinished, path)
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
}

/** What a process knows of the ring; the file is read anew when it was changed. */
export class KeyRing {
  private readonly keyFile: string
  private seen = ''
  private keys: readonly DataKey[] = []

  constructor(keyFile: string) {
    this.keyFile = keyFile
    this.renew()
  }

  /** The key that seals; null before the first renewal. */
  get newest(): DataKey | null {
    this.renew()
    return this.keys.at(-1) ?? null
  }

  find(id: string): DataKey | null {
    this.renew()
    return this.keys.find((key) => key.id === id) ?? null
  }

  private renew(): void {
    const stat = statSync(ringPathOf(this.keyFile), { throwIfNoEntry: false, bigint: true })
    const seen = stat ? `${stat.ino} ${stat.mtimeNs} ${stat.size}` : ''
    if (seen === this.seen) return
    this.keys = readRing(this.keyFile)
    this.seen = seen
  }
}
