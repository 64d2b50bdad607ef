import { createHash, randomUUID } from 'node:crypto'
import { Injectable } from '@nestjs/common'
import type { ProofBegun, ProofPurpose, ProofState } from '@gemba/contracts/proof'
import { DataSource } from 'typeorm'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { Fault } from '../http/fault.ts'
import { securityEvent } from '../http/security-event.ts'
import { AccountsService } from './accounts.service.ts'
import type { Vouched } from './identity/oidc.ts'

/** How long the way to the provider and back may take. */
const LIFE_MS = 10 * 60_000
/** How long a proof that was given waits to be used. */
const GOOD_FOR_S = 300

interface StoredProof {
  account_id: string
  session_id: string
  expires_at: Date
  proved_at: Date | null
  refused_at: Date | null
  used_at: Date | null
}

/** Everything a proof is for; the order of the fields is that of the contract. */
const hashOf = (purpose: ProofPurpose): string => createHash('sha256').update(JSON.stringify(purpose)).digest('hex')

/**
 * People of a provider prove anew who they are, there, where others type their password again. A proof belongs to one
 * session and one action, and counts once.
 */
@Injectable()
export class ProofService {
  constructor(
    private readonly database: DataSource,
    private readonly accounts: AccountsService,
    private readonly audit: AuditService,
  ) {}

  async begin(purpose: ProofPurpose, by: Actor): Promise<ProofBegun> {
    if (by.means !== 'oidc') throw new Fault('PROOF_ELSEWHERE')
    const id = randomUUID()
    const expiresAt = Date.now() + LIFE_MS
    await this.database.query('DELETE FROM identity_proof WHERE session_id = $1 AND expires_at < now()', [by.session])
    await this.database.query(
      'INSERT INTO identity_proof (id, account_id, session_id, purpose_hash, expires_at) VALUES ($1, $2, $3, $4, $5)',
      [id, by.user, by.session, hashOf(purpose), new Date(expiresAt)],
    )
    return { id, address: `/api/sign-in/oidc/start?proof=${id}`, expiresAt }
  }

  async state(id: string, by: Actor): Promise<ProofState> {
    const proof = await this.find(id)
    if (!proof || proof.session_id !== by.session) throw new Fault('PROOF_REFUSED')
    if (proof.refused_at) return { state: 'refused' }
    if (proof.used_at || proof.expires_at.getTime() < Date.now()) return { state: 'over' }
    return { state: proof.proved_at ? 'proved' : 'waiting' }
  }

  /** Only the session that asked may set out. */
  async checkOpen(id: string, session: string | null): Promise<void> {
    const proof = await this.find(id)
    const isOpen = proof && !proof.proved_at && !proof.refused_at && proof.expires_at.getTime() >= Date.now()
    if (!isOpen || proof.session_id !== session) throw new Fault('PROOF_REFUSED')
  }

  /** The provider vouches for somebody: the proof is given when it is the same person in the same session. */
  async give(id: string, session: string | null, { identity, hasSecondFactor }: Vouched): Promise<void> {
    await this.checkOpen(id, session)
    const proof = await this.find(id)
    const account = await this.accounts.get(proof?.account_id ?? '')
    if (account.means !== 'oidc' || account.subject !== identity.subject) {
      securityEvent('proof.refused', { user: account.id, why: 'the provider vouches for somebody else' })
      throw new Fault('PROOF_REFUSED')
    }
    await this.database.query('UPDATE identity_proof SET proved_at = now(), has_second_factor = $2 WHERE id = $1', [
      id,
      hasSecondFactor,
    ])
  }

  /** Whoever waits for it hears so. */
  async refuse(id: string, why: string): Promise<void> {
    const [rows] = await this.database.query<[{ account_id: string; session_id: string }[], number]>(
      `UPDATE identity_proof SET refused_at = now() WHERE id = $1 AND proved_at IS NULL AND refused_at IS NULL
       RETURNING account_id, session_id`,
      [id],
    )
    const [row] = rows
    if (!row) return
    securityEvent('proof.refused', { user: row.account_id, why })
    const by = { user: row.account_id, rights: [], means: 'oidc', session: row.session_id, address: null } as const
    await this.audit.record({ stream: 'access', action: 'proof.refused', outcome: 'refused', by, reason: why })
  }

  /** Uses a proof up. PROOF_NEEDED without one, PROOF_REFUSED when it is for something else, over, or used already. */
  async spend(id: string | undefined, purpose: ProofPurpose, by: Actor): Promise<{ hasSecondFactor: boolean }> {
    if (id === undefined) throw new Fault('PROOF_NEEDED')
    const [rows] = await this.database.query<[{ has_second_factor: boolean }[], number]>(
      `UPDATE identity_proof SET used_at = now()
       WHERE id = $1 AND account_id = $2 AND session_id::text = $3 AND purpose_hash = $4
         AND proved_at > now() - make_interval(secs => $5) AND refused_at IS NULL AND used_at IS NULL
       RETURNING has_second_factor`,
      [id, by.user, by.session, hashOf(purpose), GOOD_FOR_S],
    )
    const [row] = rows
    if (row) return { hasSecondFactor: row.has_second_factor }
    securityEvent('proof.refused', { user: by.user, why: 'for something else, over, or used already' })
    throw new Fault('PROOF_REFUSED')
  }

  private async find(id: string): Promise<StoredProof | null> {
    const rows = await this.database.query<StoredProof[]>('SELECT * FROM identity_proof WHERE id::text = $1', [
      id.replaceAll('\0', ''),
    ])
    return rows[0] ?? null
  }
}
