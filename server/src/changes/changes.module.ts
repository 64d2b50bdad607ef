import { Global, Module } from '@nestjs/common'
import { ChangeOwners } from './change-owners.service.ts'
import { ChangeRows } from './change-rows.service.ts'
import { ChangesController } from './changes.controller.ts'
import { ChangesService } from './changes.service.ts'
import { ReviewSettingsService } from './review-settings.service.ts'

@Global()
@Module({
  controllers: [ChangesController],
  providers: [ChangeOwners, ChangeRows, ChangesService, ReviewSettingsService],
  exports: [ChangeOwners, ReviewSettingsService],
})
export class ChangesModule {}
