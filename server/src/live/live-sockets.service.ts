import type { Server as HttpServer } from 'node:http'
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
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { ViewAs } from '../accounts/rights/view-as.service.ts'
import { SessionService } from '../accounts/session.service.ts'
import { Fault } from '../http/fault.ts'
import { log } from '../http/log.ts'
import { ChannelService } from './channel.service.ts'
import { LiveService } from './live.service.ts'

const BEAT_MS = 2_000
const MOST_SUBSCRIPTIONS = 64
/** A client that lets this many messages pile up is cut; it comes back and gets one snapshot. */
const MOST_WAITING = 400

interface SocketState {
  /** As whom the session signed in; the rights of it are looked up again when they change. */
  own: Principal
  /** With the rights of now. */
  principal: Principal
  /** Hash of the session that let it in. */
  session: string
}
type LiveSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketState>

/** Live connections: socket.io namespace `/live`, websocket only, signed in by the session cookie. */
@Injectable()
export class LiveSockets implements OnApplicationShutdown {
  private io: Server | null = null
  private beat: NodeJS.Timeout | null = null
  private readonly watching = new Subscription()

  constructor(
    private readonly channels: ChannelService,
    private readonly sessions: SessionService,
    private readonly live: LiveService,
    private readonly rights: RightsService,
    private readonly viewAs: ViewAs,
  ) {}

  attach(http: HttpServer): void {
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
    const sockets = () => [...namespace.sockets.values()] as unknown as LiveSocket[]
    const closings = this.sessions.closed.subscribe((session) => {
      for (const socket of sockets()) if (socket.data.session === session) socket.disconnect(true)
    })
    this.watching.add(closings)
    this.watching.add(this.rights.changed.subscribe(() => this.lookAgain(sockets())))
    this.watching.add(
      this.viewAs.changed.subscribe((session) =>
        this.lookAgain(sockets().filter((socket) => socket.data.session === session)),
      ),
    )
    this.beat = setInterval(() => {
      namespace.emit('beat', { serverTime: Date.now() })
      for (const socket of namespace.sockets.values()) this.cutWhenSlow(socket as LiveSocket)
    }, BEAT_MS)
  }

  private async admit(socket: LiveSocket, next: (error?: Error) => void): Promise<void> {
    try {
      const session = await this.sessions.find(socket.handshake.headers.cookie)
      if (!session) return next(new Error('NOT_SIGNED_IN'))
      socket.data.own = session.principal
      socket.data.session = session.idHash
      socket.data.principal = await this.principalOf(socket)
      next()
    } catch {
      next(new Error('STORE_AWAY'))
    }
  }

  private principalOf({ data }: LiveSocket): Promise<Principal> {
    return this.viewAs.eyesOf(data.session, this.rights.withRights(data.own))
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
