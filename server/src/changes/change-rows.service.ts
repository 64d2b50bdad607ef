import { Injectable } from '@nestjs/common'
import {
  type ChangeAct,
  type ChangeKind,
  type ChangeProposal,
  type ChangeState,
  changeProposal,
} from '@gemba/contracts/change'
import { DataSource, type EntityManager } from 'typeorm'

/** Of the stored documents; another one comes with a reader of the older. */
const FORMAT_VERSION = 1

/** A change as it is stored. */
export interface StoredChange {
  readonly id: string
  readonly proposal: ChangeProposal
  /** What was in force when it was made. */
  readonly base: unknown
  readonly baseHash: string
  /** SHA-256 of all that a signature speaks of. */
  readonly contentHash: string
  readonly author: string
  readonly reason: string
  readonly state: ChangeState
  readonly isEmergency: boolean
  readonly reviewer: string | null
  readonly createdAt: Date
  readonly submittedAt: Date | null
  readonly decidedAt: Date | null
}

export interface StoredStep {
  readonly at: Date
  readonly by: string
  readonly act: ChangeAct
  readonly text: string | null
}

interface Row {
  id: string
  kind: ChangeKind
  document: unknown
  base: unknown
  base_hash: string
  content_hash: string
  author: string
  reason: string
  state: ChangeState
  is_emergency: boolean
  reviewer: string | null
  created_at: Date
  submitted_at: Date | null
  decided_at: Date | null
}

/** Which changes are asked for, newest first. */
export interface ChangeFilter {
  readonly states?: readonly ChangeState[]
  readonly author?: string
  readonly kind?: ChangeKind | undefined
  readonly most: number
}

/** The rows of changes and of their steps. What a change says is never rewritten. */
@Injectable()
export class ChangeRows {
  constructor(private readonly database: DataSource) {}

  async insert(change: StoredChange, manager: EntityManager): Promise<void> {
    await manager.query(
      `INSERT INTO change_request
         (id, kind, format_version, document, base, base_hash, content_hash, author, reason, state, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        change.id,
        change.proposal.kind,
        FORMAT_VERSION,
        JSON.stringify(change.proposal.document),
        JSON.stringify(change.base ?? null),
        change.baseHash,
        change.contentHash,
        change.author,
        change.reason,
        change.state,
        change.createdAt,
      ],
    )
  }

  async find(id: string): Promise<StoredChange | null> {
    const [row] = await this.database.query<Row[]>('SELECT * FROM change_request WHERE id = $1', [id])
    return row ? stored(row) : null
  }

  /** Reads a change for a step: until the transaction ends nobody else makes one. */
  async lock(id: string, manager: EntityManager): Promise<StoredChange | null> {
    const [row] = await manager.query<Row[]>('SELECT * FROM change_request WHERE id = $1 FOR UPDATE', [id])
    return row ? stored(row) : null
  }

  async list({ states, author, kind, most }: ChangeFilter): Promise<StoredChange[]> {
    const rows = await this.database.query<Row[]>(
      `SELECT * FROM change_request
       WHERE ($1::text[] IS NULL OR state = ANY($1)) AND ($2::text IS NULL OR author = $2) AND ($3::text IS NULL OR kind = $3)
       ORDER BY created_at DESC, id LIMIT $4`,
      [states ?? null, author ?? null, kind ?? null, most],
    )
    return rows.map(stored)
  }

  async steps(id: string): Promise<StoredStep[]> {
    const rows = await this.database.query<{ at: Date; by_user: string; act: ChangeAct; text: string | null }[]>(
      'SELECT at, by_user, act, text FROM change_step WHERE change_id = $1 ORDER BY id',
      [id],
    )
    return rows.map(({ by_user: by, ...step }) => ({ ...step, by }))
  }

  /** Records a step, and the state it leads to. */
  async step(id: string, step: Omit<StoredStep, 'at'> & { state: ChangeState }, manager: EntityManager): Promise<void> {
    const { by, act, text, state } = step
    await manager.query('INSERT INTO change_step (change_id, at, by_user, act, text) VALUES ($1, now(), $2, $3, $4)', [
      id,
      by,
      act,
      text,
    ])
    await manager.query(
      `UPDATE change_request SET state = $2,
         submitted_at = CASE WHEN $3 = 'submitted' THEN now() ELSE submitted_at END,
         decided_at = CASE WHEN $2 IN ('draft', 'in-review') THEN decided_at ELSE now() END,
         reviewer = CASE WHEN $3 IN ('approved', 'rejected', 'emergency') THEN $4 ELSE reviewer END,
         is_emergency = is_emergency OR $3 = 'emergency'
       WHERE id = $1`,
      [id, state, act, by],
    )
  }
}

const stored = (row: Row): StoredChange => ({
  id: row.id,
  proposal: changeProposal.parse({ kind: row.kind, document: row.document }),
  base: row.base,
  baseHash: row.base_hash,
  contentHash: row.content_hash,
  author: row.author,
  reason: row.reason,
  state: row.state,
  isEmergency: row.is_emergency,
  reviewer: row.reviewer,
  createdAt: row.created_at,
  submittedAt: row.submitted_at,
  decidedAt: row.decided_at,
})
