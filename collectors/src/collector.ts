/** Runs the sources that the server names, as long as they are named, whether the server answers or not. */
import { type CollectorConfig, collectorConfig } from '@gemba/contracts/ingest'
import type { SourceDefinition } from '@gemba/contracts/source'
import { requireTarget } from './allowed-target.ts'
import type { CollectorSettings } from './config.ts'
import { log } from './log.ts'
import { fetchConfig, sendHeartbeat } from './server-calls.ts'
import { Sink } from './sink.ts'
import { type RunningSource, SourceFailure } from './source.ts'
import { Spool } from './spool/spool.ts'
import { pointsOf, startSource } from './start-source.ts'
import { type Identity, Uplink } from './uplink.ts'

const VERSION = '0.1.0'
const HEARTBEAT_MS = 5_000
/** While the server has not answered yet, it is asked more often. */
const FIRST_HEARTBEAT_MS = 1_000
const RESTART_MS = 5_000
const STOP_SOURCE_MS = 1_500
const CONFIG_STATE = 'config'

const within = (work: Promise<unknown>, ms: number): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms)))
  return Promise.race([work.catch(() => undefined), late]).finally(() => clearTimeout(timer))
}

/** A source and the networks that may be called for it. */
interface ConfiguredSource {
  readonly definition: SourceDefinition
  readonly networks: readonly string[]
}

class SourceRunner {
  readonly text: string
  readonly sink: Sink
  private readonly source: ConfiguredSource
  private readonly spoolDir: string
  private running: Promise<RunningSource | null> = Promise.resolve(null)
  private timer: NodeJS.Timeout | null = null
  private stopped = false

  constructor(source: ConfiguredSource, sink: Sink, spoolDir: string) {
    this.text = JSON.stringify(source)
    this.source = source
    this.sink = sink
    this.spoolDir = spoolDir
    sink.onLoss = () => this.restartLater()
    this.start()
  }

  private start(): void {
    const { definition, networks } = this.source
    this.running = requireTarget(definition.settings, networks)
      .then(() => startSource(definition.settings, this.sink, this.spoolDir))
      .catch((error: unknown) => this.didNotStart(error))
  }

  private didNotStart(error: unknown): null {
    log.error({ source: this.source.definition.id, err: error }, 'source did not start')
    if (error instanceof SourceFailure) this.sink.failing(error.type, error.message)
    else this.sink.failing('internal', 'The source could not be started; see the log of the collector.')
    this.restartLater()
    return null
  }

  private restartLater(): void {
    if (this.timer || this.stopped) return
    this.timer = setTimeout(() => {
      this.timer = null
      void this.stopSource().then(() => {
        if (!this.stopped) this.start()
      })
    }, RESTART_MS)
  }

  private async stopSource(): Promise<void> {
    await within(
      this.running.then((source) => source?.stop()),
      STOP_SOURCE_MS,
    )
  }

  async stop(): Promise<void> {
    this.stopped = true
    if (this.timer) clearTimeout(this.timer)
    // What waits for its grouping must be durable before a source can acknowledge it and end.
    this.sink.flush()
    await this.stopSource()
    this.sink.close()
  }
}

export class Collector {
  private readonly spool: Spool
  private readonly uplink: Uplink
  private readonly identity: Identity
  private readonly spoolDir: string
  private readonly startedAt = Date.now()
  private readonly runners = new Map<string, SourceRunner>()
  private configVersion: string | null = null
  private timer: NodeJS.Timeout | null = null
  private beating: Promise<void> = Promise.resolve()
  private stopped = false
  private isServerKnown: boolean | null = null

  constructor(settings: CollectorSettings) {
    this.spoolDir = settings.spoolDir
    this.spool = new Spool(settings.spoolDir, settings.spoolLimitBytes)
    if (this.spool.wasDamaged) log.error({}, 'the spool was damaged and has been moved aside')
    this.identity = { serverUrl: settings.serverUrl, token: settings.token, collector: settings.id }
    this.uplink = new Uplink(this.spool, this.identity)
  }

  /** Begins with the last known configuration, so that an absent server stops nothing. */
  async start(): Promise<void> {
    const known = collectorConfig.safeParse(this.spool.state(CONFIG_STATE))
    if (known.success) await this.apply(known.data)
    this.beat()
  }

  private beat(): void {
    this.beating = this.heartbeat().then(() => {
      const waitMs = this.configVersion === null ? FIRST_HEARTBEAT_MS : HEARTBEAT_MS
      if (!this.stopped) this.timer = setTimeout(() => this.beat(), waitMs)
    })
  }

  private async heartbeat(): Promise<void> {
    try {
      const { configVersion } = await sendHeartbeat(this.identity, {
        collector: this.identity.collector,
        version: VERSION,
        startedAt: this.startedAt,
        configVersion: this.configVersion,
        sentAt: Date.now(),
        reports: [...this.runners.values()].map((runner) => runner.sink.report()),
      })
      if (configVersion !== this.configVersion) await this.takeConfig()
      if (this.isServerKnown !== true) log.info({ server: this.identity.serverUrl }, 'server answers')
      this.isServerKnown = true
    } catch (error) {
      if (this.isServerKnown !== false)
        log.warn({ server: this.identity.serverUrl, cause: (error as Error).message }, 'server does not answer')
      this.isServerKnown = false
    }
  }

  private async takeConfig(): Promise<void> {
    const config = await fetchConfig(this.identity)
    if (this.stopped) return
    this.spool.commit({ stream: CONFIG_STATE, lines: [], state: { [CONFIG_STATE]: config } })
    await this.apply(config)
  }

  /** Ends sources that are gone or changed and starts new ones; the others are not touched. */
  private async apply(config: CollectorConfig): Promise<void> {
    const { networks } = config
    const wanted = new Map(config.sources.map((definition) => [definition.id, { definition, networks }]))
    const ending = [...this.runners].filter(([id, runner]) => JSON.stringify(wanted.get(id)) !== runner.text)
    await Promise.all(ending.map(([, runner]) => runner.stop()))
    for (const [id] of ending) this.runners.delete(id)
    for (const [id, source] of wanted) {
      const { definition } = source
      if (this.runners.has(id) || definition.settings.kind === 'push' || this.stopped) continue
      const spooling = { spool: this.spool, wake: (stream: string) => this.uplink.wake(stream) }
      const sink = new Sink(definition, pointsOf(definition.settings), spooling)
      this.runners.set(id, new SourceRunner(source, sink, this.spoolDir))
    }
    this.configVersion = config.version
    log.info({ version: config.version, sources: this.runners.size }, 'configuration in force')
  }

  async stop(): Promise<void> {
    this.stopped = true
    if (this.timer) clearTimeout(this.timer)
    await Promise.all([...this.runners.values()].map((runner) => runner.stop()))
    await Promise.all([this.uplink.stop(), within(this.beating, 200)])
    this.spool.close()
  }
}
