import { createHash } from 'node:crypto'
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import type { AuditStream } from '@gemba/contracts/audit'
import type { Means } from '@gemba/contracts/sign-in'
import { DataSource, type EntityManager } from 'typeorm'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { derivedKey } from '../database/secret-box.ts'
import { type ChainRow, hashOfRow, keyIdOf } from './audit-chain.ts'
import { canonicalJson } from './canonical-json.ts'

export const AUDIT_KEY_PURPOSE = 'audit chain'
export const AUDIT_WRITER = 'gemba_audit_writer'

const MOST_TEXT = 100_000

/** Who acts, from where, under which rights. `CurrentActor` makes one of a request. */
export interface Actor {
  /** Account, `device:<id>` or `system`. */
  readonly user: string
  readonly rights: readonly string[]
  readonly means: Means | null
  readonly session: string | null
  readonly address: string | null
}

/** The product itself, for what nobody asked for. */
export const SYSTEM: Actor = { user: 'system', rights: [], means: null, session: null, address: null }

export interface AuditRecord {
  readonly stream: AuditStream
  /** A word with dots, for example `device.revoked`. */
  readonly action: string
  readonly outcome?: 'ok' | 'refused'
  readonly by: Actor
  readonly object?: { readonly kind: string; readonly id: string }
  /** Never secrets: what is written here stays for years. */
  readonly before?: unknown
  readonly after?: unknown
  readonly reason?: string
}

/** PostgreSQL takes no NUL in a text. */
const clean = (text: string, most: number): string => text.replaceAll('\0', '␀').slice(0, most)

/** What is too long to keep is named by its length and hash; half a document would be unreadable. */
function jsonText(value: unknown): string {
  const text = canonicalJson(value)
  if (text.length <= MOST_TEXT) return text
  return canonicalJson({ tooLong: text.length, sha256: createHash('sha256').update(text).digest('hex') })
}

/** Writes the audit trail: append-only, one hash chain per stream. */
@Injectable()
export class AuditService implements OnModuleInit {
  private key: Buffer = Buffer.alloc(0)
  private hasRole = false

  constructor(
    private readonly database: DataSource,
    @Inject(SERVER_CONFIG) private readonly config: Pick<ServerConfig, 'secretKeyFile'>,
  ) {}

  async onModuleInit(): Promise<void> {
    this.key = derivedKey(this.config.secretKeyFile, AUDIT_KEY_PURPOSE)
    const rows = await this.database.query<{ may: boolean }[]>(
      `SELECT pg_has_role(current_user, oid, 'MEMBER') AS may FROM pg_roles WHERE rolname = $1`,
      [AUDIT_WRITER],
    )
    this.hasRole = rows[0]?.may ?? false
  }

  /**
   * Adds one entry. Within the caller's transaction when given, so that a change and its entry come or go together.
   * Fails when the entry cannot be written: then what it speaks of must not happen either.
   */
  async record(record: AuditRecord, within?: EntityManager): Promise<void> {
    if (within) return this.append(record, within)
    await this.database.transaction((manager) => this.append(record, manager))
  }

  private async append(record: AuditRecord, manager: EntityManager): Promise<void> {
    if (this.hasRole) await manager.query(`SET LOCAL ROLE ${AUDIT_WRITER}`)
    // The head is locked until the transaction ends: numbers have no holes and no doubles.
    const [head] = await manager.query<{ seq: string; hash: string }[]>(
      'SELECT seq, hash FROM audit_head WHERE stream = $1 FOR UPDATE',
      [record.stream],
    )
    if (!head) throw new Error(`the audit trail has no stream ${record.stream}`)
    const row = this.rowOf(record, head)
    const names = Object.keys(row)
    const places = names.map((_, index) => `$${index + 1}`).join(', ')
    await manager.query(`INSERT INTO audit_entry (${names.join(', ')}) VALUES (${places})`, Object.values(row))
    await manager.query('UPDATE audit_head SET seq = $2, hash = $3 WHERE stream = $1', [row.stream, row.seq, row.hash])
    if (this.hasRole) await manager.query('RESET ROLE')
  }

  private rowOf(record: AuditRecord, head: { seq: string; hash: string }): ChainRow {
    const { by, object } = record
    const row: Omit<ChainRow, 'hash'> = {
      stream: record.stream,
      seq: String(BigInt(head.seq) + 1n),
      at_ms: String(Date.now()),
      action: record.action,
      outcome: record.outcome ?? 'ok',
      actor: clean(by.user, 200),
      rights: JSON.stringify(by.rights),
      means: by.means,
      session: by.session,
      address: by.address === null ? null : clean(by.address, 100),
      object_kind: object ? clean(object.kind, 100) : null,
      object_id: object ? clean(object.id, 200) : null,
      reason: record.reason === undefined ? null : clean(record.reason, 1000),
      before_text: jsonText(record.before),
      after_text: jsonText(record.after),
      key_id: keyIdOf(this.key),
      previous_hash: head.hash,
    }
    return { ...row, hash: hashOfRow(this.key, row) }
  }
}
