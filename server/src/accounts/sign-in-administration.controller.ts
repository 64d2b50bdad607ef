import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type SessionList,
  type SignInSettings,
  type TokenList,
  oneTimePassword,
  sessionList,
  signInSettings,
  tokenList,
} from '@gemba/contracts/sign-in'
import type { Actor } from '../audit/audit.service.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { SettingsService } from '../settings/settings.service.ts'
import { AccountsService } from './accounts.service.ts'
import { CurrentActor } from './current-principal.guard.ts'
import { ProfileService } from './profile.service.ts'
import { ApiTokens } from './tokens/api-tokens.ts'

/** What administrators do so that others can, or cannot, sign in. */
@ApiTags('sign-in administration')
@Controller('api')
@Policy({ roles: ['admin'] })
@OpenTo({ scope: null })
export class SignInAdministrationController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly profiles: ProfileService,
    private readonly tokens: ApiTokens,
    private readonly settings: SettingsService,
  ) {}

  @Get('sign-in/settings')
  @Answers(signInSettings, 'Settings of sign-in, sessions and the audit trail.')
  read(): Promise<SignInSettings> {
    return this.settings.signIn()
  }

  @Put('sign-in/settings')
  @Answers(signInSettings, 'The settings that hold from now on.')
  change(
    @Body({ schema: signInSettings }) input: SignInSettings,
    @CurrentActor() actor: Actor,
  ): Promise<SignInSettings> {
    return this.profiles.changeSettings(input, actor)
  }

  @Post('accounts/:user/one-time-password')
  @HttpCode(200)
  @Answers(oneTimePassword, 'A password that must be changed at the next sign-in; shown once.')
  setPassword(@Param('user') user: string, @CurrentActor() actor: Actor): Promise<{ password: string }> {
    return this.profiles.setOneTimePassword(user, actor)
  }

  @Delete('accounts/:user/second-factor')
  @HttpCode(204)
  async resetSecondFactor(@Param('user') user: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.profiles.resetSecondFactor(user, actor)
  }

  @Delete('accounts/:user/lock')
  @HttpCode(204)
  async unlock(@Param('user') user: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.profiles.unlock(user, actor)
  }

  @Get('accounts/:user/sessions')
  @Answers(sessionList, 'Open sessions of an account, the last used first.')
  async sessions(@Param('user') user: string, @CurrentActor() actor: Actor): Promise<SessionList> {
    return this.profiles.sessions((await this.accounts.get(user)).id, actor.session)
  }

  @Delete('accounts/:user/sessions/:id')
  @HttpCode(204)
  async closeSession(
    @Param('user') user: string,
    @Param('id') id: string,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.profiles.closeSession((await this.accounts.get(user)).id, id, actor)
  }

  @Get('accounts/:user/tokens')
  @Answers(tokenList, 'Tokens of an account, without their secrets.')
  async tokensOf(@Param('user') user: string): Promise<TokenList> {
    return { tokens: await this.tokens.list((await this.accounts.get(user)).id) }
  }

  @Delete('accounts/:user/tokens/:id')
  @HttpCode(204)
  async revokeToken(@Param('user') user: string, @Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.tokens.revoke((await this.accounts.get(user)).id, id, actor)
  }
}
