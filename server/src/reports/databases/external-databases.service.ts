import { Inject, Injectable } from '@nestjs/common'
import type { RowsPreview } from '@gemba/contracts/data-file'
import type {
  DatabaseStage,
  DatabaseTrial,
  ExternalDatabaseChange,
  ExternalDatabasesAnswer,
} from '@gemba/contracts/external-database'
import { classOf } from '@gemba/contracts/network-address'
import { DataSource } from 'typeorm'
import type { Principal } from '../../accounts/principal.ts'
import { AuditService } from '../../audit/audit.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../../config.ts'
import { Fault } from '../../http/fault.ts'
import { DATASET_LIMITS, DatasetRefused } from '../dataset-reading.ts'
import { DatasetUses, namesDatabase, requireUnused } from '../dataset-uses.service.ts'
import type { By } from '../report-drafts.service.ts'
import { DatabaseDatasets, objectOfDatabase } from './database-dataset.service.ts'
import { addressOf, connected, type Reached } from './database-reading.ts'
import { awayOf } from './database-words.ts'
import { StoredDatabases, type StoredDatabase } from './stored-databases.service.ts'

const SHOWN_ROWS = 20
const TRIAL_MS = 15_000
const ORDER: readonly DatabaseStage[] = ['name', 'sign-in', 'reading']

/** Databases of others: set up, tried, and who may write queries for them. */
@Injectable()
export class ExternalDatabases {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
    private readonly stored: StoredDatabases,
    private readonly rows: DatabaseDatasets,
    private readonly uses: DatasetUses,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  async list(principal: Principal): Promise<ExternalDatabasesAnswer> {
    const [all, readings] = await Promise.all([this.stored.all(), this.uses.all()])
    return {
      databases: all
        .filter(({ id }) => mayChange(principal, id))
        .map(({ id, definition, hasPassword }) => ({
          ...definition,
          id,
          hasPassword,
          usedBy: this.uses.usesIn(readings, principal, namesDatabase(id)),
        })),
      mayEdit: mayChange(principal, '*'),
    }
  }

  async change(id: string, change: ExternalDatabaseChange, { principal, actor }: By): Promise<ExternalDatabasesAnswer> {
    if (!mayChange(principal, id)) throw unknown(id)
    const { password, ...definition } = change
    await this.database.transaction(async (manager) => {
      const before = await this.stored.find(id, manager)
      // A password is for one account of one server: nobody else gets it because somebody changed the host.
      const isSame =
        before !== null &&
        (['host', 'port', 'database', 'user'] as const).every((key) => before.definition[key] === change[key])
      const kept = password ?? (isSame ? before.password : null)
      await this.stored.save(manager, { id, definition, password: kept }, principal.user)
      await this.audit.record(
        {
          stream: 'change',
          action: before === null ? 'external-database.created' : 'external-database.changed',
          by: actor,
          object: { kind: 'external-database', id },
          before: before?.definition ?? null,
          after: { ...definition, hasPassword: kept !== null },
        },
        manager,
      )
    })
    return this.list(principal)
  }

  async remove(id: string, { principal, actor }: By): Promise<ExternalDatabasesAnswer> {
    if (!mayChange(principal, id)) throw unknown(id)
    await this.database.transaction(async (manager) => {
      const before = await this.stored.find(id, manager)
      if (before === null) throw unknown(id)
      requireUnused('EXTERNAL_DATABASE_IN_USE', this.uses.usesIn(await this.uses.all(), principal, namesDatabase(id)))
      await this.stored.remove(manager, id)
      await this.audit.record(
        {
          stream: 'change',
          action: 'external-database.removed',
          by: actor,
          object: { kind: 'external-database', id },
          before: before.definition,
        },
        manager,
      )
    })
    return this.list(principal)
  }

  /** With the saved settings, stage by stage; what fails is told where it fails. */
  async attempt(id: string, principal: Principal): Promise<DatabaseTrial> {
    const { definition, password } = await this.known(id, principal)
    const reached: Reached = { ...definition, password }
    const networks = this.config.collectorNetworks
    const trial: DatabaseTrial = { stages: [], writableTables: null }
    const step = async <T>(stage: DatabaseStage, work: () => Promise<[T, string]>): Promise<T | null> => {
      const startedAt = performance.now()
      const tookMs = () => Math.round(performance.now() - startedAt)
      try {
        const [value, text] = await work()
        trial.stages.push({ stage, outcome: 'done', tookMs: tookMs(), answer: { zh: text, en: text } })
        return value
      } catch (error) {
        const { words, remedy } = awayOf(error)
        const answer = { zh: `${words.zh}；${remedy.zh}`, en: `${words.en}; ${remedy.en}` }
        trial.stages.push({ stage, outcome: 'failed', tookMs: tookMs(), answer })
        return null
      }
    }
    const address = await step('name', async () => {
      const found = await addressOf(reached, networks)
      return [found, `${found} · ${classOf(found)}`]
    })
    const client =
      address === null
        ? null
        : await step('sign-in', async () => [
            await connected(reached, networks, TRIAL_MS),
            `${reached.user}@${reached.database}`,
          ])
    if (client !== null) {
      try {
        trial.writableTables = await step('reading', async () => {
          const { rows } = await client.query<{ version: string; writable: string }>(FACTS_SQL)
          return [Number(rows[0]?.writable ?? 0), `PostgreSQL ${rows[0]?.version ?? ''}`]
        })
      } finally {
        await client.end().catch(() => undefined)
      }
    }
    const untried = ORDER.slice(trial.stages.length)
    for (const stage of untried) trial.stages.push({ stage, outcome: 'not-tried', tookMs: null, answer: null })
    return trial
  }

  /** The first rows of a query, as the caller would see them in a report. */
  async preview(id: string, sql: string, principal: Principal): Promise<RowsPreview> {
    const known = await this.known(id, principal)
    if (!this.rows.mayWrite(principal, known)) throw new Fault('NO_ACCESS', { action: 'edit' })
    const lines: string[] = []
    const question = {
      principal,
      params: {},
      locale: 'zh-CN' as const,
      timeZone: 'UTC',
      nowAt: Date.now(),
      knownAt: undefined,
      signal: AbortSignal.timeout(DATASET_LIMITS.timeoutMs),
    }
    try {
      // One more than is shown says that there are more; nobody reads on for a look.
      const asked = {
        source: id,
        sql: `SELECT * FROM (\n${sql}\n) AS gemba_look LIMIT ${SHOWN_ROWS + 1}`,
        parameters: [],
      }
      const mark = await this.rows.read('preview', asked, question, async (line) => void lines.push(line))
      const rows = lines.slice(0, SHOWN_ROWS).map((line) => JSON.parse(line) as Record<string, string | number | null>)
      const columns = Object.entries(mark.types).map(([name, type]) => ({ name, heading: name, type }))
      return {
        columns,
        rows: rows.map((row) => columns.map(({ name }) => row[name] ?? null)),
        isCut: lines.length > SHOWN_ROWS,
        rules: mark.rules,
        masked: mark.masked,
        asOf: mark.sourceTime ?? new Date().toISOString(),
      }
    } catch (error) {
      if (!(error instanceof DatasetRefused)) throw error
      const { words, remedy } = error
      throw new Fault(
        'EXTERNAL_DATABASE_REFUSED',
        {},
        { zh: `${words.zh}；${remedy.zh}`, en: `${words.en}; ${remedy.en}` },
      )
    }
  }

  private async known(id: string, principal: Principal): Promise<StoredDatabase> {
    const found = mayChange(principal, id) ? await this.stored.find(id) : null
    if (found === null) throw unknown(id)
    return found
  }
}

const FACTS_SQL = `SELECT current_setting('server_version') AS version,
  (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS writable`

const mayChange = ({ rights }: Principal, id: string): boolean =>
  rights?.may('edit', { kind: 'source', id: id === '*' ? '*' : objectOfDatabase(id) }) === true

const unknown = (id: string): Fault => new Fault('EXTERNAL_DATABASE_UNKNOWN', { database: id.slice(0, 60) })
