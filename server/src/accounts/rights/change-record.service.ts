import { Injectable } from '@nestjs/common'
import { log } from '../../http/log.ts'

/** A change of rights, or a look through other eyes. */
export interface RightsChange {
  /** Who did it. */
  by: string
  what: string
  /** The id of what was changed. */
  object: string
  before: unknown
  after: unknown
  reason: string | null
}

/** Where changes of rights are recorded. */
@Injectable()
export class ChangeRecords {
  recordChange(change: RightsChange): void {
    log.info({ securityEvent: 'rights-changed', ...change }, 'rights changed')
  }
}
