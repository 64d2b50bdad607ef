import type { MigrationInterface, QueryRunner } from 'typeorm'

export class Catalog1763000002000 implements MigrationInterface {
  name = 'Catalog1763000002000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE catalog_version (
      version serial PRIMARY KEY,
      hash text NOT NULL UNIQUE,
      document jsonb NOT NULL,
      imported_at timestamptz NOT NULL DEFAULT now()
    )`)
    await runner.query(`CREATE TABLE source (
      id text PRIMARY KEY,
      definition jsonb NOT NULL,
      secrets text NOT NULL,
      retired boolean NOT NULL DEFAULT false,
      changed_at timestamptz NOT NULL DEFAULT now()
    )`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE source')
    await runner.query('DROP TABLE catalog_version')
  }
}
