import { Inject, Injectable } from '@nestjs/common'
import type { AuditPage, AuditQuery, AuditVerification } from '@gemba/contracts/audit'
import { DataSource } from 'typeorm'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { derivedKey } from '../database/secret-box.ts'
import type { ChainRow } from './audit-chain.ts'
import { csvHead, csvLine, entryOf, placeOf, placeText } from './audit-rows.ts'
import { AUDIT_KEY_PURPOSE } from './audit.service.ts'
import { verifyChains } from './verify-chain.ts'

/** An export holds at most this many entries, and says so when there are more. */
export const MOST_EXPORTED = 100_000

type Filter = Omit<AuditQuery, 'limit' | 'after'>

/** A text as a part of a LIKE pattern, its own wildcards taken literally. */
const within = (text: string): string => `%${text.replaceAll('\0', '').replace(/[\\%_]/g, '\\$&')}%`

function conditionsOf(filter: Filter): { sql: string[]; params: unknown[] } {
  const sql: string[] = []
  const params: unknown[] = []
  const add = (value: unknown, text: (place: string) => string): void => {
    if (value === undefined) return
    params.push(value)
    sql.push(text(`$${params.length}`))
  }
  add(filter.stream, (place) => `stream = ${place}`)
  add(filter.actor?.replaceAll('\0', ''), (place) => `actor = ${place}`)
  add(filter.action?.replaceAll('\0', ''), (place) => `starts_with(action, ${place})`)
  add(filter.outcome, (place) => `outcome = ${place}`)
  add(filter.object?.replaceAll('\0', ''), (place) => `(object_kind = ${place} OR object_id = ${place})`)
  add(filter.from, (place) => `at_ms >= ${place}`)
  add(filter.to, (place) => `at_ms < ${place}`)
  add(
    filter.text === undefined ? undefined : within(filter.text),
    (place) => `concat_ws(' ', actor, action, object_kind, object_id, reason, address) ILIKE ${place}`,
  )
  return { sql, params }
}

/** Reads, exports and checks the audit trail. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly database: DataSource,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  /** One page, newest first. */
  async page({ limit, after, ...filter }: AuditQuery): Promise<AuditPage> {
    const { sql, params } = conditionsOf(filter)
    const [count] = await this.database.query<{ total: string }[]>(
      `SELECT count(*) AS total FROM audit_entry ${where(sql)}`,
      params,
    )
    if (after !== undefined) {
      const place = placeOf(after)
      params.push(place.atMs, place.stream, place.seq)
      const [at, stream, seq] = [params.length - 2, params.length - 1, params.length]
      sql.push(
        `(at_ms < $${at} OR (at_ms = $${at} AND (stream > $${stream} OR (stream = $${stream} AND seq < $${seq}))))`,
      )
    }
    const rows = await this.rows(sql, [...params, limit + 1])
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    const next =
      rows.length > limit && last
        ? placeText({ atMs: Number(last.at_ms), stream: last.stream, seq: Number(last.seq) })
        : null
    return { entries: shown.map(entryOf), total: Number(count?.total ?? 0), next }
  }

  /** The filtered entries as CSV with a byte order mark; the first line says when entries were left out. */
  async csv(filter: Filter): Promise<{ text: string; entries: number; complete: boolean }> {
    const { sql, params } = conditionsOf(filter)
    const rows = await this.rows(sql, [...params, MOST_EXPORTED + 1])
    const shown = rows.slice(0, MOST_EXPORTED)
    const complete = rows.length <= MOST_EXPORTED
    const notice = complete ? [] : [`"${MOST_EXPORTED} newest entries; older ones are left out: narrow the filter"`]
    const lines = [...notice, csvHead(), ...shown.map(csvLine)]
    return { text: `\uFEFF${lines.join('\r\n')}\r\n`, entries: shown.length, complete }
  }

  private rows(sql: readonly string[], params: readonly unknown[]): Promise<ChainRow[]> {
    return this.database.query<ChainRow[]>(
      `SELECT * FROM audit_entry ${where(sql)} ORDER BY at_ms DESC, stream, seq DESC LIMIT $${params.length}`,
      [...params],
    )
  }

  verify(): Promise<AuditVerification> {
    const key = derivedKey(this.config.secretKeyFile, AUDIT_KEY_PURPOSE)
    return verifyChains((sql, params) => this.database.query(sql, [...params]), key, Date.now())
  }
}

const where = (sql: readonly string[]): string => (sql.length === 0 ? '' : `WHERE ${sql.join(' AND ')}`)
