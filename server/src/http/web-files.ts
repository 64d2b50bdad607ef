import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NestExpressApplication } from '@nestjs/platform-express'
import express, { type NextFunction, type Request, type Response } from 'express'

const YEAR_MS = 365 * 24 * 3_600_000
const RESERVED = /^\/(api|ingest|socket\.io)(\/|$)/

/** Serves the built web application; every address that is not the API's leads to its page. */
export function serveWeb(app: NestExpressApplication): void {
  const folder = fileURLToPath(new URL('../../../web/dist/', import.meta.url))
  const page = join(folder, 'index.html')
  if (!existsSync(page)) return
  app.use('/assets', express.static(join(folder, 'assets'), { immutable: true, maxAge: YEAR_MS, fallthrough: false }))
  app.use(express.static(folder, { index: false, maxAge: 0 }))
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (request.method !== 'GET' || RESERVED.test(request.path)) return next()
    response.setHeader('Cache-Control', 'no-cache')
    response.sendFile(page)
  })
}
