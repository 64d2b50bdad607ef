import type { NextFunction, Request, Response } from 'express'

/** Styles are set inline by charts and scaled stages; scripts never are. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** A year: the browser does not ask over plain HTTP again once it came by HTTPS. */
const TRANSPORT_SECURITY = 'max-age=31536000; includeSubDomains'
/** The page of a share link names the link in its address. */
const SHARED_PAGE = /^\/s\//
const API = /^\/(api|ingest)(\/|$)/

export function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('X-Frame-Options', 'DENY')
  const isShared = SHARED_PAGE.test(request.path)
  response.setHeader('Referrer-Policy', isShared ? 'no-referrer' : 'same-origin')
  if (isShared) response.setHeader('X-Robots-Tag', 'noindex, nofollow')
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  if (request.secure) response.setHeader('Strict-Transport-Security', TRANSPORT_SECURITY)
  // Figures of one reader stay out of caches; a route that knows better says so itself.
  if (API.test(request.path)) response.setHeader('Cache-Control', 'no-store')
  response.setHeader('Permissions-Policy', 'camera=(), microphone=(), geolocation=()')
  next()
}
