import type { MigrationInterface, QueryRunner } from 'typeorm'

export class Boards1763000005000 implements MigrationInterface {
  name = 'Boards1763000005000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE board (
      id text PRIMARY KEY,
      document jsonb NOT NULL,
      sort_order int NOT NULL DEFAULT 0,
      changed_at timestamptz NOT NULL DEFAULT now()
    )`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE board')
  }
}
