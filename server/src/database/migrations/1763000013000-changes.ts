import type { MigrationInterface, QueryRunner } from 'typeorm'

const STATES = "'draft', 'in-review', 'approved', 'rejected', 'withdrawn', 'outdated'"
const ACTS = "'created', 'submitted', 'commented', 'approved', 'rejected', 'withdrawn', 'outdated', 'emergency'"

/** Changes that wait for a second person. What one says is never rewritten; its steps are only added. */
export class Changes1763000013000 implements MigrationInterface {
  name = 'Changes1763000013000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE change_request (
      id uuid PRIMARY KEY,
      kind text NOT NULL,
      format_version integer NOT NULL,
      document jsonb NOT NULL,
      base jsonb NOT NULL,
      base_hash text NOT NULL,
      content_hash text NOT NULL,
      author text NOT NULL,
      reason text NOT NULL,
      state text NOT NULL CHECK (state IN (${STATES})),
      is_emergency boolean NOT NULL DEFAULT false,
      reviewer text,
      created_at timestamptz NOT NULL,
      submitted_at timestamptz,
      decided_at timestamptz,
      CHECK (state <> 'approved' OR is_emergency OR reviewer <> author)
    )`)
    await runner.query('CREATE INDEX change_request_newest ON change_request (created_at DESC)')
    await runner.query(
      "CREATE INDEX change_request_open ON change_request (state) WHERE state IN ('draft', 'in-review')",
    )
    await runner.query(`CREATE TABLE change_step (
      id bigserial PRIMARY KEY,
      change_id uuid NOT NULL REFERENCES change_request,
      at timestamptz NOT NULL,
      by_user text NOT NULL,
      act text NOT NULL CHECK (act IN (${ACTS})),
      text text
    )`)
    await runner.query('CREATE INDEX change_step_of ON change_step (change_id)')
    await runner.query(`CREATE FUNCTION refuse_other_content() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF (NEW.id, NEW.kind, NEW.format_version, NEW.document, NEW.base, NEW.base_hash, NEW.content_hash, NEW.author, NEW.reason, NEW.created_at)
          IS DISTINCT FROM
          (OLD.id, OLD.kind, OLD.format_version, OLD.document, OLD.base, OLD.base_hash, OLD.content_hash, OLD.author, OLD.reason, OLD.created_at)
          OR OLD.state NOT IN ('draft', 'in-review')
        THEN RAISE EXCEPTION 'what a change says, and what became of it, is never rewritten'; END IF;
        RETURN NEW;
      END $$`)
    await runner.query(`CREATE TRIGGER change_request_content_stays BEFORE UPDATE ON change_request
      FOR EACH ROW EXECUTE FUNCTION refuse_other_content()`)
    await runner.query(`CREATE TRIGGER change_request_stays BEFORE DELETE ON change_request
      FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()`)
    await runner.query(`CREATE TRIGGER change_step_stays BEFORE UPDATE OR DELETE ON change_step
      FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()`)
    for (const table of ['change_request', 'change_step'])
      await runner.query(`CREATE TRIGGER ${table}_is_kept BEFORE TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()`)
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['change_step', 'change_request']) await runner.query(`DROP TABLE ${table}`)
    await runner.query('DROP FUNCTION refuse_other_content()')
  }
}
