import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import type { Request, Response } from 'express'
import { SHARE_HEADER } from '@gemba/contracts/share'
import type { TokenScope } from '@gemba/contracts/sign-in'
import { CollectorTokens } from '../http/collector-tokens.ts'
import { writeCookie } from '../http/cookies.ts'
import { Fault } from '../http/fault.ts'
import { OPENING, type Opening, OWN_EYES, POLICY, READS, type RoutePolicy } from '../http/policy.ts'
import { type Caller, Callers } from './caller.service.ts'
import type { Principal } from './principal.ts'
import { RightsService } from './rights/rights.service.ts'
import { ViewAs } from './rights/view-as.service.ts'
import { SESSION_COOKIE } from './session.service.ts'

export type SignedInRequest = Request & { principal?: Principal; caller?: Caller }

/** Closed by default: a route is open only as far as its policy says, and says so before it looks at the input. */
@Injectable()
export class AccountsGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly callers: Callers,
    private readonly tokens: CollectorTokens,
    private readonly rights: RightsService,
    private readonly viewAs: ViewAs,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true
    const policy = this.declared<RoutePolicy>(context, POLICY)
    if (policy === undefined) throw new Fault('NO_ACCESS')
    if (policy === 'public') return true
    const request = context.switchToHttp().getRequest<SignedInRequest>()
    if (policy === 'collector') {
      this.tokens.collectorOf(request.headers.authorization)
      return true
    }
    const { cookie, authorization } = request.headers
    const given = { cookie, authorization, share: request.get(SHARE_HEADER), address: request.ip ?? '' }
    const caller = await this.callers.find(given, { rotate: true })
    if (!caller) throw new Fault('NOT_SIGNED_IN')
    if (caller.renewed) {
      const { value, maxAgeS } = caller.renewed
      const response = context.switchToHttp().getResponse<Response>()
      response.appendHeader('Set-Cookie', writeCookie(SESSION_COOKIE, value, { maxAgeS, secure: request.secure }))
    }
    request.caller = caller
    letThrough(caller, this.declared<Opening>(context, OPENING) ?? { scope: null })
    request.principal = await this.principalOf(caller, context)
    if (!isMet(policy, request.principal)) throw new Fault('NO_ACCESS')
    return true
  }

  /** Who the request is judged as. Looking through other eyes changes nothing in the plant. */
  private async principalOf(caller: Caller, context: ExecutionContext): Promise<Principal> {
    const own = this.rights.withRights(caller.principal)
    if (this.declared<boolean>(context, OWN_EYES) === true) return own
    const principal = await this.viewAs.eyesOf(caller.id, own)
    const { method } = context.switchToHttp().getRequest<SignedInRequest>()
    const isReading = method === 'GET' || method === 'HEAD' || this.declared<boolean>(context, READS) === true
    if (principal !== own && !isReading) throw new Fault('VIEW_ONLY')
    return principal
  }

  private declared<T>(context: ExecutionContext, key: string): T | undefined {
    return this.reflector.getAllAndOverride<T | undefined>(key, [context.getHandler(), context.getClass()])
  }
}

/** Tokens, displays, visitors and incomplete sessions come through where the route opens itself to them, and nowhere else. */
function letThrough(caller: Caller, opening: Opening): void {
  const { scope } = opening
  if (caller.scopes !== null && (scope === null || !caller.scopes.includes(scope)))
    throw new Fault('TOKEN_SCOPE', { needed: scope }, wordsOfScope(scope))
  if (caller.principal.means === 'device' && opening.devices !== true) throw new Fault('NO_ACCESS')
  if (caller.principal.means === 'share' && opening.shares !== true) throw new Fault('NO_ACCESS')
  if (opening.incomplete === true) return
  if (caller.needs.includes('password')) throw new Fault('PASSWORD_CHANGE_NEEDED')
  if (caller.needs.includes('second-factor')) throw new Fault('SECOND_FACTOR_MISSING')
  if (caller.needs.includes('code')) throw new Fault('SECOND_FACTOR_PENDING')
}

const wordsOfScope = (scope: TokenScope | null): { zh: string; en: string } =>
  scope === null
    ? { zh: '这里只供登录的人使用，任何令牌都不能调用', en: 'This is for people who have signed in; no token opens it' }
    : { zh: `需要范围为 ${scope} 的令牌`, en: `It takes a token with the scope ${scope}` }

function isMet(policy: Exclude<RoutePolicy, 'public' | 'collector'>, principal: Principal): boolean {
  if (policy === 'signed-in') return true
  if ('roles' in policy) return policy.roles.some((role) => principal.roles.includes(role))
  return principal.rights?.may(policy.may, policy.on) === true
}
