import { Global, Module } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { TypeOrmModule } from '@nestjs/typeorm'
import { AccountEntity } from './account.entity.ts'
import { AccountsGuard } from './accounts.guard.ts'
import { AccountsService } from './accounts.service.ts'
import { ChangeRecords } from './rights/change-record.service.ts'
import { KnownObjects } from './rights/known-objects.service.ts'
import { RIGHTS_ENTITIES } from './rights/rights.entity.ts'
import { RightsService } from './rights/rights.service.ts'
import { RightsStore } from './rights/rights-store.service.ts'
import { ViewAs } from './rights/view-as.service.ts'
import { SessionEntity } from './session.entity.ts'
import { SessionService } from './session.service.ts'
import { SessionsController } from './sessions.controller.ts'

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([AccountEntity, SessionEntity, ...RIGHTS_ENTITIES])],
  controllers: [SessionsController],
  providers: [
    AccountsService,
    SessionService,
    ChangeRecords,
    KnownObjects,
    RightsService,
    RightsStore,
    ViewAs,
    { provide: APP_GUARD, useClass: AccountsGuard },
  ],
  exports: [SessionService, ChangeRecords, KnownObjects, RightsService, RightsStore, ViewAs],
})
export class AccountsModule {}
