import { Body, Controller, Get, Post } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type RetentionAnswer,
  type RetentionRequest,
  retentionAnswer,
  retentionRequest,
} from '@gemba/contracts/retention'
import { CurrentActor, CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import type { Actor } from '../audit/audit.service.ts'
import { ReviewSettingsService } from '../changes/review-settings.service.ts'
import { seesWholePlant } from '../datasets/data-gate.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { RetentionService } from './retention.service.ts'

@ApiTags('retention')
@Controller('api/retention')
export class RetentionController {
  constructor(
    private readonly retention: RetentionService,
    private readonly review: ReviewSettingsService,
  ) {}

  @Get()
  @Costs(20)
  @OpenTo({ scope: 'read:retention' })
  @Policy({ roles: ['admin', 'quality'] })
  @Answers(retentionAnswer, 'How long each class is kept, and what the next run would drop.')
  read(@CurrentPrincipal() principal: Principal): Promise<RetentionAnswer> {
    // Rows of all sites lie, and are counted, together.
    if (!seesWholePlant(principal)) throw new Fault('NO_ACCESS')
    return this.retention.answer()
  }

  @Post()
  @OpenTo({ scope: null })
  @Policy({ roles: ['admin'] })
  @Answers(retentionAnswer, 'The settings from the next run on, and what it would drop.', 201)
  async change(
    @Body({ schema: retentionRequest }) request: RetentionRequest,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<RetentionAnswer> {
    if (!seesWholePlant(principal)) throw new Fault('NO_ACCESS')
    await this.review.refuseDirect('retention')
    return this.retention.change(request, actor)
  }
}
