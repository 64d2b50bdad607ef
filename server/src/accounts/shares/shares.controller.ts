import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common'
import { ApiQuery, ApiTags } from '@nestjs/swagger'
import {
  type NewShare,
  type ShareList,
  type ShareMade,
  type ShareQuery,
  type ShareSettings,
  newShare,
  shareList,
  shareMade,
  shareQuery,
  shareSettings,
} from '@gemba/contracts/share'
import type { Actor } from '../../audit/audit.service.ts'
import { Answers } from '../../http/answers.ts'
import { OpenTo, Policy } from '../../http/policy.ts'
import { CurrentActor, CurrentPrincipal } from '../current-principal.guard.ts'
import type { Principal } from '../principal.ts'
import { ShareLinks } from './share-links.ts'

/** Share links, for who makes them and who looks after all of them. */
@ApiTags('shares')
@Controller('api/shares')
@Policy('signed-in')
@OpenTo({ scope: null })
export class SharesController {
  constructor(private readonly links: ShareLinks) {}

  @Get()
  @ApiQuery({
    name: 'whose',
    required: false,
    description: '`mine`, or `all` for those who administer the whole plant',
  })
  @ApiQuery({ name: 'kind', required: false, description: 'only of a `report` or a `board`' })
  @ApiQuery({ name: 'object', required: false, description: 'only of this one' })
  @Answers(shareList, 'Links without their secrets, newest first.')
  list(@Query({ schema: shareQuery }) query: ShareQuery, @CurrentPrincipal() principal: Principal): Promise<ShareList> {
    return this.links.list(query, principal)
  }

  @Post()
  @Answers(shareMade, 'The link; its path with the secret is shown once.', 201)
  make(
    @Body({ schema: newShare }) input: NewShare,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<ShareMade> {
    return this.links.make(input, principal, actor)
  }

  @Put('settings')
  @Answers(shareSettings, 'The settings as they are now.')
  changeSettings(
    @Body({ schema: shareSettings }) input: ShareSettings,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<ShareSettings> {
    return this.links.changeSettings(input, principal, actor)
  }

  @Delete(':id')
  @HttpCode(204)
  async revoke(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.links.revoke(id, principal, actor)
  }
}
