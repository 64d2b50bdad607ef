import { Module } from '@nestjs/common'
import { LiveModule } from '../live/live.module.ts'
import { IngestController } from './ingest.controller.ts'
import { IngestLedger } from './ingest-ledger.service.ts'
import { IngestService } from './ingest.service.ts'
import { QuarantineController } from './quarantine.controller.ts'
import { QuarantineService } from './quarantine.service.ts'

@Module({
  imports: [LiveModule],
  controllers: [IngestController, QuarantineController],
  providers: [IngestService, IngestLedger, QuarantineService],
  exports: [QuarantineService],
})
export class IngestModule {}
