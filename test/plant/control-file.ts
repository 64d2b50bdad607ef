/** Faults on command: a file in the plant's folder names the protocols that are down. */
import { readFileSync } from 'node:fs'

export const PARTS = ['opcua', 'broker'] as const
export type Part = (typeof PARTS)[number]

const EVERY_MS = 500

/** Follows `control.json`; what is not readable changes nothing. */
export class ControlFile {
  private readonly path: string
  private readonly apply: (action: 'stop' | 'start', part: Part) => Promise<void>
  private readonly off = new Set<Part>()
  private timer: NodeJS.Timeout | null = null
  private isBusy = false

  constructor(path: string, apply: (action: 'stop' | 'start', part: Part) => Promise<void>) {
    this.path = path
    this.apply = apply
  }

  follow(): void {
    this.timer = setInterval(() => void this.look(), EVERY_MS).unref()
  }

  end(): void {
    if (this.timer) clearInterval(this.timer)
  }

  private async look(): Promise<void> {
    if (this.isBusy) return
    this.isBusy = true
    try {
      const wanted = this.wanted()
      for (const part of PARTS) {
        if (wanted === null || wanted.has(part) === this.off.has(part)) continue
        if (wanted.has(part)) this.off.add(part)
        else this.off.delete(part)
        await this.apply(wanted.has(part) ? 'stop' : 'start', part)
      }
    } finally {
      this.isBusy = false
    }
  }

  private wanted(): Set<Part> | null {
    try {
      const { off } = JSON.parse(readFileSync(this.path, 'utf8')) as { off: unknown[] }
      return new Set(PARTS.filter((part) => off.includes(part)))
    } catch (error) {
      // No file means no fault; a file that is just being written is read at the next look.
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? new Set() : null
    }
  }
}
