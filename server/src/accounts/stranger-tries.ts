const MOST_NAMES = 10_000

interface Tries {
  failed: number
  lockedUntil: number
}

/**
 * Failed tries for names that no account has. They are counted and locked like those of accounts, so that nobody learns
 * from the answers which names exist.
 */
export class StrangerTries {
  private readonly names = new Map<string, Tries>()

  lockedUntil(name: string): number {
    return this.names.get(name)?.lockedUntil ?? 0
  }

  /** One more failure; gives how many there are. */
  count(name: string): number {
    const tries = this.names.get(name) ?? { failed: 0, lockedUntil: 0 }
    tries.failed += 1
    this.remember(name, tries)
    return tries.failed
  }

  lock(name: string, lockedUntil: number): void {
    this.remember(name, { failed: 0, lockedUntil })
  }

  /** The name that was not tried for the longest time gives way. */
  private remember(name: string, tries: Tries): void {
    this.names.delete(name)
    this.names.set(name, tries)
    if (this.names.size <= MOST_NAMES) return
    for (const oldest of this.names.keys()) {
      this.names.delete(oldest)
      return
    }
  }
}
