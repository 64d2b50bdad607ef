import type { Request } from 'express'

/** Address and browser of a request, as far as they are said. */
export function originOf(request: Request): { address: string; agent: string } {
  return { address: request.ip ?? '', agent: request.headers['user-agent'] ?? '' }
}
