import { Body, Controller, Get, Headers, HttpCode, Post } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type CollectorConfig,
  type CollectorHeartbeat,
  type HeartbeatAnswer,
  collectorConfig,
  collectorHeartbeat,
  heartbeatAnswer,
} from '@gemba/contracts/ingest'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { Policy } from '../http/policy.ts'
import { CollectorTokens } from '../http/collector-tokens.ts'
import { SourceStore } from './source-store.service.ts'
import { SourcesService } from './sources.service.ts'

@ApiTags('ingest')
@Controller('ingest/v1')
export class CollectorsController {
  constructor(
    private readonly sources: SourcesService,
    private readonly store: SourceStore,
    private readonly tokens: CollectorTokens,
  ) {}

  @Get('config')
  @Policy('collector')
  @Answers(collectorConfig, 'What the asking collector shall collect.')
  config(@Headers('authorization') authorization: string | undefined): CollectorConfig {
    return this.store.collectorConfig(this.tokens.collectorOf(authorization))
  }

  @Post('heartbeat')
  @HttpCode(200)
  @Policy('collector')
  @Answers(heartbeatAnswer, 'The configuration in force and the server’s time.')
  heartbeat(
    @Headers('authorization') authorization: string | undefined,
    @Body({ schema: collectorHeartbeat }) heartbeat: CollectorHeartbeat,
  ): HeartbeatAnswer {
    if (this.tokens.collectorOf(authorization) !== heartbeat.collector) throw new Fault('COLLECTOR_REFUSED')
    return this.sources.heard(heartbeat, Date.now())
  }
}
