import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { KeyRing } from './key-ring.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Without it a proof cut to four bytes would do. */
const PROOF = { authTagLength: TAG_BYTES } as const
/** `id.text`: sealed by a data key; without an id by the key of the installation. */
const NAMED = /^([0-9a-f]{8})\.(.*)$/

/** Encrypts secrets at rest (AES-256-GCM) with keys that lie outside the database. */
export class SecretBox {
  private readonly root: Buffer
  private readonly ring: KeyRing

  constructor(keyFile: string) {
    const secret = readFileSync(keyFile)
    if (secret.toString('utf8').trim() === '') throw new Error(`the key file ${keyFile} is empty`)
    this.root = createHash('sha256').update(secret).digest()
    this.ring = new KeyRing(keyFile)
  }

  seal(text: string): string {
    const { newest } = this.ring
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', newest ? Buffer.from(newest.secret, 'hex') : this.root, nonce, PROOF)
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    const sealed = Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
    return newest ? `${newest.id}.${sealed}` : sealed
  }

  /** Throws when the key is another one or the text was changed. */
  open(sealed: string): string {
    const [, id, named] = NAMED.exec(sealed) ?? []
    const bytes = Buffer.from(named ?? sealed, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', this.keyOf(id), bytes.subarray(0, NONCE_BYTES), PROOF)
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  }

  private keyOf(id: string | undefined): Buffer {
    if (id === undefined) return this.root
    const key = this.ring.find(id)
    if (!key) throw new Error(`there is no data key ${id}`)
    return Buffer.from(key.secret, 'hex')
  }
}

/** A key for one purpose, derived from the key of the installation: no purpose can stand in for another. */
export function derivedKey(keyFile: string, purpose: string): Buffer {
  const secret = readFileSync(keyFile)
  if (secret.toString('utf8').trim() === '') throw new Error(`the key file ${keyFile} is empty`)
  return Buffer.from(hkdfSync('sha256', secret, 'gemba', purpose, 32))
}
