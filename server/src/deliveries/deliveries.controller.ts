import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common'
import { ApiOperation, ApiTags } from '@nestjs/swagger'
import {
  type DeliveryRun,
  type DeliveryRunDetail,
  type DeliveryRunsAnswer,
  type DeliverySchedule,
  type ScheduleChange,
  type ScheduleRequest,
  type SchedulesAnswer,
  deliveryRun,
  deliveryRunDetail,
  deliveryRunsAnswer,
  deliveryRunsQuery,
  deliverySchedule,
  scheduleChange,
  scheduleRequest,
  schedulesAnswer,
} from '@gemba/contracts/delivery'
import { type RecipientDirectory, recipientDirectory, recipientsQuery } from '@gemba/contracts/mail'
import type { Response } from 'express'
import type { z } from 'zod'
import { CurrentActor, CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import type { Actor } from '../audit/audit.service.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { Pacing } from '../http/pacing.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { DeliveryRuns } from './delivery-runs.service.ts'
import { RecipientDirectoryService } from './recipient-directory.service.ts'
import { Schedules } from './schedules.service.ts'

const SEEN = { may: 'view', on: { kind: 'schedule', id: '*' } } as const

@ApiTags('deliveries')
@Controller('api')
@Policy(SEEN)
export class DeliveriesController {
  /** Each makes reports and letters. */
  private readonly pacing = new Pacing(5, 5)

  constructor(
    private readonly schedules: Schedules,
    private readonly runs: DeliveryRuns,
    private readonly directory: RecipientDirectoryService,
  ) {}

  @Get('delivery-recipients')
  @OpenTo({ scope: null })
  @Answers(recipientDirectory, 'Who a schedule can be sent to; for who may edit schedules.')
  recipients(
    @Query({ schema: recipientsQuery }) { report }: z.infer<typeof recipientsQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RecipientDirectory> {
    return this.directory.of(principal, report ?? null)
  }

  @Get('delivery-schedules')
  @OpenTo({ scope: 'read:deliveries' })
  @Answers(schedulesAnswer, 'Schedules the caller may see.')
  list(@CurrentPrincipal() principal: Principal): Promise<SchedulesAnswer> {
    return this.schedules.list(principal)
  }

  @Post('delivery-schedules')
  @OpenTo({ scope: null })
  @Answers(deliverySchedule, 'The schedule that was made.', 201)
  create(
    @Body({ schema: scheduleRequest }) schedule: ScheduleRequest,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() by: Actor,
  ): Promise<DeliverySchedule> {
    return this.schedules.create(schedule, principal, by)
  }

  @Put('delivery-schedules/:id')
  @OpenTo({ scope: null })
  @Answers(deliverySchedule, 'As it is now.')
  change(
    @Param('id') id: string,
    @Body({ schema: scheduleChange }) change: ScheduleChange,
    @CurrentActor() by: Actor,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DeliverySchedule> {
    return this.schedules.change(id, change, { principal, by })
  }

  @Post('delivery-schedules/:id/test')
  @Costs(50)
  @OpenTo({ scope: null })
  @HttpCode(202)
  @Answers(deliveryRun, 'A run through all stages to the caller alone.', 202)
  test(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<DeliveryRun> {
    this.pace(principal)
    return this.runs.test(principal, id)
  }

  @Get('delivery-runs')
  @Policy('signed-in')
  @OpenTo({ scope: 'read:deliveries' })
  @Answers(
    deliveryRunsAnswer,
    'Runs of visible schedules, and what was sent to the caller, by planned instant, newest first.',
  )
  listRuns(
    @Query({ schema: deliveryRunsQuery }) query: z.infer<typeof deliveryRunsQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DeliveryRunsAnswer> {
    return this.runs.list(principal, { from: new Date(query.from), to: new Date(query.to) })
  }

  @Get('delivery-runs/:id')
  @Policy('signed-in')
  @OpenTo({ scope: 'read:deliveries' })
  @Answers(deliveryRunDetail, 'A run with its steps and receipts; for who only got something of it, with the own ones.')
  detail(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<DeliveryRunDetail> {
    return this.runs.detail(principal, id)
  }

  @Post('delivery-runs/:id/retry')
  @Costs(50)
  @OpenTo({ scope: null })
  @HttpCode(202)
  @Answers(deliveryRun, 'What has failed is tried again.', 202)
  retry(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() by: Actor,
  ): Promise<DeliveryRun> {
    this.pace(principal)
    return this.runs.retry(principal, id, by)
  }

  @Post('delivery-runs/:id/send-to-me')
  @Costs(50)
  @OpenTo({ scope: null })
  @HttpCode(202)
  @Answers(deliveryRun, 'A new run for the same instant, to the caller alone.', 202)
  sendToMe(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<DeliveryRun> {
    this.pace(principal)
    return this.runs.sendToMe(principal, id)
  }

  private pace({ user }: Principal): void {
    const retryAfterS = this.pacing.take(user, Date.now())
    if (retryAfterS > 0) throw new Fault('TOO_MANY_REQUESTS', { retryAfterS })
  }
}

/** Links in mails. Those of accounts open for that account alone; those of outsiders need no more than the token. */
@ApiTags('deliveries')
@Controller('api/delivery-files')
export class DeliveryFilesController {
  constructor(private readonly runs: DeliveryRuns) {}

  @Get(':token')
  @OpenTo({ scope: 'read:deliveries' })
  @Policy('signed-in')
  @ApiOperation({ summary: 'A linked file of a mail to the caller, until the link expires.' })
  own(
    @Param('token') token: string,
    @CurrentPrincipal() { user }: Principal,
    @Res() response: Response,
  ): Promise<void> {
    return this.send(token, user, response)
  }

  @Get('open/:token')
  @Policy('public')
  @ApiOperation({ summary: 'A linked file of a shared snapshot to an outsider, until the link expires.' })
  outside(@Param('token') token: string, @Res() response: Response): Promise<void> {
    return this.send(token, null, response)
  }

  private async send(token: string, user: string | null, response: Response): Promise<void> {
    const file = /^[A-Za-z0-9_-]{43}$/.test(token) ? await this.runs.linkedFile(token, user) : null
    if (file === null) throw new Fault('DELIVERY_UNKNOWN')
    const name = `attachment; filename="report.${file.format}"; filename*=UTF-8''${encodeURIComponent(file.name)}`
    response.setHeader('content-type', 'application/octet-stream')
    response.setHeader('content-length', (await stat(file.path)).size)
    response.setHeader('cache-control', 'no-store')
    response.setHeader('content-disposition', name)
    await pipeline(createReadStream(file.path), response)
  }
}
