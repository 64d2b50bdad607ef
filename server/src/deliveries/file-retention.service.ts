import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import { DataSource } from 'typeorm'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { log } from '../http/log.ts'
import { updated } from './delivery-rows.ts'
import { LINK_DAYS } from './letters.service.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/**
 * How long the files of a run stay: those the clock had sent as long as the installation says, those of tests and of
 * "send to me" no longer than a link to them works. Rows stay: what was sent to whom, with hash and answer.
 */
@Injectable()
export class FileRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null
  private sweeping: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly database: DataSource,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.sweepQuietly(), HOUR_MS).unref()
    this.sweepQuietly()
  }

  async onModuleDestroy(): Promise<void> {
    if (this.timer) clearInterval(this.timer)
    await this.sweeping
  }

  private sweepQuietly(): void {
    this.sweeping = this.drop(Date.now()).catch((error: unknown) =>
      log.warn({ err: error }, 'old files of deliveries could not be removed'),
    )
  }

  /** Drops what is old as of an instant; gives the number of runs whose files went. */
  async drop(nowAt: number): Promise<number> {
    const before = (days: number) => new Date(nowAt - days * DAY_MS)
    const dropped = await updated<{ id: string }>(
      this.database,
      `UPDATE delivery_run SET files_dropped_at = now() WHERE files_dropped_at IS NULL AND finished_at IS NOT NULL
         AND finished_at < CASE WHEN trigger = 'clock' THEN $1::timestamptz ELSE $2::timestamptz END RETURNING id`,
      [before(this.config.deliveryFileDays), before(LINK_DAYS + 1)],
    )
    await this.sweep(nowAt)
    return dropped.length
  }

  /** What no row asks to keep goes from the disk, also what a kill left behind between row and file. */
  private async sweep(nowAt: number): Promise<void> {
    const root = join(this.config.dataDir, 'deliveries')
    const names = await readdir(root).catch(() => [])
    if (names.length === 0) return
    const rows = await this.database.query<{ id: string; dropped: boolean }[]>(
      'SELECT id::text AS id, files_dropped_at IS NOT NULL AS dropped FROM delivery_run WHERE id::text = ANY($1)',
      [names],
    )
    const dropped = new Map(rows.map((row) => [row.id, row.dropped]))
    for (const name of names) {
      const folder = join(root, name)
      // A folder that no row knows may be somebody's who is about to write it.
      const goes = dropped.get(name) ?? nowAt - (await stat(folder)).mtimeMs > DAY_MS
      if (goes) await rm(folder, { recursive: true, force: true })
    }
  }
}
