import { Module } from '@nestjs/common'
import { LiveModule } from '../live/live.module.ts'
import { Derivation } from './derivation.service.ts'
import { DirtyStart } from './dirty-start.service.ts'
import { EquipmentDeriver } from './equipment-deriver.service.ts'
import { EventHistory } from './event-history.service.ts'
import { KpiController } from './kpi.controller.ts'
import { KpiService } from './kpi.service.ts'
import { OrdersController } from './orders.controller.ts'
import { OrderRowsReader } from './order-rows.service.ts'
import { OrdersService } from './orders.service.ts'
import { SiteCalendar } from './site-calendar.service.ts'
import { StoredWindows } from './stored-windows.service.ts'

@Module({
  imports: [LiveModule],
  controllers: [KpiController, OrdersController],
  providers: [
    Derivation,
    DirtyStart,
    EquipmentDeriver,
    EventHistory,
    KpiService,
    OrderRowsReader,
    OrdersService,
    SiteCalendar,
    StoredWindows,
  ],
  exports: [Derivation, KpiService, OrdersService, SiteCalendar],
})
export class KpiModule {}
