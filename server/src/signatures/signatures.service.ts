import { randomUUID } from 'node:crypto'
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import { auditStream } from '@gemba/contracts/audit'
import type { ProofPurpose } from '@gemba/contracts/proof'
import type {
  SignableEntries,
  SignableKind,
  SignatureList,
  SignatureMeaning,
  SignatureRow,
  SignRequest,
} from '@gemba/contracts/signature'
import { DataSource } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { ProofService } from '../accounts/proof.service.ts'
import { SignInService } from '../accounts/sign-in.service.ts'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { derivedKey } from '../database/secret-box.ts'
import { Fault } from '../http/fault.ts'
import { securityEvent } from '../http/security-event.ts'
import { type SignableRecord, SignableRecords } from './signable-records.service.ts'
import { type StoredSignature, sealOf } from './signature-seal.ts'

/** Signing what one made oneself says nothing. */
const BY_ANOTHER: ReadonlySet<SignatureMeaning> = new Set(['review', 'approval'])
/** On one page of the list. */
const MOST_RECORDS = 100
/** Not refusals: something is still to be asked. */
const ASKING: ReadonlySet<string> = new Set(['SECOND_FACTOR_NEEDED', 'PROOF_NEEDED'])

/** What a proof for this signature has been given for. */
const purposeOf = ({ kind, id, contentHash, meaning }: SignRequest): ProofPurpose => ({
  kind: 'signature',
  record: { kind, id },
  contentHash,
  meaning,
})

/** Electronic signatures (21 CFR 11.50, 11.70, 11.200): bound to the content of one version of a record. */
@Injectable()
export class SignaturesService implements OnModuleInit {
  private readonly key: Buffer

  constructor(
    private readonly database: DataSource,
    private readonly records: SignableRecords,
    private readonly signIns: SignInService,
    private readonly proofs: ProofService,
    private readonly audit: AuditService,
    @Inject(SERVER_CONFIG) config: ServerConfig,
  ) {
    this.key = derivedKey(config.secretKeyFile, 'signature')
  }

  onModuleInit(): void {
    this.records.provide('audit-review', (id, principal) => this.readAuditReview(id, principal))
  }

  /** `access:120`: the audit trail of a stream up to an entry, for its review (Annex 11, clause 9). */
  private async readAuditReview(id: string, principal: Principal | null): Promise<SignableRecord | null> {
    if (principal && !principal.roles.some((role) => role === 'admin' || role === 'quality' || role === 'auditor'))
      return null
    const [, stream, seq] = /^([a-z]+):(\d{1,15})$/.exec(id) ?? []
    if (!auditStream.safeParse(stream).success) return null
    const [row] = await this.database.query<{ hash: string }[]>(
      'SELECT hash FROM audit_entry WHERE stream = $1 AND seq = $2',
      [stream, seq],
    )
    return row ? { contentHash: row.hash, authors: [] } : null
  }

  /**
   * Signs the record as it is now. The signer proves anew who he is; RECORD_CHANGED when the record is no longer what
   * he saw; SELF_APPROVAL for a review or approval by one of its authors.
   */
  async signRecord(request: SignRequest, principal: Principal, by: Actor): Promise<SignatureRow> {
    const object = { kind: request.kind, id: request.id }
    try {
      const proof = await this.prove(request, principal, by)
      const record = await this.records.read(request.kind, request.id, principal)
      if (!record) throw new Fault('RECORD_UNKNOWN')
      if (record.contentHash !== request.contentHash) throw new Fault('RECORD_CHANGED')
      if (BY_ANOTHER.has(request.meaning)) await this.refuseAuthors(request, record, principal.user)
      await record.keep?.()
      return await this.store(request, { principal, by, proof })
    } catch (error) {
      if (!(error instanceof Fault) || ASKING.has(error.code)) throw error
      securityEvent('signature.refused', { user: by.user, ...object, code: error.code })
      const refusal = { stream: 'signature', action: 'signature.refused', outcome: 'refused', by, object } as const
      await this.audit.record({ ...refusal, reason: error.code, after: { meaning: request.meaning } })
      throw error
    }
  }

  /** Only a person at a session signs: never a token or a display. */
  private async prove(request: SignRequest, principal: Principal, by: Actor): Promise<string> {
    const { password, code } = request
    if (principal.means === 'token' || principal.means === 'device') throw new Fault('NO_ACCESS')
    if (principal.means === 'oidc') {
      if (request.proof === undefined) throw new Fault('PROOF_NEEDED')
      // Looked at first: a mistyped code must not use up the proof.
      const factor = await this.signIns.proveByCode(principal.user, code)
      await this.proofs.spend(request.proof, purposeOf(request), by)
      return factor === null ? 'provider' : 'provider+code'
    }
    if (password === undefined) throw new Fault('SIGN_IN_REFUSED')
    const account = await this.signIns.proveAgain(principal.user, { password, code })
    return account.totpSealed === null ? 'password' : 'password+code'
  }

  private async refuseAuthors(request: SignRequest, record: SignableRecord, user: string): Promise<void> {
    const [row] = await this.database.query<{ signed: boolean }[]>(
      `SELECT EXISTS (SELECT FROM signature WHERE kind = $1 AND record = $2 AND signer = $3 AND meaning = 'authorship')
       AS signed`,
      [request.kind, request.id, user],
    )
    if (record.authors.includes(user) || row?.signed) throw new Fault('SELF_APPROVAL')
  }

  private async store(
    request: SignRequest,
    { principal, by, proof }: { principal: Principal; by: Actor; proof: string },
  ): Promise<SignatureRow> {
    const row: Omit<StoredSignature, 'seal'> = {
      id: randomUUID(),
      kind: request.kind,
      record: request.id,
      content_hash: request.contentHash,
      meaning: request.meaning,
      comment: request.comment?.replaceAll('\0', '') ?? null,
      signer: principal.user,
      signer_zh: principal.name.zh,
      signer_en: principal.name.en,
      signed_at_ms: String(Date.now()),
      proof,
    }
    const stored = { ...row, seal: sealOf(this.key, row) }
    const names = Object.keys(stored)
    await this.database.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO signature (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
        Object.values(stored),
      )
      const { id, meaning, content_hash } = stored
      const after = { signature: id, meaning, contentHash: content_hash, proof }
      const object = { kind: request.kind, id: request.id }
      await this.audit.record({ stream: 'signature', action: 'signature.made', by, object, after }, manager)
    })
    securityEvent('signature.made', { user: by.user, kind: request.kind, record: request.id })
    return presented(stored, 'valid')
  }

  /** All signatures of a record that the principal may see, each judged against the record as it is now. */
  async list(kind: string, id: string, principal: Principal): Promise<SignatureList> {
    const current = await this.records.read(kind, id, principal)
    // A record that is gone keeps its signatures; one that is merely hidden shows nothing.
    if (!current && (await this.records.read(kind, id, null))) throw new Fault('RECORD_UNKNOWN')
    const rows = await this.database.query<StoredSignature[]>(
      'SELECT * FROM signature WHERE kind = $1 AND record = $2 ORDER BY signed_at_ms, id',
      [kind, id.replaceAll('\0', '')],
    )
    if (!current && !rows.some((row) => row.signer === principal.user) && !principal.roles.includes('admin'))
      throw new Fault('RECORD_UNKNOWN')
    return {
      current: current
        ? { contentHash: current.contentHash, content: current.content?.map((row) => ({ ...row })) ?? null }
        : null,
      signatures: rows.map((row) => presented(row, this.stateOf(row, current))),
    }
  }

  /** Records that can be signed, with their signatures, each judged against the record as it is now. */
  async entries(
    kind: SignableKind,
    question: { search: string; lot?: string },
    principal: Principal,
  ): Promise<SignableEntries> {
    const found = await this.records.find(kind, { ...question, limit: MOST_RECORDS + 1 }, principal)
    const shown = found.slice(0, MOST_RECORDS)
    const rows = await this.database.query<StoredSignature[]>(
      'SELECT * FROM signature WHERE kind = $1 AND record = ANY($2) ORDER BY signed_at_ms, id',
      [kind, shown.map(({ id }) => id)],
    )
    const signed = Map.groupBy(rows, ({ record }) => record)
    const records = shown.map(async (each) => {
      const own = signed.get(each.id) ?? []
      const current = own.length === 0 ? null : await this.records.read(kind, each.id, principal)
      return { ...each, signatures: own.map((row) => presented(row, this.stateOf(row, current))) }
    })
    return { records: await Promise.all(records), more: found.length > MOST_RECORDS }
  }

  private stateOf(row: StoredSignature, current: SignableRecord | null): SignatureRow['state'] {
    if (sealOf(this.key, row) !== row.seal) return 'forged'
    if (!current) return 'gone'
    return current.contentHash === row.content_hash ? 'valid' : 'void'
  }
}

function presented(row: StoredSignature, state: SignatureRow['state']): SignatureRow {
  return {
    id: row.id,
    kind: row.kind,
    record: row.record,
    contentHash: row.content_hash,
    meaning: row.meaning as SignatureMeaning,
    comment: row.comment,
    signer: row.signer,
    signerName: { zh: row.signer_zh, en: row.signer_en },
    signedAt: Number(row.signed_at_ms),
    state,
  }
}
