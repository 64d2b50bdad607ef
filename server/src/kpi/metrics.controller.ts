import { Controller, Get, Param, Query } from '@nestjs/common'
import { ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger'
import {
  type KpiAnswer,
  type MetricsAnswer,
  type NumbersAnswer,
  kpiAnswer,
  kpiGrouping,
  metricsAnswer,
  numbersAnswer,
} from '@gemba/contracts/kpi'
import type { z } from 'zod'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { requirePlace } from '../datasets/data-gate.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { FIGURE_FILTERS } from './figure-family.ts'
import { FigureFamilies } from './figure-families.service.ts'
import { otherQuestion } from './other-question.ts'
import { filtersOf, kpiQueryShape, periodOf, periodQuery } from './period.ts'

/** The dictionary and every figure of it that the rows here answer. */
@ApiTags('kpi')
@Controller('api')
export class MetricsController {
  constructor(private readonly figures: FigureFamilies) {}

  @Get('metrics')
  @Policy('signed-in')
  @OpenTo({ scope: 'read:kpi' })
  @Answers(metricsAnswer, 'The metric dictionary.')
  metrics(): MetricsAnswer {
    return this.figures.dictionary()
  }

  @Get('kpi')
  @Costs(10, { ranged: true })
  @Policy('signed-in')
  @OpenTo({ scope: 'read:kpi' })
  @ApiQuery({ name: 'equipment', required: true, description: 'path of a work unit, line, area or site' })
  @ApiQuery({ name: 'from', required: false, description: 'ISO 8601 with zone, or milliseconds' })
  @ApiQuery({ name: 'to', required: false })
  @ApiQuery({ name: 'shift', required: false, description: 'current' })
  @Answers(numbersAnswer, 'Every figure of one scope and period, with the sums they share.')
  async numbers(
    @Query({ schema: periodQuery }) query: z.infer<typeof periodQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<NumbersAnswer> {
    const nowAt = Date.now()
    requirePlace(principal, query.equipment)
    return this.figures.numbers({ equipment: query.equipment, period: periodOf(query, nowAt), principal }, nowAt)
  }

  @Get('kpi/:metric')
  @Costs(2, { ranged: true })
  @Policy('signed-in')
  @OpenTo({ scope: 'read:kpi' })
  @ApiParam({ name: 'metric', description: 'id of the metric dictionary' })
  @ApiQuery({ name: 'equipment', required: true, description: 'path of a work unit, line, area or site' })
  @ApiQuery({ name: 'from', required: false, description: 'ISO 8601 with zone, or milliseconds' })
  @ApiQuery({ name: 'to', required: false })
  @ApiQuery({ name: 'shift', required: false, description: 'current' })
  @ApiQuery({ name: 'group', required: false, enum: kpiGrouping.options })
  @ApiQuery({ name: 'explain', required: false, enum: ['0', '1'] })
  @ApiQuery({
    name: FIGURE_FILTERS.join(' | '),
    required: false,
    description: 'narrows to one of them, where a metric takes it',
  })
  @ApiQuery({ name: 'whatIf', required: false, description: '<policy>:<value>, computed and not stored' })
  @ApiQuery({ name: 'knownAt', required: false, description: 'ISO 8601 with zone: the figure as it was known then' })
  @Answers(kpiAnswer, 'One figure, whole and by group, with its sums; on demand its definition and source rows.')
  async kpi(
    @Param('metric') metric: string,
    @Query({ schema: kpiQueryShape }) query: z.infer<typeof kpiQueryShape>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<KpiAnswer> {
    const nowAt = Date.now()
    this.figures.requirePlace(metric, principal, query.equipment)
    const { equipment, group, explain } = query
    const asked = { equipment, period: periodOf(query, nowAt), groupBy: group, explain: explain === '1' }
    const question = { ...asked, filters: filtersOf(query), other: otherQuestion(query, nowAt), principal }
    return this.figures.answer(metric, question, nowAt)
  }
}
