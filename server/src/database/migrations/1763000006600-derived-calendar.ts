import type { MigrationInterface, QueryRunner } from 'typeorm'

/** The calendar of each site under which its stored windows were cut. */
export class DerivedCalendar1763000006600 implements MigrationInterface {
  name = 'DerivedCalendar1763000006600'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE derived_calendar (
      site text PRIMARY KEY,
      calendar jsonb NOT NULL,
      since timestamptz NOT NULL DEFAULT now()
    )`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE derived_calendar')
  }
}
