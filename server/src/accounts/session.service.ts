import { randomUUID } from 'node:crypto'
import { Inject, Injectable } from '@nestjs/common'
import { InjectRepository } from '@nestjs/typeorm'
import type { SessionNeed, SignInSettings } from '@gemba/contracts/sign-in'
import { Subject } from 'rxjs'
import { In, LessThan, MoreThan, Repository } from 'typeorm'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { derivedKey } from '../database/secret-box.ts'
import { readCookie } from '../http/cookies.ts'
import { securityEvent } from '../http/security-event.ts'
import { SettingsService } from '../settings/settings.service.ts'
import { AccountEntity } from './account.entity.ts'
import { CookieSignature, hashOf, newSecret } from './cookie-signature.ts'
import { type Principal, broughtBy } from './principal.ts'
import { type PassedFactor, SessionEntity } from './session.entity.ts'
import { judge } from './session-rotation.ts'

export const SESSION_COOKIE = 'gemba_session'

/** A looked-up session is believed for this long, so that every request is not a query. */
const BELIEVED_MS = 3_000
const MOST_REMEMBERED = 10_000

export interface OpenSession {
  readonly id: string
  readonly principal: Principal
  readonly needs: readonly SessionNeed[]
  readonly expiresAt: number
  /** A new cookie value that the browser has to take. */
  readonly renewed?: SessionCookie
}

export interface SessionCookie {
  readonly value: string
  /** Null = until the browser is closed. */
  readonly maxAgeS: number | null
}

/** Where a session is opened from. */
export interface Origin {
  readonly address: string
  readonly agent: string
  readonly keep: boolean
}

/** Where it comes from, and what was asked for beside the first proof. */
export interface Opened extends Origin {
  readonly secondFactor: PassedFactor | null
}

const idleMsOf = (settings: SignInSettings): number => settings.idleMinutes * 60_000

/** Sessions of people: opened at sign-in, found by a signed cookie, ended by time, by their user or by an administrator. */
@Injectable()
export class SessionService {
  /** The id of a session that was ended before its time. */
  readonly closed = new Subject<string>()
  private closings = 0
  private readonly believed = new Map<string, { session: OpenSession; checkedAt: number }>()
  private readonly signature: CookieSignature

  constructor(
    @InjectRepository(SessionEntity) private readonly sessions: Repository<SessionEntity>,
    @InjectRepository(AccountEntity) private readonly accounts: Repository<AccountEntity>,
    private readonly settings: SettingsService,
    @Inject(SERVER_CONFIG) config: ServerConfig,
  ) {
    this.signature = new CookieSignature(derivedKey(config.secretKeyFile, 'session cookie'))
  }

  /** Opens a session; gives what the browser has to keep. */
  async open(account: AccountEntity, from: Opened): Promise<{ cookie: SessionCookie; session: OpenSession }> {
    const secret = newSecret()
    const now = new Date()
    const settings = await this.settings.signIn()
    await this.sessions.delete({ expiresAt: LessThan(now) })
    const row = {
      id: randomUUID(),
      idHash: hashOf(secret),
      previousHash: null,
      rotatedAt: now,
      confirmedAt: null,
      accountId: account.id,
      means: account.means,
      secondFactor: from.secondFactor,
      address: from.address.slice(0, 100),
      agent: from.agent.replaceAll('\0', '').slice(0, 300),
      keep: from.keep,
      createdAt: now,
      usedAt: now,
      expiresAt: new Date(now.getTime() + settings.absoluteHours * 3_600_000),
    }
    await this.sessions.insert(row)
    const session = this.opened(row, account, settings)
    return { cookie: this.cookieOf(row, secret, settings), session }
  }

  /** The session that a Cookie header names, or null. With `rotate` it may come with a new cookie to be set. */
  async find(cookieHeader: string | undefined, { rotate = false } = {}): Promise<OpenSession | null> {
    const value = readCookie(cookieHeader, SESSION_COOKIE)
    const secret = value === null ? null : this.signature.read(value)
    if (secret === null) return null
    const presented = hashOf(secret)
    const now = Date.now()
    const believed = this.believed.get(presented)
    if (believed && now - believed.checkedAt < BELIEVED_MS) return believed.session
    const { closings } = this
    const session = await this.load(presented, now, rotate)
    if (!session) this.believed.delete(presented)
    else if (closings === this.closings) {
      // It was not closed while it was looked up.
      if (this.believed.size > MOST_REMEMBERED) this.believed.clear()
      const { renewed: _renewed, ...kept } = session
      this.believed.set(presented, { session: kept, checkedAt: now })
    }
    return session
  }

  private async load(presented: string, now: number, rotate: boolean): Promise<OpenSession | null> {
    const row = await this.sessions.findOne({ where: [{ idHash: presented }, { previousHash: presented }] })
    if (!row) return null
    const settings = await this.settings.signIn()
    if (row.expiresAt.getTime() <= now || row.usedAt.getTime() + idleMsOf(settings) <= now) return null
    const account = await this.accounts.findOneBy({ id: row.accountId, active: true })
    if (!account) return null
    const verdict = judge(row, presented, now)
    if (verdict === 'reused') {
      securityEvent('session.cookie-reused', { user: account.id, session: row.id })
      await this.close(row.id)
      return null
    }
    const used = { ...row, usedAt: new Date(now) }
    const confirmed = verdict === 'confirm' ? { confirmedAt: used.usedAt } : {}
    await this.sessions.update({ id: row.id }, { usedAt: used.usedAt, ...confirmed })
    const session = this.opened(used, account, settings)
    if (verdict !== 'rotate' || !rotate) return session
    const renewed = await this.rotate(used, presented, settings)
    return renewed ? { ...session, renewed } : session
  }

  /** Of several requests at the same moment one changes the secret. */
  private async rotate(row: SessionEntity, presented: string, settings: SignInSettings): Promise<SessionCookie | null> {
    const secret = newSecret()
    const { affected } = await this.sessions.update(
      { id: row.id, rotatedAt: row.rotatedAt },
      { idHash: hashOf(secret), previousHash: presented, rotatedAt: new Date(), confirmedAt: null },
    )
    return affected === 1 ? this.cookieOf(row, secret, settings) : null
  }

  private cookieOf(row: Pick<SessionEntity, 'keep'>, secret: string, settings: SignInSettings): SessionCookie {
    return { value: this.signature.sign(secret), maxAgeS: row.keep ? settings.idleMinutes * 60 : null }
  }

  private opened(row: SessionEntity, account: AccountEntity, settings: SignInSettings): OpenSession {
    return {
      id: row.id,
      principal: principalOf(account, row.id),
      needs: needsOf(account, row, settings),
      expiresAt: Math.min(row.usedAt.getTime() + idleMsOf(settings), row.expiresAt.getTime()),
    }
  }

  /** The second factor was given after the sign-in. */
  async passFactor(id: string, secondFactor: PassedFactor): Promise<void> {
    await this.sessions.update({ id }, { secondFactor })
  }

  /** Ends one session at once, its live connections too. False when there is none. */
  async close(id: string): Promise<boolean> {
    const { affected } = await this.sessions.delete({ id })
    this.forget([id])
    return (affected ?? 0) > 0
  }

  /** Ends all sessions of an account but one; gives how many. */
  async closeAll(accountId: string, exceptId: string | null): Promise<number> {
    const rows = await this.sessions.findBy({ accountId })
    const ids = rows.map(({ id }) => id).filter((id) => id !== exceptId)
    if (ids.length > 0) await this.sessions.delete({ id: In(ids) })
    this.forget(ids)
    return ids.length
  }

  private forget(ids: readonly string[]): void {
    this.closings += 1
    for (const [hash, { session }] of this.believed) if (ids.includes(session.id)) this.believed.delete(hash)
    for (const id of ids) this.closed.next(id)
  }

  /** After a change of the account: what is remembered of it is asked anew. */
  forgetAccount(accountId: string): void {
    this.closings += 1
    for (const [hash, { session }] of this.believed)
      if (session.principal.user === accountId) this.believed.delete(hash)
  }

  /** Open sessions of an account, the last used first. */
  async list(accountId: string): Promise<SessionEntity[]> {
    const { idleMinutes } = await this.settings.signIn()
    const now = Date.now()
    return this.sessions.find({
      where: {
        accountId,
        expiresAt: MoreThan(new Date(now)),
        usedAt: MoreThan(new Date(now - idleMinutes * 60_000)),
      },
      order: { usedAt: 'DESC' },
      take: 200,
    })
  }

  /** Which of these sessions are over: by time, by revocation on any server, or with their account. */
  async endedAmong(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return []
    const settings = await this.settings.signIn()
    const rows = await this.sessions.query<{ id: string }[]>(
      `SELECT s.id FROM session s JOIN user_account a ON a.id = s.account_id
       WHERE s.id = ANY($1::uuid[]) AND a.active AND s.expires_at > now() AND s.used_at > $2`,
      [ids, new Date(Date.now() - idleMsOf(settings))],
    )
    const open = new Set(rows.map(({ id }) => id))
    return ids.filter((id) => !open.has(id))
  }
}

function needsOf(account: AccountEntity, session: SessionEntity, settings: SignInSettings): SessionNeed[] {
  const needs: SessionNeed[] = []
  if (account.mustChangePassword) needs.push('password')
  if (session.secondFactor === 'provider') return needs
  const isAsked = account.roles.some((role) => settings.secondFactorRoles.includes(role))
  if (isAsked && account.totpSealed === null) needs.push('second-factor')
  // Where the password is typed here, the code was asked for with it.
  if (account.means === 'oidc' && account.totpSealed !== null && session.secondFactor === null) needs.push('code')
  return needs
}

export function principalOf(account: AccountEntity, sessionId: string): Principal {
  return { ...broughtBy(account), sessionId, means: account.means }
}
