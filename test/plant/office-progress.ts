/** How far the ERP of the plant has booked, so that a restart does not book the whole past again. */
import type pg from 'pg'

export const OFFICE_PROGRESS_TABLE =
  'CREATE TABLE IF NOT EXISTS office_booked (kind text PRIMARY KEY, until_ms bigint NOT NULL);\n'

type Booked = 'orders' | 'goods'

/** Facts of each kind come in order of time, so one instant tells them apart. */
export class OfficeProgress {
  private readonly client: pg.Client
  private readonly atStart: ReadonlyMap<string, number>

  private constructor(client: pg.Client, atStart: ReadonlyMap<string, number>) {
    this.client = client
    this.atStart = atStart
  }

  static async of(client: pg.Client): Promise<OfficeProgress> {
    const { rows } = await client.query<{ kind: string; at: string }>(
      'SELECT kind, until_ms::text AS at FROM office_booked',
    )
    return new OfficeProgress(client, new Map(rows.map(({ kind, at }) => [kind, Number(at)])))
  }

  /** Until when everything of a kind was booked before this start; -Infinity when nothing was. */
  until(kind: Booked): number {
    return this.atStart.get(kind) ?? -Infinity
  }

  /** What was booked before this start, and what may still have to be. */
  divide<Fact extends { readonly at: number }>(kind: Booked, facts: readonly Fact[]): { booked: Fact[]; open: Fact[] } {
    const untilAt = this.until(kind)
    const { booked = [], open = [] } = Object.groupBy(facts, ({ at }) => (at < untilAt ? 'booked' : 'open'))
    return { booked, open }
  }

  /** Everything up to the instant is booked. Call it after the rows are committed. */
  async reach(kind: Booked, untilAt: number): Promise<void> {
    if (!Number.isFinite(untilAt)) return
    await this.client.query(
      'INSERT INTO office_booked (kind, until_ms) VALUES ($1, $2) ON CONFLICT (kind) DO UPDATE SET until_ms = excluded.until_ms',
      [kind, untilAt],
    )
  }
}
