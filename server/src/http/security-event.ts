import { log } from './log.ts'

/** Words of the security log; each line carries its word in `securityEvent`, so that a monitor can pick them out. */
export type SecurityEvent =
  | 'sign-in.ok'
  | 'sign-in.refused'
  | 'sign-in.locked'
  | 'sign-in.paced'
  | 'session.closed'
  | 'session.cookie-reused'
  | 'session.cookie-forged'
  | 'account.made'
  | 'account.changed'
  | 'password.changed'
  | 'password.set'
  | 'second-factor.enrolled'
  | 'second-factor.removed'
  | 'proof.refused'
  | 'token.made'
  | 'token.refused'
  | 'token.revoked'
  | 'device.paired'
  | 'device.revoked'
  | 'share.made'
  | 'share.revoked'
  | 'share.refused'
  | 'pairing.refused'
  | 'rights.changed'
  | 'settings.changed'
  | 'signature.refused'
  | 'signature.made'
  | 'audit.anchor'
  | 'audit.retained'
  | 'audit.exported'
  | 'budget.refused'

const WARNINGS: ReadonlySet<SecurityEvent> = new Set([
  'sign-in.refused',
  'sign-in.locked',
  'sign-in.paced',
  'session.cookie-reused',
  'session.cookie-forged',
  'proof.refused',
  'token.refused',
  'share.refused',
  'pairing.refused',
  'signature.refused',
  'budget.refused',
])

/** One line of the security log. Facts are names and addresses, never secrets. */
export function securityEvent(event: SecurityEvent, facts: Record<string, unknown>): void {
  log[WARNINGS.has(event) ? 'warn' : 'info']({ securityEvent: event, ...facts }, 'security event')
}
