import type { MigrationInterface, QueryRunner } from 'typeorm'

/** One row that names this installation; a backup carries it, so that backups of two plants are not mixed up. */
export class Instance1763000000001 implements MigrationInterface {
  name = 'Instance1763000000001'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE instance (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        created_at timestamptz NOT NULL DEFAULT now()
      )`,
    )
    await runner.query('INSERT INTO instance DEFAULT VALUES')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE instance')
  }
}
