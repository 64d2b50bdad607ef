import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import type { Request } from 'express'
import { CollectorTokens } from '../http/collector-tokens.ts'
import { Fault } from '../http/fault.ts'
import { POLICY, type RoutePolicy } from '../http/policy.ts'
import type { Principal } from './principal.ts'
import { SessionService } from './session.service.ts'

export type SignedInRequest = Request & { principal?: Principal; sessionExpiresAt?: number }

/** Closed by default: a route is open only as far as its policy says, and says so before it looks at the input. */
@Injectable()
export class AccountsGuard implements CanActivate {
  private readonly reflector: Reflector
  private readonly sessions: SessionService
  private readonly tokens: CollectorTokens

  constructor(reflector: Reflector, sessions: SessionService, tokens: CollectorTokens) {
    this.reflector = reflector
    this.sessions = sessions
    this.tokens = tokens
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
    request.principal = session.principal
    request.sessionExpiresAt = session.expiresAt
    if (policy !== 'signed-in' && !policy.roles.some((role) => session.principal.roles.includes(role)))
      throw new Fault('NO_ACCESS')
    return true
  }
}
