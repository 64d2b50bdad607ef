import { Inject, Injectable } from '@nestjs/common'
import type { Bilingual } from '@gemba/contracts/catalog'
import type { RowsPreview } from '@gemba/contracts/data-file'
import type {
  DatabaseKind,
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
import { awayOf, CLASS_WORDS } from './database-words.ts'
import { addressOf, type ForeignConnection, type Reached } from './foreign-driver.ts'
import { connected, driverOf } from './foreign-reading.ts'
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
  async attempt(id: string, { principal, actor }: By): Promise<DatabaseTrial> {
    const { definition, password } = await this.known(id, principal)
    const trial = await this.tried({ ...definition, password }, definition.kind)
    const failed = trial.stages.find(({ outcome }) => outcome === 'failed')
    await this.audit.record({
      stream: 'access',
      action: 'external-database.tried',
      outcome: failed === undefined ? 'ok' : 'refused',
      by: actor,
      object: { kind: 'external-database', id },
      after: { failedAt: failed?.stage ?? null, writableTables: trial.writableTables },
    })
    return trial
  }

  private async tried(reached: Reached, kind: DatabaseKind): Promise<DatabaseTrial> {
    const place = { reached, networks: this.config.collectorNetworks }
    const trial: DatabaseTrial = { stages: [], writableTables: null }
    const step = async <T>(stage: DatabaseStage, work: () => Promise<[T, Bilingual]>): Promise<T | null> => {
      const startedAt = performance.now()
      const tookMs = () => Math.round(performance.now() - startedAt)
      try {
        const [value, answer] = await work()
        trial.stages.push({ stage, outcome: 'done', tookMs: tookMs(), answer })
        return value
      } catch (error) {
        const { words, remedy } = awayOf(error)
        const answer = { zh: `${words.zh}；${remedy.zh}`, en: `${words.en}; ${remedy.en}` }
        trial.stages.push({ stage, outcome: 'failed', tookMs: tookMs(), answer })
        return null
      }
    }
    const address = await step('name', async () => {
      const found = await addressOf(reached, place.networks)
      const { zh, en } = CLASS_WORDS[classOf(found)]
      return [found, { zh: `${found} · ${zh}`, en: `${found} · ${en}` }]
    })
    const signIn = async (): Promise<[ForeignConnection, Bilingual]> => [
      await connected(driverOf(kind), place, TRIAL_MS),
      same(`${reached.user}@${reached.database}`),
    ]
    const connection = address === null ? null : await step('sign-in', signIn)
    if (connection !== null) {
      trial.writableTables = await step('reading', async () => {
        const { product, writableTables } = await connection.facts()
        return [writableTables, same(product)]
      })
      await connection.close()
    }
    const untried = ORDER.slice(trial.stages.length)
    for (const stage of untried) trial.stages.push({ stage, outcome: 'not-tried', tookMs: null, answer: null })
    return trial
  }

  /** The first rows of a query, as the caller would see them in a report. Who asked what is in the audit trail. */
  async preview(id: string, sql: string, { principal, actor }: By): Promise<RowsPreview> {
    const known = await this.known(id, principal)
    if (!this.rows.mayWrite(principal, known)) throw new Fault('NO_ACCESS', { action: 'edit' })
    const entry = {
      stream: 'access' as const,
      action: 'external-database.queried',
      by: actor,
      object: { kind: 'external-database', id },
    }
    try {
      const found = await this.firstRows(id, sql, principal)
      // Written before the rows leave.
      await this.audit.record({
        ...entry,
        after: { sql, rows: found.rows.length, isCut: found.isCut, rules: found.rules, masked: found.masked },
      })
      return found
    } catch (error) {
      if (!(error instanceof DatasetRefused)) throw error
      const { words, remedy } = error
      await this.audit.record({ ...entry, outcome: 'refused', after: { sql, rows: 0 }, reason: words.en })
      throw new Fault(
        'EXTERNAL_DATABASE_REFUSED',
        {},
        { zh: `${words.zh}；${remedy.zh}`, en: `${words.en}; ${remedy.en}` },
      )
    }
  }

  private async firstRows(id: string, sql: string, principal: Principal): Promise<RowsPreview> {
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
    // One more than is shown says that there are more; nobody reads on for a look.
    const asked = { source: id, sql, parameters: [], most: SHOWN_ROWS + 1 }
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
      ...(mark.applied === null ? {} : { inQuery: [...mark.applied.inQuery], inMemory: [...mark.applied.inMemory] }),
    }
  }

  private async known(id: string, principal: Principal): Promise<StoredDatabase> {
    const found = mayChange(principal, id) ? await this.stored.find(id) : null
    if (found === null) throw unknown(id)
    return found
  }
}

const same = (text: string): Bilingual => ({ zh: text, en: text })

const mayChange = ({ rights }: Principal, id: string): boolean =>
  rights?.may('edit', { kind: 'source', id: id === '*' ? '*' : objectOfDatabase(id) }) === true

const unknown = (id: string): Fault => new Fault('EXTERNAL_DATABASE_UNKNOWN', { database: id.slice(0, 60) })
