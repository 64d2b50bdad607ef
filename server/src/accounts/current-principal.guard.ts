import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import type { Actor } from '../audit/audit.service.ts'
import { Fault } from '../http/fault.ts'
import type { SignedInRequest } from './accounts.guard.ts'
import type { Principal } from './principal.ts'

function principalOf(context: ExecutionContext): Principal {
  const { principal } = context.switchToHttp().getRequest<SignedInRequest>()
  if (!principal) throw new Fault('NOT_SIGNED_IN')
  return principal
}

/** The principal of the request; the guard has set it. Fails closed when it has not. */
export const CurrentPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  principalOf(context),
)

/** Roles and limits, as the audit trail keeps them. */
export function rightsOf(principal: Principal): string[] {
  return [
    ...principal.roles,
    ...(principal.sites ?? []).map((site) => `site:${site}`),
    ...(principal.boards ?? []).map((board) => `board:${board}`),
  ]
}

/** Who acts in this request, from where and under which rights: what the audit trail asks for. */
export const CurrentActor = createParamDecorator((_data: unknown, context: ExecutionContext): Actor => {
  const principal = principalOf(context)
  const { caller, ip } = context.switchToHttp().getRequest<SignedInRequest>()
  return {
    // Who looks through other eyes acts in his own name; a visitor never in that of the maker of the link.
    user: principal.share ? `share:${principal.share.link}` : (principal.viewedBy ?? principal.user),
    rights: rightsOf(principal),
    means: caller?.principal.means ?? null,
    session: caller?.id ?? null,
    address: ip ?? null,
  }
})
