import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { type SessionAnswer, type SignIn, sessionAnswer, signIn } from '@gemba/contracts/api'
import type { Request, Response } from 'express'
import { CatalogNames } from '../http/catalog-names.ts'
import { writeCookie } from '../http/cookies.ts'
import { Fault } from '../http/fault.ts'
import { Answers } from '../http/answers.ts'
import { Policy } from '../http/policy.ts'
import type { SignedInRequest } from './accounts.guard.ts'
import { AccountsService } from './accounts.service.ts'
import { Pacing } from './pacing.ts'
import type { Principal } from './principal.ts'
import { SESSION_COOKIE, SessionService } from './session.service.ts'

const KEEP_S = 12 * 3600

@ApiTags('sessions')
@Controller('api/sessions')
export class SessionsController {
  private readonly pacing = new Pacing(30, 30)

  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionService,
    private readonly names: CatalogNames,
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
    const retryAfterS = this.pacing.take(request.ip ?? '', Date.now())
    if (retryAfterS > 0) throw new Fault('TOO_MANY_REQUESTS', { retryAfterS })
    const account = await this.accounts.check(input.user, input.password)
    const { id, session } = await this.sessions.open(account)
    const cookie = writeCookie(SESSION_COOKIE, id, {
      maxAgeS: input.keep === true ? KEEP_S : null,
      secure: request.secure,
    })
    response.setHeader('Set-Cookie', cookie)
    return this.answer(session.principal, session.expiresAt)
  }

  @Get('current')
  @Policy('signed-in')
  @Answers(sessionAnswer, 'Who is signed in.')
  current(@Req() request: SignedInRequest): SessionAnswer {
    if (!request.principal) throw new Fault('NOT_SIGNED_IN')
    return this.answer(request.principal, request.sessionExpiresAt ?? 0)
  }

  @Delete('current')
  @HttpCode(204)
  @Policy('public')
  async signOut(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.sessions.close(request.headers.cookie)
    response.setHeader('Set-Cookie', writeCookie(SESSION_COOKIE, '', { maxAgeS: 0, secure: request.secure }))
  }

  private answer(principal: Principal, expiresAt: number): SessionAnswer {
    return {
      user: principal.user,
      name: { ...principal.name },
      roles: [...principal.roles],
      expiresAt,
      serverTime: Date.now(),
      enterprise: this.names.enterprise,
    }
  }
}
