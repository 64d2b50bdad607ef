/**
 * Rows of an overlap that were read before: stream → key → cursor of the version. Bounded; what finds no room comes
 * once more, which costs time and changes nothing, because the warehouse keeps one row of a key and version.
 */
export class SeenRows {
  private readonly streams = new Map<string, Map<string, string>>()
  private readonly most: number
  private count = 0

  /** `most` rows are kept in mind, of all streams together. */
  constructor(most: number) {
    this.most = most
  }

  get isFull(): boolean {
    return this.count >= this.most
  }

  has(stream: string, key: string, cursor: string): boolean {
    return this.streams.get(stream)?.get(key) === cursor
  }

  add(stream: string, key: string, cursor: string): void {
    const rows = this.streams.get(stream) ?? new Map<string, string>()
    this.streams.set(stream, rows)
    if (!rows.has(key)) {
      if (this.isFull) return
      this.count += 1
    }
    rows.set(key, cursor)
  }

  /** Forgets what lies before a cursor: it is not read again. */
  forgetBefore(stream: string, cursor: string): void {
    const rows = this.streams.get(stream)
    for (const [key, at] of rows ?? []) {
      if (at >= cursor) continue
      rows?.delete(key)
      this.count -= 1
    }
  }
}
