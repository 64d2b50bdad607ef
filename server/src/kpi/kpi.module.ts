import { Module } from '@nestjs/common'
import { CodesModule } from '../codes/codes.module.ts'
import { LiveModule } from '../live/live.module.ts'
import { AlarmFigures, TopAlarms } from './alarm-figures.service.ts'
import { AlarmRows } from './alarm-rows.service.ts'
import { CalendarChanges } from './calendar-changes.service.ts'
import { PoliciesModule } from '../policies/policies.module.ts'
import { Derivation } from './derivation.service.ts'
import { DirtyStart } from './dirty-start.service.ts'
import { EnergyFigures } from './energy-figures.service.ts'
import { EquipmentDeriver } from './equipment-deriver.service.ts'
import { EventHistory } from './event-history.service.ts'
import { FIGURE_FAMILIES, type FigureFamily } from './figure-family.ts'
import { FigureFamilies } from './figure-families.service.ts'
import { FigureHistories } from './figure-history.service.ts'
import { FiguresService } from './figures.service.ts'
import { InterfaceFigures } from './interface-figures.service.ts'
import { InterfaceHealthService } from './interface-health.service.ts'
import { InterfacesController } from './interfaces.controller.ts'
import { KnownWindows } from './known-windows.service.ts'
import { KpiController } from './kpi.controller.ts'
import { KpiService } from './kpi.service.ts'
import { LineFigures } from './line-figures.service.ts'
import { LateRowsReader } from './late-rows.service.ts'
import { MaintenanceFigures } from './maintenance-figures.service.ts'
import { MaintenanceRows } from './maintenance-rows.service.ts'
import { MetricsController } from './metrics.controller.ts'
import { OrdersController } from './orders.controller.ts'
import { OrderFactsReader } from './order-facts.service.ts'
import { OrderFigures } from './order-figures.service.ts'
import { OrderRowsReader } from './order-rows.service.ts'
import { OrdersService } from './orders.service.ts'
import { RestatementsController } from './restatements.controller.ts'
import { RestatementsService } from './restatements.service.ts'
import { ChartFigures, ParetoFigures, QualityFigures, RolledYieldFigures } from './quality-figures.service.ts'
import { QualityRows } from './quality-rows.service.ts'
import { SpcController } from './quality-spc.controller.ts'
import { SpcRows } from './quality-spc-rows.service.ts'
import { SpcService } from './quality-spc.service.ts'
import { RowChanges } from './row-changes.service.ts'
import { SignableRows } from './signable-rows.service.ts'
import { SiteCalendar } from './site-calendar.service.ts'
import { StopEntryFigures } from './stop-entry-figures.service.ts'
import { StoredWindows } from './stored-windows.service.ts'
import { CustomerFigures, StockFigures, SupplierFigures, SupplyDesk } from './supply-figures.service.ts'
import { SupplyRows } from './supply-rows.service.ts'
import { WindowRetirement } from './window-retirement.service.ts'
import { WindowHistory } from './window-history.service.ts'
import { WindowStore } from './window-store.service.ts'

/** Families of figures beside those of equipment time, in the order of the page of numbers. */
const FAMILIES: readonly (new (...parts: never[]) => FigureFamily)[] = [
  LineFigures,
  MaintenanceFigures,
  AlarmFigures,
  TopAlarms,
  EnergyFigures,
  OrderFigures,
  StockFigures,
  SupplierFigures,
  CustomerFigures,
  QualityFigures,
  ParetoFigures,
  RolledYieldFigures,
  ChartFigures,
  StopEntryFigures,
  InterfaceFigures,
]

@Module({
  imports: [CodesModule, LiveModule, PoliciesModule],
  // The fixed paths of OEE and SPC go before the one that takes any metric.
  controllers: [
    KpiController,
    SpcController,
    MetricsController,
    OrdersController,
    RestatementsController,
    InterfacesController,
  ],
  providers: [
    AlarmRows,
    CalendarChanges,
    Derivation,
    DirtyStart,
    EquipmentDeriver,
    EventHistory,
    FigureFamilies,
    FigureHistories,
    FiguresService,
    InterfaceHealthService,
    KnownWindows,
    KpiService,
    LateRowsReader,
    MaintenanceRows,
    OrderFactsReader,
    OrderRowsReader,
    OrdersService,
    RestatementsService,
    RowChanges,
    ...FAMILIES,
    QualityRows,
    SignableRows,
    SiteCalendar,
    SpcRows,
    SpcService,
    StoredWindows,
    SupplyDesk,
    SupplyRows,
    WindowRetirement,
    WindowHistory,
    WindowStore,
    { provide: FIGURE_FAMILIES, inject: [...FAMILIES], useFactory: (...families: FigureFamily[]) => families },
  ],
  exports: [Derivation, FigureFamilies, KpiService, OrdersService, SiteCalendar, SpcService],
})
export class KpiModule {}
