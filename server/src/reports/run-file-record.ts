import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { ReportFormat, ReportRun } from '@gemba/contracts/report'

/** Size and hash of a file as it stands on disk. */
export async function fileRecord(path: string, format: ReportFormat): Promise<ReportRun['files'][number]> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { format, bytes, hash: hash.digest('hex') }
}
