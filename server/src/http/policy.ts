import { SetMetadata } from '@nestjs/common'
import type { Role } from '@gemba/contracts/api'

/**
 * Who may call a route. `public`: everybody. `signed-in`: any session. `roles`: a session with one of the roles.
 * `collector`: a collector token. A route without a policy is closed to all and fails a test.
 */
export type RoutePolicy = 'public' | 'signed-in' | 'collector' | { readonly roles: readonly Role[] }

export const POLICY = 'gemba:policy'

export const Policy = (policy: RoutePolicy): MethodDecorator & ClassDecorator => SetMetadata(POLICY, policy)
