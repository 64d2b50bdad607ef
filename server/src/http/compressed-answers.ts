import compression from 'compression'
import type { Request, RequestHandler, Response } from 'express'

/**
 * Compresses texts. Files to keep stay as they are: their length is known, so that a reader sees how far they are.
 * Events stay as they are: a compressor keeps them until it has enough of them.
 */
export const compressedAnswers = (): RequestHandler =>
  compression({
    filter: (request: Request, response: Response) =>
      !headerOf(response, 'content-disposition').startsWith('attachment') &&
      !headerOf(response, 'content-type').startsWith('text/event-stream') &&
      compression.filter(request, response),
  })

const headerOf = (response: Response, name: string): string => String(response.getHeader(name) ?? '')
