import { Module } from '@nestjs/common'
import { IngestModule } from '../ingest/ingest.module.ts'
import { KpiModule } from '../kpi/kpi.module.ts'
import { LiveModule } from '../live/live.module.ts'
import { HealthController } from './health.controller.ts'
import { HealthService } from './health.service.ts'

@Module({ imports: [IngestModule, KpiModule, LiveModule], controllers: [HealthController], providers: [HealthService] })
export class HealthModule {}
