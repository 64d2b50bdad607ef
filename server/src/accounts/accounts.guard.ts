import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import type { Request } from 'express'
import { CollectorTokens } from '../http/collector-tokens.ts'
import { Fault } from '../http/fault.ts'
import { OWN_EYES, POLICY, READS, type RoutePolicy } from '../http/policy.ts'
import type { Principal } from './principal.ts'
import { RightsService } from './rights/rights.service.ts'
import { ViewAs } from './rights/view-as.service.ts'
import { type OpenSession, SessionService } from './session.service.ts'

export type SignedInRequest = Request & { principal?: Principal; sessionExpiresAt?: number; sessionHash?: string }

/** Closed by default: a route is open only as far as its policy says, and says so before it looks at the input. */
@Injectable()
export class AccountsGuard implements CanActivate {
  private readonly reflector: Reflector
  private readonly sessions: SessionService
  private readonly tokens: CollectorTokens
  private readonly rights: RightsService
  private readonly viewAs: ViewAs

  constructor(
    reflector: Reflector,
    sessions: SessionService,
    tokens: CollectorTokens,
    rights: RightsService,
    viewAs: ViewAs,
  ) {
    this.reflector = reflector
    this.sessions = sessions
    this.tokens = tokens
    this.rights = rights
    this.viewAs = viewAs
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true
    const policy = this.reflector.getAllAndOverride<RoutePolicy | undefined>(POLICY, [
      context.getHandler(),
      context.getClass(),
    ])
    if (policy === undefined) throw new Fault('NO_ACCESS')
    if (policy === 'public') return true
    const request = context.switchToHttp().getRequest<SignedInRequest>()
    if (policy === 'collector') {
      this.tokens.collectorOf(request.headers.authorization)
      return true
    }
    const session = await this.sessions.find(request.headers.cookie)
    if (!session) throw new Fault('NOT_SIGNED_IN')
    const principal = await this.principalOf(session, context)
    request.principal = principal
    request.sessionExpiresAt = session.expiresAt
    request.sessionHash = session.idHash
    if (!isMet(policy, principal)) throw new Fault('NO_ACCESS')
    return true
  }

  /** Who the request is judged as. Looking through other eyes changes nothing in the plant. */
  private async principalOf(session: OpenSession, context: ExecutionContext): Promise<Principal> {
    const own = this.rights.withRights(session.principal)
    const marked = (name: string) =>
      this.reflector.getAllAndOverride<boolean | undefined>(name, [context.getHandler(), context.getClass()]) === true
    if (marked(OWN_EYES)) return own
    const principal = await this.viewAs.eyesOf(session.idHash, own)
    const { method } = context.switchToHttp().getRequest<SignedInRequest>()
    if (principal !== own && method !== 'GET' && method !== 'HEAD' && !marked(READS)) throw new Fault('VIEW_ONLY')
    return principal
  }
}

function isMet(policy: Exclude<RoutePolicy, 'public' | 'collector'>, principal: Principal): boolean {
  if (policy === 'signed-in') return true
  if ('roles' in policy) return policy.roles.some((role) => principal.roles.includes(role))
  return principal.rights?.may(policy.may, policy.on) === true
}
