import { Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { AuditService } from '../../audit/audit.service.ts'
import { securityEvent } from '../../http/security-event.ts'
import { rightsOf } from '../current-principal.guard.ts'
import type { Principal } from '../principal.ts'

/** A change of rights, or a look through other eyes. */
export interface RightsChange {
  /** Who did it. */
  by: Principal
  what: string
  /** The id of what was changed. */
  object: string
  before: unknown
  after: unknown
  reason: string | null
  /** The change under review that it comes from, with both persons. */
  origin?: object
}

/** Where changes of rights are recorded: the audit trail, within the transaction of the change. */
@Injectable()
export class ChangeRecords {
  constructor(private readonly audit: AuditService) {}

  async recordChange(change: RightsChange, within?: EntityManager): Promise<void> {
    const { by, what, object, before, reason, origin } = change
    const after = origin === undefined ? change.after : { rule: change.after, origin }
    const actor = {
      user: by.viewedBy ?? by.user,
      rights: rightsOf(by),
      means: by.means ?? null,
      session: by.sessionId ?? null,
      address: null,
    }
    const action = `rights.${what.replaceAll(' ', '-')}`
    const record = {
      stream: 'change',
      action,
      by: actor,
      object: { kind: 'rights', id: object },
      before,
      after,
    } as const
    await this.audit.record(reason === null ? record : { ...record, reason }, within)
    securityEvent('rights.changed', { user: actor.user, what, object })
  }
}
