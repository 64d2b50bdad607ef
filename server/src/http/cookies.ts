import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { NextFunction, Request, Response } from 'express'

/**
 * Over HTTPS the names of our cookies carry it: browsers take such a cookie only from this very host, over HTTPS and for
 * the whole site, so no other host of the domain and nobody on the line can slip one in.
 */
const HOST_PREFIX = '__Host-'
const OURS = /^gemba_(session|device|oidc|share_[0-9a-f-]{36})$/

/** Reads one cookie out of a Cookie header; null when it is absent or not decodable. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=')
    if (at < 0 || part.slice(0, at).trim() !== name) continue
    try {
      return decodeURIComponent(part.slice(at + 1).trim())
    } catch {
      return null
    }
  }
  return null
}

export interface CookieOptions {
  readonly maxAgeS: number | null
  readonly secure: boolean
}

/** A Set-Cookie value: http-only, same-site lax, whole site; over HTTPS bound to the host by its name. */
export function writeCookie(name: string, value: string, { maxAgeS, secure }: CookieOptions): string {
  const bound = secure ? `${HOST_PREFIX}${name}` : name
  const parts = [`${bound}=${encodeURIComponent(value)}`, 'Path=/', 'HttpOnly', 'SameSite=Lax']
  if (maxAgeS !== null) parts.push(`Max-Age=${maxAgeS}`)
  if (secure) parts.push('Secure')
  return parts.join('; ')
}

/**
 * The Cookie header with our cookies under their plain names. Over HTTPS those without the prefix are dropped, whoever
 * set them; over plain HTTP those with it, which no browser would send.
 */
export function boundCookies(header: string, secure: boolean): string {
  return header
    .split(';')
    .flatMap((part) => {
      const name = part.split('=')[0]?.trim() ?? ''
      const isBound = name.startsWith(HOST_PREFIX)
      const plain = isBound ? name.slice(HOST_PREFIX.length) : name
      if (!OURS.test(plain)) return [part.trim()]
      return isBound === secure ? [`${plain}${part.trim().slice(name.length)}`] : []
    })
    .join('; ')
}

/** Whether a proxy at this address is believed, `distance` hops away; Express makes one of `trust proxy`. */
export type Trust = (address: string, distance: number) => boolean

/** Whether a request that Express does not see came by HTTPS; what a proxy says counts by its address only. */
export function isSecure(request: IncomingMessage, trust: Trust): boolean {
  if ('encrypted' in request.socket && request.socket.encrypted === true) return true
  if (!trust(request.socket.remoteAddress ?? '', 0)) return false
  const [said = ''] = String(request.headers['x-forwarded-proto'] ?? '').split(',')
  return said.trim() === 'https'
}

/** For every request: what reads cookies further in sees the plain names. */
export function bindCookies(request: Request, _response: Response, next: NextFunction): void {
  const headers: IncomingHttpHeaders = request.headers
  if (headers.cookie !== undefined) headers.cookie = boundCookies(headers.cookie, request.secure)
  next()
}
