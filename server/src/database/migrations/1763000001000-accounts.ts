import type { MigrationInterface, QueryRunner } from 'typeorm'

export class Accounts1763000001000 implements MigrationInterface {
  name = 'Accounts1763000001000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE user_account (
      id text PRIMARY KEY,
      name_zh text NOT NULL,
      name_en text NOT NULL,
      password_hash text NOT NULL,
      roles text[] NOT NULL,
      active boolean NOT NULL DEFAULT true,
      failed_tries int NOT NULL DEFAULT 0,
      locked_until timestamptz
    )`)
    await runner.query(`CREATE TABLE session (
      id_hash text PRIMARY KEY,
      account_id text NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
      created_at timestamptz NOT NULL,
      used_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL
    )`)
    await runner.query('CREATE INDEX session_account ON session (account_id)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE session')
    await runner.query('DROP TABLE user_account')
  }
}
