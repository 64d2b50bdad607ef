import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Reports, their published versions, and runs with what they have shown. */
export class Reports1763000011000 implements MigrationInterface {
  name = 'Reports1763000011000'

  async up(runner: QueryRunner): Promise<void> {
    // Templates are text: JSON of the database would not keep every digit of a number.
    await runner.query(`CREATE TABLE report (
      id text PRIMARY KEY,
      is_ready boolean NOT NULL DEFAULT false,
      draft text,
      draft_state text NOT NULL DEFAULT 'none' CHECK (draft_state IN ('none', 'draft', 'review')),
      draft_revision integer NOT NULL DEFAULT 0,
      draft_by text,
      draft_at timestamptz,
      submitted_by text,
      submitted_note text NOT NULL DEFAULT '',
      created_at timestamptz NOT NULL DEFAULT now()
    )`)
    await runner.query(`CREATE TABLE report_version (
      report text NOT NULL REFERENCES report (id),
      version integer NOT NULL,
      template text NOT NULL,
      hash text NOT NULL,
      published_by text NOT NULL,
      submitted_by text,
      published_at timestamptz NOT NULL DEFAULT now(),
      note text NOT NULL DEFAULT '',
      PRIMARY KEY (report, version)
    )`)
    await runner.query(`CREATE FUNCTION report_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'a published version never changes'; END $$`)
    await runner.query(`CREATE TRIGGER report_version_stays BEFORE UPDATE ON report_version
      FOR EACH ROW EXECUTE FUNCTION report_version_stays()`)
    await runner.query(`CREATE TABLE report_run (
      id uuid PRIMARY KEY,
      report text NOT NULL,
      owner text NOT NULL,
      viewed_by text,
      rights_key text NOT NULL,
      state text NOT NULL,
      document jsonb NOT NULL,
      started_at timestamptz NOT NULL DEFAULT now(),
      kept_until timestamptz NOT NULL
    )`)
    await runner.query('CREATE INDEX report_run_owner ON report_run (owner, report, started_at DESC)')
    await runner.query('CREATE INDEX report_run_kept ON report_run (kept_until)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE report_run')
    await runner.query('DROP TABLE report_version')
    await runner.query('DROP FUNCTION report_version_stays()')
    await runner.query('DROP TABLE report')
  }
}
