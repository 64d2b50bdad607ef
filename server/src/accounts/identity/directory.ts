import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { Inject, Injectable } from '@nestjs/common'
import type { Role } from '@gemba/contracts/role'
import { Client, type Entry, InvalidCredentialsError } from 'ldapts'
import { Fault } from '../../http/fault.ts'
import { log } from '../../http/log.ts'
import { OutgoingGuard } from '../../http/outgoing.ts'
import type { ExternalIdentity } from './external-accounts.ts'
import { IDENTITY_CONFIG, type IdentityConfig, type LdapSettings, rolesOf } from './identity-config.ts'

const MOST_PEOPLE = 2

/** RFC 4515: what a person types is text in a filter and never part of it. */
export function escapeFilter(text: string): string {
  return text.replace(/[\\*()\0/]|[^\x20-\x7e]/gu, (sign) =>
    [...Buffer.from(sign, 'utf8')].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join(''),
  )
}

function textsOf(entry: Entry, attribute: string): string[] {
  const value = entry[attribute]
  const list = value === undefined ? [] : Array.isArray(value) ? value : [value]
  return list.map((each) => each.toString())
}

/** A directory (LDAP): the person is searched for, then his own password is tried by a bind as himself. */
@Injectable()
export class Directory {
  private readonly settings: LdapSettings | null

  constructor(
    @Inject(IDENTITY_CONFIG) config: IdentityConfig,
    private readonly outgoing: OutgoingGuard,
  ) {
    this.settings = config.ldap ?? null
  }

  get enabled(): boolean {
    return this.settings !== null
  }

  /** Null when user or password is wrong. DIRECTORY_AWAY when it cannot be asked. */
  async authenticate(user: string, password: string): Promise<ExternalIdentity | null> {
    // A bind without password is one as nobody, and succeeds.
    if (!this.settings || password === '') return null
    try {
      return await this.ask(this.settings, user, password)
    } catch (error) {
      if (error instanceof InvalidCredentialsError) return null
      log.error({ err: error, runbook: 'docs/runbooks/sign-in.md' }, 'directory could not be asked')
      throw new Fault('DIRECTORY_AWAY')
    }
  }

  /** What a person would get, without his password; null = nobody, or several. Throws what went wrong. */
  async tryPerson(user: string): Promise<{ dn: string; name: string; groups: string[]; roles: Role[] } | null> {
    if (!this.settings) throw new Fault('ROUTE_UNKNOWN')
    const found = await this.withPerson(this.settings, user, () => Promise.resolve(true))
    if (!found) return null
    const { subject: dn, name, groups, roles } = found
    return { dn, name, groups: [...groups], roles: [...roles] }
  }

  private ask(settings: LdapSettings, user: string, password: string): Promise<ExternalIdentity | null> {
    const open = () => connect(settings, this.outgoing)
    return this.withPerson(settings, user, (dn) => isPasswordOf(open, { dn, password }))
  }

  private async withPerson(
    settings: LdapSettings,
    user: string,
    isAllowed: (dn: string) => Promise<boolean>,
  ): Promise<ExternalIdentity | null> {
    const client = await connect(settings, this.outgoing)
    try {
      await this.bindForSearch(client, settings)
      const { searchEntries } = await client.search(settings.base, {
        filter: settings.userFilter.replaceAll('{user}', escapeFilter(user)),
        scope: 'sub',
        sizeLimit: MOST_PEOPLE,
        attributes: [settings.userAttribute, settings.nameAttribute, 'memberOf'],
      })
      const [entry, another] = searchEntries
      if (!entry || another) return null
      if (!(await isAllowed(entry.dn))) return null
      const groups = await this.groupsOf(client, settings, entry)
      return {
        subject: entry.dn.toLowerCase(),
        user: textsOf(entry, settings.userAttribute)[0] ?? user,
        name: textsOf(entry, settings.nameAttribute)[0] ?? user,
        groups,
        roles: rolesOf(groups, settings.roles),
      }
    } finally {
      await client.unbind().catch(() => undefined)
    }
  }

  private async bindForSearch(client: Client, settings: LdapSettings): Promise<void> {
    if (settings.bindDn === undefined) return
    try {
      await client.bind(settings.bindDn, settings.bindPassword ?? '')
    } catch (error) {
      // Not the person's mistake: he must not be told that his password is wrong.
      throw new Error('the account that searches the directory is refused', { cause: error })
    }
  }

  private async groupsOf(client: Client, settings: LdapSettings, entry: Entry): Promise<string[]> {
    if (settings.groupFilter === undefined) return textsOf(entry, 'memberOf')
    const { searchEntries } = await client.search(settings.groupBase ?? settings.base, {
      filter: settings.groupFilter.replaceAll('{dn}', escapeFilter(entry.dn)),
      scope: 'sub',
      attributes: [settings.groupAttribute],
    })
    return searchEntries.flatMap((group) => textsOf(group, settings.groupAttribute))
  }
}

/** To the address that was judged; the certificate is still asked for the name. */
async function connect(settings: LdapSettings, outgoing: OutgoingGuard): Promise<Client> {
  const guard = outgoing.trusting(settings.url)
  const url = guard.check(settings.url, ['ldap', 'ldaps'])
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const { address, family } = await guard.resolve(host)
  url.hostname = family === 6 ? `[${address}]` : address
  const ca = settings.caFile === undefined ? {} : { ca: [readFileSync(settings.caFile)] }
  // A name is told to the server and compared; an address is only compared.
  const tls = { ...ca, host, ...(isIP(host) ? {} : { servername: host }) }
  const client = new Client({
    url: url.href,
    timeout: settings.timeoutMs,
    connectTimeout: settings.timeoutMs,
    ...(url.protocol === 'ldaps:' ? { tlsOptions: tls } : {}),
  })
  if (settings.startTls) await client.startTLS(tls)
  return client
}

/** On a connection of its own, so that the searching one keeps its rights. */
async function isPasswordOf(
  open: () => Promise<Client>,
  { dn, password }: { dn: string; password: string },
): Promise<boolean> {
  const client = await open()
  try {
    await client.bind(dn, password)
    return true
  } catch (error) {
    if (error instanceof InvalidCredentialsError) return false
    throw error
  } finally {
    await client.unbind().catch(() => undefined)
  }
}
