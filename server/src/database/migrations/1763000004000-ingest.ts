import type { MigrationInterface, QueryRunner } from 'typeorm'

export class Ingest1763000004000 implements MigrationInterface {
  name = 'Ingest1763000004000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE ingest_ledger (
      collector text NOT NULL,
      epoch text NOT NULL,
      stream text NOT NULL,
      last_seq bigint NOT NULL,
      alive jsonb NOT NULL DEFAULT '{}',
      acked_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (collector, epoch, stream)
    )`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ingest_ledger')
  }
}
