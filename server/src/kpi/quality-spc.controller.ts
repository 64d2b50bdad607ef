import { Controller, Get, Param, Query } from '@nestjs/common'
import { ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger'
import { equipmentPath } from '@gemba/contracts/catalog'
import { type SpcAnswer, type SpcListAnswer, runRule, spcAnswer, spcListAnswer } from '@gemba/contracts/spc'
import { z } from 'zod'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { unknownPlace } from '../datasets/data-gate.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { periodOf } from './period.ts'
import { inspectionRights } from './quality-rights.ts'
import { SpcService } from './quality-spc.service.ts'

const rules = z
  .string()
  .transform((text) => text.split(',').map((rule) => rule.trim()))
  .pipe(z.array(runRule).min(1))
const chartQuery = z.object({
  from: z.string(),
  to: z.string(),
  rules: rules.optional(),
  limit: z.coerce.number().int().min(1).max(50_000).default(500),
  lambda: z.coerce.number().positive().max(1).default(0.2),
  explain: z.enum(['0', '1']).default('0'),
})
const listQuery = z.object({ equipment: equipmentPath.optional() })

/** Control charts of inspection characteristics. */
@ApiTags('kpi')
@Controller('api/kpi/spc')
export class SpcController {
  constructor(private readonly spc: SpcService) {}

  @Get()
  @Costs(2)
  @OpenTo({ scope: 'read:kpi' })
  @Policy('signed-in')
  @ApiQuery({
    name: 'equipment',
    required: false,
    description: 'path of a work unit, line, area or site; all without it',
  })
  @Answers(spcListAnswer, 'Characteristics that have an inspection plan.')
  list(
    @Query({ schema: listQuery }) { equipment }: z.infer<typeof listQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<SpcListAnswer> {
    const scope = inspectionRights(principal)
    if (equipment !== undefined && !scope.touches(equipment)) throw unknownPlace(equipment)
    return this.spc.list(equipment ?? null, scope)
  }

  @Get(':characteristic')
  @Costs(10, { ranged: true, listed: true })
  @OpenTo({ scope: 'read:kpi' })
  @Policy('signed-in')
  @ApiParam({ name: 'characteristic', description: 'one of GET /api/kpi/spc' })
  @ApiQuery({ name: 'from', required: true, description: 'ISO 8601 with zone, or milliseconds' })
  @ApiQuery({ name: 'to', required: true })
  @ApiQuery({ name: 'rules', required: false, description: 'WE1 … WE4, N1 … N8, separated by commas' })
  @ApiQuery({ name: 'limit', required: false, description: 'most points of the answer, the newest; all are judged' })
  @ApiQuery({ name: 'lambda', required: false, description: 'weight of the newest value in the EWMA' })
  @ApiQuery({ name: 'explain', required: false, enum: ['0', '1'] })
  @Answers(
    spcAnswer,
    'Subgroups with their frozen limits, every rule that fires, EWMA and capability with its conditions.',
  )
  chart(
    @Param('characteristic') characteristic: string,
    @Query({ schema: chartQuery }) query: z.infer<typeof chartQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<SpcAnswer> {
    const range = periodOf(query, Date.now())
    if (range === 'current') throw new Fault('RANGE_INVALID')
    const question = { range, limit: query.limit, lambda: query.lambda, explain: query.explain === '1' }
    return this.spc.chart(
      characteristic,
      query.rules === undefined ? question : { ...question, rules: query.rules },
      inspectionRights(principal),
    )
  }
}
