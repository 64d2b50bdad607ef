import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Random keys of this installation, made once, readable by its owner only. */
export class Secrets {
  private readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
  }

  pathOf(name: string): string {
    this.get(name)
    return join(this.folder, name)
  }

  get(name: string): string {
    const path = join(this.folder, name)
    if (existsSync(path)) {
      const text = readFileSync(path, 'utf8').trim()
      if (text !== '') return text
    }
    const secret = randomBytes(32).toString('hex')
    writeFileSync(path, `${secret}\n`, { mode: 0o600 })
    return secret
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name))
  }

  note(name: string, text: string): void {
    writeFileSync(join(this.folder, name), `${text}\n`, { mode: 0o600 })
  }
}

/** A password that can be read aloud and typed: no look-alikes. */
export function readablePassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  const bytes = randomBytes(64).filter((byte) => byte < letters.length * 8)
  const picked = [...bytes.subarray(0, 16)].map((byte) => letters[byte % letters.length])
  return [0, 4, 8, 12].map((start) => picked.slice(start, start + 4).join('')).join('-')
}
