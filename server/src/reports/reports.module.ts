import { Module } from '@nestjs/common'
import { TypeOrmModule } from '@nestjs/typeorm'
import { KpiModule } from '../kpi/kpi.module.ts'
import { MailModule } from '../mail/mail.module.ts'
import { TraceModule } from '../trace/trace.module.ts'
import { DatabaseDatasets } from './databases/database-dataset.service.ts'
import { ExternalDatabasesController } from './databases/external-databases.controller.ts'
import { ExternalDatabases } from './databases/external-databases.service.ts'
import { StoredDatabases } from './databases/stored-databases.service.ts'
import { DatasetUses } from './dataset-uses.service.ts'
import { DemoForeignData } from './demo-foreign-data.service.ts'
import { FactDatasets } from './fact-dataset.service.ts'
import { DataFilesController } from './files/data-files.controller.ts'
import { DataFiles } from './files/data-files.service.ts'
import { FileDatasets } from './files/file-dataset.service.ts'
import { StoredFiles } from './files/stored-files.service.ts'
import { ForeignJudgements } from './foreign-judgements.service.ts'
import { KpiDatasets } from './kpi-dataset.service.ts'
import { REPORT_ENTITIES } from './report.entity.ts'
import { ReportBrowser } from './report-browser.service.ts'
import { ReportDatasets } from './report-datasets.service.ts'
import { ReportDesk } from './report-desk.service.ts'
import { ReportDrafts } from './report-drafts.service.ts'
import { ReportLibrary } from './report-library.service.ts'
import { ReportParameters } from './report-parameters.service.ts'
import { ReportRunsController } from './report-runs.controller.ts'
import { ReportRunsService } from './report-runs.service.ts'
import { ReportWorkers } from './report-workers.service.ts'
import { ReportsController } from './reports.controller.ts'
import { RestatedNotes } from './restated-notes.service.ts'
import { RunChangesService } from './run-changes.service.ts'
import { RunMaker } from './run-maker.service.ts'
import { RunReading } from './run-reading.service.ts'
import { RunRowsService } from './run-rows.service.ts'
import { RunStore } from './run-store.service.ts'
import { SharedReports } from './shared-reports.service.ts'
import { SharedReportsController } from './shared-reports.controller.ts'
import { SignableRuns } from './signable-runs.service.ts'
import { RestatedDatasets } from './restated-dataset.service.ts'
import { SignatureDatasets } from './signature-dataset.service.ts'
import { SpcDatasets } from './spc-dataset.service.ts'
import { SubReportsService } from './sub-reports.service.ts'
import { TraceDatasets } from './trace-dataset.service.ts'

@Module({
  imports: [TypeOrmModule.forFeature(REPORT_ENTITIES), KpiModule, MailModule, TraceModule],
  controllers: [
    ReportsController,
    ReportRunsController,
    DataFilesController,
    ExternalDatabasesController,
    SharedReportsController,
  ],
  providers: [
    DataFiles,
    DatabaseDatasets,
    DemoForeignData,
    ExternalDatabases,
    DatasetUses,
    FactDatasets,
    FileDatasets,
    ForeignJudgements,
    KpiDatasets,
    ReportBrowser,
    ReportDatasets,
    ReportDesk,
    ReportDrafts,
    ReportLibrary,
    ReportParameters,
    ReportRunsService,
    ReportWorkers,
    RestatedNotes,
    RunChangesService,
    RunMaker,
    RunReading,
    RunRowsService,
    RunStore,
    SharedReports,
    SignableRuns,
    SignatureDatasets,
    RestatedDatasets,
    SpcDatasets,
    SubReportsService,
    TraceDatasets,
    StoredDatabases,
    StoredFiles,
  ],
  exports: [ForeignJudgements, ReportLibrary, ReportRunsService],
})
export class ReportsModule {}
