import type { SourceErrorType } from '@gemba/contracts/source'
import { SourceFailure } from '../source.ts'

const RULES: readonly [RegExp, SourceErrorType, string][] = [
  [/premature disconnection|connection was (lost|closed)/i, 'connect', 'The server closed the connection.'],
  [/BadUserAccessDenied|BadIdentityToken(Rejected|Invalid)/i, 'auth', 'The server refuses the user or the password.'],
  [
    /BadCertificate(Untrusted|Invalid|TimeInvalid|UriInvalid|HostNameInvalid|Revoked)|BadSecurityChecksFailed|certificate/i,
    'tls',
    'A certificate is not accepted.',
  ],
  [/thumbprint/i, 'tls', 'The certificate of the server is not the one that was trusted.'],
  [/endpoint|BadSecurityMode|BadSecurityPolicy/i, 'protocol', 'The server does not offer the wanted security.'],
  [/ECONNREFUSED/i, 'connect', 'Nothing answers: is the server running, is the address right?'],
  [/ENOTFOUND|EAI_AGAIN/i, 'connect', 'The name of the host is not known.'],
  [/timeout|ETIMEDOUT/i, 'timeout', 'The server did not answer in time.'],
]

/** Puts a failure of the OPC UA client into its class, with one sentence for a person. */
export function classifyOpcua(error: unknown, endpointUrl: string): SourceFailure {
  if (error instanceof SourceFailure) return error
  const text = error instanceof Error ? `${error.message} ${(error as { code?: string }).code ?? ''}` : String(error)
  const rule = RULES.find(([pattern]) => pattern.test(text))
  return rule
    ? new SourceFailure(rule[1], `${endpointUrl}: ${rule[2]}`)
    : new SourceFailure('connect', `${endpointUrl}: ${text.slice(0, 200)}`)
}
