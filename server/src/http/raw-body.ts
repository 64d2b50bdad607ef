import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { Fault } from './fault.ts'

export type RawRequest = Request & { rawBody?: Buffer }

/** Collects the body as it came, still encoded, up to a limit. */
export function rawBody(limitBytes: number): RequestHandler {
  return (request: RawRequest, _response: Response, next: NextFunction) => {
    if (Number(request.headers['content-length'] ?? 0) > limitBytes)
      return next(new Fault('BODY_TOO_LARGE', { limitBytes }))
    const chunks: Buffer[] = []
    let size = 0
    let refused = false
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limitBytes) chunks.push(chunk)
      else if (!refused) {
        refused = true
        chunks.length = 0
        next(new Fault('BODY_TOO_LARGE', { limitBytes }))
      }
    })
    request.on('end', () => {
      if (refused) return
      request.rawBody = Buffer.concat(chunks, size)
      next()
    })
    // The sender has gone: there is nobody to answer.
    request.on('error', () => chunks.splice(0))
  }
}
