import { Injectable } from '@nestjs/common'
import { coversScope } from '@gemba/engine/rights/decide'
import { Subject } from 'rxjs'
import { Fault } from '../../http/fault.ts'
import type { Principal } from '../principal.ts'
import { ChangeRecords } from './change-record.service.ts'
import { RightsService } from './rights.service.ts'

const LASTS_MS = 30 * 60_000

interface Viewing {
  user: string
  name: Principal['name']
  untilAt: number
}

/** Sessions that look through the eyes of somebody else, read-only and for a while. A restart ends all of them. */
@Injectable()
export class ViewAs {
  /** Id of a session whose eyes have changed. */
  readonly changed = new Subject<string>()
  private readonly viewings = new Map<string, Viewing>()

  constructor(
    private readonly rights: RightsService,
    private readonly records: ChangeRecords,
  ) {}

  viewing(session: string): Viewing | null {
    const viewing = this.viewings.get(session)
    if (!viewing) return null
    if (viewing.untilAt > Date.now()) return viewing
    this.viewings.delete(session)
    this.changed.next(session)
    return null
  }

  /** Whose rights a request of a session is judged by. Fails closed when the other account has gone. */
  async eyesOf(session: string, own: Principal): Promise<Principal> {
    const viewing = this.viewing(session)
    if (!viewing) return own
    const other = await this.rights.principalOf(viewing.user)
    if (!other || !covers(own, other)) throw new Fault('NO_ACCESS')
    return { ...other, viewedBy: own.user }
  }

  async begin(session: string, own: Principal, user: string): Promise<Viewing> {
    const other = await this.rights.principalOf(user)
    if (!other) throw new Fault('ACCESS_UNKNOWN', { id: user.slice(0, 60) })
    if (!covers(own, other))
      throw new Fault(
        'BEYOND_OWN_RIGHTS',
        {},
        {
          zh: '此账号的权限超出你的权限，不能以其身份查看。',
          en: 'This account may see more than you: you cannot look through its eyes.',
        },
      )
    const viewing = { user: other.user, name: other.name, untilAt: Date.now() + LASTS_MS }
    await this.records.recordChange({
      by: own,
      what: 'view-as begun',
      object: user,
      before: null,
      after: viewing,
      reason: null,
    })
    this.viewings.set(session, viewing)
    this.changed.next(session)
    return viewing
  }

  async end(session: string, by: Principal): Promise<void> {
    const viewing = this.viewings.get(session)
    if (!viewing) return
    this.viewings.delete(session)
    await this.records.recordChange({
      by,
      what: 'view-as ended',
      object: viewing.user,
      before: viewing,
      after: null,
      reason: null,
    })
    this.changed.next(session)
  }
}

/** Whether one sees everything that the other may: looking through other eyes must show nothing new. */
function covers(own: Principal, other: Principal): boolean {
  const mine = own.rights?.effective.held ?? []
  return (other.rights?.effective.held ?? []).every(({ permissions, scope }) =>
    permissions.every((wanted) =>
      wanted.actions.every((action) =>
        mine.some(
          (held) =>
            coversScope(held.scope, scope) &&
            held.permissions.some(
              ({ kind, target, actions }) =>
                kind === wanted.kind && (target === '*' || target === wanted.target) && actions.includes(action),
            ),
        ),
      ),
    ),
  )
}
