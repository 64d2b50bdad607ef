import { Injectable } from '@nestjs/common'
import type { SignIn } from '@gemba/contracts/sign-in'
import { AuditService } from '../audit/audit.service.ts'
import { Fault } from '../http/fault.ts'
import { Pacing } from '../http/pacing.ts'
import { securityEvent } from '../http/security-event.ts'
import type { AccountEntity } from './account.entity.ts'
import { AccountsService } from './accounts.service.ts'
import { rightsOf } from './current-principal.guard.ts'
import { SecondFactor } from './second-factor/second-factor.ts'
import type { PassedFactor } from './session.entity.ts'
import { type OpenSession, type Origin, type SessionCookie, SessionService } from './session.service.ts'

/** Names that no account has may be passwords typed into the wrong field: they are not written down. */
const NOBODY = '(unknown)'

const ACTIONS: Partial<Record<string, 'sign-in.refused' | 'sign-in.locked'>> = {
  SIGN_IN_REFUSED: 'sign-in.refused',
  SECOND_FACTOR_REFUSED: 'sign-in.refused',
  SINGLE_SIGN_ON_REFUSED: 'sign-in.refused',
  ACCOUNT_LOCKED: 'sign-in.locked',
}

export interface SignedIn {
  readonly cookie: SessionCookie
  readonly session: OpenSession
}

/** Lets people in: pace, password, second factor, session, and a line in the audit trail whatever comes of it. */
@Injectable()
export class SignInService {
  /** By address; each try costs an argon2 hash. */
  private readonly pacing = new Pacing(30, 30)

  constructor(
    private readonly accounts: AccountsService,
    private readonly secondFactor: SecondFactor,
    private readonly sessions: SessionService,
    private readonly audit: AuditService,
  ) {}

  async withPassword(input: SignIn, from: Origin): Promise<SignedIn> {
    this.pace(from.address)
    try {
      const account = await this.accounts.check(input.user, input.password)
      const factor = await this.checkCode(account, input.code)
      await this.accounts.succeeded(account)
      return await this.open(account, from, factor)
    } catch (error) {
      await this.noteRefusal(error, input.user, from.address)
      throw error
    }
  }

  /** A person whom a provider vouches for, with a second factor or without. */
  async asVouched(account: AccountEntity, from: Origin, hasSecondFactor: boolean): Promise<SignedIn> {
    return this.open(account, from, hasSecondFactor ? 'provider' : null)
  }

  /** Ends the session that a Cookie header names, if there is one. */
  async signOut(cookieHeader: string | undefined, address: string | null): Promise<void> {
    const session = await this.sessions.find(cookieHeader)
    if (!session || !(await this.sessions.close(session.id))) return
    const { principal, id } = session
    await this.audit.record({
      stream: 'access',
      action: 'session.signed-out',
      by: { user: principal.user, rights: rightsOf(principal), means: principal.means ?? null, session: id, address },
      object: { kind: 'session', id },
    })
  }

  pace(address: string): void {
    const retryAfterS = this.pacing.take(address, Date.now())
    if (retryAfterS === 0) return
    securityEvent('sign-in.paced', { address })
    throw new Fault('TOO_MANY_REQUESTS', { retryAfterS })
  }

  /** Password, and code where a second factor is enrolled: for what is worth asking again. */
  async proveAgain(accountId: string, proof: { password: string; code?: string | undefined }): Promise<AccountEntity> {
    const account = await this.accounts.proveAgain(accountId, proof.password)
    await this.checkCode(account, proof.code)
    await this.accounts.succeeded(account)
    return account
  }

  /** Only the code, where the first proof was given elsewhere; wrong ones count and lock as at the sign-in. */
  async proveByCode(accountId: string, code: string | undefined): Promise<PassedFactor | null> {
    const account = await this.accounts.open(accountId)
    const factor = await this.checkCode(account, code)
    await this.accounts.succeeded(account)
    return factor
  }

  private async checkCode(account: AccountEntity, code: string | undefined): Promise<PassedFactor | null> {
    if (account.totpSealed === null) return null
    if (code === undefined) throw new Fault('SECOND_FACTOR_NEEDED')
    return (await this.secondFactor.accepts(account, code)) ?? this.accounts.refuseCode(account)
  }

  private async open(account: AccountEntity, from: Origin, secondFactor: PassedFactor | null): Promise<SignedIn> {
    const opened = await this.sessions.open(account, { ...from, secondFactor })
    await this.audit.record({
      stream: 'access',
      action: 'sign-in.ok',
      by: {
        user: account.id,
        rights: account.roles,
        means: account.means,
        session: opened.session.id,
        address: from.address,
      },
      object: { kind: 'session', id: opened.session.id },
      after: { secondFactor: secondFactor ?? 'none', agent: from.agent.slice(0, 300) },
    })
    securityEvent('sign-in.ok', { user: account.id, means: account.means, address: from.address })
    return opened
  }

  private async noteRefusal(error: unknown, user: string, address: string): Promise<void> {
    const action = error instanceof Fault ? ACTIONS[error.code] : undefined
    if (!(error instanceof Fault) || !action) return
    const account = await this.accounts.find(user)
    const name = account?.id ?? NOBODY
    await this.audit.record({
      stream: 'access',
      action,
      outcome: 'refused',
      by: { user: name, rights: [], means: null, session: null, address },
      reason: error.code,
    })
    securityEvent(action, { user: name, address, code: error.code })
  }
}
