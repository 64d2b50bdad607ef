import { createHash, timingSafeEqual } from 'node:crypto'
import { Fault } from './fault.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Tokens of collectors, compared in constant time; only their hashes are kept. */
export class CollectorTokens {
  private readonly known: { id: string; hash: Buffer }[]

  constructor(tokens: readonly { id: string; token: string }[]) {
    this.known = tokens
      .filter(({ id, token }) => id !== '' && token.length >= 16)
      .map(({ id, token }) => ({ id, hash: digest(token) }))
  }

  /** The collector that holds the token of an Authorization header. */
  collectorOf(authorization: string | undefined): string {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1]
    if (!token) throw new Fault('COLLECTOR_REFUSED')
    const given = digest(token)
    let found: string | null = null
    for (const { id, hash } of this.known) if (timingSafeEqual(hash, given)) found = id
    if (found === null) throw new Fault('COLLECTOR_REFUSED')
    return found
  }
}
