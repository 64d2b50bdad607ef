import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import { type AuditStream, auditStream } from '@gemba/contracts/audit'
import { DataSource } from 'typeorm'
import { log } from '../http/log.ts'
import { securityEvent } from '../http/security-event.ts'
import { SettingsService } from '../settings/settings.service.ts'
import { AuditService, SYSTEM } from './audit.service.ts'

const EVERY_MS = 3_600_000
const DAY_MS = 86_400_000

/** Once a day: an anchor of each chain into the log, outside the reach of the database, and retention by class. */
@Injectable()
export class AuditKeeping implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null

  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
    private readonly settings: SettingsService,
  ) {}

  onApplicationBootstrap(): void {
    const keep = () =>
      void this.keep(Date.now()).catch((error: unknown) =>
        log.error({ err: error, runbook: 'docs/runbooks/audit.md' }, 'audit trail could not be anchored'),
      )
    keep()
    this.timer = setInterval(keep, EVERY_MS)
    this.timer.unref()
  }

  onApplicationShutdown(): void {
    if (this.timer) clearInterval(this.timer)
  }

  async keep(nowMs: number): Promise<void> {
    for (const stream of auditStream.options) {
      await this.retain(stream, nowMs)
      await this.anchor(stream, nowMs)
    }
  }

  /** Several servers may try; one of them writes. */
  private async anchor(stream: AuditStream, nowMs: number): Promise<void> {
    const day = new Date(nowMs).toISOString().slice(0, 10)
    const rows = await this.database.query<{ seq: string; hash: string }[]>(
      `INSERT INTO audit_anchor (day, stream, seq, hash)
       SELECT $1::date, stream, seq, hash FROM audit_head WHERE stream = $2 AND seq > 0
       ON CONFLICT DO NOTHING RETURNING seq, hash`,
      [day, stream],
    )
    for (const { seq, hash } of rows) securityEvent('audit.anchor', { day, stream, seq: Number(seq), hash })
  }

  /** Removes what is older than its class is kept; the entry that says so holds the hash of the last removed one. */
  private async retain(stream: AuditStream, nowMs: number): Promise<void> {
    const { auditDays } = await this.settings.signIn()
    const before = nowMs - auditDays[stream] * DAY_MS
    const [last] = await this.database.query<{ seq: string; hash: string }[]>(
      // All before the first entry that must stay: a clock that was set back does not tear holes.
      `SELECT seq, hash FROM audit_entry WHERE stream = $1
         AND seq < coalesce((SELECT min(seq) FROM audit_entry WHERE stream = $1 AND at_ms >= $2), 9223372036854775807)
       ORDER BY seq DESC LIMIT 1`,
      [stream, before],
    )
    if (!last) return
    await this.database.transaction(async (manager) => {
      await this.audit.record(
        { stream, action: 'audit.retained', by: SYSTEM, after: { upToSeq: Number(last.seq), hash: last.hash } },
        manager,
      )
      await manager.query(`SET LOCAL gemba.retention = 'on'`)
      await manager.query('DELETE FROM audit_entry WHERE stream = $1 AND seq <= $2', [stream, last.seq])
    })
    securityEvent('audit.retained', { stream, upToSeq: Number(last.seq), days: auditDays[stream] })
  }
}
