import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'

const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Without it a proof cut to four bytes would do. */
const PROOF = { authTagLength: TAG_BYTES } as const

/** Encrypts secrets at rest (AES-256-GCM) with a key that lies outside the database. */
export class SecretBox {
  private readonly key: Buffer

  constructor(keyFile: string) {
    const secret = readFileSync(keyFile)
    if (secret.toString('utf8').trim() === '') throw new Error(`the key file ${keyFile} is empty`)
    this.key = createHash('sha256').update(secret).digest()
  }

  seal(text: string): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce, PROOF)
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
  }

  /** Throws when the key is another one or the text was changed. */
  open(sealed: string): string {
    const bytes = Buffer.from(sealed, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, NONCE_BYTES), PROOF)
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  }
}

/** A key for one purpose, derived from the key of the installation: no purpose can stand in for another. */
export function derivedKey(keyFile: string, purpose: string): Buffer {
  const secret = readFileSync(keyFile)
  if (secret.toString('utf8').trim() === '') throw new Error(`the key file ${keyFile} is empty`)
  return Buffer.from(hkdfSync('sha256', secret, 'gemba', purpose, 32))
}
