import { Inject, Injectable } from '@nestjs/common'
import type { MailAddresses, MailSettings, MailSettingsChange } from '@gemba/contracts/delivery'
import type { AccountAddress, MailContact, MailContacts, MailPeople, MailTrial } from '@gemba/contracts/mail'
import { DataSource } from 'typeorm'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { SecretBox } from '../database/secret-box.ts'
import { Fault } from '../http/fault.ts'
import { type MailServer, mailServer, publicAddress, storedMail } from './mail-server.service.ts'
import { attemptLetter, trialLetter } from './mail-trial.ts'

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i

/** Which mail server is used, and where accounts get their mail. */
@Injectable()
export class MailSettingsService {
  private readonly box: SecretBox

  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {
    this.box = new SecretBox(config.secretKeyFile)
  }

  server(): Promise<MailServer | null> {
    return mailServer((statement) => this.database.query(statement), this.box, this.config)
  }

  /** Where people reach the product from outside; null = nobody has said. */
  publicUrl(): Promise<string | null> {
    return publicAddress((statement) => this.database.query(statement), this.config)
  }

  async settings(): Promise<MailSettings> {
    const found = await this.server()
    const server = found ?? {
      host: '',
      port: 587,
      tls: 'starttls' as const,
      user: null,
      password: null,
      from: '',
      fromName: 'Gemba 现场',
      publicUrl: '',
      mostAttachedMb: 10,
    }
    const { password, ...rest } = server
    return { configured: found !== null, ...rest, hasPassword: password !== null }
  }

  async change(change: MailSettingsChange, by: Actor): Promise<MailSettings> {
    const { password, ...rest } = change
    if (change.tls === 'none' && change.user !== null && !LOOPBACK.test(change.host))
      throw new Fault(
        'INPUT_INVALID',
        {},
        {
          zh: '不加密的连接不能带账号密码。',
          en: 'A password is never sent over a line that is not encrypted.',
        },
      )
    const before = await this.server()
    // A password is for one server: another host must not receive it because somebody changed the name.
    const isSame = before?.host === change.host && before.user === change.user
    const kept = password === undefined ? (isSame ? before.password : null) : password
    const value = storedMail.parse({ ...rest, passwordSealed: kept === null ? null : this.box.seal(kept) })
    await this.database.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO setting (key, value, changed_by) VALUES ('mail', $1, $2)
         ON CONFLICT (key) DO UPDATE SET value = $1, changed_by = $2, changed_at = now()`,
        [JSON.stringify(value), by.user],
      )
      const { password: _old, ...seen } = before ?? { password: null }
      await this.audit.record(
        { stream: 'change', action: 'mail.settings', by, before: seen, after: { ...rest, password: kept !== null } },
        manager,
      )
    })
    return this.settings()
  }

  async addresses(): Promise<MailAddresses> {
    const addresses = await this.database.query<MailAddresses['addresses']>(
      'SELECT account AS "user", address FROM mail_address ORDER BY account',
    )
    return { addresses }
  }

  async changeAddresses({ addresses }: MailAddresses, by: Actor): Promise<MailAddresses> {
    await this.database.transaction(async (manager) => {
      await manager.query('DELETE FROM mail_address')
      for (const { user, address } of addresses)
        await manager.query(
          'INSERT INTO mail_address VALUES ($1, $2, $3) ON CONFLICT (account) DO UPDATE SET address = $2',
          [user.replaceAll('\0', ''), address, by.user],
        )
      await this.audit.record({ stream: 'change', action: 'mail.addresses', by, after: { addresses } }, manager)
    })
    return this.addresses()
  }

  /** Active accounts with their addresses. */
  async people(): Promise<MailPeople> {
    const rows = await this.database.query<{ id: string; name_zh: string; name_en: string; address: string | null }[]>(
      `SELECT id, name_zh, name_en, address FROM user_account LEFT JOIN mail_address ON account = id
       WHERE active ORDER BY id`,
    )
    return {
      people: rows.map(({ id, name_zh, name_en, address }) => ({
        user: id,
        name: { zh: name_zh, en: name_en },
        address,
      })),
    }
  }

  /** One account's address; those of others stay as they are. */
  async changeAddress(user: string, { address }: AccountAddress, by: Actor): Promise<MailPeople> {
    const account = user.replaceAll('\0', '')
    await this.database.transaction(async (manager) => {
      const known = await manager.query<unknown[]>('SELECT 1 FROM user_account WHERE id = $1', [account])
      if (known.length === 0 && address !== null) throw new Fault('RECIPIENT_UNKNOWN')
      await manager.query('DELETE FROM mail_address WHERE account = $1', [account])
      if (address !== null)
        await manager.query('INSERT INTO mail_address VALUES ($1, $2, $3)', [account, address, by.user])
      await this.audit.record(
        {
          stream: 'change',
          action: 'mail.addresses',
          by,
          object: { kind: 'account', id: account },
          after: { address },
        },
        manager,
      )
    })
    return this.people()
  }

  /** People without an account who may be written to, by name. */
  async contacts(): Promise<MailContacts> {
    const contacts = await this.database.query<MailContact[]>(
      'SELECT name, address FROM mail_contact ORDER BY name, address_key',
    )
    return { contacts }
  }

  async changeContact({ name, address }: MailContact, by: Actor): Promise<MailContacts> {
    await this.database.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO mail_contact (address_key, address, name, changed_by) VALUES ($1, $2, $3, $4)
         ON CONFLICT (address_key) DO UPDATE SET address = $2, name = $3, changed_by = $4`,
        [address.toLowerCase(), address, name, by.user],
      )
      await this.audit.record(
        { stream: 'change', action: 'mail.contact', by, object: { kind: 'contact', id: address }, after: { name } },
        manager,
      )
    })
    return this.contacts()
  }

  /** Schedules that name the address keep it: each of them was confirmed by its author. */
  async removeContact(address: string, by: Actor): Promise<MailContacts> {
    const key = address.toLowerCase().replaceAll('\0', '')
    await this.database.transaction(async (manager) => {
      const [before] = await manager.query<{ name: string }[]>('SELECT name FROM mail_contact WHERE address_key = $1', [
        key,
      ])
      if (before === undefined) throw new Fault('RECIPIENT_UNKNOWN')
      await manager.query('DELETE FROM mail_contact WHERE address_key = $1', [key])
      await this.audit.record(
        { stream: 'change', action: 'mail.contact', by, object: { kind: 'contact', id: key }, before },
        manager,
      )
    })
    return this.contacts()
  }

  /** A letter through the saved mail server, stage by stage. */
  async attempt(to: string, by: Actor): Promise<MailTrial> {
    const server = await this.server()
    if (server === null) throw new Fault('MAIL_NOT_SET_UP')
    const trial = await attemptLetter(server, trialLetter(to, server, by.user))
    const failed = trial.stages.find(({ outcome }) => outcome === 'failed' || outcome === 'unknown')
    const after = { host: server.host, to, failedAt: failed?.stage ?? null }
    await this.audit.record({ stream: 'access', action: 'mail.tried', by, after })
    return trial
  }

  /** Where an account gets its mail; null = nowhere. */
  async addressOf(account: string): Promise<string | null> {
    const [row] = await this.database.query<{ address: string }[]>(
      'SELECT address FROM mail_address WHERE account = $1',
      [account.replaceAll('\0', '')],
    )
    return row?.address ?? null
  }

  /** Addresses that are set only where none is known yet. */
  async suggestAddresses(addresses: MailAddresses['addresses']): Promise<void> {
    for (const { user, address } of addresses)
      await this.database.query("INSERT INTO mail_address VALUES ($1, $2, 'system') ON CONFLICT DO NOTHING", [
        user,
        address,
      ])
  }
}
