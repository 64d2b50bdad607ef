import { createHash } from 'node:crypto'
import { Injectable } from '@nestjs/common'
import type { Bilingual } from '@gemba/contracts/catalog'
import type { ChangeKind, ChangeProposal } from '@gemba/contracts/change'
import type { EntityManager } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import type { Actor } from '../audit/audit.service.ts'
import { canonicalJson } from '../audit/canonical-json.ts'
import type { ChangeField } from './change-lines.ts'

/** The document of one kind of changes. */
export type DocumentOf<K extends ChangeKind> = Extract<ChangeProposal, { kind: K }>['document']

/** What a document speaks of. */
export interface ChangeSubject {
  /** Key of what it changes, within its kind. */
  readonly key: string
  readonly title: Bilingual
  /** null = of no site, or of all. */
  readonly site: string | null
  /** From when on it will hold, ISO 8601; null = from its approval on. */
  readonly effectiveFrom: string | null
}

/** Which change an entry of the audit trail comes from, and both persons. */
export interface ChangeOrigin {
  readonly change: string
  readonly author: string
  /** Who approved; the author himself in an emergency. */
  readonly approver: string
  readonly emergency: boolean
}

/** What an owner needs to put a document into force. */
export interface ChangeApproval {
  readonly manager: EntityManager
  readonly principal: Principal
  readonly by: Actor
  readonly reason: string
  readonly origin: ChangeOrigin
}

/** A room that keeps documents which can be changed by review. It knows its documents; the flow knows none. */
export interface ChangeOwner<D = unknown> {
  subject(document: D): ChangeSubject
  /** Whether the principal may see, propose, or decide about this document, beside the general rights on changes. */
  allows(act: 'view' | 'submit' | 'approve', document: D, principal: Principal): boolean
  /** Refuses by a Fault what could not come into force now. */
  check(document: D): Promise<void> | void
  /**
   * What is in force in place of the document, as JSON. `within` a transaction it is read from the store and stays so
   * until the transaction ends.
   */
  inForce(document: D, within?: EntityManager): Promise<unknown>
  /** What was in force, and what is proposed, in words. */
  fieldsInForce(base: unknown, document: D): readonly ChangeField[]
  fieldsOf(document: D): readonly ChangeField[]
  /** Puts the document into force within the transaction; what it returns is done after the commit. */
  apply(document: D, approval: ChangeApproval): Promise<() => Promise<void>>
}

/** SHA-256 of a document, hex; the same whatever the order of its keys. */
export const documentHash = (document: unknown): string =>
  createHash('sha256').update(canonicalJson(document)).digest('hex')

/** Who can put which kind of change into force; each room names its own at start. */
@Injectable()
export class ChangeOwners {
  private readonly owners = new Map<ChangeKind, ChangeOwner>()

  provide<K extends ChangeKind>(kind: K, owner: ChangeOwner<DocumentOf<K>>): void {
    // The map forgets which document belongs to which kind; the contract of the proposal has checked it.
    this.owners.set(kind, owner as ChangeOwner)
  }

  of(kind: ChangeKind): ChangeOwner {
    const owner = this.owners.get(kind)
    if (!owner) throw new Error(`nobody keeps ${kind}`)
    return owner
  }
}
