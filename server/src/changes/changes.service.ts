import { randomUUID } from 'node:crypto'
import { Injectable, type OnModuleInit } from '@nestjs/common'
import type {
  ChangeDetail,
  ChangeKind,
  ChangeLine,
  ChangeList,
  ChangesAnswer,
  ChangesWaiting,
  NewChange,
} from '@gemba/contracts/change'
import { DataSource, type EntityManager } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { type Actor, type AuditRecord, AuditService } from '../audit/audit.service.ts'
import { Fault } from '../http/fault.ts'
import { log } from '../http/log.ts'
import { SignableRecords } from '../signatures/signable-records.service.ts'
import { SignaturesService } from '../signatures/signatures.service.ts'
import { differenceOf, proposedDifference } from './change-lines.ts'
import { ChangeOwners, documentHash } from './change-owners.service.ts'
import { ChangeRows, type StoredChange } from './change-rows.service.ts'
import { type ChangeMove, type ChangeReader, moveRefusal, stateAfter } from './change-states.ts'
import { type PersonNames, movedText, presentRow, presentStep } from './present-change.ts'
import { ReviewSettingsService } from './review-settings.service.ts'

/** Lists show the newest; who looks for an older one finds it in the audit trail. */
const MOST_LISTED = 200
const RIGHTS = { kind: 'setting', id: 'changes' } as const
/** The kind of record that an approval signs. */
const RECORD = 'change'
/** Moves that rest on what was in force when the change was made. */
const RESTS_ON_BASE: ReadonlySet<ChangeMove> = new Set(['submitted', 'approved', 'emergency'])
const PUTS_INTO_FORCE: ReadonlySet<ChangeMove> = new Set(['approved', 'emergency'])

/** Who acts. */
export interface ChangeCaller {
  readonly principal: Principal
  readonly by: Actor
}

/** Changes of rules and settings: proposed by one person, put into force by another. */
@Injectable()
export class ChangesService implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly rows: ChangeRows,
    private readonly owners: ChangeOwners,
    private readonly review: ReviewSettingsService,
    private readonly rights: RightsService,
    private readonly audit: AuditService,
    private readonly signatures: SignaturesService,
    private readonly signable: SignableRecords,
  ) {}

  onModuleInit(): void {
    this.signable.provide(RECORD, async (id, principal) => {
      const change = isUuid(id) ? await this.rows.find(id) : null
      if (!change || (principal && !this.isVisible(change, principal))) return null
      return { contentHash: change.contentHash, authors: [change.author] }
    })
  }

  /** Makes a change on what is in force now; submitted, it waits for another person. */
  async propose({ proposal, reason, submit }: NewChange, { principal, by }: ChangeCaller): Promise<ChangeDetail> {
    const { kind, document } = proposal
    const owner = this.owners.of(kind)
    if (!owner.allows('submit', document, principal)) throw new Fault('NO_ACCESS')
    await owner.check(document)
    const base = await owner.inForce(document)
    const lines = proposedDifference(owner.fieldsInForce(base, document), owner.fieldsOf(document))
    if (!lines.some(({ changed }) => changed)) throw new Fault('CHANGE_EMPTY')
    const baseHash = documentHash(base)
    const change: StoredChange = {
      id: randomUUID(),
      proposal,
      base,
      baseHash,
      contentHash: documentHash({ proposal, baseHash, author: by.user, reason }),
      author: by.user,
      reason,
      state: 'draft',
      isEmergency: false,
      reviewer: null,
      createdAt: new Date(),
      submittedAt: null,
      decidedAt: null,
    }
    await this.database.transaction(async (manager) => {
      await this.rows.insert(change, manager)
      await this.rows.step(change.id, { by: by.user, act: 'created', text: null, state: 'draft' }, manager)
      if (submit) await this.record(change, { move: 'submitted', by, text: null, manager })
    })
    return this.detail(change.id, principal)
  }

  async list(
    { list, kind }: { list: ChangeList; kind?: ChangeKind | undefined },
    principal: Principal,
  ): Promise<ChangesAnswer> {
    const filter = {
      waiting: { states: ['in-review'] as const },
      mine: { author: principal.user },
      open: { states: ['draft', 'in-review'] as const },
      all: {},
    }[list]
    const found = await this.rows.list({ ...filter, kind, most: MOST_LISTED + 1 })
    const names = await this.names()
    const changes = found
      .slice(0, MOST_LISTED)
      .filter((change) => this.isVisible(change, principal))
      .map((change) => this.present(change, principal, names))
      .filter(({ waitsForMe }) => list !== 'waiting' || waitsForMe)
    return { changes, more: found.length > MOST_LISTED }
  }

  /** What waits for the reader, for the notice beside the pages. */
  async waiting(principal: Principal): Promise<ChangesWaiting> {
    if (!this.may('publish', principal)) return { count: 0, oldestSubmittedAt: null }
    const { changes } = await this.list({ list: 'waiting' }, principal)
    const oldest = changes.flatMap(({ submittedAt }) => submittedAt ?? []).sort()[0]
    return { count: changes.length, oldestSubmittedAt: oldest ?? null }
  }

  async detail(id: string, principal: Principal): Promise<ChangeDetail> {
    const change = await this.rows.find(id)
    if (!change || !this.isVisible(change, principal)) throw new Fault('CHANGE_UNKNOWN')
    const { document, kind } = change.proposal
    const owner = this.owners.of(kind)
    const [names, steps, moved] = [await this.names(), await this.rows.steps(id), await this.movedNow(change)]
    const reader = this.readerOf(change, principal)
    const may = (move: ChangeMove): boolean => moveRefusal(change.state, move, reader) === null
    return {
      ...presentRow(change, { subject: owner.subject(document), reader, names }),
      proposal: change.proposal,
      lines: proposedDifference(owner.fieldsInForce(change.base, document), owner.fieldsOf(document)),
      moved,
      steps: steps.map((step) => presentStep(step, names)),
      contentHash: change.contentHash,
      needsSignature: may('approved') && !(await this.isSigned(change, principal)),
      may: {
        submit: may('submitted') && moved === null,
        approve: may('approved') && moved === null,
        reject: may('rejected'),
        withdraw: may('withdrawn'),
        comment: may('commented'),
        emergency: may('emergency') && moved === null,
      },
    }
  }

  /**
   * Makes a step. Approval puts the document into force in the same transaction as the step and its entries in the audit
   * trail. CHANGE_OUTDATED when what is in force is no longer what the change was made on.
   */
  async move(
    { id, move, text }: { id: string; move: ChangeMove; text: string | null },
    caller: ChangeCaller,
  ): Promise<ChangeDetail> {
    try {
      if (move === 'approved') await this.refuseUnsigned(id, caller.principal)
      const { moved, finish } = await this.database.transaction((manager) =>
        this.moveWithin({ id, move, text, manager }, caller),
      )
      if (moved) throw new Fault('CHANGE_OUTDATED', { change: id }, movedText(moved))
      await finish?.()
    } catch (error) {
      if (error instanceof Fault && error.code === 'SELF_APPROVAL') {
        const refusal = { stream: 'change', action: `change.${move}`, outcome: 'refused' } as const
        await this.audit.record({ ...refusal, by: caller.by, object: { kind: RECORD, id }, reason: error.code })
      }
      throw error
    }
    log.info({ change: id, move }, 'a change took a step')
    return this.detail(id, caller.principal)
  }

  private async moveWithin(
    { id, move, text, manager }: { id: string; move: ChangeMove; text: string | null; manager: EntityManager },
    { principal, by }: ChangeCaller,
  ): Promise<{ moved?: ChangeLine[]; finish?: () => Promise<void> }> {
    const change = await this.rows.lock(id, manager)
    if (!change || !this.isVisible(change, principal)) throw new Fault('CHANGE_UNKNOWN')
    const refusal = moveRefusal(change.state, move, this.readerOf(change, principal))
    if (refusal !== null) throw new Fault(refusal, { state: change.state })
    const moved = RESTS_ON_BASE.has(move) ? await this.movedSince(change, manager) : null
    if (moved) {
      // The refusal itself is kept: the change can no longer be approved by anybody.
      await this.record(change, { move: 'outdated', by, text: movedText(moved).en.slice(0, 1000), manager })
      return { moved }
    }
    const { kind, document } = change.proposal
    const isEmergency = move === 'emergency'
    const origin = { change: id, author: change.author, approver: by.user, emergency: isEmergency }
    const approval = { manager, principal, by, reason: change.reason, origin }
    const finish = PUTS_INTO_FORCE.has(move) ? await this.owners.of(kind).apply(document, approval) : undefined
    await this.record(change, { move, by, text, manager })
    return finish ? { finish } : {}
  }

  /** The step, the state after it, and its entry in the audit trail; words between people are steps alone. */
  private async record(
    change: StoredChange,
    { move, by, text, manager }: { move: ChangeMove; by: Actor; text: string | null; manager: EntityManager },
  ): Promise<void> {
    const state = stateAfter(change.state, move)
    if (state === null) throw new Error(`a change does not go from ${change.state} by ${move}`)
    await this.rows.step(change.id, { by: by.user, act: move, text, state }, manager)
    if (move === 'commented') return
    const { kind, document } = change.proposal
    const entry: AuditRecord = {
      ...{ stream: 'change', action: `change.${move}`, by, object: { kind: RECORD, id: change.id } },
      before: { state: change.state, inForce: change.base },
      after: { state, kind, document, author: change.author, ...(text === null ? {} : { said: text }) },
      reason: change.reason,
    }
    await this.audit.record(entry, manager)
  }

  private async movedSince(change: StoredChange, within?: EntityManager): Promise<ChangeLine[] | null> {
    const { kind, document } = change.proposal
    const owner = this.owners.of(kind)
    const now = await owner.inForce(document, within)
    if (documentHash(now) === change.baseHash) return null
    const lines = differenceOf(owner.fieldsInForce(change.base, document), owner.fieldsInForce(now, document))
    return lines.filter(({ changed }) => changed)
  }

  private async movedNow(change: StoredChange): Promise<ChangeLine[] | null> {
    return stateAfter(change.state, 'outdated') === null ? null : this.movedSince(change)
  }

  /** Reading through the signatures of a record needs a connection of its own: asked before the transaction. */
  private async refuseUnsigned(id: string, principal: Principal): Promise<void> {
    const change = await this.rows.find(id)
    if (!change || !this.isVisible(change, principal)) throw new Fault('CHANGE_UNKNOWN')
    const isFree = moveRefusal(change.state, 'approved', this.readerOf(change, principal)) === null
    if (isFree && !(await this.isSigned(change, principal))) throw new Fault('SIGNATURE_NEEDED')
  }

  private async isSigned(change: StoredChange, principal: Principal): Promise<boolean> {
    if (!(await this.review.read()).signApproval) return true
    const { signatures } = await this.signatures.list(RECORD, change.id, principal)
    return signatures.some(
      ({ signer, meaning, state }) => signer === principal.user && meaning === 'approval' && state === 'valid',
    )
  }

  private may(action: 'view' | 'edit' | 'publish', principal: Principal): boolean {
    return principal.rights?.may(action, RIGHTS) ?? false
  }

  private readerOf({ proposal, author }: StoredChange, principal: Principal): ChangeReader {
    const owner = this.owners.of(proposal.kind)
    return {
      isAuthor: author === principal.user,
      maySubmit: this.may('edit', principal) && owner.allows('submit', proposal.document, principal),
      mayApprove: this.may('publish', principal) && owner.allows('approve', proposal.document, principal),
      isAdministrator: principal.roles.includes('admin'),
    }
  }

  private isVisible({ author, state, proposal }: StoredChange, principal: Principal): boolean {
    if (author === principal.user) return true
    if (state === 'draft' || !this.may('view', principal)) return false
    return this.owners.of(proposal.kind).allows('view', proposal.document, principal)
  }

  private present(change: StoredChange, principal: Principal, names: PersonNames) {
    const subject = this.owners.of(change.proposal.kind).subject(change.proposal.document)
    return presentRow(change, { subject, reader: this.readerOf(change, principal), names })
  }

  private async names(): Promise<PersonNames> {
    return new Map((await this.rights.accounts()).map(({ user, name }) => [user, name]))
  }
}

const isUuid = (id: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
