import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Readable, Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import { z } from 'zod'

/** One table of a backup: a compressed file of lines, one line a row. */
export const backupTable = z.object({
  name: z.string().regex(/^[a-z_][a-z0-9_]*$/i),
  columns: z.array(z.string()),
  rows: z.int().min(0),
  /** Different keys; null where it changed while the table was copied, or does not apply. */
  keys: z.int().min(0).nullable(),
  file: z.string().regex(/^(metadata|warehouse)\/[a-z0-9_]+\.(copy|tsv)\.zst$/i),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[a-f0-9]{64}$/),
})
export type BackupTable = z.infer<typeof backupTable>

/** `manifest.json`: written last, so a backup without it is not whole. */
export const backupManifest = z.object({
  formatVersion: z.literal(1),
  id: z.string(),
  createdAt: z.iso.datetime(),
  metadata: z.object({ migrations: z.array(z.string()), tables: z.array(backupTable) }),
  warehouse: z.object({ migration: z.int().min(1), tables: z.array(backupTable) }),
  /** The key that encrypts credentials of sources lies in `key` beside this file. */
  hasKey: z.boolean(),
})
export type BackupManifest = z.infer<typeof backupManifest>

/** Counts the lines and hands the bytes on. */
class LineCounter extends Transform {
  lines = 0

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) this.lines += 1
    done(null, chunk)
  }
}

class Digest extends Transform {
  bytes = 0
  private readonly hash: Hash = createHash('sha256')

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length
    this.hash.update(chunk)
    done(null, chunk)
  }

  hex(): string {
    return this.hash.digest('hex')
  }
}

/** Writes rows into a compressed file; gives what the manifest says of it. */
export async function writeTable(
  folder: string,
  table: { name: string; columns: string[]; keys: number | null; file: string },
  rows: Readable,
): Promise<BackupTable> {
  const counter = new LineCounter()
  const digest = new Digest()
  const target = createWriteStream(join(folder, table.file), { mode: 0o600, flush: true })
  await pipeline(rows, counter, createZstdCompress(), digest, target)
  return { ...table, rows: counter.lines, bytes: digest.bytes, sha256: digest.hex() }
}

/** The rows of a table, uncompressed. */
export function readTable(folder: string, { file }: BackupTable): Readable {
  const source = createReadStream(join(folder, file))
  const plain = createZstdDecompress()
  source.once('error', (error) => plain.destroy(error))
  return source.pipe(plain)
}

async function faultOf(folder: string, table: BackupTable): Promise<string | null> {
  const path = join(folder, table.file)
  if (!existsSync(path)) return `${table.file} is missing`
  const digest = new Digest()
  digest.resume()
  await pipeline(createReadStream(path), digest)
  if (digest.hex() === table.sha256 && digest.bytes === table.bytes) return null
  return `${table.file} is damaged: it is not the file that was written`
}

/** Reads a backup's manifest and checks every file against it; throws with all that is wrong. */
export async function readBackup(folder: string): Promise<BackupManifest> {
  const path = join(folder, 'manifest.json')
  if (!existsSync(path)) throw new Error(`${folder} holds no whole backup: manifest.json is missing`)
  const manifest = backupManifest.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (!manifest.success) throw new Error(`${path} is not a manifest:\n${z.prettifyError(manifest.error)}`)
  const faults: string[] = []
  for (const table of [...manifest.data.metadata.tables, ...manifest.data.warehouse.tables]) {
    const fault = await faultOf(folder, table)
    if (fault) faults.push(fault)
  }
  if (manifest.data.hasKey && !existsSync(join(folder, 'key'))) faults.push('key is missing')
  if (faults.length > 0) throw new Error(`the backup is not usable:\n  ${faults.join('\n  ')}`)
  return manifest.data
}
