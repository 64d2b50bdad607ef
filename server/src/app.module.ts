import { type DynamicModule, Global, Module } from '@nestjs/common'
import { AccountsModule } from './accounts/accounts.module.ts'
import { AuditModule } from './audit/audit.module.ts'
import { BoardsModule } from './boards/boards.module.ts'
import { CatalogModule } from './catalog/catalog.module.ts'
import { ChangesModule } from './changes/changes.module.ts'
import { SERVER_CONFIG, type ServerConfig } from './config.ts'
import { DatabaseModule } from './database/database.module.ts'
import { DatasetsModule } from './datasets/datasets.module.ts'
import { DeliveriesModule } from './deliveries/deliveries.module.ts'
import { HealthModule } from './health/health.module.ts'
import { HttpModule } from './http/http.module.ts'
import { IngestModule } from './ingest/ingest.module.ts'
import { KpiModule } from './kpi/kpi.module.ts'
import { LiveModule } from './live/live.module.ts'
import { CodesModule } from './codes/codes.module.ts'
import { PoliciesModule } from './policies/policies.module.ts'
import { ReportsModule } from './reports/reports.module.ts'
import { RetentionModule } from './retention/retention.module.ts'
import { SettingsModule } from './settings/settings.module.ts'
import { SignaturesModule } from './signatures/signatures.module.ts'
import { SourcesModule } from './sources/sources.module.ts'
import { TraceModule } from './trace/trace.module.ts'
import { WarehouseModule } from './warehouse/warehouse.module.ts'

@Global()
@Module({})
class ConfigModule {
  static forRoot(config: ServerConfig): DynamicModule {
    return { module: ConfigModule, providers: [{ provide: SERVER_CONFIG, useValue: config }], exports: [SERVER_CONFIG] }
  }
}

@Module({})
export class AppModule {
  static forRoot(config: ServerConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        HttpModule,
        DatabaseModule.forRoot(config.metadataUrl),
        WarehouseModule.forRoot(config.warehouseUrl),
        SettingsModule,
        AuditModule,
        AccountsModule,
        SignaturesModule,
        ChangesModule,
        CatalogModule,
        SourcesModule,
        LiveModule,
        PoliciesModule,
        CodesModule,
        RetentionModule,
        KpiModule,
        TraceModule,
        IngestModule,
        BoardsModule,
        DatasetsModule,
        DeliveriesModule,
        ReportsModule,
        HealthModule,
      ],
    }
  }
}
