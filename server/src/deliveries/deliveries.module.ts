import { Module } from '@nestjs/common'
import { MailModule } from '../mail/mail.module.ts'
import { ReportsModule } from '../reports/reports.module.ts'
import { Corrections } from './corrections.service.ts'
import { DELIVERY_PACE, USUAL_PACE } from './delivery-pace.ts'
import { DeliveriesController, DeliveryFilesController } from './deliveries.controller.ts'
import { DeliveryClock } from './delivery-clock.service.ts'
import { DeliveryRuns } from './delivery-runs.service.ts'
import { DemoSchedule } from './demo-schedule.service.ts'
import { FileRetention } from './file-retention.service.ts'
import { Letters } from './letters.service.ts'
import { Outbox } from './outbox.service.ts'
import { Parts } from './parts.service.ts'
import { RecipientDirectoryService } from './recipient-directory.service.ts'
import { Recipients } from './recipients.service.ts'
import { ReportSource } from './report-source.service.ts'
import { RunReports } from './run-reports.service.ts'
import { RunWorker } from './run-worker.service.ts'
import { Schedules } from './schedules.service.ts'
import { Settlement } from './settlement.service.ts'

@Module({
  imports: [MailModule, ReportsModule],
  controllers: [DeliveriesController, DeliveryFilesController],
  providers: [
    Corrections,
    DeliveryClock,
    DeliveryRuns,
    DemoSchedule,
    FileRetention,
    Letters,
    Outbox,
    Parts,
    RecipientDirectoryService,
    Recipients,
    RunWorker,
    Schedules,
    Settlement,
    { provide: DELIVERY_PACE, useValue: USUAL_PACE },
    { provide: ReportSource, useClass: RunReports },
  ],
})
export class DeliveriesModule {}
