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

/** A Set-Cookie value: http-only, same-site lax, whole site. */
export function writeCookie(name: string, value: string, { maxAgeS, secure }: CookieOptions): string {
  const parts = [`${name}=${encodeURIComponent(value)}`, 'Path=/', 'HttpOnly', 'SameSite=Lax']
  if (maxAgeS !== null) parts.push(`Max-Age=${maxAgeS}`)
  if (secure) parts.push('Secure')
  return parts.join('; ')
}
