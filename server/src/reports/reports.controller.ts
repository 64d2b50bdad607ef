import { Body, Controller, Get, HttpCode, Param, ParseIntPipe, Post, Put } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type ParametersAnswer,
  type ReportDetail,
  type ReportDraft,
  type ReportRun,
  type ReportVersion,
  type ReportsAnswer,
  draftRequest,
  draftStep,
  newReport,
  parametersAnswer,
  parametersRequest,
  reportDetail,
  reportDraft,
  reportRun,
  reportVersionDocument,
  reportVersionsAnswer,
  reportsAnswer,
  runRequest,
} from '@gemba/contracts/report'
import type { z } from 'zod'
import { CurrentActor, CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import type { Actor } from '../audit/audit.service.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy, ReadsOnly } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { ReportDesk } from './report-desk.service.ts'
import { ReportDrafts } from './report-drafts.service.ts'
import { ReportRunsService } from './report-runs.service.ts'

/** The library of reports: what there is, its parameters, its versions, and starting a run. */
@ApiTags('reports')
@Controller('api/reports')
export class ReportsController {
  constructor(
    private readonly desk: ReportDesk,
    private readonly drafts: ReportDrafts,
    private readonly runs: ReportRunsService,
  ) {}

  @Get()
  @OpenTo({ scope: 'read:reports' })
  @Policy('signed-in')
  @Answers(reportsAnswer, 'Reports that the caller sees.')
  list(@CurrentPrincipal() principal: Principal): Promise<ReportsAnswer> {
    return this.desk.list(principal)
  }

  @Post()
  @OpenTo({ scope: null })
  @Policy('signed-in')
  @Answers(reportDraft, 'A new report as a draft.', 201)
  create(
    @Body({ schema: newReport }) input: z.infer<typeof newReport>,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<ReportDraft> {
    return this.drafts.create(input, { principal, actor })
  }

  @Get(':report')
  @OpenTo({ scope: 'read:reports' })
  @Policy('signed-in')
  @Answers(reportDetail, 'One report with its parameters as they are now.')
  read(@Param('report') report: string, @CurrentPrincipal() principal: Principal): Promise<ReportDetail> {
    return this.desk.detail(report, principal)
  }

  @Post(':report/parameters')
  @Costs(5)
  @OpenTo({ scope: 'read:reports' })
  @HttpCode(200)
  @Policy('signed-in')
  @ReadsOnly()
  @Answers(parametersAnswer, 'Options and defaults that follow what was chosen.')
  parameters(
    @Param('report') report: string,
    @Body({ schema: parametersRequest }) input: z.infer<typeof parametersRequest>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ParametersAnswer> {
    return this.desk.parametersOf(report, input, principal)
  }

  @Post(':report/runs')
  @Costs(30)
  @OpenTo({ scope: 'read:reports' })
  @HttpCode(202)
  @Policy('signed-in')
  @ReadsOnly()
  @Answers(reportRun, 'The run as it is queued.', 202)
  run(
    @Param('report') report: string,
    @Body({ schema: runRequest }) input: z.infer<typeof runRequest>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ReportRun> {
    return this.runs.start({ principal, report, ...input })
  }

  @Get(':report/versions')
  @OpenTo({ scope: 'read:reports' })
  @Policy('signed-in')
  @Answers(reportVersionsAnswer, 'Published versions, newest first.')
  versions(
    @Param('report') report: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<{ versions: ReportVersion[] }> {
    return this.desk.versions(report, principal)
  }

  @Get(':report/versions/:version')
  @OpenTo({ scope: 'read:reports' })
  @Policy('signed-in')
  @Answers(reportVersionDocument, 'One version with its template.')
  version(
    @Param('report') report: string,
    @Param('version', ParseIntPipe) version: number,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.infer<typeof reportVersionDocument>> {
    return this.desk.version(report, version, principal)
  }

  @Get(':report/draft')
  @OpenTo({ scope: 'read:reports' })
  @Policy('signed-in')
  @Answers(reportDraft, 'The draft, or the published version to begin one from.')
  draft(@Param('report') report: string, @CurrentPrincipal() principal: Principal): Promise<ReportDraft> {
    return this.drafts.read(report, principal)
  }

  @Put(':report/draft')
  @OpenTo({ scope: null })
  @Policy('signed-in')
  @Answers(reportDraft, 'The draft as it is saved.')
  save(
    @Param('report') report: string,
    @Body({ schema: draftRequest }) input: z.infer<typeof draftRequest>,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<ReportDraft> {
    return this.drafts.save(report, { revision: input.revision, template: input.template }, { principal, actor })
  }

  @Post(':report/draft/submit')
  @OpenTo({ scope: null })
  @HttpCode(200)
  @Policy('signed-in')
  @Answers(reportDetail, 'The report with its draft under review.')
  async submit(
    @Param('report') report: string,
    @Body({ schema: draftStep }) step: z.infer<typeof draftStep>,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<ReportDetail> {
    await this.drafts.submit(report, step, { principal, actor })
    return this.desk.detail(report, principal)
  }

  @Post(':report/draft/return')
  @OpenTo({ scope: null })
  @HttpCode(200)
  @Policy('signed-in')
  @Answers(reportDetail, 'The report with its draft back at its author.')
  async giveBack(
    @Param('report') report: string,
    @Body({ schema: draftStep }) step: z.infer<typeof draftStep>,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<ReportDetail> {
    await this.drafts.giveBack(report, step, { principal, actor })
    return this.desk.detail(report, principal)
  }

  @Post(':report/draft/publish')
  @OpenTo({ scope: null })
  @HttpCode(200)
  @Policy('signed-in')
  @Answers(reportDetail, 'The report with its new version.')
  async publish(
    @Param('report') report: string,
    @Body({ schema: draftStep }) step: z.infer<typeof draftStep>,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<ReportDetail> {
    await this.drafts.publish(report, step, { principal, actor })
    return this.desk.detail(report, principal)
  }
}
