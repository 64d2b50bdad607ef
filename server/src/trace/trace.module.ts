import { Module } from '@nestjs/common'
import { BalanceService } from './balance.service.ts'
import { EdgeRows } from './edge-rows.service.ts'
import { LotRows } from './lot-rows.service.ts'
import { TraceController } from './trace.controller.ts'
import { TraceRowsService } from './trace-rows.service.ts'
import { TraceService } from './trace.service.ts'

@Module({
  controllers: [TraceController],
  providers: [BalanceService, EdgeRows, LotRows, TraceRowsService, TraceService],
  exports: [BalanceService, TraceRowsService, TraceService],
})
export class TraceModule {}
