import { Injectable } from '@nestjs/common'
import type { ShareKind, ShareTarget } from '@gemba/contracts/share'
import type { Principal } from './principal.ts'

/** What a link leads to, as rights and lists speak of it. */
export interface SharedObject {
  readonly kind: 'report' | 'board'
  readonly id: string
  readonly name: { readonly zh: string; readonly en: string }
}

/** How one room looks after what can be shared of it. */
export interface SharedRoom<T extends ShareTarget = ShareTarget> {
  /** The object as the principal sees it now; a Fault when there is nothing to see. */
  look(target: T, principal: Principal): Promise<SharedObject>
  /** Makes sure that a link to the target can work until then; a Fault when it cannot. */
  prepare(target: T, principal: Principal, untilAt: number): Promise<void>
}

/** What can be shared; the rooms of boards and reports, which lie above, say so. */
@Injectable()
export class SharedObjects {
  private readonly rooms = new Map<ShareKind, SharedRoom>()

  provide<K extends ShareKind>(kind: K, room: SharedRoom<Extract<ShareTarget, { kind: K }>>): void {
    this.rooms.set(kind, room as unknown as SharedRoom)
  }

  look(target: ShareTarget, principal: Principal): Promise<SharedObject> {
    return this.roomOf(target).look(target, principal)
  }

  prepare(target: ShareTarget, principal: Principal, untilAt: number): Promise<void> {
    return this.roomOf(target).prepare(target, principal, untilAt)
  }

  private roomOf({ kind }: ShareTarget): SharedRoom {
    const room = this.rooms.get(kind)
    if (!room) throw new Error(`no room shares a ${kind}`)
    return room
  }
}
