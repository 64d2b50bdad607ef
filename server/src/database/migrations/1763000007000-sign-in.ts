import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Second factor, sessions with rotation, settings, tokens, displays. */
export class SignIn1763000007000 implements MigrationInterface {
  name = 'SignIn1763000007000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE user_account
      ALTER COLUMN password_hash DROP NOT NULL,
      ADD means text NOT NULL DEFAULT 'password',
      ADD subject text,
      ADD must_change_password boolean NOT NULL DEFAULT false,
      ADD password_changed_at timestamptz,
      ADD totp_sealed text,
      ADD totp_pending text,
      ADD totp_step bigint NOT NULL DEFAULT 0,
      ADD totp_enrolled_at timestamptz,
      ADD directory_groups text[] NOT NULL DEFAULT '{}',
      ADD CONSTRAINT user_account_subject UNIQUE (means, subject)`)
    await runner.query(`CREATE TABLE recovery_code (
      account_id text NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
      code_hash text NOT NULL,
      used_at timestamptz,
      PRIMARY KEY (account_id, code_hash)
    )`)
    await this.sessions(runner)
    await this.tokensAndDisplays(runner)
    await runner.query(`CREATE TABLE setting (
      key text PRIMARY KEY,
      value jsonb NOT NULL,
      changed_at timestamptz NOT NULL DEFAULT now(),
      changed_by text NOT NULL
    )`)
  }

  /** Cookies are signed from now on: those given before are not accepted any more, so their sessions end. */
  private async sessions(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE session')
    await runner.query(`CREATE TABLE session (
      id uuid PRIMARY KEY,
      id_hash text NOT NULL UNIQUE,
      previous_hash text,
      rotated_at timestamptz NOT NULL,
      confirmed_at timestamptz,
      account_id text NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
      means text NOT NULL,
      address text NOT NULL,
      agent text NOT NULL,
      keep boolean NOT NULL,
      created_at timestamptz NOT NULL,
      used_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL
    )`)
    await runner.query('CREATE INDEX session_account ON session (account_id)')
    await runner.query('CREATE INDEX session_previous ON session (previous_hash)')
  }

  private async tokensAndDisplays(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE api_token (
      id uuid PRIMARY KEY,
      account_id text NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
      name text NOT NULL,
      scopes text[] NOT NULL,
      secret_hash text NOT NULL,
      created_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      used_at timestamptz,
      used_address text,
      revoked_at timestamptz
    )`)
    await runner.query('CREATE INDEX api_token_account ON api_token (account_id)')
    await runner.query(`CREATE TABLE device (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      boards text[] NOT NULL,
      secret_hash text NOT NULL UNIQUE,
      paired_by text NOT NULL,
      paired_at timestamptz NOT NULL,
      seen_at timestamptz,
      seen_address text,
      agent text NOT NULL,
      revoked_at timestamptz
    )`)
    await runner.query(`CREATE TABLE pairing (
      code text PRIMARY KEY,
      secret_hash text NOT NULL UNIQUE,
      agent text NOT NULL,
      address text NOT NULL,
      expires_at timestamptz NOT NULL,
      device_id uuid REFERENCES device (id) ON DELETE CASCADE
    )`)
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['pairing', 'device', 'api_token', 'setting', 'recovery_code'])
      await runner.query(`DROP TABLE ${table}`)
    await runner.query('DROP TABLE session')
    await runner.query(`CREATE TABLE session (
      id_hash text PRIMARY KEY,
      account_id text NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
      created_at timestamptz NOT NULL,
      used_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL
    )`)
    await runner.query('CREATE INDEX session_account ON session (account_id)')
    // Accounts of elsewhere have no password here and cannot be kept without the columns.
    await runner.query('DELETE FROM user_account WHERE password_hash IS NULL')
    await runner.query(`ALTER TABLE user_account
      DROP CONSTRAINT user_account_subject,
      DROP means, DROP subject, DROP must_change_password, DROP password_changed_at, DROP totp_sealed,
      DROP totp_pending, DROP totp_step, DROP totp_enrolled_at, DROP directory_groups,
      ALTER COLUMN password_hash SET NOT NULL`)
  }
}
