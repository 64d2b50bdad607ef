import { createHash } from 'node:crypto'
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import type { CollectorConfig } from '@gemba/contracts/ingest'
import { type SourceDefinition, sourceDefinition } from '@gemba/contracts/source'
import { DataSource } from 'typeorm'
import { CatalogService } from '../catalog/catalog.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { SecretBox } from '../database/secret-box.ts'

interface SourceRow {
  id: string
  definition: object
  secrets: string
}

/** The collector that runs beside the server. */
const BESIDE = 'local'

/** Settings of all sources: definition in the clear, how to reach it encrypted. */
@Injectable()
export class SourceStore implements OnModuleInit {
  private readonly box: SecretBox
  private definitions: SourceDefinition[] = []
  private version = 'none'

  constructor(
    private readonly database: DataSource,
    private readonly catalog: CatalogService,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {
    this.box = new SecretBox(config.secretKeyFile)
  }

  async onModuleInit(): Promise<void> {
    const imported = this.catalog.importedSources
    if (imported) await this.save(imported)
    await this.load()
  }

  get all(): readonly SourceDefinition[] {
    return this.definitions
  }

  get configVersion(): string {
    return this.version
  }

  /** What a collector shall collect: its own sources; what is pushed to us nobody collects. */
  collectorConfig(collector: string): CollectorConfig {
    const sources = this.definitions.filter(
      (each) => (each.collector ?? BESIDE) === collector && each.settings.kind !== 'push',
    )
    return { version: this.version, sources, networks: [...this.config.collectorNetworks] }
  }

  private async save(sources: readonly SourceDefinition[]): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager.query('UPDATE source SET retired = true WHERE NOT (id = ANY($1))', [
        sources.map((source) => source.id),
      ])
      for (const { settings, ...definition } of sources) {
        await manager.query(
          `INSERT INTO source (id, definition, secrets, retired) VALUES ($1, $2, $3, false)
           ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, secrets = excluded.secrets, retired = false, changed_at = now()`,
          [definition.id, JSON.stringify(definition), this.box.seal(JSON.stringify(settings))],
        )
      }
    })
  }

  private async load(): Promise<void> {
    const rows = await this.database.query<SourceRow[]>(
      'SELECT id, definition, secrets FROM source WHERE NOT retired ORDER BY id',
    )
    this.definitions = rows.map((row) =>
      sourceDefinition.parse({ ...row.definition, settings: JSON.parse(this.box.open(row.secrets)) }),
    )
    this.version = createHash('sha256').update(JSON.stringify(this.definitions)).digest('hex').slice(0, 16)
  }
}
