import { Body, Controller, Get, Post, Query } from '@nestjs/common'
import { ApiQuery, ApiTags } from '@nestjs/swagger'
import {
  type PeriodClose,
  type PeriodCloseRequest,
  type PoliciesAnswer,
  type PolicyChangeRequest,
  type PolicyVersion,
  periodClose,
  periodCloseRequest,
  policiesAnswer,
  policyChangeRequest,
  policyVersion,
} from '@gemba/contracts/policy'
import { z } from 'zod'
import { CurrentActor, CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import type { Actor } from '../audit/audit.service.ts'
import { equipmentScope } from '../datasets/data-gate.ts'
import { ReviewSettingsService } from '../changes/review-settings.service.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { PoliciesService } from './policies.service.ts'
import { mayRule } from './policy-reach.ts'

const question = z.object({ site: z.string().max(60).optional(), asOf: z.iso.datetime({ offset: true }).optional() })

@ApiTags('policies')
@Controller('api/policies')
export class PoliciesController {
  constructor(
    private readonly policies: PoliciesService,
    private readonly review: ReviewSettingsService,
  ) {}

  @Get()
  @OpenTo({ scope: 'read:policies' })
  @Policy('signed-in')
  @ApiQuery({
    name: 'site',
    required: false,
    description: 'without it: what holds at sites without versions of their own',
  })
  @ApiQuery({ name: 'asOf', required: false, description: 'ISO 8601 with zone; default: now' })
  @Answers(policiesAnswer, 'Policies in force, their recommended values and versions, and what periods are closed.')
  read(
    @Query({ schema: question }) { site, asOf }: z.infer<typeof question>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PoliciesAnswer> {
    if (site !== undefined && !equipmentScope(principal).allows(site)) throw new Fault('SITE_UNKNOWN', { site })
    return this.policies.answer(site ?? null, asOf === undefined ? Date.now() : Date.parse(asOf))
  }

  @Post()
  @OpenTo({ scope: null })
  @Policy({ roles: ['admin', 'quality'] })
  @Answers(policyVersion, 'The version that was recorded. Windows from its date on are derived again.', 201)
  async change(
    @Body({ schema: policyChangeRequest }) request: PolicyChangeRequest,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<PolicyVersion> {
    requireRule(principal, request.site)
    await this.review.refuseDirect('policy')
    return this.policies.change(request, actor)
  }

  @Post('periods')
  @OpenTo({ scope: null })
  @Policy({ roles: ['admin', 'quality'] })
  @Answers(periodClose, 'The close that was recorded.', 201)
  close(
    @Body({ schema: periodCloseRequest }) request: PeriodCloseRequest,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<PeriodClose> {
    requireRule(principal, request.site)
    return this.policies.close(request, actor)
  }
}

function requireRule(principal: Principal, site: string | null): void {
  if (!mayRule(principal, site)) throw new Fault('NO_ACCESS')
}
