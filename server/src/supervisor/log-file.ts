import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

const LARGEST_BYTES = 10_000_000
const KEPT_OLD = 3

/** The output of one child: a file that is put aside when it is large. */
export class LogFile {
  readonly path: string
  private descriptor: number
  private size: number
  private recent = ''

  constructor(path: string) {
    this.path = path
    mkdirSync(dirname(path), { recursive: true })
    this.descriptor = openSync(path, 'a', 0o600)
    this.size = statSync(path).size
  }

  write(chunk: Buffer | string): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    if (this.size > 0 && this.size + bytes.length > LARGEST_BYTES) this.rotate()
    try {
      this.size += writeSync(this.descriptor, bytes)
    } catch {
      // A full disk must not stop the product; the last lines stay in memory.
    }
    this.recent = (this.recent + bytes.toString()).slice(-16_000)
  }

  /** Forgets earlier output, so that `lastLines` speaks of the current start. */
  mark(): void {
    this.recent = ''
  }

  lastLines(count: number): string[] {
    return readable(this.recent).slice(-count)
  }

  close(): void {
    closeSync(this.descriptor)
  }

  private rotate(): void {
    closeSync(this.descriptor)
    rmSync(`${this.path}.${KEPT_OLD}`, { force: true })
    for (let number = KEPT_OLD - 1; number >= 0; number -= 1) {
      const from = number === 0 ? this.path : `${this.path}.${number}`
      try {
        renameSync(from, `${this.path}.${number + 1}`)
      } catch {
        // That one does not exist yet.
      }
    }
    this.descriptor = openSync(this.path, 'a', 0o600)
    this.size = 0
  }
}

/** Frames of a stack, the version line of a crash and our own notes tell a person nothing. */
const NOISE = /^\s+at |^Node\.js v|^-- \d{4}-/

/** Lines for a person: the message and the error of structured lines, other lines as they are. */
export function readable(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !NOISE.test(line))
    .map((line) => {
      try {
        const entry = JSON.parse(line) as {
          msg?: string
          message?: string
          err?: { message?: string }
          error?: unknown
        }
        const cause = entry.err?.message ?? (typeof entry.error === 'string' ? entry.error : '')
        const message = entry.msg ?? entry.message
        return message === undefined ? line : [message, cause].filter((part) => part !== '').join(': ')
      } catch {
        return line
      }
    })
}

/** Last lines of a log that another process writes. */
export function lastLinesOf(path: string, count: number): string[] {
  try {
    return readable(readFileSync(path).subarray(-16_000).toString()).slice(-count)
  } catch {
    return []
  }
}
