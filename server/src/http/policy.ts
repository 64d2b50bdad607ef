import { SetMetadata } from '@nestjs/common'
import type { Role } from '@gemba/contracts/role'
import type { Action, ObjectKind } from '@gemba/contracts/rights'
import type { TokenScope } from '@gemba/contracts/sign-in'

/**
 * Who may call a route. `public`: everybody. `signed-in`: any session. `roles`: a session with one of the roles.
 * `may`: a session with the right to do something with an object. `collector`: a collector token. A route without a policy is closed to all and fails a test.
 */
export type RoutePolicy =
  | 'public'
  | 'signed-in'
  | 'collector'
  | { readonly roles: readonly Role[] }
  | { readonly may: Action; readonly on: { readonly kind: ObjectKind; readonly id: string } }

export const POLICY = 'gemba:policy'
export const READS = 'gemba:reads'
export const OWN_EYES = 'gemba:own-eyes'

export const Policy = (policy: RoutePolicy): MethodDecorator & ClassDecorator => SetMetadata(POLICY, policy)

/** Marks a route that changes nothing although its method could: who looks through other eyes may call it. */
export const ReadsOnly = (): MethodDecorator => SetMetadata(READS, true)

/** Marks a route that speaks of the real user also while that one looks through other eyes. */
export const OwnEyes = (): MethodDecorator & ClassDecorator => SetMetadata(OWN_EYES, true)

/**
 * Callers that are not a person with a complete session; each is kept out unless the route opens itself to it. Every
 * route says which scope it belongs to; one that does not is closed to tokens and fails a test.
 */
export interface Opening {
  /** API tokens with this scope; null = for people alone. */
  readonly scope: TokenScope | null
  /** Displays. */
  readonly devices?: true
  /** Visitors of share links. */
  readonly shares?: true
  /** People who still have to change their password or to enrol a second factor. */
  readonly incomplete?: true
}

export const OPENING = 'gemba:open-to'

/** Opens a route, beside its policy, to tokens, displays, visitors or incomplete sessions. */
export const OpenTo = (opening: Opening): MethodDecorator & ClassDecorator => SetMetadata(OPENING, opening)
