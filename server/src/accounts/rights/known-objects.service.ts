import { Injectable } from '@nestjs/common'
import type { ObjectKind } from '@gemba/contracts/rights'

export interface KnownObject {
  id: string
  name: { zh: string; en: string }
}

/** Which objects exist, told by the rooms that keep them: for pick lists and matrices of rights. */
@Injectable()
export class KnownObjects {
  private readonly listers = new Map<ObjectKind, () => readonly KnownObject[]>()

  provide(kind: ObjectKind, list: () => readonly KnownObject[]): void {
    this.listers.set(kind, list)
  }

  all(): (KnownObject & { kind: ObjectKind })[] {
    return [...this.listers].flatMap(([kind, list]) => list().map((object) => ({ kind, ...object })))
  }
}
