import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type AccountChange,
  type AccountMade,
  type AccountState,
  type ConnectionTried,
  type ConnectionTry,
  type IdentityConnections,
  type NewAccount,
  accountChange,
  accountMade,
  accountState,
  connectionTried,
  connectionTry,
  identityConnections,
  newAccount,
} from '@gemba/contracts/account'
import type { Actor } from '../audit/audit.service.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { AccountAdministration } from './account-administration.service.ts'
import { CurrentActor } from './current-principal.guard.ts'
import { IdentityConnectionsService } from './identity/identity-connections.service.ts'

/** Accounts, and where people sign in other than here. */
@ApiTags('sign-in administration')
@Controller('api')
@Policy({ roles: ['admin'] })
@OpenTo({ scope: null })
export class AccountAdministrationController {
  constructor(
    private readonly administration: AccountAdministration,
    private readonly connections: IdentityConnectionsService,
  ) {}

  @Get('accounts/:user')
  @Answers(accountState, 'An account with what concerns its sign-in.')
  state(@Param('user') user: string, @CurrentActor() actor: Actor): Promise<AccountState> {
    return this.administration.state(user, actor)
  }

  @Post('accounts')
  @Answers(accountMade, 'The account and its password, which is shown once.', 201)
  make(@Body({ schema: newAccount }) input: NewAccount, @CurrentActor() actor: Actor): Promise<AccountMade> {
    return this.administration.make(input, actor)
  }

  @Put('accounts/:user')
  @Answers(accountState, 'The account as it is from now on.')
  change(
    @Param('user') user: string,
    @Body({ schema: accountChange }) input: AccountChange,
    @CurrentActor() actor: Actor,
  ): Promise<AccountState> {
    return this.administration.change(user, input, actor)
  }

  @Get('sign-in/connections')
  @Answers(identityConnections, 'Provider and directory, and which of their groups get which roles.')
  show(): IdentityConnections {
    return this.connections.show()
  }

  @Post('sign-in/connections/try')
  @HttpCode(200)
  @Answers(connectionTried, 'Whether the other side answers, and what a person would get.')
  try(@Body({ schema: connectionTry }) input: ConnectionTry): Promise<ConnectionTried> {
    return this.connections.try(input)
  }
}
