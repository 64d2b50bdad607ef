/** For tests: an authenticator. */
import { codeOf, stepOf } from './totp.ts'

/** The secret behind the base32 that an enrolment shows. */
export function unbase32(text: string): Buffer {
  const bits = [...text].map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0'))
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
}

/** The code of now, or of some steps later. */
export const totpCode = (secret: Buffer, steps = 0): string => codeOf(secret, stepOf(Date.now()) + steps)
