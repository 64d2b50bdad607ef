import type { MigrationInterface, QueryRunner } from 'typeorm'

export class MailContacts1763000017000 implements MigrationInterface {
  name = 'MailContacts1763000017000'

  async up(runner: QueryRunner): Promise<void> {
    // Two spellings of one mailbox are one contact.
    await runner.query(
      `CREATE TABLE mail_contact (address_key text PRIMARY KEY, address text NOT NULL, name text NOT NULL, changed_by text NOT NULL)`,
    )
    // Files are dropped by age class; what was sent, to whom and with which answer stays.
    await runner.query('ALTER TABLE delivery_run ADD COLUMN files_dropped_at timestamptz')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery_run DROP COLUMN files_dropped_at')
    await runner.query('DROP TABLE mail_contact')
  }
}
