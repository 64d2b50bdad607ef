import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, zstdDecompress } from 'node:zlib'
import { BATCH_LIMITS, type BatchHeaders } from '@gemba/contracts/ingest'
import { Fault } from '../http/fault.ts'

const unzstd = promisify(zstdDecompress)
const ungzip = promisify(gunzip)

/** Inflates a body within the limit; a bomb is refused before it is inflated whole. */
async function inflate(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  const limits = { maxOutputLength: BATCH_LIMITS.maxPlainBytes }
  try {
    if (encoding === undefined || encoding === 'identity') return body
    if (encoding === 'zstd') return await unzstd(body, limits)
    if (encoding === 'gzip') return await ungzip(body, limits)
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
      throw new Fault('BODY_TOO_LARGE', { limitBytes: BATCH_LIMITS.maxPlainBytes })
    throw new Fault('BATCH_HASH_WRONG', {}, { zh: '正文无法解压', en: 'The body cannot be inflated' })
  }
  throw new Fault('MEDIA_TYPE_UNKNOWN', { encoding })
}

/** The plain lines of a batch, checked against its hash and count. */
export async function batchLines(body: Buffer, encoding: string | undefined, headers: BatchHeaders): Promise<string[]> {
  const plain = await inflate(body, encoding)
  if (plain.length > BATCH_LIMITS.maxPlainBytes)
    throw new Fault('BODY_TOO_LARGE', { limitBytes: BATCH_LIMITS.maxPlainBytes })
  if (createHash('sha256').update(plain).digest('hex') !== headers['x-gemba-sha256'])
    throw new Fault('BATCH_HASH_WRONG')
  const lines = plain.toString('utf8').split('\n')
  if (lines.at(-1) === '') lines.pop()
  const named = headers['x-gemba-last'] - headers['x-gemba-first'] + 1
  if (lines.length !== named || named < 1 || named > BATCH_LIMITS.maxLines) {
    throw new Fault('BATCH_COUNT_WRONG', { lines: lines.length, named, limit: BATCH_LIMITS.maxLines })
  }
  return lines
}
