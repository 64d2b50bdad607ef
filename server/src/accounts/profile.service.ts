import { Injectable } from '@nestjs/common'
import type {
  Enrolment,
  PasswordChange,
  ProfileAnswer,
  ProvenAnew,
  RecoveryCodes,
  SecondFactorEnd,
  SessionList,
  SignInSettings,
} from '@gemba/contracts/sign-in'
import { DataSource } from 'typeorm'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { Fault } from '../http/fault.ts'
import { type SecurityEvent, securityEvent } from '../http/security-event.ts'
import { SettingsService } from '../settings/settings.service.ts'
import type { AccountEntity } from './account.entity.ts'
import { AccountsService } from './accounts.service.ts'
import { ProofService } from './proof.service.ts'
import { newOneTimePassword } from './one-time-password.ts'
import { type PasswordFault, passwordFault } from './password-policy.ts'
import { SecondFactor } from './second-factor/second-factor.ts'
import { SessionService } from './session.service.ts'
import { SignInService } from './sign-in.service.ts'

const passwordFaults = (shortest: number): Record<PasswordFault, { zh: string; en: string }> => ({
  short: { zh: `至少 ${shortest} 个字符。`, en: `At least ${shortest} characters.` },
  common: { zh: '这是常见密码，会最先被试到。', en: 'It is a common password and would be tried first.' },
  name: { zh: '去掉账号和产品名后太短。', en: 'Without the user and product name too little is left.' },
  pattern: { zh: '只是重复或连续的字符。', en: 'It only repeats or counts characters.' },
  same: { zh: '与原密码相同。', en: 'It is the same as before.' },
})

/** Changes of accounts that concern signing in: by their owners, and by administrators. */
@Injectable()
export class ProfileService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly signIns: SignInService,
    private readonly secondFactor: SecondFactor,
    private readonly sessionStore: SessionService,
    private readonly settings: SettingsService,
    private readonly proofs: ProofService,
    private readonly audit: AuditService,
    private readonly database: DataSource,
  ) {}

  async read(user: string): Promise<ProfileAnswer> {
    const account = await this.accounts.get(user)
    const { secondFactorRoles } = await this.settings.signIn()
    return {
      user: account.id,
      name: { zh: account.nameZh, en: account.nameEn },
      roles: account.roles,
      means: account.means,
      passwordChangedAt: account.passwordChangedAt?.getTime() ?? null,
      passwordHere: account.passwordHash !== null,
      secondFactor: {
        enrolledAt: account.totpEnrolledAt?.getTime() ?? null,
        recoveryCodesLeft: await this.secondFactor.recoveryCodesLeft(account.id),
        required: account.roles.some((role) => secondFactorRoles.includes(role)),
      },
    }
  }

  /** Ends all other sessions of the account: who knew the old password is out. */
  async changePassword({ current, next }: PasswordChange, by: Actor): Promise<void> {
    const before = await this.accounts.get(by.user)
    if (before.passwordHash === null) throw new Fault('PASSWORD_ELSEWHERE')
    await this.accounts.proveAgain(by.user, current)
    const { shortestPassword } = await this.settings.signIn()
    const fault = current === next ? 'same' : passwordFault(next, by.user, shortestPassword)
    if (fault) throw new Fault('PASSWORD_REFUSED', { why: fault }, passwordFaults(shortestPassword)[fault])
    await this.note('password.changed', by, by.user)
    await this.accounts.setPassword(by.user, next, false)
    await this.sessionStore.closeAll(by.user, by.session)
    this.sessionStore.forgetAccount(by.user)
  }

  async beginSecondFactor(proof: ProvenAnew, by: Actor): Promise<Enrolment> {
    const { totpSealed } = await this.accounts.get(by.user)
    if (totpSealed !== null) throw new Fault('SECOND_FACTOR_ENROLLED')
    return this.secondFactor.begin(await this.proveAnew(proof, by))
  }

  async proveSecondFactor(code: string, by: Actor): Promise<RecoveryCodes> {
    const codes = await this.secondFactor.prove(await this.accounts.get(by.user), code)
    await this.note('second-factor.enrolled', by, by.user)
    // Sessions that were opened without it are not worth what later ones are.
    await this.sessionStore.closeAll(by.user, by.session)
    if (by.session !== null) await this.sessionStore.passFactor(by.session, 'code')
    this.sessionStore.forgetAccount(by.user)
    return { codes }
  }

  /** The code that a session of a provider lacks, which did not ask for a second factor itself. */
  async passSecondFactor(code: string, by: Actor): Promise<void> {
    const factor = await this.signIns.proveByCode(by.user, code)
    if (factor === null) throw new Fault('SECOND_FACTOR_MISSING')
    if (by.session !== null) await this.sessionStore.passFactor(by.session, factor)
    this.sessionStore.forgetAccount(by.user)
  }

  async endSecondFactor(proof: SecondFactorEnd, by: Actor): Promise<void> {
    const account = await this.proveAnew(proof, by)
    const { secondFactorRoles } = await this.settings.signIn()
    if (account.roles.some((role) => secondFactorRoles.includes(role))) throw new Fault('SECOND_FACTOR_REQUIRED')
    await this.removeSecondFactor(account, by)
  }

  async renewRecoveryCodes(proof: SecondFactorEnd, by: Actor): Promise<RecoveryCodes> {
    const account = await this.proveAnew(proof, by)
    if (account.totpSealed === null) throw new Fault('SECOND_FACTOR_NOT_STARTED')
    await this.note('second-factor.codes-renewed', by, by.user)
    return { codes: await this.secondFactor.newRecoveryCodes(account.id) }
  }

  /** Password or, for people of a provider, a proof given there; and the code of the factor that is enrolled. */
  private async proveAnew(
    { password, proof, code }: ProvenAnew & { code?: string },
    by: Actor,
  ): Promise<AccountEntity> {
    const account = await this.accounts.get(by.user)
    if (account.means !== 'oidc') {
      if (password === undefined) throw new Fault('SIGN_IN_REFUSED')
      return this.signIns.proveAgain(by.user, { password, code })
    }
    // Looked at first: a mistyped code must not use up the proof.
    if (account.totpSealed !== null) await this.signIns.proveByCode(by.user, code)
    await this.proofs.spend(proof, { kind: 'second-factor' }, by)
    return account
  }

  async sessions(user: string, currentId: string | null): Promise<SessionList> {
    const { idleMinutes } = await this.settings.signIn()
    const rows = await this.sessionStore.list(user)
    const sessions = rows.map((row) => ({
      id: row.id,
      means: row.means,
      agent: row.agent,
      address: row.address,
      openedAt: row.createdAt.getTime(),
      usedAt: row.usedAt.getTime(),
      expiresAt: Math.min(row.expiresAt.getTime(), row.usedAt.getTime() + idleMinutes * 60_000),
      current: row.id === currentId,
    }))
    return { sessions }
  }

  /** Ends a session of this account; SESSION_UNKNOWN for one of somebody else as well. */
  async closeSession(user: string, id: string, by: Actor): Promise<void> {
    const own = await this.sessionStore.list(user)
    if (!own.some((row) => row.id === id)) throw new Fault('SESSION_UNKNOWN')
    const object = { kind: 'session', id }
    await this.audit.record({ stream: 'access', action: 'session.revoked', by, object, before: { owner: user } })
    await this.sessionStore.close(id)
    securityEvent('session.closed', { user, session: id, by: by.user })
  }

  async closeOthers(by: Actor): Promise<void> {
    const object = { kind: 'account', id: by.user }
    await this.audit.record({ stream: 'access', action: 'session.others-revoked', by, object })
    await this.sessionStore.closeAll(by.user, by.session)
  }

  /** By an administrator: a password that must be changed at the next sign-in. It is in the answer and nowhere else. */
  async setOneTimePassword(user: string, by: Actor): Promise<{ password: string }> {
    const account = await this.accounts.get(user)
    if (account.means !== 'password') throw new Fault('PASSWORD_ELSEWHERE')
    const password = newOneTimePassword()
    await this.note('password.set', by, account.id)
    await this.accounts.setPassword(account.id, password, true)
    await this.sessionStore.closeAll(account.id, null)
    return { password }
  }

  /** By an administrator, for somebody who lost authenticator and recovery codes. */
  async resetSecondFactor(user: string, by: Actor): Promise<void> {
    const account = await this.accounts.get(user)
    if (account.totpSealed === null) throw new Fault('SECOND_FACTOR_NOT_STARTED')
    await this.removeSecondFactor(account, by)
    await this.sessionStore.closeAll(account.id, null)
  }

  async unlock(user: string, by: Actor): Promise<void> {
    const account = await this.accounts.get(user)
    await this.note('account.unlocked', by, account.id)
    await this.accounts.unlock(account.id)
  }

  async changeSettings(next: SignInSettings, by: Actor): Promise<SignInSettings> {
    const before = await this.settings.signIn()
    await this.database.transaction(async (manager) => {
      await this.settings.changeSignIn(next, by.user, manager)
      const object = { kind: 'setting', id: 'sign-in' }
      await this.audit.record({ stream: 'change', action: 'setting.changed', by, object, before, after: next }, manager)
    })
    securityEvent('settings.changed', { user: by.user })
    return next
  }

  private async removeSecondFactor(account: AccountEntity, by: Actor): Promise<void> {
    await this.note('second-factor.removed', by, account.id)
    await this.secondFactor.remove(account.id)
    this.sessionStore.forgetAccount(account.id)
  }

  /** Written first: what cannot be written down does not happen. */
  private async note(action: string, by: Actor, accountId: string): Promise<void> {
    await this.audit.record({ stream: 'change', action, by, object: { kind: 'account', id: accountId } })
    if (LOGGED.has(action)) securityEvent(action as SecurityEvent, { user: accountId, by: by.user })
  }
}

const LOGGED: ReadonlySet<string> = new Set([
  'password.changed',
  'password.set',
  'second-factor.enrolled',
  'second-factor.removed',
])
