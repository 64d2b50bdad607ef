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
import { SESSION_COOKIE, SessionService } from '../session.service.ts'
import { SignInService } from '../sign-in.service.ts'
import { ExternalAccounts } from './external-accounts.ts'
import { IdentitySource } from './identity-source.ts'
import { OidcSignIn, type Vouched } from './oidc.ts'
import { ProofService } from '../proof.service.ts'

const TRIP_COOKIE = 'gemba_oidc'

const startQuery = z.object({ next: z.string().max(2_000).optional(), proof: z.uuid().optional() })

@ApiTags('sign-in')
@Controller('api/sign-in')
@Policy('public')
export class IdentityController {
  constructor(
    private readonly oidc: OidcSignIn,
    private readonly source: IdentitySource,
    private readonly external: ExternalAccounts,
    private readonly signIns: SignInService,
    private readonly sessions: SessionService,
    private readonly proofs: ProofService,
  ) {}

  @Get('ways')
  @Answers(signInWays, 'How people can sign in here.')
  async ways(): Promise<SignInWays> {
    const { oidc, directory } = await this.source.current()
    return { oidc: oidc ? { name: oidc.name } : null, directory: directory !== null }
  }

  @Get('oidc/start')
  @ApiOperation({ summary: 'Leads the browser to the provider; with `proof` to be asked there anew.' })
  async start(
    @Query({ schema: startQuery }) { next, proof }: z.infer<typeof startQuery>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    this.signIns.pace(originOf(request).address)
    if (proof !== undefined) await this.proofs.checkOpen(proof, await this.sessionOf(request))
    const { location, cookie, maxAgeS } = await this.oidc.begin(next, proof ?? null)
    response.setHeader('Set-Cookie', writeCookie(TRIP_COOKIE, cookie, { maxAgeS, secure: request.secure }))
    response.setHeader('Cache-Control', 'no-store')
    response.redirect(302, location)
  }

  /** Failures lead back to one of our pages, which says what happened: a person is looking at this. */
  @Get('oidc/callback')
  @ApiOperation({ summary: 'The provider leads the browser here.' })
  async callback(@Req() request: Request, @Res() response: Response): Promise<void> {
    response.setHeader('Cache-Control', 'no-store')
    response.appendHeader('Set-Cookie', writeCookie(TRIP_COOKIE, '', { maxAgeS: 0, secure: request.secure }))
    const cookie = readCookie(request.headers.cookie, TRIP_COOKIE)
    const proof = this.oidc.proofOf(cookie)
    try {
      this.signIns.pace(originOf(request).address)
      const vouched = await this.oidc.finish(request.originalUrl.split('?')[1] ?? '', cookie)
      if (vouched.proof === null) await this.enter(vouched, request, response)
      else await this.proofs.give(vouched.proof, await this.sessionOf(request), vouched)
      response.redirect(302, vouched.proof === null ? vouched.next : '/proof?state=proved')
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'ROUTE_UNKNOWN') throw error
      if (proof !== null) await this.proofs.refuse(proof, error.code)
      const why = typeof error.facts['why'] === 'string' ? `&why=${error.facts['why']}` : ''
      response.redirect(302, proof === null ? `/sign-in?refused=${error.code}${why}` : `/proof?state=refused${why}`)
    }
  }

  private async enter(vouched: Vouched, request: Request, response: Response): Promise<void> {
    const from = originOf(request)
    const account = await this.external.provision('oidc', vouched.identity)
    const { cookie } = await this.signIns.asVouched(account, { ...from, keep: false }, vouched.hasSecondFactor)
    // Who signs in where somebody else was signed in ends the session of the other.
    await this.signIns.signOut(request.headers.cookie, from.address)
    const { secure } = request
    response.appendHeader('Set-Cookie', writeCookie(SESSION_COOKIE, cookie.value, { ...cookie, secure }))
  }

  private async sessionOf(request: Request): Promise<string | null> {
    return (await this.sessions.find(request.headers.cookie))?.id ?? null
  }
}
