/** Real: Nest, its router and the guard over HTTP. Only the callers and their rights are given. */
import 'reflect-metadata'
import { type INestApplication, Controller, Get, Module } from '@nestjs/common'
import { MODULE_METADATA } from '@nestjs/common/constants.js'
import { APP_GUARD, NestFactory } from '@nestjs/core'
import type { Role } from '@gemba/contracts/role'
import type { Means, SessionNeed, TokenScope } from '@gemba/contracts/sign-in'
import { type Problem, problem } from '@gemba/contracts/problem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CollectorTokens } from '../http/collector-tokens.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { ProblemFilter } from '../http/problem-filter.ts'
import { AccountsGuard } from './accounts.guard.ts'
import { AccountsModule } from './accounts.module.ts'
import { CurrentPrincipal } from './current-principal.guard.ts'
import type { Principal } from './principal.ts'
import { RightsService } from './rights/rights.service.ts'
import { ViewAs } from './rights/view-as.service.ts'
import { type Caller, Callers, type Credentials } from './caller.service.ts'

@Controller('forgotten')
class ForgottenController {
  @Get()
  read(): string {
    return 'open'
  }
}

@Controller('guarded')
@Policy({ roles: ['admin', 'quality'] })
class GuardedController {
  @Get('roles')
  roles(): string {
    return 'open'
  }

  @Get('signed-in')
  @Policy('signed-in')
  signedIn(@CurrentPrincipal() principal: Principal): string {
    return principal.user
  }

  @Get('public')
  @Policy('public')
  everybody(): string {
    return 'open'
  }

  @Get('collector')
  @Policy('collector')
  collector(): string {
    return 'open'
  }

  @Get('open')
  @Policy('signed-in')
  @OpenTo({ scope: 'read:kpi', devices: true, incomplete: true })
  wide(): string {
    return 'open'
  }

  @Get('public-principal')
  @Policy('public')
  nobody(@CurrentPrincipal() principal: Principal): string {
    return principal.user
  }
}

const TOKEN = 'a-token-of-a-collector'

/** The cookie names roles, or what the caller is: `device`, `token read:kpi`, `needs password`. */
const callers = {
  find: async ({ cookie }: Credentials): Promise<Caller | null> => {
    if (cookie === undefined) return null
    const [word = '', more = ''] = cookie.split(' ')
    const special = ['device', 'token', 'needs'].includes(word)
    const means: Means = word === 'device' || word === 'token' ? word : 'password'
    const roles = (special ? ['admin'] : cookie.split('+')) as Role[]
    return {
      id: cookie,
      principal: { user: cookie, name: { zh: '甲', en: 'A' }, roles, sites: null, means },
      needs: word === 'needs' ? [more as SessionNeed] : [],
      expiresAt: 1,
      scopes: word === 'token' ? more.split('+').map((scope) => scope as TokenScope) : null,
      ...(cookie === 'renewed' ? { renewed: { value: 'new secret', maxAgeS: 60 } } : {}),
    }
  },
}

@Module({
  controllers: [ForgottenController, GuardedController],
  providers: [
    { provide: Callers, useValue: callers },
    { provide: CollectorTokens, useValue: new CollectorTokens([{ id: 'edge', token: TOKEN }]) },
    { provide: RightsService, useValue: { withRights: (principal: Principal) => principal } },
    { provide: ViewAs, useValue: { eyesOf: async (_caller: string, own: Principal) => own } },
    { provide: APP_GUARD, useClass: AccountsGuard },
  ],
})
class GuardedModule {}

let app: INestApplication

beforeAll(async () => {
  app = await NestFactory.create(GuardedModule, { logger: false })
  app.useGlobalFilters(new ProblemFilter())
  await app.listen(0, '127.0.0.1')
})
afterAll(() => app.close())

const send = async (path: string, headers: Record<string, string>): Promise<{ status: number; text: string }> => {
  const answer = await fetch(`${await app.getUrl()}/${path}`, { headers })
  return { status: answer.status, text: await answer.text() }
}
const ask = (path: string, cookie?: string) => send(path, cookie === undefined ? {} : { cookie })
const refusal = async (path: string, cookie?: string): Promise<Problem['code']> =>
  problem.parse(JSON.parse((await ask(path, cookie)).text)).code

describe('the guard', () => {
  it('is in force for every route of the application', () => {
    const providers = Reflect.getMetadata(MODULE_METADATA.PROVIDERS, AccountsModule) as object[]
    expect(providers).toContainEqual({ provide: APP_GUARD, useClass: AccountsGuard })
  })

  it('closes a route without a policy to everybody, the administrator included', async () => {
    expect(await refusal('forgotten')).toBe('NO_ACCESS')
    expect(await refusal('forgotten', 'admin')).toBe('NO_ACCESS')
  })

  it('asks for a session', async () => {
    expect(await refusal('guarded/signed-in')).toBe('NOT_SIGNED_IN')
    expect(await ask('guarded/signed-in', 'operator')).toEqual({ status: 200, text: 'operator' })
  })

  it('asks for one of the roles, and tells a missing session from a missing right', async () => {
    expect(await refusal('guarded/roles')).toBe('NOT_SIGNED_IN')
    expect(await refusal('guarded/roles', 'operator+manager')).toBe('NO_ACCESS')
    expect((await ask('guarded/roles', 'operator+quality')).status).toBe(200)
  })

  it('lets the policy of a route go before that of its controller', async () => {
    expect((await ask('guarded/public')).status).toBe(200)
  })

  it('asks a collector for its token; a session does not stand in for it', async () => {
    expect(await refusal('guarded/collector')).toBe('COLLECTOR_REFUSED')
    expect(await refusal('guarded/collector', 'admin')).toBe('COLLECTOR_REFUSED')
    expect((await send('guarded/collector', { authorization: `Bearer ${TOKEN}` })).status).toBe(200)
    expect((await send('guarded/signed-in', { authorization: `Bearer ${TOKEN}` })).status).toBe(401)
  })

  it('keeps displays, tokens and incomplete sessions out of every route that does not open itself to them', async () => {
    expect(await refusal('guarded/signed-in', 'device')).toBe('NO_ACCESS')
    expect(await refusal('guarded/roles', 'device')).toBe('NO_ACCESS')
    expect(await refusal('guarded/signed-in', 'token read:kpi')).toBe('TOKEN_SCOPE')
    expect(await refusal('guarded/open', 'token read:boards+read:health')).toBe('TOKEN_SCOPE')
    expect(await refusal('guarded/signed-in', 'needs password')).toBe('PASSWORD_CHANGE_NEEDED')
    expect(await refusal('guarded/signed-in', 'needs second-factor')).toBe('SECOND_FACTOR_MISSING')
    for (const caller of ['device', 'token read:kpi', 'needs password', 'needs second-factor'])
      expect([caller, (await ask('guarded/open', caller)).status]).toEqual([caller, 200])
  })

  it('hands a changed cookie to the browser', async () => {
    const answer = await fetch(`${await app.getUrl()}/guarded/signed-in`, { headers: { cookie: 'renewed' } })
    expect(answer.headers.get('set-cookie')).toBe(
      'gemba_session=new%20secret; Path=/; HttpOnly; SameSite=Lax; Max-Age=60',
    )
  })

  it('leaves no principal on a public route', async () => {
    expect(await refusal('guarded/public-principal', 'admin')).toBe('NOT_SIGNED_IN')
  })
})
