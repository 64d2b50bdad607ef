/** Time-based one-time passwords (RFC 6238, SHA-1, six digits, 30 s) as authenticators know them. Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto'

const STEP_S = 30
const DIGITS = 6
/** Clocks of telephones are off by some seconds: one step before and one after are taken too. */
const SKEW_STEPS = 1
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 base 32 without padding. */
export function base32(bytes: Uint8Array): string {
  let bits = 0
  let value = 0
  let text = ''
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(value >>> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return bits > 0 ? text + ALPHABET[(value << (5 - bits)) & 31] : text
}

export const stepOf = (nowMs: number): number => Math.floor(nowMs / 1000 / STEP_S)

export function codeOf(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', secret).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  const number = digest.readUInt32BE(offset) & 0x7fffffff
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0')
}

/**
 * The step that a code belongs to; null when it is wrong, or when its step or a later one was used before: a code that
 * somebody watched is worth nothing.
 */
export function acceptedStep(
  secret: Uint8Array,
  code: string,
  when: { nowMs: number; usedStep: number },
): number | null {
  if (!/^\d{6}$/.test(code)) return null
  const given = Buffer.from(code)
  const now = stepOf(when.nowMs)
  let found: number | null = null
  for (let step = now - SKEW_STEPS; step <= now + SKEW_STEPS; step += 1)
    if (timingSafeEqual(Buffer.from(codeOf(secret, step)), given) && step > when.usedStep) found ??= step
  return found
}

/** What the QR code says, in the form that authenticators read. */
export function keyUri(secret: Uint8Array, issuer: string, user: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(user)}`
  const query = new URLSearchParams({
    secret: base32(secret),
    issuer,
    algorithm: 'SHA1',
    digits: String(DIGITS),
    period: String(STEP_S),
  })
  return `otpauth://totp/${label}?${query.toString().replaceAll('+', '%20')}`
}
