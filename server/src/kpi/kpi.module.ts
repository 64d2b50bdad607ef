import { Module } from '@nestjs/common'
import { LiveModule } from '../live/live.module.ts'
import { Derivation } from './derivation.service.ts'
import { DirtyStart } from './dirty-start.service.ts'
import { EquipmentDeriver } from './equipment-deriver.service.ts'
import { EventHistory } from './event-history.service.ts'
import { FiguresService } from './figures.service.ts'
import { KpiController } from './kpi.controller.ts'
import { KpiService } from './kpi.service.ts'
import { MetricsController } from './metrics.controller.ts'
import { OrdersController } from './orders.controller.ts'
import { OrderRowsReader } from './order-rows.service.ts'
import { OrdersService } from './orders.service.ts'
import { SiteCalendar } from './site-calendar.service.ts'
import { StoredWindows } from './stored-windows.service.ts'

@Module({
  imports: [LiveModule],
  // The fixed path of OEE goes before the one that takes any metric.
  controllers: [KpiController, MetricsController, OrdersController],
  providers: [
    Derivation,
    DirtyStart,
    EquipmentDeriver,
    EventHistory,
    FiguresService,
    KpiService,
    OrderRowsReader,
    OrdersService,
    SiteCalendar,
    StoredWindows,
  ],
  exports: [Derivation, KpiService, OrdersService, SiteCalendar],
})
export class KpiModule {}
