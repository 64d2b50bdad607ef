import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A new folder for the data of a bench. Open to pass through: run by root, the stores run under another account, and
 * would put their files elsewhere, where nobody removes them.
 */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gemba-bench-'))
  chmodSync(folder, 0o755)
  return folder
}
