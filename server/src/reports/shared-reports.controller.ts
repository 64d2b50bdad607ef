import { Body, Controller, HttpCode, Post } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { type ReportRun, reportLocale, reportRun } from '@gemba/contracts/report'
import { z } from 'zod'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy, ReadsOnly } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { SharedReports, shownTo } from './shared-reports.service.ts'

const request = z.strictObject({ locale: reportLocale.default('zh-CN') })

/** The report behind a share link. */
@ApiTags('shares')
@Controller('api/share-visits/current')
export class SharedReportsController {
  constructor(private readonly reports: SharedReports) {}

  @Post('runs')
  @Costs(30)
  @HttpCode(202)
  @Policy('signed-in')
  @OpenTo({ scope: null, shares: true })
  @ReadsOnly()
  @Answers(reportRun, 'The run that the visitor reads, as it stands.', 202)
  async run(
    @Body({ schema: request }) { locale }: z.infer<typeof request>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ReportRun> {
    return shownTo(await this.reports.runFor(principal, locale), principal)
  }
}
