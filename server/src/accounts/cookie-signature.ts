import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** SHA-256 in hex: what the store keeps of a secret of 256 random bits. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

export const newSecret = (): string => randomBytes(32).toString('base64url')

const SHAPE = /^([\w-]{43})\.([\w-]{43})$/

/** Secrets that carry a signature: one that we did not make is known without asking the store. */
export class CookieSignature {
  private readonly key: Buffer

  constructor(key: Buffer) {
    this.key = key
  }

  private signatureOf(secret: string): Buffer {
    return createHmac('sha256', this.key).update(secret).digest()
  }

  sign(secret: string): string {
    return `${secret}.${this.signatureOf(secret).toString('base64url')}`
  }

  /** The secret of a signed value; null when we did not sign it. */
  read(value: string): string | null {
    const [, secret, signature] = SHAPE.exec(value) ?? []
    if (secret === undefined || signature === undefined) return null
    return timingSafeEqual(Buffer.from(signature, 'base64url'), this.signatureOf(secret)) ? secret : null
  }
}
