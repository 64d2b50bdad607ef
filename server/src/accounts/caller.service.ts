import { Injectable } from '@nestjs/common'
import type { SessionNeed, TokenScope } from '@gemba/contracts/sign-in'
import { Devices } from './devices/devices.ts'
import type { Principal } from './principal.ts'
import { type SessionCookie, SessionService } from './session.service.ts'
import { ApiTokens } from './tokens/api-tokens.ts'

/** Visitors of share links, told by what looks after them. */
interface Visitors {
  find(link: string, from: { cookie: string | undefined; address: string }): Promise<Caller>
  endedAmong(ids: readonly string[]): Promise<string[]>
}

/** Who speaks: a person by a session, a program by a token, a display by its pairing, a visitor by a share link. */
export interface Caller {
  /** Names what can be ended: `sessions.closed` and `endedAmong` speak of it. */
  readonly id: string
  readonly principal: Principal
  readonly needs: readonly SessionNeed[]
  readonly expiresAt: number
  /** What a token may; null = no token. */
  readonly scopes: readonly TokenScope[] | null
  readonly renewed?: SessionCookie
}

export interface Credentials {
  readonly cookie: string | undefined
  readonly authorization?: string | undefined
  /** The share link that a page speaks for. */
  readonly share?: string | undefined
  readonly address: string
}

/** Finds who speaks. A token or a share link that is given counts alone: it is never helped by the session of somebody. */
@Injectable()
export class Callers {
  /** Set at the start by the visits themselves, which need this room to be there. */
  visitors: Visitors | null = null

  constructor(
    private readonly sessions: SessionService,
    private readonly tokens: ApiTokens,
    private readonly devices: Devices,
  ) {}

  async find(given: Credentials, options: { rotate?: boolean } = {}): Promise<Caller | null> {
    if (given.authorization !== undefined && this.tokens.isOurs(given.authorization))
      return this.tokens.find(given.authorization, given.address)
    if (given.share !== undefined) return (await this.visitors?.find(given.share, given)) ?? null
    const session = await this.sessions.find(given.cookie, options)
    if (session) return { ...session, scopes: null }
    return this.devices.find(given.cookie, given.address)
  }

  /** Ids of callers that were ended before their time. */
  get closed() {
    return this.sessions.closed
  }

  /** Which of these callers may not speak any more, whoever ended them and on whichever server. */
  async endedAmong(ids: readonly string[]): Promise<string[]> {
    const devices = ids.filter((id) => id.startsWith('device:'))
    const visits = ids.filter((id) => id.startsWith('share:'))
    const sessions = ids.filter((id) => !devices.includes(id) && !visits.includes(id))
    return [
      ...(await this.sessions.endedAmong(sessions)),
      ...(await this.devices.endedAmong(devices)),
      ...((await this.visitors?.endedAmong(visits)) ?? visits),
    ]
  }
}
