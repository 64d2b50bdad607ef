import { readFileSync } from 'node:fs'
import { NestFactory } from '@nestjs/core'
import { type NestExpressApplication } from '@nestjs/platform-express'
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger'
import { DATA_FILE_LIMITS } from '@gemba/contracts/data-file'
import { BATCH_LIMITS } from '@gemba/contracts/ingest'
import express from 'express'
import { AppModule } from './app.module.ts'
import type { ServerConfig } from './config.ts'
import { VERSION } from './health/health.service.ts'
import { compressedAnswers } from './http/compressed-answers.ts'
import { type Trust, bindCookies, isSecure } from './http/cookies.ts'
import { InputPipe } from './http/input.ts'
import { ProblemFilter } from './http/problem-filter.ts'
import { rawBody } from './http/raw-body.ts'
import { sameOrigin } from './http/same-origin.ts'
import { securityHeaders } from './http/security-headers.ts'
import { serveWeb } from './http/web-files.ts'
import { useMaskSalt } from './datasets/data-gate.ts'
import { LiveSockets } from './live/live-sockets.service.ts'

const JSON_LIMIT = '1mb'

export function openApiDocument(app: NestExpressApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('Gemba')
    .setDescription(
      'Manufacturing data: boards, KPIs, sources. Instants are UTC; shares are fractions; refusals are problem documents.',
    )
    .setVersion(VERSION)
    .addCookieAuth('gemba_session')
    .addBearerAuth({ type: 'http', description: 'collector token' }, 'collector')
    .addBearerAuth({ type: 'http', description: 'API token of a user' }, 'token')
    .build()
  return SwaggerModule.createDocument(app, options)
}

/** The whole server, not listening yet. */
export async function createApplication(config: ServerConfig): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config), {
    bodyParser: false,
    logger: ['error', 'warn'],
  })
  useMaskSalt(readFileSync(config.secretKeyFile, 'utf8'))
  app.disable('x-powered-by')
  if (config.trustedProxies.length > 0) app.set('trust proxy', [...config.trustedProxies])
  app.use(securityHeaders)
  app.use(compressedAnswers())
  app.use(bindCookies)
  app.use('/ingest/v1/batches', rawBody(BATCH_LIMITS.maxWireBytes))
  app.use('/api/data-files/uploads', sameOrigin, rawBody(DATA_FILE_LIMITS.bytes))
  app.use(express.json({ limit: JSON_LIMIT }))
  app.use(sameOrigin)
  app.useGlobalFilters(new ProblemFilter())
  app.useGlobalPipes(new InputPipe())
  SwaggerModule.setup('api/docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'api/docs-json',
    yamlDocumentUrl: 'api/docs-yaml',
  })
  app.enableShutdownHooks()
  const trust = app.getHttpAdapter().getInstance().get('trust proxy fn') as Trust
  app.get(LiveSockets).attach(app.getHttpServer(), (request) => isSecure(request, trust))
  serveWeb(app)
  return app
}
