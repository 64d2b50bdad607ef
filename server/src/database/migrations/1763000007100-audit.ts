import type { MigrationInterface, QueryRunner } from 'typeorm'

const STREAMS = ['access', 'change', 'signature', 'export']
const APPEND_ONLY = ['audit_entry', 'audit_anchor', 'signature']

/** The audit trail and signatures: rows can be added and read, nothing else. */
export class Audit1763000007100 implements MigrationInterface {
  name = 'Audit1763000007100'

  async up(runner: QueryRunner): Promise<void> {
    await this.trail(runner)
    await runner.query(`CREATE TABLE signature (
      id uuid PRIMARY KEY,
      kind text NOT NULL,
      record text NOT NULL,
      content_hash text NOT NULL,
      meaning text NOT NULL,
      comment text,
      signer text NOT NULL,
      signer_zh text NOT NULL,
      signer_en text NOT NULL,
      signed_at_ms bigint NOT NULL,
      proof text NOT NULL,
      seal text NOT NULL
    )`)
    await runner.query('CREATE INDEX signature_record ON signature (kind, record)')
    await this.guards(runner)
    await this.writerRole(runner)
  }

  private async trail(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE audit_entry (
      stream text NOT NULL,
      seq bigint NOT NULL,
      at_ms bigint NOT NULL,
      action text NOT NULL,
      outcome text NOT NULL,
      actor text NOT NULL,
      rights text NOT NULL,
      means text,
      session text,
      address text,
      object_kind text,
      object_id text,
      reason text,
      before_text text NOT NULL,
      after_text text NOT NULL,
      key_id text NOT NULL,
      previous_hash text NOT NULL,
      hash text NOT NULL,
      PRIMARY KEY (stream, seq)
    )`)
    await runner.query('CREATE INDEX audit_entry_at ON audit_entry (at_ms DESC, stream, seq DESC)')
    await runner.query('CREATE INDEX audit_entry_actor ON audit_entry (actor, at_ms DESC)')
    await runner.query('CREATE INDEX audit_entry_object ON audit_entry (object_kind, object_id)')
    await runner.query(`CREATE TABLE audit_head (
      stream text PRIMARY KEY, seq bigint NOT NULL, hash text NOT NULL
    )`)
    for (const stream of STREAMS) await runner.query(`INSERT INTO audit_head VALUES ($1, 0, '')`, [stream])
    await runner.query(`CREATE TABLE audit_anchor (
      day date NOT NULL, stream text NOT NULL, seq bigint NOT NULL, hash text NOT NULL, PRIMARY KEY (day, stream)
    )`)
  }

  /** Retention alone may remove entries, by naming itself within its transaction; it leaves an entry that says so. */
  private async guards(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_entry'
           AND current_setting('gemba.retention', true) = 'on' THEN RETURN OLD; END IF;
        RAISE EXCEPTION '% of % is refused: rows can only be added', TG_OP, TG_TABLE_NAME;
      END $$`)
    for (const table of APPEND_ONLY) {
      await runner.query(`CREATE TRIGGER ${table}_rows BEFORE UPDATE OR DELETE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION append_only()`)
      await runner.query(`CREATE TRIGGER ${table}_whole BEFORE TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION append_only()`)
    }
  }

  /** Where the account of the server may make roles, entries are written under one that cannot change them. */
  private async writerRole(runner: QueryRunner): Promise<void> {
    await runner.query(`DO $$
      BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gemba_audit_writer') THEN
          CREATE ROLE gemba_audit_writer NOLOGIN;
        END IF;
        EXECUTE format('GRANT gemba_audit_writer TO %I', current_user);
        GRANT SELECT, INSERT ON audit_entry TO gemba_audit_writer;
        GRANT SELECT, UPDATE ON audit_head TO gemba_audit_writer;
      EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'no role of its own for the audit trail';
      END $$`)
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['signature', 'audit_anchor', 'audit_head', 'audit_entry'])
      await runner.query(`DROP TABLE ${table}`)
    await runner.query('DROP FUNCTION append_only()')
  }
}
