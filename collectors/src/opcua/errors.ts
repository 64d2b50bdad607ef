import type { SourceErrorType } from '@gemba/contracts/source'
import { SourceFailure } from '../source.ts'

const RULES: readonly [RegExp, SourceErrorType, string][] = [
  [/ECONNREFUSED/i, 'connect', 'Nothing answers: is the server running, is the address right?'],
  [/ENOTFOUND|EAI_AGAIN/i, 'connect', 'The name of the host is not known.'],
  [/EHOSTUNREACH|ENETUNREACH/i, 'connect', 'The host cannot be reached.'],
  [
    /premature disconnection|connection was (lost|closed)/i,
    'connect',
    'The server does not answer or closed the connection: is it running, is the address right?',
  ],
  [/BadUserAccessDenied|BadIdentityToken(Rejected|Invalid)/i, 'auth', 'The server refuses the user or the password.'],
  [
    /BadCertificate(Untrusted|Invalid|TimeInvalid|UriInvalid|HostNameInvalid|Revoked)|BadSecurityChecksFailed|certificate/i,
    'tls',
    'A certificate is not accepted.',
  ],
  [/end ?point/i, 'protocol', 'The server does not offer the wanted security.'],
  [/BadSecurityMode|BadSecurityPolicy/i, 'protocol', 'The server does not offer the wanted security.'],
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
