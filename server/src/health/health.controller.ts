import { Controller, Get } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { type HealthAnswer, type HealthDetails, healthAnswer, healthDetails } from '@gemba/contracts/api'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { HealthService } from './health.service.ts'

@ApiTags('health')
@Controller('api/health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get()
  @Policy('public')
  @Answers(healthAnswer, 'Whether the product works; no names, no numbers.')
  short(): Promise<HealthAnswer> {
    return this.health.short()
  }

  @Get('details')
  @Policy('signed-in')
  @OpenTo({ scope: 'read:health' })
  @Answers(healthDetails, 'Stores, sources, collectors, quarantine and live connections.')
  details(@CurrentPrincipal() principal: Principal): Promise<HealthDetails> {
    return this.health.details(principal)
  }
}
