import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { type NewToken, type TokenList, type TokenMade, newToken, tokenList, tokenMade } from '@gemba/contracts/sign-in'
import type { Actor } from '../../audit/audit.service.ts'
import { Answers } from '../../http/answers.ts'
import { OpenTo, OwnEyes, Policy } from '../../http/policy.ts'
import { CurrentActor, CurrentPrincipal } from '../current-principal.guard.ts'
import type { Principal } from '../principal.ts'
import { ApiTokens } from './api-tokens.ts'

@ApiTags('tokens')
@Controller('api/tokens')
@Policy('signed-in')
@OwnEyes()
@OpenTo({ scope: null })
export class TokensController {
  constructor(private readonly tokens: ApiTokens) {}

  @Get()
  @Answers(tokenList, 'Own tokens, without their secrets.')
  async list(@CurrentPrincipal() principal: Principal): Promise<TokenList> {
    return { tokens: await this.tokens.list(principal.user) }
  }

  @Post()
  @Answers(tokenMade, 'The token, shown once.', 201)
  make(@Body({ schema: newToken }) input: NewToken, @CurrentActor() actor: Actor): Promise<TokenMade> {
    return this.tokens.make(actor.user, input, actor)
  }

  @Delete(':id')
  @HttpCode(204)
  async revoke(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.tokens.revoke(actor.user, id, actor)
  }
}
