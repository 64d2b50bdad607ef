import { Inject, Injectable } from '@nestjs/common'
import type { ConnectionTried, ConnectionTry, IdentityConnections } from '@gemba/contracts/account'
import { Fault } from '../../http/fault.ts'
import { Directory } from './directory.ts'
import { IDENTITY_CONFIG, type IdentityConfig } from './identity-config.ts'
import { OidcSignIn } from './oidc.ts'

const LONGEST_FAULT = 300

/** The connections of the identity file, shown without their secrets, and tried on demand. */
@Injectable()
export class IdentityConnectionsService {
  constructor(
    @Inject(IDENTITY_CONFIG) private readonly config: IdentityConfig,
    private readonly oidc: OidcSignIn,
    private readonly directory: Directory,
  ) {}

  show(): IdentityConnections {
    const { oidc, ldap } = this.config
    return {
      oidc: oidc
        ? {
            issuer: oidc.issuer,
            clientId: oidc.clientId,
            callback: this.oidc.callback,
            groupClaim: oidc.groupClaim,
            groups: oidc.roles,
          }
        : null,
      directory: ldap
        ? {
            url: ldap.url,
            startTls: ldap.startTls,
            base: ldap.base,
            userFilter: ldap.userFilter,
            groups: ldap.roles,
          }
        : null,
    }
  }

  /** A connection that fails is an answer, not an error: whoever tries wants to read why. */
  async try({ kind, user = '' }: ConnectionTry): Promise<ConnectionTried> {
    const startedAt = performance.now()
    const tookMs = (): number => Math.round(performance.now() - startedAt)
    try {
      if (kind === 'oidc') {
        await this.oidc.tryProvider()
        return { ok: true, fault: null, tookMs: tookMs() }
      }
      const person = await this.directory.tryPerson(user)
      return { ok: true, fault: null, tookMs: tookMs(), ...(user === '' ? {} : { person }) }
    } catch (error) {
      if (error instanceof Fault && error.code === 'ROUTE_UNKNOWN') throw error
      return { ok: false, fault: textOf(error), tookMs: tookMs() }
    }
  }
}

/** The messages from the outer error to its cause; those of networks say nothing without it. */
function textOf(error: unknown): string {
  const texts: string[] = []
  for (let each = error; each instanceof Error && texts.length < 4; each = each.cause) {
    const why = each instanceof Fault ? `${each.code} ${JSON.stringify(each.facts)}` : each.message
    const code = 'code' in each && typeof each.code === 'string' ? ` (${each.code})` : ''
    if (why !== '' || code !== '') texts.push(`${why}${each instanceof Fault ? '' : code}`)
  }
  return (texts.join(': ') || 'unknown').slice(0, LONGEST_FAULT)
}
