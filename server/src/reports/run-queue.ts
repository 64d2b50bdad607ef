/** Runs that wait their turn: whoever has fewest under way goes first, then who came first. */
export interface Waiting {
  readonly id: string
  readonly owner: string
  readonly work: () => Promise<void>
}

export class RunQueue {
  private readonly waiting: Waiting[] = []
  private readonly active = new Map<string, string>()
  private readonly most: number

  constructor(most: number) {
    this.most = most
  }

  get length(): number {
    return this.waiting.length
  }

  waitingOf(owner: string): number {
    return this.waiting.filter((each) => each.owner === owner).length
  }

  /** Runs that will begin before this one; null when it has begun. */
  ahead(id: string): number | null {
    const order = [...this.waiting].sort((a, b) => this.share(a.owner) - this.share(b.owner))
    const at = order.findIndex((each) => each.id === id)
    return at < 0 ? null : at
  }

  add(waiting: Waiting): void {
    this.waiting.push(waiting)
    this.next()
  }

  /** Takes one back that has not begun; false when it has. */
  remove(id: string): boolean {
    const at = this.waiting.findIndex((each) => each.id === id)
    if (at >= 0) this.waiting.splice(at, 1)
    return at >= 0
  }

  private share(owner: string): number {
    return [...this.active.values()].filter((each) => each === owner).length
  }

  private next(): void {
    while (this.active.size < this.most && this.waiting.length > 0) {
      const order = [...this.waiting].sort((a, b) => this.share(a.owner) - this.share(b.owner))
      const chosen = order[0] as Waiting
      this.remove(chosen.id)
      this.active.set(chosen.id, chosen.owner)
      void chosen.work().finally(() => {
        this.active.delete(chosen.id)
        this.next()
      })
    }
  }
}
