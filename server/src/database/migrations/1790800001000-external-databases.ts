import type { MigrationInterface, QueryRunner } from 'typeorm'

export class ExternalDatabases1790800001000 implements MigrationInterface {
  name = 'ExternalDatabases1790800001000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE external_database (
         id text PRIMARY KEY, definition jsonb NOT NULL, password_sealed text, changed_by text NOT NULL,
         changed_at timestamptz NOT NULL DEFAULT now())`,
    )
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE external_database')
  }
}
