import type { NextFunction, Request, Response } from 'express'
import { Fault } from './fault.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses state-changing requests that a browser sends for another site. Browsers always send Origin or Sec-Fetch-Site
 * on them; programs that send neither carry no cookie of ours by accident.
 */
export function sameOrigin(request: Request, _response: Response, next: NextFunction): void {
  if (SAFE.has(request.method)) return next()
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return next(new Fault('ORIGIN_REFUSED'))
  const origin = request.headers.origin
  if (origin !== undefined && hostOf(origin) !== request.headers.host) return next(new Fault('ORIGIN_REFUSED'))
  next()
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host
  } catch {
    return null
  }
}
