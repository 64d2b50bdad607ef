import type { MigrationInterface, QueryRunner } from 'typeorm'

const triggers = (...names: string[]): string =>
  `ALTER TABLE delivery_run DROP CONSTRAINT delivery_run_trigger_check,
     ADD CONSTRAINT delivery_run_trigger_check CHECK (trigger IN (${names.map((name) => `'${name}'`).join(', ')}))`

export class DeliveryCorrections1791305000000 implements MigrationInterface {
  name = 'DeliveryCorrections1791305000000'

  async up(runner: QueryRunner): Promise<void> {
    // Who a run was sent to, beside the account that it was made for.
    await runner.query(
      `CREATE TABLE report_run_reader (
         run uuid NOT NULL REFERENCES report_run ON DELETE CASCADE, account text NOT NULL, PRIMARY KEY (run, account))`,
    )
    // When the figures of a render are next compared with those of now; null = not looked at yet.
    await runner.query('ALTER TABLE delivery_part ADD COLUMN look_at timestamptz')
    await runner.query(
      `CREATE TABLE delivery_correction (
         id uuid PRIMARY KEY, part uuid NOT NULL REFERENCES delivery_part, number integer NOT NULL,
         found_at timestamptz NOT NULL DEFAULT now(), content_hash text NOT NULL, changes jsonb NOT NULL,
         UNIQUE (part, number))`,
    )
    await runner.query(triggers('clock', 'test', 'again', 'correction'))
    await runner.query('ALTER TABLE delivery_run ADD COLUMN corrects uuid REFERENCES delivery_run')
    await runner.query(
      `ALTER TABLE delivery_receipt ADD COLUMN correction uuid REFERENCES delivery_correction,
         ADD COLUMN replies_to text, ADD CONSTRAINT delivery_receipt_told_once UNIQUE (correction, kind, recipient)`,
    )
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['delivery_step', 'delivery_receipt', 'delivery_notice'])
      await runner.query(`DELETE FROM ${table} WHERE run IN (SELECT id FROM delivery_run WHERE trigger = 'correction')`)
    await runner.query("DELETE FROM delivery_run WHERE trigger = 'correction'")
    await runner.query(
      'ALTER TABLE delivery_receipt DROP CONSTRAINT delivery_receipt_told_once, DROP COLUMN correction, DROP COLUMN replies_to',
    )
    await runner.query('ALTER TABLE delivery_run DROP COLUMN corrects')
    await runner.query(triggers('clock', 'test', 'again'))
    await runner.query('DROP TABLE delivery_correction')
    await runner.query('ALTER TABLE delivery_part DROP COLUMN look_at')
    await runner.query('DROP TABLE report_run_reader')
  }
}
