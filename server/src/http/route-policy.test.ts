/** No route without a policy: read from the metadata of the real application module, so a new controller is in by itself. */
import 'reflect-metadata'
import { type DynamicModule, type Type, Controller, Get, Module, RequestMethod } from '@nestjs/common'
import { METHOD_METADATA, MODULE_METADATA, PATH_METADATA } from '@nestjs/common/constants.js'
import { role } from '@gemba/contracts/api'
import { tokenScope } from '@gemba/contracts/sign-in'
import { describe, expect, it } from 'vitest'
import { AppModule } from '../app.module.ts'
import { readConfig } from '../config.ts'
import { OPENING, type Opening, POLICY, Policy, type RoutePolicy } from './policy.ts'

type ModuleLike = Type | DynamicModule | { forwardRef: () => Type }

interface Route {
  readonly name: string
  readonly policy: RoutePolicy | undefined
  readonly opening: Opening | undefined
}

const listed = <T>(of: Type, key: string): T[] => (Reflect.getMetadata(key, of) as T[] | undefined) ?? []

/** Controllers of a module and of everything it imports. */
function controllersUnder(entry: ModuleLike, seen = new Set<unknown>()): Type[] {
  const module = 'forwardRef' in entry ? entry.forwardRef() : entry
  if (seen.has(module)) return []
  seen.add(module)
  const type = 'module' in module ? module.module : module
  const more = 'module' in module ? module : ({} as Partial<DynamicModule>)
  const imports = [...listed<ModuleLike>(type, MODULE_METADATA.IMPORTS), ...((more.imports ?? []) as ModuleLike[])]
  const own = [...listed<Type>(type, MODULE_METADATA.CONTROLLERS), ...(more.controllers ?? [])]
  return [...new Set([...own, ...imports.flatMap((each) => controllersUnder(each, seen))])]
}

/** Inherited ones too: they are routes like any other. */
function methodNames(prototype: object): string[] {
  const names = new Set<string>()
  for (let at = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const name of Object.getOwnPropertyNames(at)) names.add(name)
  return [...names]
}

function routesOf(controller: Type): Route[] {
  const base = String(Reflect.getMetadata(PATH_METADATA, controller))
  return methodNames(controller.prototype as object).flatMap((property) => {
    const handler = (controller.prototype as Record<string, unknown>)[property]
    if (typeof handler !== 'function') return []
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined
    if (method === undefined) return []
    const path = [base, String(Reflect.getMetadata(PATH_METADATA, handler))].filter((part) => part !== '/').join('/')
    const policy = (Reflect.getMetadata(POLICY, handler) ?? Reflect.getMetadata(POLICY, controller)) as
      RoutePolicy | undefined
    const opening = (Reflect.getMetadata(OPENING, handler) ?? Reflect.getMetadata(OPENING, controller)) as
      Opening | undefined
    return [{ name: `${RequestMethod[method]} /${path}`, policy, opening }]
  })
}

const withoutPolicy = (root: ModuleLike): string[] =>
  controllersUnder(root)
    .flatMap(routesOf)
    .filter(({ policy }) => policy === undefined)
    .map(({ name }) => name)

const application = AppModule.forRoot(
  readConfig({
    METADATA_URL: 'postgres://nobody@localhost/none',
    WAREHOUSE_URL: 'http://nobody@localhost:1/none',
    GEMBA_SECRET_KEY_FILE: '/nowhere',
  }),
)
const routes = controllersUnder(application).flatMap(routesOf)

describe('the routes of the application', () => {
  it('are found, each once', () => {
    const names = routes.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['POST /api/sessions', 'GET /api/kpi/oee', 'POST /ingest/v1/batches']))
    expect(new Set(names).size).toBe(names.length)
  })

  it('declare their policy, every one', () => {
    expect(withoutPolicy(application)).toEqual([])
  })

  it('name roles that exist, and at least one', () => {
    for (const { name, policy } of routes)
      if (typeof policy === 'object' && 'roles' in policy)
        expect(role.array().min(1).safeParse(policy.roles).success, name).toBe(true)
  })

  it('are public only where somebody without a session has business', () => {
    const open = routes.filter(({ policy }) => policy === 'public').map(({ name }) => name)
    expect(open.sort()).toEqual([
      'DELETE /api/sessions/current',
      'GET /api/delivery-files/open/:token',
      'GET /api/health',
      'GET /api/sign-in/oidc/callback',
      'GET /api/sign-in/oidc/start',
      'GET /api/sign-in/ways',
      'POST /api/pairing',
      'POST /api/pairing/claim',
      'POST /api/sessions',
      'POST /api/share-visits/:link',
    ])
  })

  it('take a collector token only below /ingest, and nothing else there', () => {
    for (const { name, policy } of routes) expect(policy === 'collector', name).toBe(/ \/ingest\//.test(name))
  })
})

describe('the scopes of tokens', () => {
  const closed = routes.filter(({ policy }) => policy !== 'public' && policy !== 'collector')

  it('are said of every route that needs somebody', () => {
    expect(closed.filter(({ opening }) => opening === undefined).map(({ name }) => name)).toEqual([])
  })

  it('each open something, and open no route that changes anything but what readers start for themselves', () => {
    const used = new Set(closed.map(({ opening }) => opening?.scope ?? null))
    expect(tokenScope.options.filter((scope) => !used.has(scope))).toEqual([])
    const writing = closed.filter(({ name, opening }) => !name.startsWith('GET ') && (opening?.scope ?? null) !== null)
    expect(writing.map(({ name }) => name).toSorted()).toEqual([
      'POST /api/boards/:id/data',
      'POST /api/report-runs/:run/cancel',
      'POST /api/reports/:report/parameters',
      'POST /api/reports/:report/runs',
    ])
  })
})

describe('a route that was forgotten', () => {
  class Inherited {
    @Get('inherited')
    inherited(): void {}
  }
  @Controller('api/half')
  class HalfController extends Inherited {
    @Get('closed')
    @Policy('signed-in')
    closed(): void {}

    @Get('forgotten')
    forgotten(): void {}
  }
  @Module({ controllers: [HalfController] })
  class HalfModule {}

  it('is named, however deep its module lies', () => {
    class Outer {}
    expect(withoutPolicy({ module: Outer, imports: [application, HalfModule] })).toEqual([
      'GET /api/half/forgotten',
      'GET /api/half/inherited',
    ])
  })
})
