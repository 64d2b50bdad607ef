import type { MigrationInterface, QueryRunner } from 'typeorm'

export class ShareLinks1790700000000 implements MigrationInterface {
  name = 'ShareLinks1790700000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE share_link (
      id uuid PRIMARY KEY,
      secret_hash text NOT NULL,
      name text NOT NULL,
      target jsonb NOT NULL,
      object_kind text NOT NULL CHECK (object_kind IN ('report', 'board')),
      object_id text NOT NULL,
      object_name jsonb NOT NULL,
      made_by text NOT NULL REFERENCES user_account,
      made_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      password_hash text,
      failed_tries integer NOT NULL DEFAULT 0,
      locked_until timestamptz,
      downloads boolean NOT NULL,
      most_openings integer,
      openings integer NOT NULL DEFAULT 0,
      last_opened_at timestamptz,
      revoked_at timestamptz
    )`)
    await runner.query('CREATE INDEX share_link_maker ON share_link (made_by, made_at DESC)')
    await runner.query('CREATE INDEX share_link_made ON share_link (made_at DESC)')
    await runner.query(`CREATE TABLE share_visit (
      id uuid PRIMARY KEY,
      link uuid NOT NULL REFERENCES share_link ON DELETE CASCADE,
      secret_hash text NOT NULL UNIQUE,
      address text NOT NULL,
      opened_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL
    )`)
    await runner.query('CREATE INDEX share_visit_link ON share_visit (link)')
    // A run that visitors of a link have started: it is shown to them alone.
    await runner.query('ALTER TABLE report_run ADD COLUMN share_link uuid')
    await runner.query('CREATE INDEX report_run_share ON report_run (share_link) WHERE share_link IS NOT NULL')
  }

  async down(runner: QueryRunner): Promise<void> {
    // Without the column nobody would tell these runs from those of their owners.
    await runner.query('DELETE FROM report_run WHERE share_link IS NOT NULL')
    await runner.query('ALTER TABLE report_run DROP COLUMN share_link')
    await runner.query('DROP TABLE share_visit')
    await runner.query('DROP TABLE share_link')
  }
}
