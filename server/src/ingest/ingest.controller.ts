import { Controller, Get, Headers, HttpCode, Post, Query, Req } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { type BatchAnswer, batchAnswer, batchHeaders, ingestState } from '@gemba/contracts/ingest'
import type { IncomingHttpHeaders } from 'node:http'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { Policy } from '../http/policy.ts'
import type { RawRequest } from '../http/raw-body.ts'
import { CollectorTokens } from '../http/collector-tokens.ts'
import { IngestLedger } from './ingest-ledger.service.ts'
import { IngestService } from './ingest.service.ts'

@ApiTags('ingest')
@Controller('ingest/v1')
export class IngestController {
  constructor(
    private readonly ingest: IngestService,
    private readonly ledger: IngestLedger,
    private readonly tokens: CollectorTokens,
  ) {}

  @Post('batches')
  @HttpCode(200)
  @Policy('collector')
  @Answers(batchAnswer, 'The batch is durable.')
  async batch(@Req() request: RawRequest): Promise<BatchAnswer> {
    const collector = this.tokens.collectorOf(request.headers.authorization)
    const headers = batchHeaders.safeParse(request.headers)
    if (!headers.success) {
      const fields = headers.error.issues.map((issue) => issue.path.join('.')).join(', ')
      throw new Fault(
        'INPUT_INVALID',
        { fields },
        { zh: `批次头不正确：${fields}`, en: `The batch headers are not valid: ${fields}` },
      )
    }
    if (headers.data['x-gemba-collector'] !== collector) throw new Fault('COLLECTOR_REFUSED')
    return this.ingest.take(headers.data, request.rawBody ?? Buffer.alloc(0), encodingOf(request.headers))
  }

  @Get('state')
  @Policy('collector')
  @Answers(ingestState, 'Acknowledged sequence of each stream of the asking collector.')
  async state(
    @Headers('authorization') authorization: string | undefined,
    @Query('epoch') epoch: string | undefined,
  ): Promise<{ acked: Record<string, number> }> {
    const collector = this.tokens.collectorOf(authorization)
    if (typeof epoch !== 'string' || !/^[a-f0-9]{16,40}$/.test(epoch))
      throw new Fault('INPUT_INVALID', { fields: 'epoch' })
    return { acked: await this.ledger.acknowledged(collector, epoch) }
  }
}

const encodingOf = (headers: IncomingHttpHeaders): string | undefined =>
  headers['content-encoding']?.trim().toLowerCase()
