import { randomUUID } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import { Injectable } from '@nestjs/common'
import type {
  NewShare,
  ShareList,
  ShareMade,
  ShareQuery,
  ShareRow,
  ShareSettings,
  ShareTarget,
} from '@gemba/contracts/share'
import { DataSource } from 'typeorm'
import { type Actor, AuditService } from '../../audit/audit.service.ts'
import { seesWholePlant } from '../../datasets/data-gate.ts'
import { Fault } from '../../http/fault.ts'
import { securityEvent } from '../../http/security-event.ts'
import { SettingsService } from '../../settings/settings.service.ts'
import { HASHING } from '../accounts.service.ts'
import { hashOf, newSecret } from '../cookie-signature.ts'
import type { Principal } from '../principal.ts'
import { RightsService } from '../rights/rights.service.ts'
import { SessionService } from '../session.service.ts'
import { SharedObjects } from '../shared-objects.service.ts'
import { stateOf } from './share-decisions.ts'
import { LINK_COLUMNS, type StoredLink, factsOf, rowOf } from './stored-link.ts'

const DAY_MS = 86_400_000
const MOST_LINKS = 200
/** Links that ended this long ago leave the lists; the audit trail keeps what became of them. */
const LISTED_AFTER_END_DAYS = 90
const SETTING = { kind: 'setting', id: 'shares' } as const

/** Looks after the links of everybody: of the whole plant, since their names tell what there is. */
export const administersShares = (principal: Principal): boolean =>
  principal.rights?.may('administer', SETTING) === true && seesWholePlant(principal)

/** Whether somebody may share an object now. */
export const mayShare = (
  principal: Principal | null,
  { object_kind: kind, object_id: id }: Pick<StoredLink, 'object_kind' | 'object_id'>,
): boolean => principal?.rights?.may('share', { kind, id }) === true && principal.rights.may('view', { kind, id })

/** Share links as their makers and administrators see them: made, listed, revoked. The secret is shown once. */
@Injectable()
export class ShareLinks {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
    private readonly rights: RightsService,
    private readonly objects: SharedObjects,
    private readonly sessions: SessionService,
    private readonly settings: SettingsService,
  ) {}

  async make(wanted: NewShare, principal: Principal, by: Actor): Promise<ShareMade> {
    const settings = await this.settings.shares()
    refuseBeyond(settings, wanted)
    const object = await this.objects.look(wanted.target, principal)
    const place = { object_kind: object.kind, object_id: object.id }
    if (!mayShare(principal, place)) throw new Fault('NO_ACCESS', { action: 'share' })
    if (wanted.downloads && principal.rights?.may('export', object) !== true)
      throw new Fault('NO_ACCESS', { action: 'export' })
    const expiresAt = new Date(Date.now() + wanted.days * DAY_MS)
    await this.objects.prepare(wanted.target, principal, expiresAt.getTime())
    const [id, secret] = [randomUUID(), newSecret()]
    const passwordHash = wanted.password === null ? null : await hash(wanted.password, HASHING)
    const link = await this.database.transaction(async (manager) => {
      // Of two at the same moment the second sees the first.
      await manager.query('SELECT id FROM user_account WHERE id = $1 FOR UPDATE', [principal.user])
      const [known] = await manager.query<{ open: number }[]>(
        'SELECT count(*)::int AS open FROM share_link WHERE made_by = $1 AND revoked_at IS NULL AND expires_at > now()',
        [principal.user],
      )
      if ((known?.open ?? 0) >= MOST_LINKS) throw new Fault('SHARES_TOO_MANY', { most: MOST_LINKS })
      const [made] = await manager.query<StoredLink[]>(
        `INSERT INTO share_link (id, secret_hash, name, target, object_kind, object_id, object_name, made_by, expires_at,
           password_hash, downloads, most_openings)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING ${LINK_COLUMNS}`,
        [
          ...[id, hashOf(secret), wanted.name, JSON.stringify(wanted.target), object.kind, object.id],
          ...[JSON.stringify(object.name), principal.user, expiresAt, passwordHash],
          ...[wanted.downloads, wanted.mostOpenings],
        ],
      )
      const { password, days: _days, ...rest } = wanted
      const after = { ...rest, hasPassword: password !== null, expiresAt: expiresAt.toISOString() }
      const what = { kind: 'share', id }
      await this.audit.record({ stream: 'access', action: 'share.made', by, object: what, after }, manager)
      return made
    })
    if (!link) throw new Error('the store gave no link back')
    securityEvent('share.made', { user: by.user, share: id })
    const row = rowOf(link, { settings, state: 'open', byName: principal.name })
    return { path: `/s/${id}#${secret}`, row }
  }

  async list({ whose, kind, object }: ShareQuery, principal: Principal): Promise<ShareList> {
    const mayAdminister = administersShares(principal)
    if (whose === 'all' && !mayAdminister) throw new Fault('NO_ACCESS')
    const links = await this.database.query<StoredLink[]>(
      `SELECT ${LINK_COLUMNS} FROM share_link
       WHERE ($1::text IS NULL OR made_by = $1) AND ($2::text IS NULL OR object_kind = $2)
         AND ($3::text IS NULL OR object_id = $3)
         AND coalesce(revoked_at, expires_at) > now() - make_interval(days => ${LISTED_AFTER_END_DAYS})
       ORDER BY made_at DESC, id LIMIT ${MOST_LINKS}`,
      [whose === 'all' ? null : principal.user, kind ?? null, object?.replaceAll('\0', '') ?? null],
    )
    const settings = await this.settings.shares()
    return { shares: await this.rowsOf(links, settings), settings, mayAdminister }
  }

  /** The rights of each maker are looked up once. */
  private async rowsOf(links: readonly StoredLink[], settings: ShareSettings): Promise<ShareRow[]> {
    const makers = new Map<string, Principal | null>()
    for (const user of new Set(links.map((link) => link.made_by))) makers.set(user, await this.rights.principalOf(user))
    const nowAt = Date.now()
    return links.map((link) => {
      const maker = makers.get(link.made_by) ?? null
      const state = stateOf(factsOf(link), { nowAt, settings, mayShare: mayShare(maker, link) })
      const byName = maker?.name ?? { zh: link.made_by, en: link.made_by }
      return rowOf(link, { settings, state, byName })
    })
  }

  /** Ends a link at once, and the visits that are under way. One of somebody else is for administrators. */
  async revoke(id: string, principal: Principal, by: Actor): Promise<void> {
    const maker = administersShares(principal) ? null : principal.user
    const visits = await this.database.transaction(async (manager) => {
      const [links] = await manager.query<[StoredLink[], number]>(
        `UPDATE share_link SET revoked_at = now()
         WHERE id::text = $1 AND ($2::text IS NULL OR made_by = $2) AND revoked_at IS NULL RETURNING ${LINK_COLUMNS}`,
        [id.replaceAll('\0', ''), maker],
      )
      const link = links[0]
      if (!link) throw new Fault('SHARE_UNKNOWN')
      const before = { name: link.name, maker: link.made_by, target: link.target as ShareTarget }
      const object = { kind: 'share', id }
      await this.audit.record({ stream: 'access', action: 'share.revoked', by, object, before }, manager)
      const [ended] = await manager.query<[{ id: string }[], number]>(
        'DELETE FROM share_visit WHERE link = $1 RETURNING id',
        [link.id],
      )
      return ended
    })
    for (const visit of visits) this.sessions.closed.next(`share:${visit.id}`)
    securityEvent('share.revoked', { user: by.user, share: id })
  }

  async changeSettings(value: ShareSettings, principal: Principal, by: Actor): Promise<ShareSettings> {
    if (!administersShares(principal)) throw new Fault('NO_ACCESS')
    const before = await this.settings.shares()
    await this.database.transaction(async (manager) => {
      await this.settings.changeShares(value, by.user, manager)
      await this.audit.record(
        { stream: 'change', action: 'share.settings', by, object: SETTING, before, after: value },
        manager,
      )
    })
    securityEvent('settings.changed', { user: by.user, what: 'shares' })
    return value
  }
}

function refuseBeyond({ allowed, longestDays }: ShareSettings, { days }: NewShare): void {
  if (!allowed)
    throw new Fault(
      'SHARE_NOT_ALLOWED',
      {},
      { zh: '管理员已关闭分享链接。', en: 'An administrator has switched share links off.' },
    )
  if (days > longestDays)
    throw new Fault(
      'SHARE_NOT_ALLOWED',
      { longestDays },
      { zh: `有效期最长 ${longestDays} 天。`, en: `A link lives for ${longestDays} days at most.` },
    )
}
