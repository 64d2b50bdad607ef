import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { type SessionAnswer, type SignIn, sessionAnswer, signIn } from '@gemba/contracts/sign-in'
import type { Request, Response } from 'express'
import { CatalogNames } from '../http/catalog-names.ts'
import { writeCookie } from '../http/cookies.ts'
import { Fault } from '../http/fault.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import type { SignedInRequest } from './accounts.guard.ts'
import type { Caller } from './caller.service.ts'
import { originOf } from './request-origin.ts'
import { RightsService } from './rights/rights.service.ts'
import { SESSION_COOKIE } from './session.service.ts'
import { SignInService } from './sign-in.service.ts'

type Answered = Pick<Caller, 'principal' | 'needs' | 'expiresAt'>

@ApiTags('sessions')
@Controller('api/sessions')
@OpenTo({ scope: null })
export class SessionsController {
  constructor(
    private readonly signIns: SignInService,
    private readonly names: CatalogNames,
    private readonly rights: RightsService,
  ) {}

  @Post()
  @HttpCode(200)
  @Policy('public')
  @Answers(sessionAnswer, 'Signed in; the session cookie is set.')
  async signIn(
    @Body({ schema: signIn }) input: SignIn,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionAnswer> {
    const from = { ...originOf(request), keep: input.keep === true }
    const { cookie, session } = await this.signIns.withPassword(input, from)
    // Who signs in where somebody else was signed in ends the session of the other.
    await this.signIns.signOut(request.headers.cookie, request.ip ?? null)
    response.setHeader('Set-Cookie', writeCookie(SESSION_COOKIE, cookie.value, { ...cookie, secure: request.secure }))
    return this.answer({ ...session, principal: this.rights.withRights(session.principal) })
  }

  @Get('current')
  @Policy('signed-in')
  @OpenTo({ scope: null, devices: true, incomplete: true })
  @Answers(sessionAnswer, 'Who is signed in.')
  current(@Req() request: SignedInRequest): SessionAnswer {
    if (!request.caller) throw new Fault('NOT_SIGNED_IN')
    return this.answer({ ...request.caller, principal: request.principal ?? request.caller.principal })
  }

  @Delete('current')
  @HttpCode(204)
  @Policy('public')
  async signOut(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.signIns.signOut(request.headers.cookie, request.ip ?? null)
    response.setHeader('Set-Cookie', writeCookie(SESSION_COOKIE, '', { maxAgeS: 0, secure: request.secure }))
  }

  private answer({ principal, needs, expiresAt }: Answered): SessionAnswer {
    return {
      user: principal.user,
      name: { ...principal.name },
      roles: [...principal.roles],
      means: principal.means ?? 'password',
      needs: [...needs],
      boards: principal.boards ? [...principal.boards] : null,
      expiresAt,
      serverTime: Date.now(),
      enterprise: this.names.enterprise,
    }
  }
}
