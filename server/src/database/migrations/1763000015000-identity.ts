import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Places of roles that groups give, the second factor of a session, and proofs given at the provider. */
export class Identity1763000015000 implements MigrationInterface {
  name = 'Identity1763000015000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE user_account ADD placed_roles jsonb')
    await runner.query('ALTER TABLE session ADD second_factor text')
    await runner.query(`CREATE TABLE identity_proof (
      id uuid PRIMARY KEY,
      account_id text NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
      session_id uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
      purpose_hash text NOT NULL,
      expires_at timestamptz NOT NULL,
      proved_at timestamptz,
      has_second_factor boolean NOT NULL DEFAULT false,
      refused_at timestamptz,
      used_at timestamptz
    )`)
    await runner.query('CREATE INDEX identity_proof_session ON identity_proof (session_id)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE identity_proof')
    await runner.query('ALTER TABLE session DROP second_factor')
    await runner.query('ALTER TABLE user_account DROP placed_roles')
  }
}
