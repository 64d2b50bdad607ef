import { Injectable } from '@nestjs/common'
import type { Principal } from '../accounts/principal.ts'

/** A record as it is now. */
export interface SignableRecord {
  /** SHA-256 of everything the signature speaks of, hex. */
  readonly contentHash: string
  /** Accounts that made or changed it: they cannot review or approve it. */
  readonly authors: readonly string[]
  /** Called before it is signed, for a record that would else be removed one day. */
  readonly keep?: () => Promise<void>
  /** What the hash is made of, for whoever signs; absent where another page shows the record. */
  readonly content?: readonly Readonly<Record<string, string | number | null>>[]
}

/** A record as a list shows it. */
export interface FoundRecord {
  readonly id: string
  readonly name: string
  readonly lot: string | null
  readonly unit: string
  /** ms */
  readonly at: number | null
}

/** `search` is a part of a name, lot or place; `lot` a whole one. */
export interface RecordQuestion {
  readonly search: string
  readonly lot?: string
  readonly limit: number
}

/** Gives a record as the principal may see it; null = unknown or not allowed. `null` for the principal checks only. */
export type RecordReader = (id: string, principal: Principal | null) => Promise<SignableRecord | null>

/** Finds records that the principal may see, the newest first. */
export type RecordFinder = (question: RecordQuestion, principal: Principal) => Promise<FoundRecord[]>

/** Kinds of records that can be signed; each room names its own at start. */
@Injectable()
export class SignableRecords {
  private readonly readers = new Map<string, RecordReader>()
  private readonly finders = new Map<string, RecordFinder>()

  provide(kind: string, reader: RecordReader, finder?: RecordFinder): void {
    this.readers.set(kind, reader)
    if (finder) this.finders.set(kind, finder)
  }

  async find(kind: string, question: RecordQuestion, principal: Principal): Promise<FoundRecord[]> {
    return (await this.finders.get(kind)?.(question, principal)) ?? []
  }

  async read(kind: string, id: string, principal: Principal | null): Promise<SignableRecord | null> {
    return (await this.readers.get(kind)?.(id, principal)) ?? null
  }
}
