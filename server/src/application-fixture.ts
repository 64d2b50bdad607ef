/** For tests: the whole server on both embedded stores, and a client that can send what a browser would not. */
import { rmSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { NestExpressApplication } from '@nestjs/platform-express'
import type { CatalogDocument } from '@gemba/contracts/catalog'
import { type Problem, problem } from '@gemba/contracts/problem'
import { inject } from 'vitest'
import { createApplication } from './application.ts'
import { fixtureCatalog } from './catalog-fixture.ts'
import { readConfig } from './config.ts'
import { setLogLevel } from './http/log.ts'
import { freshStores, storeFolder } from './store-template-fixture.ts'

export const COLLECTOR = { id: 'edge-1', token: 'collector-token-for-tests' }
export const PASSWORD = 'gemba-test-password'
export { SOURCE_PASSWORD, UNIT } from './catalog-fixture.ts'

export interface Call {
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
  /** Sent as JSON. */
  readonly json?: unknown
  readonly cookie?: string
  /** Loopback address of the caller: limits count by address. */
  readonly from?: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  json(): unknown
  /** The answer as a problem document; throws when it is none, or one of a bug. */
  problem(): Problem
}

export interface RunningApplication {
  readonly url: string
  readonly app: NestExpressApplication
  readonly dataDir: string
  call(method: string, path: string, call?: Call): Promise<Answer>
  /** A Cookie header of a new session. */
  signIn(user?: string): Promise<string>
  /** Ends the server, whatever it is doing, and starts it anew on the same stores; sessions stay. */
  restart(): Promise<void>
  /** With `keepData` what it wrote stays, for whoever looks at it next; the caller removes it. */
  stop(options?: { keepData?: boolean }): Promise<void>
}

/** A server with the fixture catalog, or with another one. */
export async function startApplication(
  catalog: CatalogDocument = fixtureCatalog(),
  environment: Record<string, string> = {},
): Promise<RunningApplication> {
  const dataDir = storeFolder('application')
  setLogLevel('error')
  const stores = await freshStores(dataDir, inject('storeTemplate'))
  const give = (file: string, text: string): string => {
    writeFileSync(join(dataDir, file), text, { mode: 0o600 })
    return join(dataDir, file)
  }
  const config = readConfig({
    GEMBA_DATA: dataDir,
    METADATA_URL: stores.metadataUrl,
    WAREHOUSE_URL: stores.warehouseUrl,
    GEMBA_PROVISION: give('catalog.json', JSON.stringify(catalog)),
    GEMBA_SECRET_KEY_FILE: give('secret-key', 'a key for tests'),
    GEMBA_COLLECTOR_TOKENS: `${COLLECTOR.id}:${COLLECTOR.token}`,
    GEMBA_DEMO: 'on',
    GEMBA_DEMO_PASSWORD: PASSWORD,
    ...environment,
  })
  const listen = async () => {
    const app = await createApplication(config)
    await app.listen(0, '127.0.0.1')
    const { port } = app.getHttpServer().address() as AddressInfo
    return { app, port }
  }
  let running = await listen()
  const call = (method: string, path: string, given: Call = {}) => send(running.port, { method, path }, given)
  let callers = 0
  const signIn = async (user = 'admin'): Promise<string> => {
    callers += 1
    const json = { user, password: PASSWORD }
    const answer = await call('POST', '/api/sessions', { json, from: `127.0.200.${callers % 250}` })
    if (answer.status !== 200) throw new Error(`${user} could not sign in: ${answer.text}`)
    return String(answer.headers['set-cookie']?.[0]?.split(';')[0])
  }
  const stop = async ({ keepData = false } = {}): Promise<void> => {
    await running.app.close()
    await stores.close()
    if (!keepData) rmSync(dataDir, { recursive: true, force: true })
  }
  const restart = async (): Promise<void> => {
    await running.app.close()
    running = await listen()
  }
  return {
    get url() {
      return `http://127.0.0.1:${running.port}`
    },
    get app() {
      return running.app
    },
    ...{ dataDir, call, signIn, restart, stop },
  }
}

function send(port: number, { method, path }: { method: string; path: string }, call: Call): Promise<Answer> {
  const body = call.json === undefined ? call.body : JSON.stringify(call.json)
  const headers = {
    ...(call.json === undefined ? {} : { 'content-type': 'application/json' }),
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...(call.cookie === undefined ? {} : { cookie: call.cookie }),
    ...call.headers,
  }
  const place = { host: '127.0.0.1', port, localAddress: call.from ?? '127.0.0.1', agent: false as const }
  return new Promise((resolve, reject) => {
    const request = httpRequest({ ...place, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve(answerOf(response.statusCode ?? 0, response.headers, text))
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

function answerOf(status: number, headers: IncomingHttpHeaders, text: string): Answer {
  return {
    status,
    headers,
    text,
    json: () => JSON.parse(text) as unknown,
    problem: () => {
      const type = headers['content-type'] ?? ''
      if (!type.startsWith('application/problem+json')) throw new Error(`${status} ${type} is no problem document`)
      const document = problem.strict().parse(JSON.parse(text))
      if (document.status !== status || status >= 500) throw new Error(`${status} is no refusal: ${text}`)
      return document
    },
  }
}
