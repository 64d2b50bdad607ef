import { Global, Module } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { TypeOrmModule } from '@nestjs/typeorm'
import { AccountEntity } from './account.entity.ts'
import { AccountsGuard } from './accounts.guard.ts'
import { AccountsService } from './accounts.service.ts'
import { SessionEntity } from './session.entity.ts'
import { SessionService } from './session.service.ts'
import { SessionsController } from './sessions.controller.ts'

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([AccountEntity, SessionEntity])],
  controllers: [SessionsController],
  providers: [AccountsService, SessionService, { provide: APP_GUARD, useClass: AccountsGuard }],
  exports: [SessionService],
})
export class AccountsModule {}
