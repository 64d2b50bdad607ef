import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Controller, Get, HttpCode, Param, Post, Query, StreamableFile } from '@nestjs/common'
import { ApiQuery, ApiTags } from '@nestjs/swagger'
import {
  type CellLineage,
  type CellRows,
  type ReportPagesAnswer,
  type ReportRun,
  cellLineage,
  cellRows,
  reportFormat,
  reportPagesAnswer,
  reportRun,
  reportRunsAnswer,
  reportSearchAnswer,
} from '@gemba/contracts/report'
import { type RunChanges, runChanges } from '@gemba/contracts/run-changes'
import { z } from 'zod'
import { CurrentActor, CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import type { Actor } from '../audit/audit.service.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { OpenTo, Policy, ReadsOnly } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { ReportRunsService } from './report-runs.service.ts'
import { RunReading } from './run-reading.service.ts'
import { shownTo } from './shared-reports.service.ts'

const runsQuery = z.object({ report: z.string().max(60).optional() })
const page = z.coerce.number().int().min(1).max(1_000_000)
const pagesQuery = z.object({ from: page.default(1), to: page.optional() })
const searchQuery = z.object({ q: z.string().trim().min(1).max(200) })
const lineageQuery = z.object({ page, cell: z.string().max(60) })

const rowsFileQuery = lineageQuery.extend({ dataset: z.string().min(1).max(200) })
const rowsQuery = rowsFileQuery.extend({
  from: z.coerce.number().int().min(0).max(10_000_000).default(0),
  count: z.coerce.number().int().min(1).max(200).default(50),
})

const MEDIA_TYPES = {
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
  png: 'image/png',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
} as const

/** Runs of the caller: progress, pages, words, numbers, files. */
@ApiTags('reports')
@Controller('api/report-runs')
export class ReportRunsController {
  constructor(
    private readonly runs: ReportRunsService,
    private readonly reading: RunReading,
  ) {}

  @Get()
  @OpenTo({ scope: 'read:reports' })
  @Policy('signed-in')
  @ApiQuery({ name: 'report', required: false, description: 'only runs of this report' })
  @Answers(reportRunsAnswer, 'Own runs, newest first.')
  async list(
    @Query({ schema: runsQuery }) query: z.infer<typeof runsQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<{ runs: ReportRun[] }> {
    return { runs: await this.runs.list(query.report, principal) }
  }

  @Get(':run')
  @OpenTo({ scope: 'read:reports', shares: true })
  @Policy('signed-in')
  @Answers(reportRun, 'One run as it stands.')
  async read(@Param('run') run: string, @CurrentPrincipal() principal: Principal): Promise<ReportRun> {
    return shownTo(await this.runs.get(run, principal), principal)
  }

  @Post(':run/cancel')
  @OpenTo({ scope: 'read:reports' })
  @HttpCode(200)
  @Policy('signed-in')
  @ReadsOnly()
  @Answers(
    reportRun,
    'The run after it was stopped. Of one that is over, files are stopped that nobody else waits for.',
  )
  cancel(@Param('run') run: string, @CurrentPrincipal() principal: Principal): Promise<ReportRun> {
    return this.runs.cancel(run, principal)
  }

  @Get(':run/pages')
  @OpenTo({ scope: 'read:reports', shares: true })
  @Policy('signed-in')
  @ApiQuery({ name: 'from', required: false, description: 'first page, from 1' })
  @ApiQuery({ name: 'to', required: false, description: 'last page, inclusive; at most twenty at once' })
  @Answers(reportPagesAnswer, 'Pages as markup.')
  async pages(
    @Param('run') run: string,
    @Query({ schema: pagesQuery }) { from, to = from }: z.infer<typeof pagesQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ReportPagesAnswer> {
    return this.reading.pages(await this.runs.finished(run, principal), { from, to })
  }

  @Get(':run/search')
  @Costs(5)
  @OpenTo({ scope: 'read:reports' })
  @Policy('signed-in')
  @ApiQuery({ name: 'q', description: 'words to be found' })
  @Answers(reportSearchAnswer, 'Cells that hold the words.')
  async search(
    @Param('run') run: string,
    @Query({ schema: searchQuery }) { q }: z.infer<typeof searchQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.infer<typeof reportSearchAnswer>> {
    return this.reading.search(await this.runs.finished(run, principal), q)
  }

  @Get(':run/lineage')
  @Costs(10)
  @OpenTo({ scope: 'read:reports' })
  @Policy('signed-in')
  @ApiQuery({ name: 'page', description: 'page, from 1' })
  @ApiQuery({ name: 'cell', description: 'address on the page' })
  @Answers(cellLineage, 'Where a number comes from.')
  async lineage(
    @Param('run') run: string,
    @Query({ schema: lineageQuery }) at: z.infer<typeof lineageQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<CellLineage> {
    return this.reading.lineage(await this.runs.finished(run, principal), at)
  }

  @Get(':run/rows')
  @Costs(10)
  @OpenTo({ scope: 'read:reports' })
  @Policy('signed-in')
  @ApiQuery({ name: 'page', description: 'page, from 1' })
  @ApiQuery({ name: 'cell', description: 'address on the page' })
  @ApiQuery({ name: 'dataset', description: 'one of those behind the cell' })
  @ApiQuery({ name: 'from', required: false, description: 'first row, from 0' })
  @ApiQuery({ name: 'count', required: false, description: 'at most 200' })
  @Answers(cellRows, 'The rows that a number was made of.')
  async rows(
    @Param('run') run: string,
    @Query({ schema: rowsQuery }) at: z.infer<typeof rowsQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<CellRows> {
    return this.reading.rows(await this.runs.finished(run, principal), at)
  }

  @Get(':run/rows/csv')
  @Costs(20)
  @OpenTo({ scope: 'read:reports' })
  @Policy('signed-in')
  async rowsFile(
    @Param('run') run: string,
    @Query({ schema: rowsFileQuery }) at: z.infer<typeof rowsFileQuery>,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<StreamableFile> {
    const finished = await this.runs.finished(run, principal)
    this.runs.requireExport(finished.run, principal)
    const bytes = Buffer.from(await this.reading.rowsCsv(finished, at), 'utf8')
    await this.runs.recordExport(finished.run, { format: 'csv', actor, cell: `${at.page}/${at.cell} ${at.dataset}` })
    return new StreamableFile(bytes, {
      type: MEDIA_TYPES.csv,
      disposition: 'attachment; filename="rows.csv"',
      length: bytes.length,
    })
  }

  @Get(':run/changes')
  @Costs(20)
  @OpenTo({ scope: 'read:reports' })
  @Policy('signed-in')
  @Answers(runChanges, 'Figures of a finished run that are others now: from what to what, since when and why.')
  changes(@Param('run') run: string, @CurrentPrincipal() principal: Principal): Promise<RunChanges> {
    return this.runs.changes(run, principal)
  }

  @Get(':run/files/:format')
  @Costs(20)
  @OpenTo({ scope: 'read:reports', shares: true })
  @Policy('signed-in')
  async file(
    @Param('run') run: string,
    @Param('format') format: string,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<StreamableFile> {
    const known = reportFormat.safeParse(format)
    if (!known.success) throw new Fault('INPUT_INVALID', { format: format.slice(0, 20) })
    const { path, name } = await this.runs.file(run, { format: known.data, principal, actor })
    const { size } = await stat(path)
    return new StreamableFile(createReadStream(path), {
      type: MEDIA_TYPES[known.data],
      // A report is never a page of this site: it is saved, not shown.
      disposition: `attachment; filename="report.${known.data}"; filename*=UTF-8''${encodeURIComponent(name)}`,
      length: size,
    })
  }
}
