/** OPC UA subscription: every change of a node with its own source time; a new session proves its gaps by source times. */
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type {
  ClientMonitoredItemBase,
  ClientSession,
  ClientSubscription,
  DataValue,
  OPCUAClient,
  UserIdentityInfo,
} from 'node-opcua'
import type { Reading } from '@gemba/contracts/reading'
import type { OpcuaSettings } from '@gemba/contracts/source'
import type { Sink } from '../sink.ts'
import { type RunningSource, SourceFailure } from '../source.ts'
import { classifyOpcua } from './errors.ts'

const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000] as const
const SESSION_TIMEOUT_MS = 60_000
const HEARTBEAT_MS = 500
const SILENT_MS = 8_000
const END_WITHIN_MS = 1_000
/** Overflow of a server queue: both the InfoType and the Overflow bit are set. */
const OVERFLOW = 0x480
const EARLIEST_AT = Date.UTC(2000, 0, 1)

const WORDS = /:(state|mode|reason|order|material)$/

type Opcua = typeof import('node-opcua')

/** Ends a client; one whose connection is half open may never answer. */
async function end(client: OPCUAClient): Promise<void> {
  const ended = client.disconnect().catch(() => undefined)
  await Promise.race([ended, pause(END_WITHIN_MS, null, { ref: false })])
}

export function startOpcua(settings: OpcuaSettings, sink: Sink, folder: string): RunningSource {
  const source = new OpcuaConnection(settings, sink, folder)
  return source.start()
}

class OpcuaConnection {
  private readonly settings: OpcuaSettings
  private readonly sink: Sink
  private readonly folder: string
  private stopped = false
  private wake: () => void = () => undefined
  private lost: ((error: Error) => void) | null = null
  private heardAt = 0
  private readonly lastAt = new Map<string, number>()

  constructor(settings: OpcuaSettings, sink: Sink, folder: string) {
    this.settings = settings
    this.sink = sink
    this.folder = folder
  }

  start(): RunningSource {
    const done = this.run()
    return {
      stop: async () => {
        this.stopped = true
        this.lost?.(new Error('stopped'))
        this.wake()
        await done
      },
    }
  }

  private async run(): Promise<void> {
    // Loaded only where such a source exists: it is the largest library of the collector.
    const opcua = await import('node-opcua')
    for (let attempt = 0; !this.stopped; attempt += 1) {
      const connectedAt = Date.now()
      try {
        await this.session(opcua)
      } catch (error) {
        if (this.stopped) return
        const failure = classifyOpcua(error, this.settings.endpointUrl)
        this.sink.failing(failure.type, failure.message)
      }
      if (this.stopped) return
      if (Date.now() - connectedAt > 10_000) attempt = 0
      this.sink.reconnected()
      await this.pause(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 10_000)
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** One session from connection to loss. */
  private async session(opcua: Opcua): Promise<void> {
    this.sink.connecting()
    const client = await this.client(opcua)
    const ended = new Promise<never>((_resolve, reject) => {
      this.lost = reject
    })
    ended.catch(() => undefined)
    client.on('connection_lost', () => this.lost?.(new Error('the connection was lost')))
    client.on('close', () => this.lost?.(new Error('the connection was closed')))
    let watch: NodeJS.Timeout | undefined
    try {
      // A stop ends the opening too: a server that says nothing takes a minute to fail.
      await Promise.race([this.open(opcua, client), ended])
      this.heardAt = Date.now()
      watch = setInterval(() => this.watchSilence(), 1_000)
      await ended
    } finally {
      clearInterval(watch)
      this.lost = null
      client.removeAllListeners()
      await end(client)
    }
  }

  private async open(opcua: Opcua, client: OPCUAClient): Promise<void> {
    await client.connect(this.settings.endpointUrl)
    // Before the session: the password is for the trusted server only.
    this.checkThumbprint(client)
    const session = await client.createSession(this.identity(opcua))
    if (this.stopped) return
    session.on('session_closed', () => this.lost?.(new Error('the session was closed')))
    this.sink.beginSession('session-lost', { isTold: true })
    await this.subscribe(opcua, session)
    if (!this.stopped) this.sink.running()
  }

  private watchSilence(): void {
    if (Date.now() - this.heardAt <= SILENT_MS) return
    const text = `${this.settings.endpointUrl}: the server has been silent for ${SILENT_MS / 1000} s.`
    this.lost?.(new SourceFailure('timeout', text))
  }

  private async client(opcua: Opcua): Promise<OPCUAClient> {
    const rootFolder = join(this.folder, 'opcua-pki')
    mkdirSync(rootFolder, { recursive: true, mode: 0o700 })
    const clientCertificateManager = new opcua.OPCUACertificateManager({
      rootFolder,
      automaticallyAcceptUnknownCertificate: true,
    })
    await clientCertificateManager.initialize()
    const mode = opcua.MessageSecurityMode[this.settings.security]
    const client = opcua.OPCUAClient.create({
      applicationName: 'Gemba collector',
      clientCertificateManager,
      securityMode: mode,
      securityPolicy:
        this.settings.security === 'None' ? opcua.SecurityPolicy.None : opcua.SecurityPolicy.Basic256Sha256,
      endpointMustExist: false,
      keepSessionAlive: true,
      requestedSessionTimeout: SESSION_TIMEOUT_MS,
      connectionStrategy: { maxRetry: 0, initialDelay: 200, maxDelay: 500 },
    })
    return client
  }

  private identity(opcua: Opcua): UserIdentityInfo {
    const { user, password } = this.settings
    if (user === undefined) return { type: opcua.UserTokenType.Anonymous }
    return { type: opcua.UserTokenType.UserName, userName: user, password: password ?? '' }
  }

  private async subscribe(opcua: Opcua, session: ClientSession): Promise<void> {
    const { publishingIntervalMs, items } = this.settings
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: publishingIntervalMs,
      requestedLifetimeCount: Math.ceil(SESSION_TIMEOUT_MS / publishingIntervalMs),
      requestedMaxKeepAliveCount: Math.max(4, Math.ceil(2_000 / publishingIntervalMs)),
      maxNotificationsPerPublish: 5_000,
      publishingEnabled: true,
      priority: 10,
    })
    subscription.on('keepalive', () => (this.heardAt = Date.now()))
    subscription.on('terminated', () => this.lost?.(new Error('the subscription was ended by the server')))
    const namespaces = await session.readNamespaceArray()
    const wanted = items.map((item) => {
      const index = namespaces.indexOf(item.namespaceUri)
      return { item, nodeId: index < 0 ? null : `ns=${index};s=${item.nodeId}` }
    })
    for (const { item, nodeId } of wanted)
      if (nodeId === null)
        this.sink.quarantine(
          'unknown-tag',
          `${item.point}: the server has no namespace ${item.namespaceUri}.`,
          item.nodeId,
        )
    await this.monitor(
      opcua,
      subscription,
      wanted.filter((each): each is typeof each & { nodeId: string } => each.nodeId !== null),
    )
    await this.heartbeat(opcua, subscription)
  }

  /** The first certificate of a server is trusted and kept; another one later is refused until a person says yes. */
  private checkThumbprint({ serverCertificate }: OPCUAClient): void {
    const certificate = Array.isArray(serverCertificate) ? serverCertificate[0] : serverCertificate
    if (!certificate) return
    const thumbprint = createHash('sha1').update(certificate).digest('hex')
    const known = this.settings.serverThumbprint ?? this.sink.state<string>('thumbprint')
    if (known === null) return this.sink.saveState('thumbprint', thumbprint)
    // Tools show thumbprints in capitals, with colons or blanks.
    if (known.toLowerCase().replace(/[^0-9a-f]/g, '') !== thumbprint)
      throw new SourceFailure(
        'tls',
        `${this.settings.endpointUrl}: the certificate has changed (thumbprint ${thumbprint}). Check the server, then trust the new one.`,
      )
  }

  private async monitor(
    opcua: Opcua,
    subscription: ClientSubscription,
    wanted: readonly { item: OpcuaSettings['items'][number]; nodeId: string }[],
  ): Promise<void> {
    const group = await subscription.monitorItems(
      wanted.map(({ nodeId }) => ({ nodeId, attributeId: opcua.AttributeIds.Value })),
      { samplingInterval: this.settings.samplingIntervalMs, queueSize: this.settings.queueSize, discardOldest: true },
      opcua.TimestampsToReturn.Both,
    )
    const items = group.monitoredItems
    /** Nodes of which the first value has not come. */
    const silent = new Set(items.keys())
    items.forEach((each, index) => {
      const item = wanted[index]?.item
      const code = (each as unknown as { statusCode?: { isGood?: () => boolean; name?: string } }).statusCode
      if (!item || !code?.isGood || code.isGood()) return
      silent.delete(index)
      this.sink.quarantine('unknown-tag', `${item.point}: the server answers ${code.name ?? 'bad'}.`, item.nodeId)
    })
    group.on('changed', (_item: ClientMonitoredItemBase, value: DataValue, index: number) => {
      this.heardAt = Date.now()
      const item = wanted[index]?.item
      if (!item || value.statusCode.value === opcua.StatusCodes.BadWaitingForInitialData.value) return
      const isFirst = silent.delete(index)
      this.take(item, value, isFirst)
      if (isFirst && silent.size === 0) this.sink.firstValuesAreThere()
    })
  }

  /** The server's own clock proves that nothing happened while nothing was said. */
  private async heartbeat(opcua: Opcua, subscription: ClientSubscription): Promise<void> {
    const item = await subscription.monitor(
      { nodeId: opcua.VariableIds.Server_ServerStatus_CurrentTime, attributeId: opcua.AttributeIds.Value },
      { samplingInterval: HEARTBEAT_MS, queueSize: 2, discardOldest: true },
      opcua.TimestampsToReturn.Both,
    )
    item.on('changed', (value: DataValue) => {
      this.heardAt = Date.now()
      const at = value.value.value as unknown
      if (at instanceof Date) this.sink.observed(at.getTime())
    })
  }

  private take(item: OpcuaSettings['items'][number], value: DataValue, isFirst: boolean): void {
    const at = value.sourceTimestamp?.getTime() ?? value.serverTimestamp?.getTime()
    if (at === undefined || at < EARLIEST_AT)
      return this.sink.quarantine(
        'time-invalid',
        `${item.point}: the source time is missing or before 2000.`,
        String(value.value.value),
      )
    if ((value.statusCode.value & OVERFLOW) === OVERFLOW) this.overflow(item, at)
    const raw = value.value.value as unknown
    const quality = value.statusCode.isGoodish() ? 0 : value.statusCode.value >>> 30 === 1 ? 1 : 2
    const plain = quality === 2 ? null : typeof raw === 'bigint' ? Number(raw) : raw
    if (typeof plain === 'number' && !Number.isFinite(plain))
      return this.sink.quarantine('nonfinite', `${item.point}: the value is not finite.`, String(plain))
    if (plain !== null && typeof plain !== 'number' && typeof plain !== 'string' && typeof plain !== 'boolean')
      return this.sink.quarantine(
        'type',
        `${item.point}: the value is neither a number, a text nor a truth value.`,
        JSON.stringify(raw),
      )
    const word = item.words?.[String(plain)] ?? plain
    this.lastAt.set(item.point, at)
    const reading: Reading = { p: item.point, t: at, v: word, r: Date.now(), ...(quality === 0 ? {} : { q: quality }) }
    if (isFirst) this.sink.firstValue(reading)
    else this.sink.reading(reading)
  }

  /** The server's queue ran over: values between the last one known and this one are lost. */
  private overflow(item: OpcuaSettings['items'][number], at: number): void {
    const unit = item.point.slice(0, item.point.indexOf(':'))
    const fromAt = this.lastAt.get(item.point) ?? this.sink.seenUntil
    if (WORDS.test(item.point)) this.sink.gap(unit, { fromAt, toAt: at, cause: 'queue-overflow' })
    else this.sink.lost('queue-overflow', { fromAt, toAt: at, unit, count: null })
  }
}
