import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common'
import { ApiQuery, ApiTags } from '@nestjs/swagger'
import {
  type ChangeDetail,
  type ChangesAnswer,
  type ChangesWaiting,
  type ChangeWord,
  type NewChange,
  type ReviewSettings,
  type ReviewSettingsAnswer,
  changeApproval,
  changeDetail,
  changeKind,
  changeList,
  changeWord,
  changesAnswer,
  changesWaiting,
  newChange,
  reviewSettings,
  reviewSettingsAnswer,
} from '@gemba/contracts/change'
import { z } from 'zod'
import { CurrentActor, CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import type { Actor } from '../audit/audit.service.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { ChangesService } from './changes.service.ts'
import { ReviewSettingsService } from './review-settings.service.ts'

const CHANGES = { kind: 'setting', id: 'changes' } as const
const VIEW = { may: 'view', on: CHANGES } as const
const SUBMIT = { may: 'edit', on: CHANGES } as const
const APPROVE = { may: 'publish', on: CHANGES } as const

const listQuery = z.object({ list: changeList.default('open'), kind: changeKind.optional() })
const uuid = z.uuid()

@ApiTags('changes')
@Controller('api/changes')
// A second person decides, not a program.
@OpenTo({ scope: null })
export class ChangesController {
  constructor(
    private readonly changes: ChangesService,
    private readonly review: ReviewSettingsService,
  ) {}

  @Get()
  @Policy(VIEW)
  @ApiQuery({ name: 'list', required: false, enum: changeList.options, description: 'default: open' })
  @ApiQuery({ name: 'kind', required: false, enum: changeKind.options })
  @Answers(changesAnswer, 'Changes that the reader may see, newest first.')
  list(
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangesAnswer> {
    return this.changes.list(query, principal)
  }

  @Get('waiting')
  @Policy('signed-in')
  @Answers(changesWaiting, 'How many changes wait for the reader; 0 for who decides about none.')
  waiting(@CurrentPrincipal() principal: Principal): Promise<ChangesWaiting> {
    return this.changes.waiting(principal)
  }

  @Get('settings')
  @Policy('signed-in')
  @Answers(reviewSettingsAnswer, 'Which changes wait for another person.')
  async settings(): Promise<ReviewSettingsAnswer> {
    return { settings: await this.review.read(), isReviewed: await this.review.isReviewed('review-setting') }
  }

  @Put('settings')
  @Policy({ roles: ['admin'] })
  @Answers(reviewSettingsAnswer, 'The settings from now on. Refused where they are reviewed themselves.')
  async changeSettings(
    @Body({ schema: reviewSettings }) settings: ReviewSettings,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() by: Actor,
  ): Promise<ReviewSettingsAnswer> {
    if (!this.review.allows('submit', settings, principal)) throw new Fault('NO_ACCESS')
    await this.review.change(settings, by)
    return this.settings()
  }

  @Get(':id')
  @Policy('signed-in')
  @Answers(changeDetail, 'What would change, field by field; what has moved since; and every step.')
  detail(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<ChangeDetail> {
    return this.changes.detail(known(id), principal)
  }

  @Post()
  @Policy(SUBMIT)
  @Answers(changeDetail, 'The change, as a draft or in review.', 201)
  propose(
    @Body({ schema: newChange }) input: NewChange,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() by: Actor,
  ): Promise<ChangeDetail> {
    return this.changes.propose(input, { principal, by })
  }

  @Post(':id/submit')
  @HttpCode(200)
  @Policy(SUBMIT)
  @Answers(changeDetail, 'The change in review.')
  submit(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() by: Actor,
  ): Promise<ChangeDetail> {
    return this.changes.move({ id: known(id), move: 'submitted', text: null }, { principal, by })
  }

  @Post(':id/approve')
  @HttpCode(200)
  @Policy(APPROVE)
  @Answers(changeDetail, 'The change, in force.')
  approve(
    @Param('id') id: string,
    @Body({ schema: changeApproval }) { comment }: z.infer<typeof changeApproval>,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() by: Actor,
  ): Promise<ChangeDetail> {
    return this.changes.move({ id: known(id), move: 'approved', text: comment || null }, { principal, by })
  }

  @Post(':id/reject')
  @HttpCode(200)
  @Policy(APPROVE)
  @Answers(changeDetail, 'The change, rejected with the reason.')
  reject(
    @Param('id') id: string,
    @Body({ schema: changeWord }) { text }: ChangeWord,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() by: Actor,
  ): Promise<ChangeDetail> {
    return this.changes.move({ id: known(id), move: 'rejected', text }, { principal, by })
  }

  @Post(':id/withdraw')
  @HttpCode(200)
  @Policy('signed-in')
  @Answers(changeDetail, 'The change, withdrawn by its author.')
  withdraw(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() by: Actor,
  ): Promise<ChangeDetail> {
    return this.changes.move({ id: known(id), move: 'withdrawn', text: null }, { principal, by })
  }

  @Post(':id/comments')
  @HttpCode(200)
  @Policy(VIEW)
  @Answers(changeDetail, 'The change with the comment.')
  comment(
    @Param('id') id: string,
    @Body({ schema: changeWord }) { text }: ChangeWord,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() by: Actor,
  ): Promise<ChangeDetail> {
    return this.changes.move({ id: known(id), move: 'commented', text }, { principal, by })
  }

  @Post(':id/emergency')
  @HttpCode(200)
  @Policy({ roles: ['admin'] })
  @Answers(changeDetail, 'The change, put into force by an administrator alone, and marked so in the audit trail.')
  emergency(
    @Param('id') id: string,
    @Body({ schema: changeWord }) { text }: ChangeWord,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() by: Actor,
  ): Promise<ChangeDetail> {
    return this.changes.move({ id: known(id), move: 'emergency', text }, { principal, by })
  }
}

function known(id: string): string {
  const read = uuid.safeParse(id)
  if (!read.success) throw new Fault('CHANGE_UNKNOWN')
  return read.data
}
