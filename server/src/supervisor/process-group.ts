/** All processes of one Gemba: started in order, stopped in the reverse order, nothing left behind. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { SupervisedChild } from './child-process.ts'
import type { SupervisorConfig } from './config.ts'
import { endPostgresBelow } from './leftovers.ts'
import { lastLinesOf } from './log-file.ts'
import { StartFailure, type Step, say, step } from './progress.ts'
import { Secrets } from './secrets.ts'
import { MetadataStore, type WarehouseStore, warehouseStore } from './stores.ts'

const STORE_BUDGET_MS = 90_000
const CATALOG_BUDGET_MS = 90_000
const SERVER_BUDGET_MS = 120_000
/** The history may take long, but it must move. */
const HISTORY_STALL_MS = 300_000
const SETTLED_MS = 1_200
const READY_BUDGET_MS = 120_000
/** More ends than this before it is up: it will not come up. */
const ENDS_BEFORE_GIVING_UP = 3

const FRONT_PATIENCE_MS = 4_500
const STORE_PATIENCE_MS = 3_500

/** Collector of the demo's second site. */
const EDGE = 'edge-brq'

interface PlantNews {
  catalogFile: string | null
  historyDone: boolean
  text: string
  share: number
  movedAt: number
}

export class ProcessGroup {
  readonly secrets: Secrets
  private readonly config: SupervisorConfig
  private readonly root: string
  private metadata: MetadataStore | null = null
  private warehouse: WarehouseStore | null = null
  private readonly front = new Map<string, SupervisedChild>()
  private readonly news: PlantNews = { catalogFile: null, historyDone: false, text: '', share: 0, movedAt: 0 }
  private stopped: Promise<void> | null = null

  constructor(config: SupervisorConfig, root: string) {
    this.config = config
    this.root = root
    for (const name of ['logs', 'run', 'spool', 'plant'])
      mkdirSync(join(config.dataDir, name), { recursive: true, mode: 0o755 })
    this.secrets = new Secrets(join(config.dataDir, 'secrets'))
  }

  private get serverUrl(): string {
    return `http://127.0.0.1:${this.config.port}`
  }

  /** Brings everything up; a `StartFailure` names the part that did not come. */
  async start(password: string | null): Promise<'ok' | 'degraded'> {
    const metadataUrl = this.config.metadataUrl ?? (await step('Metadata store', () => this.startMetadata()))
    const warehouseUrl = this.config.warehouseUrl ?? (await step('Warehouse', () => this.startWarehouse()))
    if (this.config.demo) await step('Reference factory', () => this.startPlant())
    await step('Server', () => this.startServer({ metadataUrl, warehouseUrl, password }))
    this.launchWatchdog(metadataUrl)
    const collectors = this.launchCollectors()
    if (this.config.demo) await step('History of the factory', (shown) => this.awaitHistory(shown))
    await step('Collectors', () => this.awaitSettled(collectors))
    return step('First values', () => this.awaitHealth())
  }

  private async startMetadata(): Promise<string> {
    this.metadata = new MetadataStore(this.config.dataDir)
    try {
      return (await this.metadata.start()).url
    } catch (error) {
      throw new StartFailure(
        'The metadata store (PostgreSQL) did not start',
        [(error as Error).message, ...lastLinesOf(this.metadata.logFile, 4)].join('\n       '),
        `read ${this.metadata.logFile}, or give METADATA_URL of a PostgreSQL server`,
      )
    }
  }

  private async startWarehouse(): Promise<string> {
    const store = await warehouseStore(this.config.dataDir, this.secrets.get('warehouse-token'))
    this.warehouse = store
    store.child.start()
    let ready = false
    void store.ready.then(() => (ready = true))
    await this.await(store.child, STORE_BUDGET_MS, async () => ready)
    return store.url
  }

  private async startPlant(): Promise<void> {
    const { dataDir, plant, historyDays, faults } = this.config
    const program = join(this.root, 'test/plant/main.ts')
    if (!existsSync(program))
      throw new StartFailure('The reference factory is missing', program, 'start without it: npm start -- --demo off')
    const args = ['--data', join(dataDir, 'plant'), '--set', plant]
    args.push('--history-days', String(historyDays), '--server-url', this.serverUrl)
    if (faults !== '') args.push('--faults', faults)
    const child = this.launch('plant', [program, ...args], {
      GEMBA_COLLECTOR_TOKEN: this.secrets.get('collector-plant'),
    })
    await this.await(child, CATALOG_BUDGET_MS, async () => this.news.catalogFile !== null)
  }

  private async startServer(stores: {
    metadataUrl: string
    warehouseUrl: string
    password: string | null
  }): Promise<void> {
    const { config, secrets } = this
    const collectors = config.demo ? ['local', EDGE, 'plant'] : ['local']
    const tokens = collectors.map((id) => `${id}:${secrets.get(`collector-${id}`)}`)
    // Agents elsewhere bring their own: `id:token`, separated by commas.
    tokens.push(...(config.inherited['GEMBA_COLLECTOR_TOKENS'] ?? '').split(',').filter((entry) => entry !== ''))
    const embedded = [...(this.metadata ? ['metadata'] : []), ...(this.warehouse ? ['warehouse'] : [])]
    const child = this.launch('server', ['--enable-source-maps', join(this.root, 'server/dist/main.js')], {
      GEMBA_PORT: String(config.port),
      GEMBA_HOST: config.host,
      GEMBA_DATA: config.dataDir,
      METADATA_URL: stores.metadataUrl,
      WAREHOUSE_URL: stores.warehouseUrl,
      GEMBA_SECRET_KEY_FILE: secrets.pathOf('key'),
      GEMBA_COLLECTOR_TOKENS: tokens.join(','),
      GEMBA_DEMO: config.demo ? 'on' : 'off',
      GEMBA_EMBEDDED: embedded.join(','),
      ...(this.news.catalogFile ? { GEMBA_PROVISION: this.news.catalogFile } : {}),
      ...(stores.password ? { [passwordVariable(config)]: stores.password } : {}),
    })
    await this.await(child, SERVER_BUDGET_MS, async () => (await this.health()) !== null)
  }

  /** Looks after deliveries from outside the server, so that a dead scheduler is noticed as well. */
  private launchWatchdog(metadataUrl: string): void {
    const { config, secrets } = this
    this.launch('watchdog', [join(this.root, 'server/dist/deliveries/watchdog/main.js')], {
      METADATA_URL: metadataUrl,
      GEMBA_SECRET_KEY_FILE: secrets.pathOf('key'),
      GEMBA_DATA: config.dataDir,
      GEMBA_PORT: String(config.port),
      GEMBA_DEMO: config.demo ? 'on' : 'off',
    })
  }

  private launchCollectors(): SupervisedChild[] {
    const children = [this.launchCollector('collector', 'local', 'spool')]
    // The second site of the demo is read as in life: by an agent of its own, which is the same program.
    if (this.config.demo) children.push(this.launchCollector(EDGE, EDGE, `spool-${EDGE}`))
    return children
  }

  /** They have no sign of readiness of their own: one that is wrong from the start ends within a moment. */
  private async awaitSettled(children: readonly SupervisedChild[]): Promise<void> {
    for (const child of children) await this.await(child, READY_BUDGET_MS, async () => child.aliveMs > SETTLED_MS)
  }

  private launchCollector(name: string, id: string, spool: string): SupervisedChild {
    return this.launch(name, [join(this.root, 'collectors/src/main.ts')], {
      GEMBA_SERVER_URL: this.config.collectorServerUrl ?? this.serverUrl,
      GEMBA_COLLECTOR_ID: id,
      GEMBA_COLLECTOR_TOKEN: this.secrets.get(`collector-${id}`),
      GEMBA_SPOOL_DIR: join(this.config.dataDir, spool),
    })
  }

  private async awaitHistory({ tell }: Step): Promise<void> {
    const child = this.front.get('plant') as SupervisedChild
    this.news.movedAt = performance.now()
    let told = ''
    while (!this.news.historyDone) {
      await this.await(child, HISTORY_STALL_MS, async () => {
        if (this.news.text === told && !this.news.historyDone) return false
        told = this.news.text
        return true
      })
      tell(told, this.news.share)
    }
  }

  private async awaitHealth(): Promise<'ok' | 'degraded'> {
    const server = this.front.get('server') as SupervisedChild
    let last: string | null = null
    const until = performance.now() + READY_BUDGET_MS / 2
    await this.await(server, READY_BUDGET_MS, async () => {
      last = await this.health()
      return last === 'ok' || (last === 'degraded' && performance.now() > until)
    })
    return last === 'ok' ? 'ok' : 'degraded'
  }

  private async health(): Promise<string | null> {
    try {
      const answer = await fetch(`${this.serverUrl}/api/health`, { signal: AbortSignal.timeout(2_000) })
      return ((await answer.json()) as { status?: string }).status ?? null
    } catch {
      return null
    }
  }

  private launch(name: string, program: readonly string[], env: Record<string, string>): SupervisedChild {
    const { dataDir, inherited } = this.config
    const child = new SupervisedChild({
      name,
      program,
      env: { ...inherited, ...env },
      cwd: this.root,
      logFile: join(dataDir, 'logs', `${name}.log`),
      pidFile: join(dataDir, 'run', `${name}.pid`),
      onMessage: (message) => this.hear(message),
    })
    this.front.set(name, child)
    child.start()
    return child
  }

  private hear(message: unknown): void {
    const { type, file, text, done, total } = (message ?? {}) as Record<string, unknown>
    if (type === 'catalog-ready' && typeof file === 'string') {
      this.news.catalogFile = file
      // A server that runs already has read it as it was.
      this.front.get('server')?.say({ type: 'provision' })
    }
    if (type === 'history-done') this.news.historyDone = true
    if (type !== 'progress') return
    const share = typeof done === 'number' && typeof total === 'number' && total > 0 ? done / total : 0
    this.news.share = share
    this.news.text = `${typeof text === 'string' ? text : ''} ${Math.floor(share * 100)} %`.trim()
  }

  /** Waits for a condition while the child lives and the budget lasts. */
  private async await(child: SupervisedChild, budgetMs: number, condition: () => Promise<boolean>): Promise<void> {
    const endsBefore = child.exits
    const deadline = performance.now() + budgetMs
    while (!(await condition())) {
      if (this.stopped) throw new StartFailure('The start was broken off', 'Gemba was told to stop', 'start it again')
      if (child.exits - endsBefore >= ENDS_BEFORE_GIVING_UP) throw this.failure(child, `it ended (${child.lastExit})`)
      if (performance.now() > deadline)
        throw this.failure(child, `it was not ready after ${Math.round(budgetMs / 1000)} s`)
      await pause(50)
    }
  }

  private failure(child: SupervisedChild, how: string): StartFailure {
    const { name, logFile } = child.spec
    const lines = child.lastLines()
    const why = [how, ...(lines.length > 0 ? lines : lastLinesOf(logFile, 6))].join('\n       ')
    return new StartFailure(`The ${name} did not come up`, why, `read ${logFile}; npx gemba doctor checks this machine`)
  }

  /** Stops what serves first, then the stores it writes to. Safe to call twice. */
  stop(): Promise<void> {
    this.stopped ??= this.stopAll()
    return this.stopped
  }

  private async stopAll(): Promise<void> {
    await Promise.all([...this.front.values()].map((child) => child.stop(FRONT_PATIENCE_MS)))
    await Promise.all([
      this.warehouse?.child.stop(STORE_PATIENCE_MS),
      this.metadata?.stop(),
      endPostgresBelow(join(this.config.dataDir, 'plant')),
    ])
  }
}

const passwordVariable = (config: SupervisorConfig): string =>
  config.demo ? 'GEMBA_DEMO_PASSWORD' : 'GEMBA_ADMIN_PASSWORD'

/** The last lines of a start: where it is and how to sign in. */
export function announce(config: SupervisorConfig, password: string | null): void {
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host
  const variable = passwordVariable(config)
  say(`\nGemba is ready: http://${host}:${config.port}`)
  say(config.demo ? 'Sign in as admin, manager, analyst, executive, quality or operator.' : 'Sign in as admin.')
  const another = `set another one with ${variable}=… npm start`
  if (config.givenPassword !== null) say(`Password: the one given in ${variable}`)
  else if (password !== null) say(`Password: ${password}\nIt is shown this once; ${another}`)
  else if (config.metadataUrl !== null && !config.demo) say(`Accounts are those of METADATA_URL; ${another}`)
  else say(`The password is the one printed at the first start; ${another}`)
}
