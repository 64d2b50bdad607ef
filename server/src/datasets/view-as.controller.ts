import { Body, Controller, Delete, Get, HttpCode, Post, Req } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { type ViewAsAnswer, viewAsAnswer } from '@gemba/contracts/rights'
import { z } from 'zod'
import type { SignedInRequest } from '../accounts/accounts.guard.ts'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { ViewAs } from '../accounts/rights/view-as.service.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, OwnEyes, Policy } from '../http/policy.ts'

const whom = z.strictObject({ user: z.string().min(1).max(100) })

/** Looking through the eyes of somebody else: read-only, recorded, for at most half an hour. */
@ApiTags('access')
@Controller('api/access/view-as')
@OwnEyes()
@OpenTo({ scope: null })
export class ViewAsController {
  constructor(private readonly viewAs: ViewAs) {}

  @Get()
  @Policy('signed-in')
  @Answers(viewAsAnswer, 'Through whose eyes this session looks; null = the own ones.')
  read(@Req() request: SignedInRequest): ViewAsAnswer {
    const viewing = this.viewAs.viewing(request.caller?.id ?? '')
    return { viewing: viewing ? { ...viewing, name: { ...viewing.name } } : null }
  }

  @Post()
  @HttpCode(200)
  @Policy({ may: 'administer', on: { kind: 'setting', id: 'access' } })
  @Answers(viewAsAnswer, 'Through whose eyes this session looks from now on.')
  async begin(
    @Body({ schema: whom }) { user }: z.infer<typeof whom>,
    @Req() request: SignedInRequest,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ViewAsAnswer> {
    await this.viewAs.begin(request.caller?.id ?? '', principal, user)
    return this.read(request)
  }

  @Delete()
  @HttpCode(204)
  @Policy('signed-in')
  async end(@Req() request: SignedInRequest, @CurrentPrincipal() principal: Principal): Promise<void> {
    await this.viewAs.end(request.caller?.id ?? '', principal)
  }
}
