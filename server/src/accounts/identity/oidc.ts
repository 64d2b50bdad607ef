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
import { callbackOf } from './identity-settings.service.ts'
import { IdentitySource, type OidcSettings, rolesOf } from './identity-source.ts'
import { type Provider, discover } from './oidc-client.ts'

const TRIP_LIFE_MS = 10 * 60_000
/** How far the clock of the provider may be behind ours when it says that somebody has just signed in. */
const CLOCK_TOLERANCE_MS = 10_000

/** What has to be the same when the browser comes back; sealed in a cookie of its own. */
const trip = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
  /** The issuer that was asked: another one that is configured meanwhile does not answer for it. */
  issuer: z.string(),
  /** The proof that is to be given; null = an ordinary sign-in. */
  proof: z.string().nullable(),
  startedAt: z.int(),
})
type Trip = z.infer<typeof trip>

/** Why somebody who came back is not let in; the security log has it, the reader gets one of three texts. */
export type TripFault = 'trip' | 'provider' | 'auth-time'

/** Who came back from the provider. */
export interface Vouched {
  readonly identity: ExternalIdentity
  readonly next: string
  /** The proof that was asked for; null = an ordinary sign-in. */
  readonly proof: string | null
  /** The provider says that it asked for a second factor, in words that count here. */
  readonly hasSecondFactor: boolean
}

/** A path of our own pages; anything else leads home. */
export function ownPath(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])[^\s\\]*$/.test(next) || next.startsWith('/api/')) return '/'
  return next.length <= 2_000 ? next : '/'
}

/** Sign-in with a provider of the company: OpenID Connect, authorization code with PKCE, state and nonce. */
@Injectable()
export class OidcSignIn {
  private discovered: { settings: string; provider: Promise<Provider> } | null = null
  private readonly box: SecretBox

  constructor(
    private readonly source: IdentitySource,
    @Inject(SERVER_CONFIG) server: ServerConfig,
    private readonly outgoing: OutgoingGuard,
  ) {
    this.box = new SecretBox(server.secretKeyFile)
  }

  private async wanted(): Promise<OidcSettings> {
    const { oidc } = await this.source.current()
    if (!oidc) throw new Fault('ROUTE_UNKNOWN')
    return oidc
  }

  /**
   * Where to send the browser, and what it has to bring back. For a proof the provider is told to ask for the
   * credentials anew, whoever is signed in there.
   */
  async begin(
    next: string | undefined,
    proof: string | null = null,
  ): Promise<{ location: string; cookie: string; maxAgeS: number }> {
    const settings = await this.wanted()
    const provider = await this.provider(settings)
    const verifier = openid.randomPKCECodeVerifier()
    const [state, nonce] = [openid.randomState(), openid.randomNonce()]
    const location = openid.buildAuthorizationUrl(provider, {
      redirect_uri: callbackOf(settings),
      scope: settings.scope,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...(proof === null ? {} : { prompt: 'login', max_age: '0' }),
    })
    const { issuer } = settings
    const kept: Trip = { state, nonce, verifier, issuer, proof, next: ownPath(next), startedAt: Date.now() }
    return { location: location.href, cookie: this.box.seal(JSON.stringify(kept)), maxAgeS: TRIP_LIFE_MS / 1000 }
  }

  /** The proof that a trip was for, so that a refusal can be told to whoever waits for it; null = none, or no trip of ours. */
  proofOf(cookie: string | null): string | null {
    return this.readTrip(cookie)?.proof ?? null
  }

  /** Whom the provider vouches for. Everything that does not fit is SINGLE_SIGN_ON_REFUSED; the log says why. */
  async finish(query: string, cookie: string | null): Promise<Vouched> {
    const settings = await this.wanted()
    const kept = this.readTrip(cookie)
    if (!kept) throw refused('trip', 'the browser brings no trip of ours, or one that is over')
    if (kept.issuer !== settings.issuer) throw refused('trip', 'another provider was asked')
    const provider = await this.provider(settings)
    try {
      const tokens = await openid.authorizationCodeGrant(provider, new URL(`${callbackOf(settings)}?${query}`), {
        pkceCodeVerifier: kept.verifier,
        expectedState: kept.state,
        expectedNonce: kept.nonce,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (!claims) throw new Error('the provider sent no identity')
      if (kept.proof !== null) checkAuthTime(claims.auth_time, kept.startedAt)
      const asked = await openid.fetchUserInfo(provider, tokens.access_token, claims.sub)
      return {
        identity: identityOf(settings, { ...claims, ...asked, sub: claims.sub }),
        next: kept.next,
        proof: kept.proof,
        // Only what is signed counts here: never the answer about the user.
        hasSecondFactor: vouchesFactor(settings, claims),
      }
    } catch (error) {
      if (error instanceof Fault) throw error
      throw refused('provider', whyOf(error))
    }
  }

  private readTrip(cookie: string | null): Trip | null {
    try {
      const kept = trip.parse(JSON.parse(this.box.open(cookie ?? '')))
      return Date.now() - kept.startedAt <= TRIP_LIFE_MS ? kept : null
    } catch {
      // Absent or not ours: the same as too late.
      return null
    }
  }

  /** Asked once for these settings; again after a failure. */
  private async provider(settings: OidcSettings): Promise<Provider> {
    const key = JSON.stringify(settings)
    if (this.discovered?.settings !== key)
      this.discovered = { settings: key, provider: discover(settings, this.outgoing) }
    const mine = this.discovered
    try {
      return await mine.provider
    } catch (error) {
      if (this.discovered === mine) this.discovered = null
      log.error({ err: error, runbook: 'docs/runbooks/sign-in.md' }, 'identity provider could not be asked')
      throw new Fault('SINGLE_SIGN_ON_AWAY')
    }
  }
}

function refused(why: TripFault, text: string): Fault {
  securityEvent('sign-in.refused', { means: 'oidc', fault: why, why: text })
  return new Fault('SINGLE_SIGN_ON_REFUSED', { why })
}

/** The message with that of its cause, where openid-client puts what did not fit. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return `${error.message}${code}${cause}`.slice(0, 300)
}

/** A provider that lets somebody through without asking him anew has proved nothing. */
function checkAuthTime(authTimeS: unknown, startedAt: number): void {
  if (typeof authTimeS !== 'number') throw refused('auth-time', 'the provider does not say when the person signed in')
  if (authTimeS * 1000 + 1000 < startedAt - CLOCK_TOLERANCE_MS)
    throw refused('auth-time', 'the provider did not ask the person anew')
}

function vouchesFactor({ secondFactorValues }: OidcSettings, claims: Record<string, unknown>): boolean {
  const amr = Array.isArray(claims['amr']) ? claims['amr'] : []
  return [...amr, claims['acr']].some((each) => typeof each === 'string' && secondFactorValues.includes(each))
}

function identityOf(settings: OidcSettings, claims: Record<string, unknown> & { sub: string }): ExternalIdentity {
  const text = (name: string): string => (typeof claims[name] === 'string' ? claims[name] : '')
  const listed = claims[settings.groupClaim]
  const groups = (Array.isArray(listed) ? listed : [listed]).filter((each) => typeof each === 'string')
  return {
    subject: `${settings.issuer} ${claims.sub}`,
    user: text(settings.userClaim) || claims.sub,
    name: text(settings.nameClaim),
    groups,
    placed: rolesOf(groups, settings.groups),
  }
}
