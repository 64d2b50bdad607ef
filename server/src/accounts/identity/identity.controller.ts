import { Controller, Get, Query, Req, Res } from '@nestjs/common'
import { ApiOperation, ApiTags } from '@nestjs/swagger'
import { type SignInWays, signInWays } from '@gemba/contracts/sign-in'
import type { Request, Response } from 'express'
import { z } from 'zod'
import { Answers } from '../../http/answers.ts'
import { readCookie, writeCookie } from '../../http/cookies.ts'
import { Fault } from '../../http/fault.ts'
import { Policy } from '../../http/policy.ts'
import { originOf } from '../request-origin.ts'
import { SESSION_COOKIE } from '../session.service.ts'
import { SignInService } from '../sign-in.service.ts'
import { Directory } from './directory.ts'
import { ExternalAccounts } from './external-accounts.ts'
import { OidcSignIn } from './oidc.ts'

const TRIP_COOKIE = 'gemba_oidc'

const startQuery = z.object({ next: z.string().max(2_000).optional() })

@ApiTags('sign-in')
@Controller('api/sign-in')
@Policy('public')
export class IdentityController {
  constructor(
    private readonly oidc: OidcSignIn,
    private readonly directory: Directory,
    private readonly external: ExternalAccounts,
    private readonly signIns: SignInService,
  ) {}

  @Get('ways')
  @Answers(signInWays, 'How people can sign in here.')
  ways(): SignInWays {
    const { settings } = this.oidc
    return { oidc: settings ? { name: settings.name } : null, directory: this.directory.enabled }
  }

  @Get('oidc/start')
  @ApiOperation({ summary: 'Leads the browser to the provider.' })
  async start(
    @Query({ schema: startQuery }) { next }: z.infer<typeof startQuery>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    this.signIns.pace(originOf(request).address)
    const { location, cookie, maxAgeS } = await this.oidc.begin(next)
    response.setHeader('Set-Cookie', writeCookie(TRIP_COOKIE, cookie, { maxAgeS, secure: request.secure }))
    response.setHeader('Cache-Control', 'no-store')
    response.redirect(302, location)
  }

  /** Failures lead back to the sign-in page, which says what happened: a person is looking at this. */
  @Get('oidc/callback')
  @ApiOperation({ summary: 'The provider leads the browser here.' })
  async callback(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { secure } = request
    response.setHeader('Cache-Control', 'no-store')
    response.appendHeader('Set-Cookie', writeCookie(TRIP_COOKIE, '', { maxAgeS: 0, secure }))
    try {
      if (!this.oidc.settings) throw new Fault('ROUTE_UNKNOWN')
      this.signIns.pace(originOf(request).address)
      const query = request.originalUrl.split('?')[1] ?? ''
      const { identity, next } = await this.oidc.finish(query, readCookie(request.headers.cookie, TRIP_COOKIE))
      const account = await this.external.provision('oidc', identity)
      const { cookie } = await this.signIns.asVouched(account, { ...originOf(request), keep: false })
      response.appendHeader('Set-Cookie', writeCookie(SESSION_COOKIE, cookie.value, { ...cookie, secure }))
      response.redirect(302, next)
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'ROUTE_UNKNOWN') throw error
      response.redirect(302, `/sign-in?refused=${error.code}`)
    }
  }
}
