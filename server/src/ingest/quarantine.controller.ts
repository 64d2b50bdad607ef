import { Controller, Get } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { z } from 'zod'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { factScope } from '../datasets/data-gate.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { type QuarantineCounts, type QuarantinedRow, QuarantineService } from './quarantine.service.ts'

const SHOWN = 200
const row = z.object({ reason: z.string(), at: z.int(), source: z.string(), text: z.string(), raw: z.string() })
const answer = z.object({ rows: z.int(), byReason: z.record(z.string(), z.int()), newest: z.array(row) })

@ApiTags('sources')
@Controller('api/quarantine')
export class QuarantineController {
  constructor(private readonly quarantine: QuarantineService) {}

  @Get()
  @OpenTo({ scope: null })
  @Policy({ roles: ['admin', 'analyst', 'quality'] })
  @Answers(answer, `Counts by reason and the newest ${SHOWN} rows.`)
  async read(@CurrentPrincipal() principal: Principal): Promise<QuarantineCounts & { newest: QuarantinedRow[] }> {
    const scope = factScope(principal, 'quarantine')
    const [counts, newest] = await Promise.all([this.quarantine.counts(scope), this.quarantine.newest(SHOWN, scope)])
    return { ...counts, newest }
  }
}
