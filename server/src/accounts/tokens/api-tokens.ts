import { randomUUID, timingSafeEqual } from 'node:crypto'
import { Injectable } from '@nestjs/common'
import { InjectRepository } from '@nestjs/typeorm'
import { type NewToken, type TokenRow, type TokenScope, tokenScope } from '@gemba/contracts/sign-in'
import { DataSource, Repository } from 'typeorm'
import { type Actor, AuditService } from '../../audit/audit.service.ts'
import { Fault } from '../../http/fault.ts'
import { Pacing } from '../../http/pacing.ts'
import { securityEvent } from '../../http/security-event.ts'
import { AccountEntity } from '../account.entity.ts'
import type { Caller } from '../caller.service.ts'
import { hashOf, newSecret } from '../cookie-signature.ts'
import { principalOf } from '../session.service.ts'

const DAY_MS = 86_400_000
const MOST_TOKENS = 50
/** The last use is written down at most this often. */
const NOTE_USE_MS = 60_000
const SHAPE = /^Bearer gemba_([0-9a-f]{32})_([\w-]{43})$/

interface StoredToken {
  id: string
  account_id: string
  name: string
  scopes: string[]
  secret_hash: string
  created_at: Date
  expires_at: Date
  used_at: Date | null
  used_address: string | null
}

const COLUMNS = 'id, account_id, name, scopes, secret_hash, created_at, expires_at, used_at, used_address'

const rowOf = (token: StoredToken): TokenRow => ({
  id: token.id,
  name: token.name,
  scopes: tokenScope.array().parse(token.scopes),
  createdAt: token.created_at.getTime(),
  expiresAt: token.expires_at.getTime(),
  usedAt: token.used_at?.getTime() ?? null,
  usedAddress: token.used_address,
})

const withDashes = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** Tokens with which programs read on behalf of an account: never more than it may, and only what their scopes name. */
@Injectable()
export class ApiTokens {
  /** Refused tokens by address: guessing is slowed down. */
  private readonly refusals = new Pacing(30, 30)

  constructor(
    private readonly database: DataSource,
    @InjectRepository(AccountEntity) private readonly accounts: Repository<AccountEntity>,
    private readonly audit: AuditService,
  ) {}

  isOurs(authorization: string): boolean {
    return authorization.startsWith('Bearer gemba_')
  }

  /** The caller of a token; TOKEN_REFUSED when it is unknown, expired, revoked, or its owner is gone. */
  async find(authorization: string, address: string): Promise<Caller> {
    const [, hex, secret] = SHAPE.exec(authorization) ?? []
    if (hex === undefined || secret === undefined) return this.refuse(address, null)
    const id = withDashes(hex)
    const [token] = await this.database.query<StoredToken[]>(
      `SELECT ${COLUMNS} FROM api_token WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()`,
      [id],
    )
    const right = timingSafeEqual(Buffer.from(token?.secret_hash ?? hashOf('nobody')), Buffer.from(hashOf(secret)))
    if (!token || !right) return this.refuse(address, id)
    const account = await this.accounts.findOneBy({ id: token.account_id, active: true })
    if (!account) return this.refuse(address, id)
    await this.noteUse(token, address)
    const principal = { ...principalOf(account, `token:${id}`), means: 'token' as const }
    const scopes: readonly TokenScope[] = rowOf(token).scopes
    return { id: `token:${id}`, principal, needs: [], expiresAt: token.expires_at.getTime(), scopes }
  }

  private refuse(address: string, id: string | null): never {
    const retryAfterS = this.refusals.take(address, Date.now())
    securityEvent('token.refused', { address, token: id })
    if (retryAfterS > 0) throw new Fault('TOO_MANY_REQUESTS', { retryAfterS })
    throw new Fault('TOKEN_REFUSED')
  }

  private async noteUse(token: StoredToken, address: string): Promise<void> {
    const last = token.used_at?.getTime() ?? 0
    if (Date.now() - last < NOTE_USE_MS && token.used_address === address) return
    await this.database.query('UPDATE api_token SET used_at = now(), used_address = $2 WHERE id = $1', [
      token.id,
      address.slice(0, 100),
    ])
  }

  async list(accountId: string): Promise<TokenRow[]> {
    const tokens = await this.database.query<StoredToken[]>(
      `SELECT ${COLUMNS} FROM api_token WHERE account_id = $1 AND revoked_at IS NULL ORDER BY created_at DESC`,
      [accountId],
    )
    return tokens.map(rowOf)
  }

  /** The token itself is in the answer and is not kept. */
  async make(accountId: string, wanted: NewToken, by: Actor): Promise<{ token: string; row: TokenRow }> {
    if ((await this.list(accountId)).length >= MOST_TOKENS) throw new Fault('TOKENS_TOO_MANY', { most: MOST_TOKENS })
    const id = randomUUID()
    const secret = newSecret()
    const scopes = [...new Set(wanted.scopes)]
    const expiresAt = new Date(Date.now() + wanted.days * DAY_MS)
    const tokens = await this.database.transaction(async (manager) => {
      const made = await manager.query<StoredToken[]>(
        `INSERT INTO api_token (id, account_id, name, scopes, secret_hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, now(), $6) RETURNING ${COLUMNS}`,
        [id, accountId, wanted.name, scopes, hashOf(secret), expiresAt],
      )
      const after = { name: wanted.name, scopes, expiresAt: expiresAt.toISOString() }
      const object = { kind: 'token', id }
      await this.audit.record({ stream: 'access', action: 'token.made', by, object, after }, manager)
      return made
    })
    securityEvent('token.made', { user: accountId, token: id })
    const [row] = tokens
    if (!row) throw new Error('the store gave no token back')
    return { token: `gemba_${id.replaceAll('-', '')}_${secret}`, row: rowOf(row) }
  }

  /** Ends a token of this account; TOKEN_UNKNOWN for one of somebody else as well. */
  async revoke(accountId: string, id: string, by: Actor): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[{ name: string }[], number]>(
        `UPDATE api_token SET revoked_at = now() WHERE id::text = $1 AND account_id = $2 AND revoked_at IS NULL
         RETURNING name`,
        [id.replaceAll('\0', ''), accountId],
      )
      if (!rows[0]) throw new Fault('TOKEN_UNKNOWN')
      const object = { kind: 'token', id }
      const before = { name: rows[0].name, owner: accountId }
      await this.audit.record({ stream: 'access', action: 'token.revoked', by, object, before }, manager)
    })
    securityEvent('token.revoked', { user: accountId, token: id, by: by.user })
  }
}
