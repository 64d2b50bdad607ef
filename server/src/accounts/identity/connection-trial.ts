import { connect as connectSocket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Injectable } from '@nestjs/common'
import type { ConnectionStage, ConnectionTried, ConnectionTry } from '@gemba/contracts/identity'
import { Fault } from '../../http/fault.ts'
import { OutgoingGuard, type Resolved } from '../../http/outgoing.ts'
import { bindForSearch, clientFor, findPerson, hostOf, identityOf, judgedAddress, tlsOf } from './directory.ts'
import type { ExternalIdentity } from './external-accounts.ts'
import { callbackOf, IdentitySettings } from './identity-settings.service.ts'
import {
  type DirectorySettings,
  IdentitySource,
  type OidcSettings,
  type PlacedRole,
  rolesOf,
} from './identity-source.ts'
import { checkClient, discover, guardFor } from './oidc-client.ts'
import { type Text, remedyOf } from './trial-remedy.ts'

const TIMEOUT_MS = 10_000

/** Stages one after the other; after one that failed the others are skipped. */
class Stages {
  readonly done: ConnectionTried['stages'] = []
  private hasFailed = false

  /** What the work gives, or null when it failed or was not begun. */
  async run<T>(stage: ConnectionStage, work: () => Promise<{ value: T; detail: Text | null }>): Promise<T | null> {
    if (this.hasFailed) return this.skip(stage)
    const startedAt = performance.now()
    const tookMs = (): number => Math.round(performance.now() - startedAt)
    try {
      const { value, detail } = await work()
      this.done.push({ stage, outcome: 'passed', detail, tookMs: tookMs() })
      return value
    } catch (error) {
      this.hasFailed = true
      this.done.push({ stage, outcome: 'failed', detail: remedyOf(stage, error), tookMs: tookMs() })
      return null
    }
  }

  skip(stage: ConnectionStage): null {
    this.done.push({ stage, outcome: 'skipped', detail: null, tookMs: 0 })
    return null
  }

  /** `placed`: what a sample would hold here; null = there was no sample. */
  answer(person: ConnectionTried['person'], placed: readonly PlacedRole[] | null): ConnectionTried {
    const gets = (placed ?? []).map(({ role, equipment }) => ({ role, equipment: equipment && [...equipment] }))
    return { ok: !this.hasFailed, stages: this.done, person, gets }
  }
}

const same = (text: string): Text => ({ zh: text, en: text })
const plain = <T>(value: T, detail: Text | null = null): { value: T; detail: Text | null } => ({ value, detail })

/** Tries a connection step by step, so that whoever sets it up sees how far it gets and what is to be done. */
@Injectable()
export class ConnectionTrial {
  constructor(
    private readonly settings: IdentitySettings,
    private readonly source: IdentitySource,
    private readonly outgoing: OutgoingGuard,
  ) {}

  /** A connection that fails is an answer, not an error. CONNECTION_UNKNOWN when there is nothing to try. */
  async try(wanted: ConnectionTry): Promise<ConnectionTried> {
    const { oidc, directory } = await this.source.current()
    if (wanted.kind === 'oidc') {
      const settings = wanted.settings ? await this.settings.oidcWith(wanted.settings) : oidc
      if (!settings) throw new Fault('CONNECTION_UNKNOWN')
      return this.tryOidc(settings, wanted.sample ?? [])
    }
    const settings = wanted.settings ? await this.settings.directoryWith(wanted.settings) : directory
    if (!settings) throw new Fault('CONNECTION_UNKNOWN')
    return this.tryDirectory(settings, wanted.sample ?? '')
  }

  private async tryOidc(settings: OidcSettings, groups: readonly string[]): Promise<ConnectionTried> {
    const stages = new Stages()
    const url = new URL(settings.issuer)
    const isEncrypted = url.protocol === 'https:'
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const port = Number(url.port) || (isEncrypted ? 443 : 80)
    const address = await stages.run('resolve', async () => {
      const guard = guardFor(this.outgoing, settings, settings.issuer)
      guard.check(settings.issuer, settings.allowInsecure ? ['https', 'http'] : ['https'])
      const found = await guard.resolve(host)
      return plain(found, same(found.address))
    })
    await stages.run('connect', () => reach(address, port, TIMEOUT_MS))
    if (isEncrypted)
      await stages.run('tls', () => shake(address, port, { host, servername: host, timeoutMs: TIMEOUT_MS }))
    else stages.skip('tls')
    const provider = await stages.run('discovery', async () => plain(await discover(settings, this.outgoing)))
    await stages.run('client', async () => {
      if (provider) await checkClient(provider, callbackOf(settings))
      return plain(null)
    })
    if (groups.length === 0) return stages.answer(null, stages.skip('mapping'))
    const placed = await stages.run('mapping', () => Promise.resolve(plain(rolesOf(groups, settings.groups))))
    return stages.answer(placed && { dn: null, name: '', groups: [...groups] }, placed)
  }

  private async tryDirectory(settings: DirectorySettings, user: string): Promise<ConnectionTried> {
    const stages = new Stages()
    const address = await stages.run('resolve', async () => {
      const found = await judgedAddress(settings, this.outgoing)
      return plain(found, same(found.address))
    })
    const url = new URL(settings.url)
    const port = Number(url.port) || (url.protocol === 'ldaps:' ? 636 : 389)
    await stages.run('connect', () => reach(address, port, settings.timeoutMs))
    const person = await this.askDirectory(stages, settings, { address, port, user })
    return stages.answer(
      person && { dn: person.subject, name: person.name, groups: [...person.groups] },
      person && person.placed,
    )
  }

  private async askDirectory(
    stages: Stages,
    settings: DirectorySettings,
    { address, port, user }: { address: Resolved | null; port: number; user: string },
  ): Promise<ExternalIdentity | null> {
    const client = clientFor(settings, address ?? { address: hostOf(settings), family: 4 })
    try {
      if (settings.startTls) await stages.run('tls', async () => plain(await client.startTLS(tlsOf(settings))))
      else if (settings.url.startsWith('ldaps:'))
        await stages.run('tls', () => shake(address, port, { ...tlsOf(settings), timeoutMs: settings.timeoutMs }))
      else stages.skip('tls')
      await stages.run('bind', async () => plain(await bindForSearch(client, settings)))
      if (user === '') return (stages.skip('search'), stages.skip('mapping'))
      const entry = await stages.run('search', async () => {
        const found = await findPerson(client, settings, user)
        if (typeof found === 'string') throw new Fault('ACCOUNT_UNKNOWN', { why: found })
        return plain(found, same(found.dn))
      })
      return await stages.run('mapping', async () => {
        if (!entry) throw new Fault('ACCOUNT_UNKNOWN')
        return plain(await identityOf(client, settings, { entry, user }))
      })
    } finally {
      await client.unbind().catch(() => undefined)
    }
  }
}

/** Opens the port of the very address that was judged. */
function reach(to: Resolved | null, port: number, timeoutMs: number): Promise<{ value: null; detail: Text | null }> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host: to?.address ?? '', port, timeout: timeoutMs })
    socket.once('connect', () => (socket.destroy(), resolve(plain(null, same(`${to?.address ?? ''} : ${port}`)))))
    socket.once('timeout', () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })))
    socket.once('error', reject)
  })
}

/** Greets over TLS and says until when the certificate holds. */
function shake(
  to: Resolved | null,
  port: number,
  { timeoutMs, ...tls }: { host: string; servername?: string; ca?: string[]; timeoutMs: number },
): Promise<{ value: null; detail: Text | null }> {
  return new Promise((resolve, reject) => {
    // The socket goes to the judged address; the certificate is compared with the name.
    const under = connectSocket({ host: to?.address ?? '', port, timeout: timeoutMs })
    under.once('error', reject)
    under.once('timeout', () => under.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })))
    const socket = connectTls({ ...tls, socket: under })
    socket.once('secureConnect', () => {
      const { valid_to: until } = socket.getPeerCertificate()
      socket.destroy()
      resolve(plain(null, { zh: `证书有效至 ${until}`, en: `the certificate holds until ${until}` }))
    })
    socket.once('error', reject)
  })
}
