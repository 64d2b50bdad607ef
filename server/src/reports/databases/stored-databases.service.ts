import { Inject, Injectable } from '@nestjs/common'
import { type ExternalDatabaseChange, externalDatabaseChange } from '@gemba/contracts/external-database'
import { DataSource, type EntityManager } from 'typeorm'
import { SERVER_CONFIG, type ServerConfig } from '../../config.ts'
import { SecretBox } from '../../database/secret-box.ts'

export type DatabaseDefinition = Omit<ExternalDatabaseChange, 'password'>
export interface StoredDatabase {
  id: string
  definition: DatabaseDefinition
  password: string | null
}

interface Row {
  id: string
  definition: unknown
  password_sealed: string | null
}

const definitionOf = externalDatabaseChange.omit({ password: true })

/** Databases of others as they are set up; passwords lie sealed. */
@Injectable()
export class StoredDatabases {
  private readonly box: SecretBox

  constructor(
    private readonly database: DataSource,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {
    this.box = new SecretBox(this.config.secretKeyFile)
  }

  async all(): Promise<{ id: string; definition: DatabaseDefinition; hasPassword: boolean }[]> {
    const rows = await this.database.query<Row[]>('SELECT * FROM external_database ORDER BY id')
    return rows.map(({ id, definition, password_sealed }) => ({
      id,
      definition: definitionOf.parse(definition),
      hasPassword: password_sealed !== null,
    }))
  }

  /** With `within` the row is locked until that transaction ends. */
  async find(id: string, within?: EntityManager): Promise<StoredDatabase | null> {
    const [row] = await (within ?? this.database).query<Row[]>(
      `SELECT * FROM external_database WHERE id = $1 ${within === undefined ? '' : 'FOR UPDATE'}`,
      [id.replaceAll('\0', '')],
    )
    if (row === undefined) return null
    const password = row.password_sealed === null ? null : this.box.open(row.password_sealed)
    return { id: row.id, definition: definitionOf.parse(row.definition), password }
  }

  async save(manager: EntityManager, { id, definition, password }: StoredDatabase, by: string): Promise<void> {
    await manager.query(
      `INSERT INTO external_database (id, definition, password_sealed, changed_by) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET definition = $2, password_sealed = $3, changed_by = $4, changed_at = now()`,
      [id, JSON.stringify(definition), password === null ? null : this.box.seal(password), by],
    )
  }

  async remove(manager: EntityManager, id: string): Promise<void> {
    await manager.query('DELETE FROM external_database WHERE id = $1', [id])
  }
}
