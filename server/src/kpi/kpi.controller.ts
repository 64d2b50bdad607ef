import { Controller, Get, Query } from '@nestjs/common'
import { ApiQuery, ApiTags } from '@nestjs/swagger'
import { equipmentPath } from '@gemba/contracts/catalog'
import { type OeeAnswer, oeeAnswer } from '@gemba/contracts/kpi'
import { z } from 'zod'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { equipmentScope } from '../datasets/data-gate.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { Policy } from '../http/policy.ts'
import { KpiService } from './kpi.service.ts'
import { periodOf } from './period.ts'

const oeeQuery = z.object({
  equipment: equipmentPath,
  from: z.string().optional(),
  to: z.string().optional(),
  shift: z.string().optional(),
})

@ApiTags('kpi')
@Controller('api/kpi')
export class KpiController {
  constructor(private readonly kpi: KpiService) {}

  @Get('oee')
  @Policy('signed-in')
  @ApiQuery({ name: 'equipment', required: true, description: 'path of a work unit, line, area or site' })
  @ApiQuery({ name: 'from', required: false, description: 'ISO 8601 with zone, or milliseconds' })
  @ApiQuery({ name: 'to', required: false })
  @ApiQuery({ name: 'shift', required: false, description: 'current' })
  @Answers(oeeAnswer, 'OEE with every numerator and denominator.')
  async oee(
    @Query({ schema: oeeQuery }) query: z.infer<typeof oeeQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<OeeAnswer> {
    const nowAt = Date.now()
    if (!equipmentScope(principal).allows(query.equipment))
      throw new Fault('EQUIPMENT_UNKNOWN', { equipment: query.equipment })
    return this.kpi.oee(query.equipment, periodOf(query, nowAt), nowAt)
  }
}
