import { Injectable } from '@nestjs/common'
import type { Principal } from '../accounts/principal.ts'

/** A record as it is now. */
export interface SignableRecord {
  /** SHA-256 of everything the signature speaks of, hex. */
  readonly contentHash: string
  /** Accounts that made or changed it: they cannot review or approve it. */
  readonly authors: readonly string[]
}

/** Gives a record as the principal may see it; null = unknown or not allowed. `null` for the principal checks only. */
export type RecordReader = (id: string, principal: Principal | null) => Promise<SignableRecord | null>

/** Kinds of records that can be signed; each room names its own at start. */
@Injectable()
export class SignableRecords {
  private readonly readers = new Map<string, RecordReader>()

  provide(kind: string, reader: RecordReader): void {
    this.readers.set(kind, reader)
  }

  async read(kind: string, id: string, principal: Principal | null): Promise<SignableRecord | null> {
    return (await this.readers.get(kind)?.(id, principal)) ?? null
  }
}
