import { Global, Module } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { TypeOrmModule } from '@nestjs/typeorm'
import { AccountEntity } from './account.entity.ts'
import { AccountAdministrationController } from './account-administration.controller.ts'
import { AccountAdministration } from './account-administration.service.ts'
import { AccountsGuard } from './accounts.guard.ts'
import { AccountsService } from './accounts.service.ts'
import { Callers } from './caller.service.ts'
import { DeviceBoards } from './device-boards.service.ts'
import { Devices } from './devices/devices.ts'
import { DevicesController } from './devices/devices.controller.ts'
import { ConnectionTrial } from './identity/connection-trial.ts'
import { ConnectionsController } from './identity/connections.controller.ts'
import { Directory } from './identity/directory.ts'
import { ExternalAccounts } from './identity/external-accounts.ts'
import { IdentityController } from './identity/identity.controller.ts'
import { IdentitySettings } from './identity/identity-settings.service.ts'
import { IdentitySource } from './identity/identity-source.ts'
import { OidcSignIn } from './identity/oidc.ts'
import { ProofController } from './identity/proof.controller.ts'
import { ProofService } from './proof.service.ts'
import { ProfileController } from './profile.controller.ts'
import { ProfileService } from './profile.service.ts'
import { ChangeRecords } from './rights/change-record.service.ts'
import { KnownObjects } from './rights/known-objects.service.ts'
import { RIGHTS_ENTITIES } from './rights/rights.entity.ts'
import { RightsService } from './rights/rights.service.ts'
import { Filing } from './rights/filing.service.ts'
import { RightsStore } from './rights/rights-store.service.ts'
import { ViewAs } from './rights/view-as.service.ts'
import { SecondFactor } from './second-factor/second-factor.ts'
import { SharedObjects } from './shared-objects.service.ts'
import { ShareLinks } from './shares/share-links.ts'
import { ShareVisits } from './shares/share-visits.ts'
import { ShareVisitsController } from './shares/share-visits.controller.ts'
import { SharesController } from './shares/shares.controller.ts'
import { SessionEntity } from './session.entity.ts'
import { SessionService } from './session.service.ts'
import { SessionsController } from './sessions.controller.ts'
import { SignInAdministrationController } from './sign-in-administration.controller.ts'
import { SignInService } from './sign-in.service.ts'
import { ApiTokens } from './tokens/api-tokens.ts'
import { TokensController } from './tokens/tokens.controller.ts'

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([AccountEntity, SessionEntity, ...RIGHTS_ENTITIES])],
  controllers: [
    SessionsController,
    ProfileController,
    TokensController,
    DevicesController,
    SharesController,
    ShareVisitsController,
    IdentityController,
    ConnectionsController,
    ProofController,
    SignInAdministrationController,
    AccountAdministrationController,
  ],
  providers: [
    AccountAdministration,
    AccountsService,
    ApiTokens,
    Callers,
    ChangeRecords,
    DeviceBoards,
    Devices,
    ConnectionTrial,
    Directory,
    ExternalAccounts,
    IdentitySettings,
    { provide: IdentitySource, useExisting: IdentitySettings },
    KnownObjects,
    OidcSignIn,
    ProofService,
    ProfileService,
    RightsService,
    Filing,
    RightsStore,
    SecondFactor,
    SessionService,
    SharedObjects,
    ShareLinks,
    ShareVisits,
    SignInService,
    ViewAs,
    { provide: APP_GUARD, useClass: AccountsGuard },
  ],
  exports: [
    SessionService,
    SharedObjects,
    Callers,
    ChangeRecords,
    DeviceBoards,
    KnownObjects,
    RightsService,
    Filing,
    RightsStore,
    ProofService,
    SignInService,
    ViewAs,
  ],
})
export class AccountsModule {}
