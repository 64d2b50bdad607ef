import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { Injectable, type OnApplicationShutdown } from '@nestjs/common'
import {
  type ChannelRequest,
  type ClientToServer,
  type JoinAnswer,
  type ServerToClient,
  channelRequest,
} from '@gemba/contracts/events'
import { Subscription } from 'rxjs'
import { Server, type Socket } from 'socket.io'
import { z } from 'zod'
import { Callers } from '../accounts/caller.service.ts'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { ViewAs } from '../accounts/rights/view-as.service.ts'
import { boundCookies } from '../http/cookies.ts'
import { Fault } from '../http/fault.ts'
import { log } from '../http/log.ts'
import { ChannelService } from './channel.service.ts'
import { LiveService } from './live.service.ts'

const BEAT_MS = 2_000
const MOST_SUBSCRIPTIONS = 64
/** A client that lets this many messages pile up is cut; it comes back and gets one snapshot. */
const MOST_WAITING = 400

/** Said at the handshake by the page of a share link. */
const SHARED = z.object({ share: z.string().max(100).optional() })

interface SocketState {
  /** As whom the session signed in; the rights of it are looked up again when they change. */
  own: Principal
  /** With the rights of now. */
  principal: Principal
  /** Id of the session, display or visit that let it in. */
  caller: string
}
type LiveSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketState>

/** Live connections: socket.io namespace `/live`, websocket only, signed in by the session cookie. */
@Injectable()
export class LiveSockets implements OnApplicationShutdown {
  private io: Server | null = null
  private beat: NodeJS.Timeout | null = null
  private readonly watching = new Subscription()
  private checking = false
  private isSecure: (request: IncomingMessage) => boolean = () => false

  constructor(
    private readonly channels: ChannelService,
    private readonly callers: Callers,
    private readonly live: LiveService,
    private readonly rights: RightsService,
    private readonly viewAs: ViewAs,
  ) {}

  /** `isSecure`: whether a request came by HTTPS; it decides which cookies count. */
  attach(http: HttpServer, isSecure: (request: IncomingMessage) => boolean): void {
    this.isSecure = isSecure
    this.io = new Server(http, {
      transports: ['websocket'],
      serveClient: false,
      maxHttpBufferSize: 256 * 1024,
      pingInterval: 10_000,
      pingTimeout: 8_000,
      allowRequest: sameHost,
    })
    const namespace = this.io.of('/live')
    namespace.use((socket, next) => void this.admit(socket as LiveSocket, next))
    namespace.on('connection', (socket) => this.welcome(socket as LiveSocket))
    this.channels.sendWith((key, kind, patch) => {
      if (kind === 'board') namespace.to(key).emit('board:patch', { key, patch })
      else if (kind === 'points') namespace.to(key).emit('points:patch', { key, patch })
      else namespace.to(key).emit('sources:patch', { key, ...(patch as object) })
    })
    this.live.countWith(() => ({ sockets: namespace.sockets.size, subscriptions: this.channels.subscriptions }))
    this.watching.add(this.callers.closed.subscribe((id) => this.cut([id])))
    this.watching.add(this.rights.changed.subscribe(() => this.lookAgain(this.open)))
    this.watching.add(
      this.viewAs.changed.subscribe((caller) =>
        this.lookAgain(this.open.filter((socket) => socket.data.caller === caller)),
      ),
    )
    this.beat = setInterval(() => {
      namespace.emit('beat', { serverTime: Date.now() })
      for (const socket of this.open) this.cutWhenSlow(socket)
      void this.cutEnded()
    }, BEAT_MS)
  }

  private async admit(socket: LiveSocket, next: (error?: Error) => void): Promise<void> {
    try {
      const { headers, address } = socket.handshake
      const cookie = boundCookies(headers.cookie ?? '', this.isSecure(socket.request))
      const share = SHARED.safeParse(socket.handshake.auth).data?.share
      const caller = await this.callers.find({ cookie, address, share })
      if (!caller) return next(new Error('NOT_SIGNED_IN'))
      if (caller.needs.length > 0)
        return next(new Error(caller.needs.includes('password') ? 'PASSWORD_CHANGE_NEEDED' : 'SECOND_FACTOR_MISSING'))
      socket.data.own = caller.principal
      socket.data.caller = caller.id
      socket.data.principal = await this.principalOf(socket)
      next()
    } catch (error) {
      const isOver = error instanceof Fault && error.code.startsWith('SHARE_')
      next(new Error(isOver ? error.code : 'STORE_AWAY'))
    }
  }

  private principalOf({ data }: LiveSocket): Promise<Principal> {
    return this.viewAs.eyesOf(data.caller, this.rights.withRights(data.own))
  }

  /** Rights have changed: a channel that would not be joined again in the same way ends, and the client joins anew. */
  private lookAgain(sockets: readonly LiveSocket[]): void {
    for (const socket of sockets)
      void this.renew(socket).catch((error: unknown) => {
        log.error({ err: error }, 'rights of a socket could not be looked up; it is cut')
        socket.disconnect(true)
      })
  }

  private async renew(socket: LiveSocket): Promise<void> {
    socket.data.principal = await this.principalOf(socket)
    for (const key of this.channels.voidKeys(socket.id, socket.data.principal)) {
      void socket.leave(key)
      this.channels.leave(socket.id, key)
      socket.emit('closed', { key, code: 'RIGHTS_CHANGED' })
    }
  }

  private get open(): LiveSocket[] {
    return [...(this.io?.of('/live').sockets.values() ?? [])] as LiveSocket[]
  }

  private cut(callers: readonly string[]): void {
    for (const socket of this.open) if (callers.includes(socket.data.caller)) socket.disconnect(true)
  }

  /** Whoever may not speak any more, by time or by a revocation on another server, loses the connection. */
  private async cutEnded(): Promise<void> {
    if (this.checking) return
    this.checking = true
    try {
      this.cut(await this.callers.endedAmong([...new Set(this.open.map((socket) => socket.data.caller))]))
    } catch (error) {
      // The store is away: nobody is cut for that.
      log.warn({ err: error }, 'open connections could not be checked')
    } finally {
      this.checking = false
    }
  }

  private welcome(socket: LiveSocket): void {
    socket.on('join', (request, answer) => void this.join(socket, request, answer))
    socket.on('leave', (key) => {
      if (typeof key !== 'string') return
      void socket.leave(key)
      this.channels.leave(socket.id, key)
    })
    socket.on('probe', (_sentAt, answer) => {
      if (typeof answer === 'function') answer(Date.now())
    })
    socket.on('disconnect', () => this.channels.gone(socket.id))
  }

  private async join(socket: LiveSocket, request: unknown, answer: unknown): Promise<void> {
    if (typeof answer !== 'function') return
    const reply = answer as (reply: JoinAnswer) => void
    const parsed = channelRequest.safeParse(request)
    if (!parsed.success) return reply({ ok: false, code: 'INPUT_INVALID', title: 'The request is not valid' })
    if (this.channels.subscriptionsOf(socket.id) >= MOST_SUBSCRIPTIONS)
      return reply({
        ok: false,
        code: 'TOO_MANY_REQUESTS',
        title: `At most ${MOST_SUBSCRIPTIONS} subscriptions for each connection`,
      })
    try {
      reply(await this.enter(socket, parsed.data))
    } catch (error) {
      const fault = error instanceof Fault ? error : null
      if (!fault) log.error({ err: error, channel: parsed.data.channel }, 'channel could not be joined')
      reply({ ok: false, code: fault?.code ?? 'INTERNAL', title: fault?.entry.en ?? 'Something went wrong' })
    }
  }

  private async enter(socket: LiveSocket, request: ChannelRequest): Promise<JoinAnswer> {
    // A display or a visitor was given boards; single points and sources were not.
    if (socket.data.own.boards && request.channel !== 'board') throw new Fault('NO_ACCESS')
    const joined = await this.channels.join(socket.id, request, socket.data.principal)
    if (socket.disconnected) {
      this.channels.gone(socket.id)
      return joined
    }
    // Rights may have changed while the picture was made: it is then not given.
    if (!this.channels.watches(socket.id, joined.key)) throw new Fault('STARTING')
    await socket.join(joined.key)
    return joined
  }

  private cutWhenSlow(socket: LiveSocket): void {
    const waiting = (socket.conn as unknown as { writeBuffer?: unknown[] }).writeBuffer?.length ?? 0
    if (waiting > MOST_WAITING) socket.disconnect(true)
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.beat) clearInterval(this.beat)
    this.watching.unsubscribe()
    this.channels.stopAll()
    await this.io?.close()
  }
}

/** Browsers send the origin of the page; another site's page must not open a connection with our cookie. */
function sameHost(
  request: { headers: { origin?: string | undefined; host?: string | undefined } },
  decide: (error: string | null, ok: boolean) => void,
): void {
  const { origin, host } = request.headers
  if (origin === undefined) return decide(null, true)
  try {
    decide(null, new URL(origin).host === host)
  } catch {
    decide(null, false)
  }
}
