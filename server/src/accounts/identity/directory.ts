import { isIP } from 'node:net'
import { Injectable } from '@nestjs/common'
import { Client, type Entry, InvalidCredentialsError } from 'ldapts'
import { Fault } from '../../http/fault.ts'
import { log } from '../../http/log.ts'
import { OutgoingGuard, type Resolved } from '../../http/outgoing.ts'
import type { ExternalIdentity } from './external-accounts.ts'
import { type DirectorySettings, IdentitySource, rolesOf } from './identity-source.ts'
import { guardFor } from './oidc-client.ts'

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
  constructor(
    private readonly source: IdentitySource,
    private readonly outgoing: OutgoingGuard,
  ) {}

  async isConnected(): Promise<boolean> {
    return (await this.source.current()).directory !== null
  }

  /** Null when user or password is wrong. DIRECTORY_AWAY when it cannot be asked. */
  async authenticate(user: string, password: string): Promise<ExternalIdentity | null> {
    const { directory: settings } = await this.source.current()
    // A bind without password is one as nobody, and succeeds.
    if (!settings || password === '') return null
    try {
      const client = await openDirectory(settings, this.outgoing)
      try {
        const found = await findPerson(client, settings, user)
        if (typeof found === 'string') return null
        const open = () => openDirectory(settings, this.outgoing, { isBound: false })
        if (!(await isPasswordOf(open, { dn: found.dn, password }))) return null
        return await identityOf(client, settings, { entry: found, user })
      } finally {
        await client.unbind().catch(() => undefined)
      }
    } catch (error) {
      if (error instanceof InvalidCredentialsError) return null
      log.error({ err: error, runbook: 'docs/runbooks/sign-in.md' }, 'directory could not be asked')
      throw new Fault('DIRECTORY_AWAY')
    }
  }
}

/** What a certificate is compared with, and whom it may come from. */
export function tlsOf(settings: DirectorySettings): { host: string; servername?: string; ca?: string[] } {
  const host = hostOf(settings)
  const ca = settings.caPem === null ? {} : { ca: [settings.caPem] }
  // A name is told to the server and compared; an address is only compared.
  return { ...ca, host, ...(isIP(host) ? {} : { servername: host }) }
}

export const hostOf = ({ url }: DirectorySettings): string => new URL(url).hostname.replace(/^\[|\]$/g, '')

/** The one address that was judged, and that is connected to. */
export async function judgedAddress(settings: DirectorySettings, outgoing: OutgoingGuard): Promise<Resolved> {
  const guard = guardFor(outgoing, settings, settings.url)
  guard.check(settings.url, ['ldap', 'ldaps'])
  return guard.resolve(hostOf(settings))
}

/** Not connected yet: that comes with the first question. The certificate is asked for the name, not for the address. */
export function clientFor(settings: DirectorySettings, { address, family }: Resolved): Client {
  const url = new URL(settings.url)
  url.hostname = family === 6 ? `[${address}]` : address
  return new Client({
    url: url.href,
    timeout: settings.timeoutMs,
    connectTimeout: settings.timeoutMs,
    ...(url.protocol === 'ldaps:' ? { tlsOptions: tlsOf(settings) } : {}),
  })
}

async function openDirectory(
  settings: DirectorySettings,
  outgoing: OutgoingGuard,
  { isBound = true } = {},
): Promise<Client> {
  const client = clientFor(settings, await judgedAddress(settings, outgoing))
  try {
    if (settings.startTls) await client.startTLS(tlsOf(settings))
    if (isBound) await bindForSearch(client, settings)
    return client
  } catch (error) {
    await client.unbind().catch(() => undefined)
    throw error
  }
}

/** As the account that searches; where there is none nothing is said. */
export async function bindForSearch(client: Client, settings: DirectorySettings): Promise<void> {
  if (settings.bindDn === null) return
  try {
    await client.bind(settings.bindDn, settings.bindPassword ?? '')
  } catch (error) {
    // Not the person's mistake: he must not be told that his password is wrong.
    throw new Error('the account that searches the directory is refused', { cause: error })
  }
}

/** The one entry of a user; `nobody` or `several` is no person. */
export async function findPerson(
  client: Client,
  settings: DirectorySettings,
  user: string,
): Promise<Entry | 'nobody' | 'several'> {
  const { searchEntries } = await client.search(settings.base, {
    filter: settings.userFilter.replaceAll('{user}', () => escapeFilter(user)),
    scope: 'sub',
    sizeLimit: MOST_PEOPLE,
    attributes: [settings.userAttribute, settings.nameAttribute, 'memberOf'],
  })
  const [entry, another] = searchEntries
  return another ? 'several' : (entry ?? 'nobody')
}

/** The person with his groups and what they give him here. */
export async function identityOf(
  client: Client,
  settings: DirectorySettings,
  { entry, user }: { entry: Entry; user: string },
): Promise<ExternalIdentity> {
  const groups = await groupsOf(client, settings, entry)
  return {
    subject: entry.dn.toLowerCase(),
    user: textsOf(entry, settings.userAttribute)[0] ?? user,
    name: textsOf(entry, settings.nameAttribute)[0] ?? user,
    groups,
    placed: rolesOf(groups, settings.groups),
  }
}

async function groupsOf(client: Client, settings: DirectorySettings, entry: Entry): Promise<string[]> {
  if (settings.groupFilter === null) return textsOf(entry, 'memberOf')
  const { searchEntries } = await client.search(settings.groupBase ?? settings.base, {
    filter: settings.groupFilter.replaceAll('{dn}', () => escapeFilter(entry.dn)),
    scope: 'sub',
    attributes: [settings.groupAttribute],
  })
  return searchEntries.flatMap((group) => textsOf(group, settings.groupAttribute))
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
