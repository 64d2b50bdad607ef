/** The MQTT broker of the plant (aedes) with user and password; stopping it drops its sessions, as a crash would. */
import { type Server, type Socket, createServer } from 'node:net'
import { Aedes } from 'aedes'

export class Broker {
  private readonly port: number
  private readonly password: string
  private aedes: Aedes | null = null
  private server: Server | null = null
  private readonly sockets = new Set<Socket>()
  /** Ids of connected clients. */
  readonly clients = new Set<string>()

  constructor(port: number, password: string) {
    this.port = port
    this.password = password
  }

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker({ heartbeatInterval: 30_000, queueLimit: 100_000 })
    // eslint-disable-next-line max-params -- the shape that the broker asks for
    aedes.authenticate = (_client, user, password, done) =>
      done(null, (user === 'gemba' || user === 'plant') && password?.toString() === this.password)
    aedes.on('subscribe', (_topics, client) => {
      if (client) this.clients.add(client.id)
    })
    aedes.on('clientDisconnect', (client) => this.clients.delete(client.id))
    const server = createServer((socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
      aedes.handle(socket)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.port, '127.0.0.1', resolve)
    })
    this.aedes = aedes
    this.server = server
  }

  async stop(): Promise<void> {
    const { aedes, server } = this
    this.aedes = null
    this.server = null
    for (const socket of this.sockets) socket.destroy()
    this.clients.clear()
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
    await new Promise<void>((resolve) => (aedes ? aedes.close(() => resolve()) : resolve()))
  }
}
