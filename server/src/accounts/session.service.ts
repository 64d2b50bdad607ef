import { createHash, randomBytes } from 'node:crypto'
import { Injectable } from '@nestjs/common'
import { InjectRepository } from '@nestjs/typeorm'
import { Subject } from 'rxjs'
import { LessThan, Repository } from 'typeorm'
import { readCookie } from '../http/cookies.ts'
import { AccountEntity } from './account.entity.ts'
import type { Principal } from './principal.ts'
import { SessionEntity } from './session.entity.ts'

export const SESSION_COOKIE = 'gemba_session'

const IDLE_MS = 12 * 3_600_000
const ABSOLUTE_MS = 7 * 24 * 3_600_000
/** A looked-up session is believed for this long, so that every request is not a query. */
const BELIEVED_MS = 5_000
const MOST_REMEMBERED = 10_000

export interface OpenSession {
  readonly idHash: string
  readonly principal: Principal
  readonly expiresAt: number
}

const hashOf = (id: string): string => createHash('sha256').update(id).digest('hex')

@Injectable()
export class SessionService {
  private readonly sessions: Repository<SessionEntity>
  private readonly accounts: Repository<AccountEntity>
  /** The hash of a session that was ended by its user. */
  readonly closed = new Subject<string>()
  private closings = 0
  private readonly believed = new Map<string, { session: OpenSession; checkedAt: number }>()

  constructor(
    @InjectRepository(SessionEntity) sessions: Repository<SessionEntity>,
    @InjectRepository(AccountEntity) accounts: Repository<AccountEntity>,
  ) {
    this.sessions = sessions
    this.accounts = accounts
  }

  /** Opens a session; gives the secret id for the cookie. */
  async open(account: AccountEntity): Promise<{ id: string; session: OpenSession }> {
    const id = randomBytes(32).toString('base64url')
    const now = Date.now()
    const expiresAt = now + ABSOLUTE_MS
    await this.sessions.delete({ expiresAt: LessThan(new Date(now)) })
    const idHash = hashOf(id)
    await this.sessions.insert({
      idHash,
      accountId: account.id,
      createdAt: new Date(now),
      usedAt: new Date(now),
      expiresAt: new Date(expiresAt),
    })
    return { id, session: { idHash, principal: principalOf(account), expiresAt: now + IDLE_MS } }
  }

  async close(cookieHeader: string | undefined): Promise<void> {
    const id = readCookie(cookieHeader, SESSION_COOKIE)
    if (!id) return
    const idHash = hashOf(id)
    await this.sessions.delete({ idHash })
    this.closings += 1
    this.believed.delete(idHash)
    this.closed.next(idHash)
  }

  async find(cookieHeader: string | undefined): Promise<OpenSession | null> {
    const id = readCookie(cookieHeader, SESSION_COOKIE)
    if (!id || id.length > 100) return null
    const idHash = hashOf(id)
    const now = Date.now()
    const believed = this.believed.get(idHash)
    if (believed && now - believed.checkedAt < BELIEVED_MS) return believed.session
    const closings = this.closings
    const session = await this.load(idHash, now)
    if (!session) this.believed.delete(idHash)
    else if (closings === this.closings) {
      // It was not closed while it was looked up.
      if (this.believed.size > MOST_REMEMBERED) this.believed.clear()
      this.believed.set(idHash, { session, checkedAt: now })
    }
    return session
  }

  private async load(idHash: string, now: number): Promise<OpenSession | null> {
    const row = await this.sessions.findOneBy({ idHash })
    if (!row || row.expiresAt.getTime() <= now || row.usedAt.getTime() + IDLE_MS <= now) return null
    const account = await this.accounts.findOneBy({ id: row.accountId, active: true })
    if (!account) return null
    await this.sessions.update({ idHash }, { usedAt: new Date(now) })
    return { idHash, principal: principalOf(account), expiresAt: Math.min(now + IDLE_MS, row.expiresAt.getTime()) }
  }
}

function principalOf(account: AccountEntity): Principal {
  return { user: account.id, name: { zh: account.nameZh, en: account.nameEn }, roles: account.roles, sites: null }
}
