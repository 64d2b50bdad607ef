import type { MigrationInterface, QueryRunner } from 'typeorm'

export class DataFiles1790800000000 implements MigrationInterface {
  name = 'DataFiles1790800000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE data_file (
         id text PRIMARY KEY, name_zh text NOT NULL, name_en text NOT NULL, audience jsonb NOT NULL,
         version integer NOT NULL, changed_by text NOT NULL, changed_at timestamptz NOT NULL DEFAULT now())`,
    )
    // Rows as lines of JSON, compressed: with the database they are in every backup.
    const content = `file_name text NOT NULL, format text NOT NULL, bytes integer NOT NULL, hash text NOT NULL,
      columns jsonb NOT NULL, row_count integer NOT NULL, lines bytea NOT NULL, uploaded_by text NOT NULL,
      uploaded_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp())`
    await runner.query(
      `CREATE TABLE data_file_version (
         file text NOT NULL REFERENCES data_file ON DELETE CASCADE, version integer NOT NULL, ${content},
         PRIMARY KEY (file, version))`,
    )
    await runner.query(`CREATE TABLE data_file_upload (id uuid PRIMARY KEY, ${content})`)
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['data_file_upload', 'data_file_version', 'data_file'])
      await runner.query(`DROP TABLE ${table}`)
  }
}
