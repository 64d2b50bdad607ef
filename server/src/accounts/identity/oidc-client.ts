import * as openid from 'openid-client'
import type { OutgoingGuard } from '../../http/outgoing.ts'
import type { OidcSettings } from './identity-source.ts'

/** A provider with its addresses and keys, as it names them itself. */
export type Provider = openid.Configuration

const TIMEOUT_S = 10

/** A guard that lets the provider's host through only where whoever runs the server named it. */
export const guardFor = (outgoing: OutgoingGuard, { trusted }: { trusted: boolean }, url: string): OutgoingGuard =>
  trusted ? outgoing.trusting(url) : outgoing

/** Asks the provider for its addresses and keys. It names its other addresses itself: each is judged like the first. */
export function discover(settings: OidcSettings, outgoing: OutgoingGuard): Promise<Provider> {
  const { issuer, clientId, clientSecret, allowInsecure } = settings
  const guard = guardFor(outgoing, settings, issuer)
  const schemes = allowInsecure ? ['https', 'http'] : ['https']
  return openid.discovery(new URL(issuer), clientId, clientSecret, undefined, {
    // Without it the signature of an ID token is not looked at, because the token comes over TLS.
    execute: [openid.enableNonRepudiationChecks, ...(allowInsecure ? [openid.allowInsecureRequests] : [])],
    timeout: TIMEOUT_S,
    [openid.customFetch]: (url, { body, ...init }) =>
      guard.fetch(url, { ...init, ...(body ? { body } : {}), signal: init.signal ?? null, schemes }),
  })
}

/**
 * Whether the provider knows this client and its secret: a code that was never given out is refused as such
 * (`invalid_grant`) only after the client was recognised. Throws what the provider says of the client.
 */
export async function checkClient(provider: Provider, callback: string): Promise<void> {
  const never = { code: 'never-given-out', state: 'none' }
  try {
    await openid.authorizationCodeGrant(provider, new URL(`${callback}?${new URLSearchParams(never)}`), {
      pkceCodeVerifier: openid.randomPKCECodeVerifier(),
      expectedState: never.state,
    })
  } catch (error) {
    if (error instanceof openid.ResponseBodyError && error.error === 'invalid_grant') return
    throw error
  }
}
