import { Inject, Injectable } from '@nestjs/common'
import * as openid from 'openid-client'
import { z } from 'zod'
import { SERVER_CONFIG, type ServerConfig } from '../../config.ts'
import { SecretBox } from '../../database/secret-box.ts'
import { Fault } from '../../http/fault.ts'
import { log } from '../../http/log.ts'
import { OutgoingGuard } from '../../http/outgoing.ts'
import { securityEvent } from '../../http/security-event.ts'
import type { ExternalIdentity } from './external-accounts.ts'
import { IDENTITY_CONFIG, type IdentityConfig, type OidcSettings, rolesOf } from './identity-config.ts'

const TRIP_LIFE_MS = 10 * 60_000

/** What has to be the same when the browser comes back; sealed in a cookie of its own. */
const trip = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
  startedAt: z.int(),
})

/** A path of our own pages; anything else leads home. */
export function ownPath(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])[^\s\\]*$/.test(next) || next.startsWith('/api/')) return '/'
  return next.length <= 2_000 ? next : '/'
}

/** Sign-in with a provider of the company: OpenID Connect, authorization code with PKCE, state and nonce. */
@Injectable()
export class OidcSignIn {
  readonly settings: OidcSettings | null
  private discovered: Promise<openid.Configuration> | null = null
  private readonly box: SecretBox

  constructor(
    @Inject(IDENTITY_CONFIG) config: IdentityConfig,
    @Inject(SERVER_CONFIG) server: ServerConfig,
    private readonly outgoing: OutgoingGuard,
  ) {
    this.settings = config.oidc ?? null
    this.box = new SecretBox(server.secretKeyFile)
  }

  private get wanted(): OidcSettings {
    if (!this.settings) throw new Fault('ROUTE_UNKNOWN')
    return this.settings
  }

  /** What the provider has to know as the address to come back to. */
  get callback(): string {
    return `${this.wanted.publicUrl.replace(/\/+$/, '')}/api/sign-in/oidc/callback`
  }

  /** Where to send the browser, and what it has to bring back. */
  async begin(next: string | undefined): Promise<{ location: string; cookie: string; maxAgeS: number }> {
    const provider = await this.provider()
    const verifier = openid.randomPKCECodeVerifier()
    const [state, nonce] = [openid.randomState(), openid.randomNonce()]
    const location = openid.buildAuthorizationUrl(provider, {
      redirect_uri: this.callback,
      scope: this.wanted.scope,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    })
    const kept: z.infer<typeof trip> = { state, nonce, verifier, next: ownPath(next), startedAt: Date.now() }
    return { location: location.href, cookie: this.box.seal(JSON.stringify(kept)), maxAgeS: TRIP_LIFE_MS / 1000 }
  }

  /** Whom the provider vouches for. Everything that does not fit is SINGLE_SIGN_ON_REFUSED; the log says why. */
  async finish(query: string, cookie: string | null): Promise<{ identity: ExternalIdentity; next: string }> {
    const kept = this.openTrip(cookie)
    const provider = await this.provider()
    try {
      const tokens = await openid.authorizationCodeGrant(provider, new URL(`${this.callback}?${query}`), {
        pkceCodeVerifier: kept.verifier,
        expectedState: kept.state,
        expectedNonce: kept.nonce,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (!claims) throw new Error('the provider sent no identity')
      const asked = await openid.fetchUserInfo(provider, tokens.access_token, claims.sub)
      return { identity: this.identityOf({ ...claims, ...asked, sub: claims.sub }), next: kept.next }
    } catch (error) {
      securityEvent('sign-in.refused', { means: 'oidc', why: error instanceof Error ? error.message : 'unknown' })
      throw new Fault('SINGLE_SIGN_ON_REFUSED')
    }
  }

  private openTrip(cookie: string | null): z.infer<typeof trip> {
    try {
      const kept = trip.parse(JSON.parse(this.box.open(cookie ?? '')))
      if (Date.now() - kept.startedAt <= TRIP_LIFE_MS) return kept
    } catch {
      // Absent or not ours: the same as too late.
    }
    throw new Fault('SINGLE_SIGN_ON_REFUSED')
  }

  private identityOf(claims: Record<string, unknown> & { sub: string }): ExternalIdentity {
    const text = (name: string): string => (typeof claims[name] === 'string' ? claims[name] : '')
    const listed = claims[this.wanted.groupClaim]
    const groups = (Array.isArray(listed) ? listed : [listed]).filter((each) => typeof each === 'string')
    return {
      subject: `${this.wanted.issuer} ${claims.sub}`,
      user: text(this.wanted.userClaim) || claims.sub,
      name: text(this.wanted.nameClaim),
      groups,
      roles: rolesOf(groups, this.wanted.roles),
    }
  }

  /** Asks the provider anew. Throws what went wrong. */
  async tryProvider(): Promise<void> {
    const discovered = this.discover()
    await discovered
    this.discovered = discovered
  }

  /** Asked once; again after a failure. */
  private async provider(): Promise<openid.Configuration> {
    this.discovered ??= this.discover()
    try {
      return await this.discovered
    } catch (error) {
      this.discovered = null
      log.error({ err: error, runbook: 'docs/runbooks/sign-in.md' }, 'identity provider could not be asked')
      throw new Fault('SINGLE_SIGN_ON_AWAY')
    }
  }

  /** The provider names its other addresses itself: each of them is judged like the first. */
  private discover(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret, allowInsecure } = this.wanted
    const guard = this.outgoing.trusting(issuer)
    const schemes = allowInsecure ? ['https', 'http'] : ['https']
    return openid.discovery(new URL(issuer), clientId, clientSecret, undefined, {
      execute: allowInsecure ? [openid.allowInsecureRequests] : [],
      timeout: 10,
      [openid.customFetch]: (url, { body, ...init }) =>
        guard.fetch(url, { ...init, ...(body ? { body } : {}), signal: init.signal ?? null, schemes }),
    })
  }
}
