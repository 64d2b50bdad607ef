import { Controller, Get, Query } from '@nestjs/common'
import { ApiQuery, ApiTags } from '@nestjs/swagger'
import { type InterfacesAnswer, interfacesAnswer } from '@gemba/contracts/interface-health'
import { z } from 'zod'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { equipmentScope } from '../datasets/data-gate.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { InterfaceHealthService } from './interface-health.service.ts'
import { periodOf } from './period.ts'

const rangeQuery = z.object({ from: z.string().optional(), to: z.string().optional() })

@ApiTags('sources')
@Controller('api/interfaces')
export class InterfacesController {
  constructor(private readonly health: InterfaceHealthService) {}

  @Get()
  @Costs(5, { ranged: true })
  @Policy('signed-in')
  @OpenTo({ scope: 'read:kpi' })
  @ApiQuery({ name: 'from', required: true, description: 'ISO 8601 with zone, or milliseconds' })
  @ApiQuery({ name: 'to', required: true })
  @Answers(interfacesAnswer, 'Success rate, latency, errors, lag, outages and schema drift of every pulled source.')
  async read(
    @Query({ schema: rangeQuery }) query: z.infer<typeof rangeQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<InterfacesAnswer> {
    const nowAt = Date.now()
    const period = periodOf(query, nowAt)
    if (period === 'current') throw new Fault('RANGE_INVALID')
    return this.health.answer(period, equipmentScope(principal), nowAt)
  }
}
