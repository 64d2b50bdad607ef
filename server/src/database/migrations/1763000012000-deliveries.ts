import type { MigrationInterface, QueryRunner } from 'typeorm'

const TABLES = [
  'CREATE TABLE mail_address (account text PRIMARY KEY, address text NOT NULL, changed_by text NOT NULL)',
  `CREATE TABLE delivery_channel (
    id text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('wecom', 'dingtalk', 'json')),
    host text NOT NULL,
    url_sealed text NOT NULL,
    secret_sealed text
  )`,
  `CREATE TABLE delivery_schedule (
    id uuid PRIMARY KEY,
    revision integer NOT NULL,
    document jsonb NOT NULL,
    enabled boolean NOT NULL,
    owner text NOT NULL,
    deputy text,
    deadline_minutes integer NOT NULL,
    next_at timestamptz,
    saved_by text NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX delivery_schedule_due ON delivery_schedule (next_at) WHERE enabled',
  `CREATE TABLE delivery_run (
    id uuid PRIMARY KEY,
    schedule uuid NOT NULL REFERENCES delivery_schedule,
    document jsonb NOT NULL,
    saved_by text NOT NULL,
    trigger text NOT NULL CHECK (trigger IN ('clock', 'test', 'again')),
    only_for text,
    planned_at timestamptz NOT NULL,
    production_date date NOT NULL,
    deadline_at timestamptz NOT NULL,
    state text NOT NULL,
    reason text,
    attempts integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    lease uuid,
    lease_until timestamptz,
    is_late boolean NOT NULL DEFAULT false,
    made_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
  )`,
  // One run for each instant of a schedule, however many servers see that it is due.
  "CREATE UNIQUE INDEX delivery_run_once ON delivery_run (schedule, planned_at) WHERE trigger = 'clock'",
  'CREATE INDEX delivery_run_open ON delivery_run (state) WHERE finished_at IS NULL',
  'CREATE INDEX delivery_run_planned ON delivery_run (planned_at)',
  `CREATE TABLE delivery_step (
    run uuid NOT NULL REFERENCES delivery_run,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome text NOT NULL,
    reason text,
    evidence jsonb NOT NULL,
    PRIMARY KEY (run, seq)
  )`,
  `CREATE TABLE delivery_part (
    id uuid PRIMARY KEY,
    run uuid NOT NULL REFERENCES delivery_run,
    rights_key text NOT NULL,
    rendered jsonb NOT NULL,
    UNIQUE (run, rights_key)
  )`,
  `CREATE TABLE delivery_receipt (
    id uuid PRIMARY KEY,
    run uuid NOT NULL REFERENCES delivery_run,
    kind text NOT NULL CHECK (kind IN ('user', 'external', 'channel')),
    recipient text NOT NULL,
    name text NOT NULL,
    address text,
    part uuid REFERENCES delivery_part,
    state text NOT NULL,
    reason text,
    message_id text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    was_unknown boolean NOT NULL DEFAULT false,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    lease uuid,
    lease_until timestamptz,
    response text,
    accepted_at timestamptz,
    opened_at timestamptz,
    UNIQUE (run, kind, recipient)
  )`,
  "CREATE INDEX delivery_receipt_open ON delivery_receipt (next_try_at) WHERE state IN ('pending', 'sending', 'unknown')",
  `CREATE TABLE delivery_link (
    token_hash text PRIMARY KEY,
    receipt uuid NOT NULL REFERENCES delivery_receipt,
    format text NOT NULL,
    expires_at timestamptz NOT NULL
  )`,
  // What the watchdog has told; one word about one thing.
  `CREATE TABLE delivery_notice (
    id uuid PRIMARY KEY,
    subject_key text NOT NULL UNIQUE,
    run uuid REFERENCES delivery_run,
    schedule uuid NOT NULL REFERENCES delivery_schedule,
    kind text NOT NULL,
    reason text,
    noticed_at timestamptz NOT NULL DEFAULT now(),
    told_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    response text
  )`,
]

export class Deliveries1763000012000 implements MigrationInterface {
  name = 'Deliveries1763000012000'

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of TABLES) await runner.query(statement)
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['notice', 'link', 'receipt', 'part', 'step', 'run', 'schedule', 'channel'])
      await runner.query(`DROP TABLE delivery_${table}`)
    await runner.query('DROP TABLE mail_address')
  }
}
