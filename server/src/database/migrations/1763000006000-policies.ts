import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Tables whose rows are added, never changed or taken away. */
const RECORDS = [
  'policy_version',
  'period_close',
  'code_mapping_version',
  'recalculation',
  'recalculation_done',
  'retention_setting',
  'retention_drop',
]

/** Policies, closed periods, code mappings and retention by version, and what has to be derived again because of them. */
export class Policies1763000006000 implements MigrationInterface {
  name = 'Policies1763000006000'

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...settings(), ...work()]) await runner.query(statement)
    await runner.query(`CREATE FUNCTION refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'rows of % are never rewritten', TG_TABLE_NAME; END $$`)
    // A restore empties tables that are empty already.
    await runner.query(`CREATE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE has_rows boolean;
      BEGIN
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I)', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO has_rows;
        IF has_rows THEN RAISE EXCEPTION 'rows of % are never rewritten', TG_TABLE_NAME; END IF;
        RETURN NULL;
      END $$`)
    for (const table of RECORDS) {
      await runner.query(`CREATE TRIGGER ${table}_stays BEFORE UPDATE OR DELETE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()`)
      await runner.query(`CREATE TRIGGER ${table}_is_kept BEFORE TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()`)
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...RECORDS.toReversed(), 'derivation_mark']) await runner.query(`DROP TABLE ${table}`)
    for (const name of ['refuse_rewrite', 'refuse_emptying']) await runner.query(`DROP FUNCTION ${name}()`)
  }
}

const recorded = 'recorded_at timestamptz NOT NULL, recorded_by text NOT NULL, reason text NOT NULL'

const settings = (): string[] => [
  `CREATE TABLE policy_version (
    id serial PRIMARY KEY,
    site text,
    policy text NOT NULL,
    value jsonb NOT NULL,
    valid_from timestamptz NOT NULL,
    ${recorded}
  )`,
  `CREATE TABLE period_close (
    id serial PRIMARY KEY,
    site text,
    closed_until timestamptz NOT NULL,
    ${recorded}
  )`,
  `CREATE TABLE code_mapping_version (
    id serial PRIMARY KEY,
    domain text NOT NULL,
    source text NOT NULL,
    code text NOT NULL,
    target text,
    valid_from timestamptz NOT NULL,
    ${recorded}
  )`,
  `CREATE TABLE retention_setting (
    id serial PRIMARY KEY,
    class text NOT NULL,
    keep_days int,
    ${recorded}
  )`,
]

const work = (): string[] => [
  `CREATE TABLE recalculation (
    id serial PRIMARY KEY,
    cause text NOT NULL,
    cause_id text NOT NULL,
    detail jsonb NOT NULL,
    unit text NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    requested_at timestamptz NOT NULL
  )`,
  `CREATE TABLE recalculation_done (
    recalculation_id int PRIMARY KEY REFERENCES recalculation (id),
    done_at timestamptz NOT NULL
  )`,
  `CREATE TABLE derivation_mark (
    unit text PRIMARY KEY,
    seen_at timestamptz NOT NULL
  )`,
  `CREATE TABLE retention_drop (
    id serial PRIMARY KEY,
    table_name text NOT NULL,
    partition text NOT NULL,
    to_at timestamptz NOT NULL,
    row_count bigint NOT NULL,
    byte_count bigint NOT NULL,
    dropped_at timestamptz NOT NULL
  )`,
]
