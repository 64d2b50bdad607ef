import { Controller, Get, Query } from '@nestjs/common'
import { ApiQuery, ApiTags } from '@nestjs/swagger'
import { type OeeAnswerInFull, oeeAnswerInFull } from '@gemba/contracts/kpi'
import type { z } from 'zod'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { requirePlace } from '../datasets/data-gate.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { FigureFamilies } from './figure-families.service.ts'
import { KpiService } from './kpi.service.ts'
import { otherQuestion } from './other-question.ts'
import { filtersOf, kpiQueryShape, periodOf } from './period.ts'

@ApiTags('kpi')
@Controller('api/kpi')
export class KpiController {
  constructor(
    private readonly kpi: KpiService,
    private readonly figures: FigureFamilies,
  ) {}

  @Get('oee')
  @Costs(2, { ranged: true })
  @Policy('signed-in')
  @OpenTo({ scope: 'read:kpi' })
  @ApiQuery({ name: 'equipment', required: true, description: 'path of a work unit, line, area or site' })
  @ApiQuery({ name: 'from', required: false, description: 'ISO 8601 with zone, or milliseconds' })
  @ApiQuery({ name: 'to', required: false })
  @ApiQuery({ name: 'shift', required: false, description: 'current' })
  @ApiQuery({ name: 'group', required: false, enum: ['none', 'unit', 'shift', 'day'] })
  @ApiQuery({ name: 'explain', required: false, enum: ['0', '1'] })
  @ApiQuery({ name: 'whatIf', required: false, description: '<policy>:<value>, computed and not stored' })
  @ApiQuery({ name: 'knownAt', required: false, description: 'ISO 8601 with zone: the figure as it was known then' })
  @Answers(oeeAnswerInFull, 'OEE with every numerator and denominator.')
  async oee(
    @Query({ schema: kpiQueryShape }) query: z.infer<typeof kpiQueryShape>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<OeeAnswerInFull> {
    const nowAt = Date.now()
    const { equipment, group, explain } = query
    requirePlace(principal, equipment)
    const period = periodOf(query, nowAt)
    const other = otherQuestion(query, nowAt)
    const isPlain = other.whatIf === undefined && other.knownAt === undefined
    if (isPlain && group === 'none' && explain === '0') return this.kpi.oee(equipment, period, { nowAt })
    const asked = { equipment, period, groupBy: group, explain: explain === '1' }
    const question = { ...asked, other, filters: filtersOf(query), principal }
    const { total, groups, explain: explained, whatIf, knownAt } = await this.figures.answer('oee', question, nowAt)
    const answer = await this.kpi.oee(equipment, period, {
      nowAt,
      whatIf: other.whatIf?.settings,
      knownAt: other.knownAt,
    })
    return {
      ...answer,
      total,
      groups,
      explain: explained,
      ...(whatIf === undefined ? {} : { whatIf }),
      ...(knownAt === undefined ? {} : { knownAt }),
    }
  }
}
