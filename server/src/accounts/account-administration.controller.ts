import { Body, Controller, Get, Param, Post, Put } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type AccountChange,
  type AccountMade,
  type AccountState,
  type NewAccount,
  accountChange,
  accountMade,
  accountState,
  newAccount,
} from '@gemba/contracts/account'
import type { Actor } from '../audit/audit.service.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { AccountAdministration } from './account-administration.service.ts'
import { CurrentActor } from './current-principal.guard.ts'

/** Accounts, as administrators look after them. */
@ApiTags('sign-in administration')
@Controller('api')
@Policy({ roles: ['admin'] })
@OpenTo({ scope: null })
export class AccountAdministrationController {
  constructor(private readonly administration: AccountAdministration) {}

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
}
