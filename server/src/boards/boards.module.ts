import { Module } from '@nestjs/common'
import { KpiModule } from '../kpi/kpi.module.ts'
import { LiveModule } from '../live/live.module.ts'
import { BoardChannels } from './board-channel.service.ts'
import { BoardFrames } from './board-frames.service.ts'
import { BoardsController } from './boards.controller.ts'
import { BoardsService } from './boards.service.ts'
import { NumberValues } from './number-values.service.ts'
import { OeeFactsService } from './oee-facts.service.ts'

@Module({
  imports: [KpiModule, LiveModule],
  controllers: [BoardsController],
  providers: [BoardChannels, BoardFrames, BoardsService, NumberValues, OeeFactsService],
})
export class BoardsModule {}
