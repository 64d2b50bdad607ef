import type { DrivingRole } from '@gemba/contracts/catalog'
import type { UnitEvent } from '@gemba/engine/kpi/equipment-time'

export type { DrivingRole } from '@gemba/contracts/catalog'

/** Event readings of one unit since `keptFromAt`, and the last usable one of each role before it. */
export class UnitMemory {
  private list: UnitEvent[] = []
  private readonly seeds = new Map<DrivingRole, UnitEvent>()
  /** Newest source time seen (ms); 0 = never. */
  newestAt = 0
  /** Observed without interruption until then (ms); 0 = never. */
  aliveAt = 0
  private keptFromAt: number

  constructor(keptFromAt: number) {
    this.keptFromAt = keptFromAt
  }

  get fromAt(): number {
    return this.keptFromAt
  }

  add(event: UnitEvent): void {
    if (event.at > this.newestAt) this.newestAt = event.at
    if (event.at >= this.keptFromAt) this.list.push(event)
    else this.seed(event)
  }

  /** A value that says nothing must not hide the last one that did; for states it is itself the news. */
  private seed(event: UnitEvent): void {
    const carries = event.role === 'state' || event.role === 'link' || (event.quality < 2 && event.value !== null)
    if (carries && event.at >= (this.seeds.get(event.role)?.at ?? -Infinity)) this.seeds.set(event.role, event)
  }

  /** Everything needed to derive windows that start at or after `fromAt`. */
  events(): UnitEvent[] {
    return [...this.seeds.values(), ...this.list]
  }

  /** Forgets what lies before the instant, except the last of each role. */
  forgetBefore(at: number): void {
    if (at <= this.keptFromAt) return
    this.keptFromAt = at
    const kept: UnitEvent[] = []
    for (const event of this.list) {
      if (event.at >= at) kept.push(event)
      else this.seed(event)
    }
    this.list = kept
  }

  get knownUntilAt(): number {
    return Math.max(this.newestAt, this.aliveAt)
  }
}
