import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { type ShareOpening, type ShareVisit, shareOpening, shareVisit } from '@gemba/contracts/share'
import type { Request, Response } from 'express'
import { Answers } from '../../http/answers.ts'
import { writeCookie } from '../../http/cookies.ts'
import { OpenTo, Policy } from '../../http/policy.ts'
import { CurrentPrincipal } from '../current-principal.guard.ts'
import type { Principal } from '../principal.ts'
import { originOf } from '../request-origin.ts'
import { ShareVisits, shareCookie } from './share-visits.ts'

/** What the page of a share link asks for, without any sign-in. */
@ApiTags('shares')
@Controller('api/share-visits')
export class ShareVisitsController {
  constructor(private readonly visits: ShareVisits) {}

  @Post(':link')
  @HttpCode(200)
  @Policy('public')
  @Answers(shareVisit, 'The link is open; the cookie of the visit is set.')
  async open(
    @Param('link') link: string,
    @Body({ schema: shareOpening }) input: ShareOpening,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ShareVisit> {
    const from = { cookie: request.headers.cookie, address: originOf(request).address }
    const { visit, cookie } = await this.visits.open(link, input, from)
    if (cookie !== null)
      response.setHeader(
        'Set-Cookie',
        writeCookie(shareCookie(visit.link), cookie.value, { maxAgeS: cookie.maxAgeS, secure: request.secure }),
      )
    return visit
  }

  @Get('current')
  @Policy('signed-in')
  @OpenTo({ scope: null, shares: true })
  @Answers(shareVisit, 'The visit that the header `x-gemba-share` names.')
  current(@CurrentPrincipal() principal: Principal): Promise<ShareVisit> {
    return this.visits.current(principal)
  }
}
