import { Controller, Get, Query } from '@nestjs/common'
import { ApiQuery, ApiTags } from '@nestjs/swagger'
import { type RestatementsAnswer, restatementsAnswer } from '@gemba/contracts/restatement'
import { z } from 'zod'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { FigureFamilies } from './figure-families.service.ts'
import { periodOf, periodQuery } from './period.ts'

const question = periodQuery.extend({ metric: z.string().min(1).max(60).default('oee') })

@ApiTags('kpi')
@Controller('api/restatements')
export class RestatementsController {
  constructor(private readonly figures: FigureFamilies) {}

  @Get()
  @Costs(5, { ranged: true })
  @OpenTo({ scope: 'read:kpi' })
  @Policy('signed-in')
  @ApiQuery({ name: 'equipment', required: true, description: 'path of a work unit, line, area or site' })
  @ApiQuery({ name: 'from', required: false, description: 'ISO 8601 with zone, or milliseconds' })
  @ApiQuery({ name: 'to', required: false })
  @ApiQuery({ name: 'shift', required: false, description: 'current' })
  @ApiQuery({ name: 'metric', required: false, description: 'id of the metric dictionary; default: oee' })
  @Answers(restatementsAnswer, 'Published figures of ended windows that changed: from what to what, why and when.')
  async list(
    @Query({ schema: question }) query: z.infer<typeof question>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RestatementsAnswer> {
    const nowAt = Date.now()
    const { equipment, metric } = query
    this.figures.requirePlace(metric, principal, equipment)
    return this.figures.restatements(metric, { equipment, period: periodOf(query, nowAt), principal }, nowAt)
  }
}
