import { randomInt, randomUUID } from 'node:crypto'
import { Inject, Injectable } from '@nestjs/common'
import { InjectRepository } from '@nestjs/typeorm'
import type { DeviceRow, PairDevice, PairingStarted, PairingState } from '@gemba/contracts/sign-in'
import { DataSource, QueryFailedError, Repository } from 'typeorm'
import { type Actor, AuditService } from '../../audit/audit.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../../config.ts'
import { derivedKey } from '../../database/secret-box.ts'
import { readCookie } from '../../http/cookies.ts'
import { Fault } from '../../http/fault.ts'
import { securityEvent } from '../../http/security-event.ts'
import { AccountEntity } from '../account.entity.ts'
import type { Caller } from '../caller.service.ts'
import { CookieSignature, hashOf, newSecret } from '../cookie-signature.ts'
import { DeviceBoards } from '../device-boards.service.ts'
import type { Principal } from '../principal.ts'
import { SessionService, principalOf } from '../session.service.ts'

export const DEVICE_COOKIE = 'gemba_device'

const CODE_LIFE_MS = 10 * 60_000
/** Codes that wait at the same time: with more a guess would hit too easily. */
const MOST_WAITING = 100
const BELIEVED_MS = 3_000
const DEVICE_LIFE_MS = 400 * 86_400_000

interface StoredDevice {
  id: string
  name: string
  boards: string[]
  paired_by: string
  paired_at: Date
  seen_at: Date | null
  seen_address: string | null
  agent: string
}

const COLUMNS = 'id, name, boards, paired_by, paired_at, seen_at, seen_address, agent'

const rowOf = (device: StoredDevice): DeviceRow => ({
  id: device.id,
  name: device.name,
  boards: device.boards,
  pairedBy: device.paired_by,
  pairedAt: device.paired_at.getTime(),
  seenAt: device.seen_at?.getTime() ?? null,
  seenAddress: device.seen_address,
  agent: device.agent,
})

/** What the person who paired it may see at that moment, and of it these boards only. */
function displayPrincipal(device: StoredDevice, account: AccountEntity): Principal {
  return {
    ...principalOf(account, `device:${device.id}`),
    name: { zh: device.name, en: device.name },
    means: 'device',
    boards: device.boards,
  }
}

const isDouble = (error: unknown): boolean =>
  error instanceof QueryFailedError && (error.driverError as { code?: string }).code === '23505'

/** Displays on walls: let in by a six-digit code, and only to the boards they were given. */
@Injectable()
export class Devices {
  private readonly signature: CookieSignature
  private readonly believed = new Map<string, { device: StoredDevice; at: number }>()

  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
    private readonly boards: DeviceBoards,
    private readonly sessions: SessionService,
    @InjectRepository(AccountEntity) private readonly accounts: Repository<AccountEntity>,
    @Inject(SERVER_CONFIG) config: ServerConfig,
  ) {
    this.signature = new CookieSignature(derivedKey(config.secretKeyFile, 'device cookie'))
  }

  /** A code for a display to show. PAIRING_BUSY when too many wait. */
  async begin(from: { address: string; agent: string }): Promise<PairingStarted> {
    const secret = newSecret()
    const now = Date.now()
    const expiresAt = now + CODE_LIFE_MS
    await this.database.query('DELETE FROM pairing WHERE expires_at < now()')
    const [row] = await this.database.query<{ waiting: number }[]>(
      'SELECT count(*)::int AS waiting FROM pairing WHERE device_id IS NULL',
    )
    if ((row?.waiting ?? 0) >= MOST_WAITING) throw new Fault('TOO_MANY_REQUESTS', { retryAfterS: 60 })
    for (let tries = 0; tries < 10; tries += 1) {
      const code = String(randomInt(1_000_000)).padStart(6, '0')
      try {
        await this.database.query(
          'INSERT INTO pairing (code, secret_hash, agent, address, expires_at) VALUES ($1, $2, $3, $4, $5)',
          [code, hashOf(secret), from.agent.replaceAll('\0', '').slice(0, 300), from.address, new Date(expiresAt)],
        )
        return { code, secret, expiresAt, serverTime: now }
      } catch (error) {
        if (!isDouble(error)) throw error
      }
    }
    throw new Fault('TOO_MANY_REQUESTS', { retryAfterS: 60 })
  }

  /** Lets in the display that shows the code. The person gives away only boards that he sees himself. */
  async pair(wanted: PairDevice, principal: Principal, by: Actor): Promise<DeviceRow> {
    const visible = this.boards.visibleTo(principal)
    const boards = [...new Set(wanted.boards)]
    const denied = boards.find((board) => !visible.includes(board))
    if (denied !== undefined) throw new Fault('BOARD_UNKNOWN', { board: denied.slice(0, 60) })
    const device = await this.database.transaction(async (manager) => {
      const [pairing] = await manager.query<{ agent: string }[]>(
        'SELECT agent FROM pairing WHERE code = $1 AND device_id IS NULL AND expires_at > now() FOR UPDATE',
        [wanted.code],
      )
      if (!pairing) return null
      const id = randomUUID()
      const [made] = await manager.query<StoredDevice[]>(
        `INSERT INTO device (id, name, boards, secret_hash, paired_by, paired_at, agent)
         VALUES ($1, $2, $3, $4, $5, now(), $6) RETURNING ${COLUMNS}`,
        // The display's own secret is made when it comes to fetch it.
        [id, wanted.name, boards, `unclaimed ${id}`, principal.user, pairing.agent],
      )
      await manager.query('UPDATE pairing SET device_id = $2 WHERE code = $1', [wanted.code, id])
      const object = { kind: 'device', id }
      const after = { name: wanted.name, boards }
      await this.audit.record({ stream: 'access', action: 'device.paired', by, object, after }, manager)
      return made
    })
    if (!device) {
      securityEvent('pairing.refused', { user: by.user, address: by.address })
      throw new Fault('PAIRING_CODE_UNKNOWN')
    }
    securityEvent('device.paired', { user: by.user, device: device.id })
    return rowOf(device)
  }

  /**
   * What became of a code. When it was accepted, the cookie value comes with it: again on each question until the
   * display has used one, because an answer can be lost on its way. Only the last value given is good.
   */
  async claim(pairingSecret: string): Promise<PairingState & { cookie: string | null }> {
    return this.database.transaction(async (manager) => {
      // Locked first and read on afterwards: one query would wait for a pairing under way without seeing its device.
      const [pairing] = await manager.query<{ code: string; device_id: string | null }[]>(
        'SELECT code, device_id FROM pairing WHERE secret_hash = $1 AND expires_at > now() FOR UPDATE',
        [hashOf(pairingSecret)],
      )
      if (!pairing) return { state: 'expired', boards: [], cookie: null }
      if (pairing.device_id === null) return { state: 'waiting', boards: [], cookie: null }
      const secret = newSecret()
      const [[device]] = await manager.query<[{ boards: string[] }[], number]>(
        `UPDATE device SET secret_hash = $2 WHERE id = $1 AND seen_at IS NULL AND revoked_at IS NULL RETURNING boards`,
        [pairing.device_id, hashOf(secret)],
      )
      if (device) return { state: 'paired', boards: device.boards, cookie: this.signature.sign(secret) }
      await manager.query('DELETE FROM pairing WHERE code = $1', [pairing.code])
      return { state: 'expired', boards: [], cookie: null }
    })
  }

  async find(cookieHeader: string | undefined, address: string): Promise<Caller | null> {
    const value = readCookie(cookieHeader, DEVICE_COOKIE)
    const secret = value === null ? null : this.signature.read(value)
    if (secret === null) return null
    const device = await this.load(hashOf(secret), address)
    if (!device) return null
    const account = await this.accounts.findOneBy({ id: device.paired_by, active: true })
    if (!account) return null
    const id = `device:${device.id}`
    return {
      id,
      principal: displayPrincipal(device, account),
      needs: [],
      expiresAt: Date.now() + DEVICE_LIFE_MS,
      scopes: null,
    }
  }

  private async load(secretHash: string, address: string): Promise<StoredDevice | null> {
    const now = Date.now()
    const believed = this.believed.get(secretHash)
    if (believed && now - believed.at < BELIEVED_MS) return believed.device
    const [rows] = await this.database.query<[StoredDevice[], number]>(
      `UPDATE device SET seen_at = now(), seen_address = $2 WHERE secret_hash = $1 AND revoked_at IS NULL
       RETURNING ${COLUMNS}`,
      [secretHash, address.slice(0, 100)],
    )
    const device = rows[0]
    if (!device) {
      this.believed.delete(secretHash)
      return null
    }
    if (this.believed.size > 1_000) this.believed.clear()
    this.believed.set(secretHash, { device, at: now })
    return device
  }

  async list(): Promise<DeviceRow[]> {
    const rows = await this.database.query<StoredDevice[]>(
      `SELECT ${COLUMNS} FROM device WHERE revoked_at IS NULL ORDER BY name, id`,
    )
    return rows.map(rowOf)
  }

  /** Shuts a display out at once; its live connection ends. */
  async revoke(id: string, by: Actor): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[StoredDevice[], number]>(
        `UPDATE device SET revoked_at = now() WHERE id::text = $1 AND revoked_at IS NULL RETURNING ${COLUMNS}`,
        [id.replaceAll('\0', '')],
      )
      if (!rows[0]) throw new Fault('DEVICE_UNKNOWN')
      const before = { name: rows[0].name, boards: rows[0].boards }
      const object = { kind: 'device', id }
      await this.audit.record({ stream: 'access', action: 'device.revoked', by, object, before }, manager)
    })
    this.believed.clear()
    this.sessions.closed.next(`device:${id}`)
    securityEvent('device.revoked', { user: by.user, device: id })
  }

  async endedAmong(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return []
    const rows = await this.database.query<{ id: string }[]>(
      `SELECT d.id FROM device d JOIN user_account a ON a.id = d.paired_by
       WHERE d.id = ANY($1::uuid[]) AND d.revoked_at IS NULL AND a.active`,
      [ids.map((id) => id.slice('device:'.length))],
    )
    const open = new Set(rows.map(({ id }) => `device:${id}`))
    return ids.filter((id) => !open.has(id))
  }
}
