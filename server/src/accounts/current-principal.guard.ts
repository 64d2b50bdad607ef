import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import { Fault } from '../http/fault.ts'
import type { SignedInRequest } from './accounts.guard.ts'

/** The principal of the request; the guard has set it. Fails closed when it has not. */
export const CurrentPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { principal } = context.switchToHttp().getRequest<SignedInRequest>()
  if (!principal) throw new Fault('NOT_SIGNED_IN')
  return principal
})
