import { randomUUID, timingSafeEqual } from 'node:crypto'
import { verify } from '@node-rs/argon2'
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import {
  type ShareOpening,
  type ShareSettings,
  type ShareState,
  type ShareVisit,
  shareTarget,
} from '@gemba/contracts/share'
import { DataSource, type EntityManager } from 'typeorm'
import { type Actor, AuditService } from '../../audit/audit.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../../config.ts'
import { derivedKey } from '../../database/secret-box.ts'
import { readCookie } from '../../http/cookies.ts'
import { Fault } from '../../http/fault.ts'
import { Pacing } from '../../http/pacing.ts'
import { securityEvent } from '../../http/security-event.ts'
import { SettingsService } from '../../settings/settings.service.ts'
import { Callers, type Caller } from '../caller.service.ts'
import { CookieSignature, hashOf, newSecret } from '../cookie-signature.ts'
import type { Principal } from '../principal.ts'
import { RightsService } from '../rights/rights.service.ts'
import { SharedObjects } from '../shared-objects.service.ts'
import { afterWrongPassword, endsAt, stateOf, toldReason, visitEndsAt } from './share-decisions.ts'
import { mayShare } from './share-links.ts'
import { LINK_COLUMNS, type StoredLink, factsOf } from './stored-link.ts'

const SHAPE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Each link has a cookie of its own: two links in one browser do not take each other's place. */
export const shareCookie = (link: string): string => `gemba_share_${link}`

interface StoredVisit {
  visit: string
  visit_until: Date
}

export interface OpenedVisit {
  readonly visit: ShareVisit
  /** What the browser has to keep; null = it has it already. */
  readonly cookie: { readonly value: string; readonly maxAgeS: number } | null
}

interface Visitor {
  readonly cookie: string | undefined
  readonly address: string
}

const REASONS = {
  expired: {
    zh: '链接已到期。需要时请向分享人索取新的链接。',
    en: 'The link has expired. Ask who shared it for a new one.',
  },
  'used-up': {
    zh: '链接的打开次数已用完。需要时请向分享人索取新的链接。',
    en: 'The link was opened as often as allowed. Ask who shared it for a new one.',
  },
  withdrawn: {
    zh: '链接已被停用，或分享人不再能够分享此内容。',
    en: 'The link was ended, or who shared it may no longer share this.',
  },
} as const

const overFault = (state: Exclude<ShareState, 'open'>): Fault => {
  const reason = toldReason(state)
  return new Fault('SHARE_OVER', { reason }, REASONS[reason])
}

/** Visitors of share links: let in by the secret of the link, and to what it leads to alone. */
@Injectable()
export class ShareVisits implements OnModuleInit {
  /** By address; each opening with a password costs an argon2 hash. */
  private readonly pacing = new Pacing(30, 30)
  private readonly signature: CookieSignature

  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
    private readonly rights: RightsService,
    private readonly objects: SharedObjects,
    private readonly settings: SettingsService,
    private readonly callers: Callers,
    @Inject(SERVER_CONFIG) config: ServerConfig,
  ) {
    this.signature = new CookieSignature(derivedKey(config.secretKeyFile, 'share cookie'))
  }

  onModuleInit(): void {
    this.callers.visitors = this
  }

  /** Opens a link. A visit that is still under way in this browser goes on and is not counted again. */
  async open(id: string, { secret, password }: ShareOpening, from: Visitor): Promise<OpenedVisit> {
    const retryAfterS = this.pacing.take(from.address, Date.now())
    if (retryAfterS > 0) throw new Fault('TOO_MANY_REQUESTS', { retryAfterS })
    const link = await this.linkOf(id)
    const right = timingSafeEqual(Buffer.from(link?.secret_hash ?? hashOf('nobody')), Buffer.from(hashOf(secret)))
    if (!link || !right) {
      await this.noteRefusal(link?.id ?? null, from, 'SHARE_UNKNOWN')
      throw new Fault('SHARE_UNKNOWN')
    }
    try {
      const running = await this.visitOf(id, from)
      const maker = await this.makerOf(link)
      if (running) return { visit: await this.describe(link, maker, running.visit_until), cookie: null }
      await this.requireOpen(link, maker)
      const opened = await this.enter(link, password, from)
      return { ...opened, visit: await this.describe(link, maker, opened.untilAt) }
    } catch (error) {
      if (error instanceof Fault && error.code.startsWith('SHARE_') && error.code !== 'SHARE_PASSWORD_NEEDED')
        await this.noteRefusal(link.id, from, error.code)
      throw error
    }
  }

  /** Judged with the row locked: of two visitors at the last opening one comes in. */
  private async enter(
    { id }: StoredLink,
    password: string | undefined,
    from: Visitor,
  ): Promise<{ cookie: { value: string; maxAgeS: number }; untilAt: Date }> {
    const settings = await this.settings.shares()
    const outcome = await this.database.transaction(async (manager) => {
      const [link] = await manager.query<StoredLink[]>(
        `SELECT ${LINK_COLUMNS} FROM share_link WHERE id = $1 FOR UPDATE`,
        [id],
      )
      if (!link) return new Fault('SHARE_UNKNOWN')
      const nowAt = Date.now()
      const state = stateOf(factsOf(link), { nowAt, settings, mayShare: true })
      if (state !== 'open') return overFault(state)
      // A wrong password is counted, so the refusal is not thrown in here.
      const refused = await checkPassword(link, password, manager)
      return refused ?? this.begin(link, { nowAt, settings, from, manager })
    })
    if (outcome instanceof Fault) throw outcome
    return outcome
  }

  private async begin(
    link: StoredLink,
    {
      nowAt,
      settings,
      from,
      manager,
    }: { nowAt: number; settings: ShareSettings; from: Visitor; manager: EntityManager },
  ): Promise<{ cookie: { value: string; maxAgeS: number }; untilAt: Date }> {
    const [visit, secret] = [randomUUID(), newSecret()]
    const untilAt = new Date(visitEndsAt(factsOf(link), settings, nowAt))
    await manager.query(
      'UPDATE share_link SET openings = openings + 1, last_opened_at = now(), failed_tries = 0 WHERE id = $1',
      [link.id],
    )
    await manager.query('DELETE FROM share_visit WHERE link = $1 AND expires_at < now()', [link.id])
    await manager.query(
      'INSERT INTO share_visit (id, link, secret_hash, address, expires_at) VALUES ($1, $2, $3, $4, $5)',
      [visit, link.id, hashOf(secret), from.address.slice(0, 100), untilAt],
    )
    const by = visitorOf(link.id, { visit, address: from.address })
    const after = { opening: link.openings + 1, untilAt: untilAt.toISOString() }
    await this.audit.record(
      { stream: 'access', action: 'share.opened', by, object: { kind: 'share', id: link.id }, after },
      manager,
    )
    const maxAgeS = Math.max(1, Math.floor((untilAt.getTime() - nowAt) / 1000))
    return { cookie: { value: this.signature.sign(secret), maxAgeS }, untilAt }
  }

  /** The visit that speaks in a request: judged each time, so that what ends a link ends its visits. */
  async find(id: string, from: Visitor): Promise<Caller> {
    const visit = await this.visitOf(id, from)
    const link = visit && (await this.linkOf(id))
    if (!visit || !link) throw new Fault('SHARE_VISIT_OVER')
    const account = await this.rights.accountOf(link.made_by)
    const state = await this.stateFor(link, account && this.rights.withRights(account), true)
    if (state !== 'open' || account === null) throw overFault(state === 'open' ? 'withdrawn' : state)
    return {
      id: `share:${visit.visit}`,
      principal: visitorPrincipal(link, account, visit.visit),
      needs: [],
      expiresAt: visit.visit_until.getTime(),
      scopes: null,
    }
  }

  /** What the page of a visitor shows of the link. */
  async current(principal: Principal): Promise<ShareVisit> {
    // Who is signed in some other way visits nothing.
    if (!principal.share) throw new Fault('SHARE_VISIT_OVER')
    const visit = principal.sessionId?.slice('share:'.length) ?? ''
    const [known] = await this.database.query<(StoredLink & { visit_until: Date })[]>(
      `SELECT ${prefixed('l')}, v.expires_at AS visit_until FROM share_visit v JOIN share_link l ON l.id = v.link
       WHERE v.id = $1`,
      [visit],
    )
    if (!known) throw new Fault('SHARE_VISIT_OVER')
    return this.describe(known, principal, known.visit_until)
  }

  async endedAmong(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return []
    const rows = await this.database.query<(StoredLink & { visit: string })[]>(
      `SELECT ${prefixed('l')}, v.id AS visit FROM share_visit v JOIN share_link l ON l.id = v.link
       WHERE v.id = ANY($1::uuid[]) AND v.expires_at > now()`,
      [ids.map((id) => id.slice('share:'.length))],
    )
    const open = new Set<string>()
    for (const row of rows)
      if ((await this.stateFor(row, await this.makerOf(row), true)) === 'open') open.add(`share:${row.visit}`)
    return ids.filter((id) => !open.has(id))
  }

  private async requireOpen(link: StoredLink, maker: Principal | null): Promise<void> {
    const state = await this.stateFor(link, maker, false)
    if (state !== 'open') throw overFault(state)
    if (maker === null || !(await this.isThere(link, maker))) throw overFault('withdrawn')
  }

  /** What is gone, or closed to its maker, opens for nobody; a store that is away says so itself. */
  private async isThere(link: StoredLink, maker: Principal): Promise<boolean> {
    try {
      await this.objects.look(shareTarget.parse(link.target), maker)
      return true
    } catch (error) {
      if (error instanceof Fault && !error.entry.retryable) return false
      throw error
    }
  }

  private async stateFor(link: StoredLink, maker: Principal | null, isVisited: boolean): Promise<ShareState> {
    const settings = await this.settings.shares()
    return stateOf(factsOf(link), { nowAt: Date.now(), settings, mayShare: mayShare(maker, link), isVisited })
  }

  private makerOf(link: StoredLink): Promise<Principal | null> {
    return this.rights.principalOf(link.made_by)
  }

  private async linkOf(id: string): Promise<StoredLink | null> {
    if (!SHAPE.test(id)) return null
    const [link] = await this.database.query<StoredLink[]>(`SELECT ${LINK_COLUMNS} FROM share_link WHERE id = $1`, [id])
    return link ?? null
  }

  /** The visit under way in this browser. */
  private async visitOf(link: string, { cookie }: Visitor): Promise<StoredVisit | null> {
    if (!SHAPE.test(link)) return null
    const value = readCookie(cookie, shareCookie(link))
    const secret = value === null ? null : this.signature.read(value)
    if (secret === null) return null
    const [visit] = await this.database.query<StoredVisit[]>(
      `SELECT id AS visit, expires_at AS visit_until FROM share_visit
       WHERE link = $1 AND secret_hash = $2 AND expires_at > now()`,
      [link, hashOf(secret)],
    )
    return visit ?? null
  }

  private async describe(link: StoredLink, maker: Principal | null, untilAt: Date): Promise<ShareVisit> {
    const state = await this.stateFor(link, maker, true)
    if (state !== 'open' || maker === null) throw overFault(state === 'open' ? 'withdrawn' : state)
    const target = shareTarget.parse(link.target)
    return {
      link: link.id,
      name: link.name,
      objectName: link.object_name,
      by: { ...maker.name },
      expiresAt: endsAt(factsOf(link), await this.settings.shares()),
      visitUntilAt: untilAt.getTime(),
      downloads: link.downloads,
      target: target.kind === 'report' ? { kind: 'report' } : target,
      serverTime: Date.now(),
    }
  }

  private async noteRefusal(link: string | null, { address }: Visitor, code: string): Promise<void> {
    securityEvent('share.refused', { share: link, address, code })
    // Ids that nobody made would fill the trail with what strangers type.
    if (link === null) return
    const by = visitorOf(link, { visit: null, address })
    const object = { kind: 'share', id: link }
    await this.audit.record({ stream: 'access', action: 'share.refused', outcome: 'refused', by, object, reason: code })
  }
}

const prefixed = (table: string): string =>
  LINK_COLUMNS.split(',')
    .map((column) => `${table}.${column.trim()}`)
    .join(', ')

/** Null = it may come in; a wrong password is counted in the transaction of the caller. */
async function checkPassword(
  link: StoredLink,
  password: string | undefined,
  manager: EntityManager,
): Promise<Fault | null> {
  if (link.password_hash === null) return null
  const nowAt = Date.now()
  const lockedUntil = link.locked_until?.getTime() ?? 0
  if (lockedUntil > nowAt) return lockedFault(lockedUntil, nowAt)
  if (password === undefined) return new Fault('SHARE_PASSWORD_NEEDED')
  if (await verify(link.password_hash, password)) return null
  const after = afterWrongPassword(link.failed_tries, nowAt)
  await manager.query('UPDATE share_link SET failed_tries = $2, locked_until = $3 WHERE id = $1', [
    link.id,
    after.failedTries,
    after.lockedUntil === null ? null : new Date(after.lockedUntil),
  ])
  if (after.lockedUntil !== null) return lockedFault(after.lockedUntil, nowAt)
  const left = after.triesLeft
  return new Fault(
    'SHARE_PASSWORD_REFUSED',
    { triesLeft: left },
    { zh: `还可以再试 ${left} 次。`, en: `${left} more ${left === 1 ? 'try' : 'tries'}.` },
  )
}

function lockedFault(lockedUntil: number, nowAt: number): Fault {
  const retryAfterS = Math.ceil((lockedUntil - nowAt) / 1000)
  const minutes = Math.ceil(retryAfterS / 60)
  return new Fault(
    'SHARE_LOCKED',
    { retryAfterS },
    {
      zh: `密码错误次数过多，请 ${minutes} 分钟后再试。`,
      en: `Too many wrong passwords; try again in ${minutes} min.`,
    },
  )
}

/** A visitor in the audit trail: nobody knows who it is, only by which link. */
const visitorOf = (link: string, { visit, address }: { visit: string | null; address: string }): Actor => ({
  user: `share:${link}`,
  rights: [],
  means: 'share',
  session: visit === null ? null : `share:${visit}`,
  address,
})

/** As whom a visitor is judged: the account of the maker with the rights of now, and of it this object only. */
function visitorPrincipal(link: StoredLink, account: Principal, visit: string): Principal {
  const target = shareTarget.parse(link.target)
  return {
    ...account,
    sessionId: `share:${visit}`,
    means: 'share',
    boards: target.kind === 'board' ? [target.board] : [],
    share: { link: link.id, target, downloads: link.downloads },
  }
}
