import { Inject, Injectable } from '@nestjs/common'
import {
  type ConnectionKind,
  type DirectoryChange,
  type IdentityConnections,
  type OidcChange,
  directoryConnection,
  oidcConnection,
} from '@gemba/contracts/identity'
import { DataSource } from 'typeorm'
import { z } from 'zod'
import { type Actor, AuditService } from '../../audit/audit.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../../config.ts'
import { SecretBox } from '../../database/secret-box.ts'
import { Fault } from '../../http/fault.ts'
import { securityEvent } from '../../http/security-event.ts'
import { insecureAddress, readIdentityConfig } from './identity-config.ts'
import { type DirectorySettings, type IdentityConfig, IdentitySource, type OidcSettings } from './identity-source.ts'

const BELIEVED_MS = 5_000
const KEYS = { oidc: 'identity-oidc', directory: 'identity-directory' } as const

const storedOidc = oidcConnection.extend({ clientSecretSealed: z.string() })
const storedDirectory = directoryConnection.extend({ bindPasswordSealed: z.string().nullable() })

const SECRET_NEEDED = {
  zh: '密钥只属于一个地址和账号；改了地址或账号，请重新填写密钥。',
  en: 'A secret belongs to one address and account: enter it anew for another one.',
}
const IN_THE_CLEAR = {
  zh: '未加密的连接会让密码被旁人读到；请用 https、ldaps 或 StartTLS。',
  en: 'Over a line that is not encrypted others read the passwords: use https, ldaps or StartTLS.',
}

/** The address from which the browser comes back; the provider has to know it. */
export const callbackOf = ({ publicUrl }: Pick<OidcSettings, 'publicUrl'>): string =>
  `${publicUrl.replace(/\/+$/, '')}/api/sign-in/oidc/callback`

/** Connections to provider and directory: of the identity file, and for what it does not name those set on the page. */
@Injectable()
export class IdentitySettings extends IdentitySource {
  private readonly box: SecretBox
  private readonly file: IdentityConfig
  private known: { value: IdentityConfig; at: number } | null = null

  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
    @Inject(SERVER_CONFIG) config: ServerConfig,
  ) {
    super()
    this.box = new SecretBox(config.secretKeyFile)
    this.file = readIdentityConfig(config.identityFile)
  }

  /** Another server's change is seen within 5 s. */
  async current(): Promise<IdentityConfig> {
    if (this.known && Date.now() - this.known.at < BELIEVED_MS) return this.known.value
    const stored = await this.stored()
    const value = {
      oidc: this.file.oidc ?? stored.oidc,
      directory: this.file.directory ?? stored.directory,
    }
    this.known = { value, at: Date.now() }
    return value
  }

  /** Without secrets. */
  async show(): Promise<IdentityConnections> {
    const { oidc, directory } = await this.current()
    const setBy = (kind: ConnectionKind) => (this.file[kind] ? ('file' as const) : ('page' as const))
    return {
      oidc: oidc && {
        setBy: setBy('oidc'),
        hasSecret: true,
        callback: callbackOf(oidc),
        settings: withoutSecrets(oidc),
      },
      directory: directory && {
        setBy: setBy('directory'),
        hasSecret: directory.bindPassword !== null,
        settings: withoutSecrets(directory),
      },
    }
  }

  /** The provider as it would be with this change. INPUT_INVALID names the field. */
  async oidcWith({ clientSecret, ...rest }: OidcChange): Promise<OidcSettings> {
    const { oidc: before } = await this.current()
    const isSame = before?.issuer === rest.issuer && before.clientId === rest.clientId
    const kept = clientSecret ?? (isSame ? before.clientSecret : undefined)
    if (kept === undefined) throw wrongField('clientSecret', SECRET_NEEDED)
    const next = { ...rest, clientSecret: kept, trusted: isSame && before.trusted }
    const insecure = insecureAddress(next)
    if (insecure !== null) throw wrongField(insecure === next.issuer ? 'issuer' : 'publicUrl', IN_THE_CLEAR)
    return next
  }

  /** The directory as it would be with this change. INPUT_INVALID names the field. */
  async directoryWith({ bindPassword, ...rest }: DirectoryChange): Promise<DirectorySettings> {
    const { directory: before } = await this.current()
    const isSame = before?.url === rest.url && before.bindDn === rest.bindDn
    const kept = bindPassword ?? (isSame ? before.bindPassword : null)
    if (rest.bindDn !== null && kept === null) throw wrongField('bindPassword', SECRET_NEEDED)
    if (rest.url.startsWith('ldap:') && !rest.startTls) throw wrongField('startTls', IN_THE_CLEAR)
    const secret = rest.bindDn === null ? null : kept
    return { ...rest, bindPassword: secret, trusted: before?.url === rest.url && before.trusted }
  }

  async changeOidc(change: OidcChange, by: Actor): Promise<IdentityConnections> {
    this.refuseFile('oidc')
    const { clientSecret, trusted: _trusted, ...rest } = await this.oidcWith(change)
    const value = { ...rest, clientSecretSealed: this.box.seal(clientSecret) }
    return this.keep('oidc', { value, isNewSecret: change.clientSecret !== undefined, by })
  }

  async changeDirectory(change: DirectoryChange, by: Actor): Promise<IdentityConnections> {
    this.refuseFile('directory')
    const { bindPassword, trusted: _trusted, ...rest } = await this.directoryWith(change)
    const value = { ...rest, bindPasswordSealed: bindPassword === null ? null : this.box.seal(bindPassword) }
    return this.keep('directory', { value, isNewSecret: change.bindPassword !== undefined, by })
  }

  /** Nobody signs in by it any more; open sessions stay until they end. */
  async remove(kind: ConnectionKind, by: Actor): Promise<IdentityConnections> {
    this.refuseFile(kind)
    if ((await this.current())[kind] === null) throw new Fault('CONNECTION_UNKNOWN')
    return this.keep(kind, { value: null, isNewSecret: false, by })
  }

  private refuseFile(kind: ConnectionKind): void {
    if (this.file[kind]) throw new Fault('CONNECTION_BY_FILE')
  }

  private async keep(
    kind: ConnectionKind,
    { value, isNewSecret, by }: { value: object | null; isNewSecret: boolean; by: Actor },
  ): Promise<IdentityConnections> {
    const { [kind]: before } = await this.current()
    const action = value === null ? 'connection.removed' : 'connection.changed'
    await this.database.transaction(async (manager) => {
      if (value === null) await manager.query('DELETE FROM setting WHERE key = $1', [KEYS[kind]])
      else
        await manager.query(
          `INSERT INTO setting (key, value, changed_by) VALUES ($1, $2, $3)
           ON CONFLICT (key) DO UPDATE SET value = $2, changed_by = $3, changed_at = now()`,
          [KEYS[kind], JSON.stringify(value), by.user],
        )
      const secret = isNewSecret ? '(new)' : '(as before)'
      await this.audit.record(
        {
          stream: 'change',
          action,
          by,
          object: { kind: 'setting', id: KEYS[kind] },
          before: before && withoutSecrets(before),
          after: value && { ...withoutSecrets(value), secret },
        },
        manager,
      )
    })
    this.known = null
    securityEvent('settings.changed', { user: by.user, setting: KEYS[kind] })
    return this.show()
  }

  private async stored(): Promise<IdentityConfig> {
    const rows = await this.database.query<{ key: string; value: unknown }[]>(
      'SELECT key, value FROM setting WHERE key = ANY($1)',
      [Object.values(KEYS)],
    )
    const valueOf = (kind: ConnectionKind) => rows.find(({ key }) => key === KEYS[kind])?.value
    const [oidc, directory] = [valueOf('oidc'), valueOf('directory')]
    return {
      oidc: oidc === undefined ? null : this.openOidc(storedOidc.parse(oidc)),
      directory: directory === undefined ? null : this.openDirectory(storedDirectory.parse(directory)),
    }
  }

  private openOidc({ clientSecretSealed, ...rest }: z.infer<typeof storedOidc>): OidcSettings {
    return { ...rest, clientSecret: this.box.open(clientSecretSealed), trusted: false }
  }

  private openDirectory({ bindPasswordSealed, ...rest }: z.infer<typeof storedDirectory>): DirectorySettings {
    const bindPassword = bindPasswordSealed === null ? null : this.box.open(bindPasswordSealed)
    return { ...rest, bindPassword, trusted: false }
  }
}

const SECRETS: ReadonlySet<string> = new Set([
  'clientSecret',
  'clientSecretSealed',
  'bindPassword',
  'bindPasswordSealed',
  'trusted',
])

function withoutSecrets<T extends object>(settings: T): Omit<T, 'clientSecret' | 'bindPassword' | 'trusted'> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !SECRETS.has(name))) as Omit<
    T,
    'clientSecret' | 'bindPassword' | 'trusted'
  >
}

const wrongField = (field: string, detail: { zh: string; en: string }): Fault =>
  new Fault('INPUT_INVALID', { field }, detail)
