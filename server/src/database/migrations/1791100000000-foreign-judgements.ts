import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Kept before judgements were written down: nobody knows how its rows were judged, so it is not shown any more. */
const UNKNOWN = `'[{"object": "unknown", "key": "unknown"}]'::jsonb`

export class ForeignJudgements1791100000000 implements MigrationInterface {
  name = 'ForeignJudgements1791100000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE report_run ADD COLUMN judged jsonb NOT NULL DEFAULT '[]'`)
    await runner.query(
      `UPDATE report_run SET judged = ${UNKNOWN}
       WHERE document @> '{"datasets": [{"kind": "file"}]}' OR document @> '{"datasets": [{"kind": "external"}]}'`,
    )
    await runner.query(
      `UPDATE delivery_part p SET rendered = p.rendered || jsonb_build_object('judged', ${UNKNOWN})
       FROM delivery_run r, report_version v
       WHERE r.id = p.run AND v.report = r.document->>'report' AND v.version::text = p.rendered->>'version'
         AND v.template ~ '"kind"\\s*:\\s*"(file|external)"'`,
    )
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE report_run DROP COLUMN judged')
    await runner.query(`UPDATE delivery_part SET rendered = rendered - 'judged'`)
  }
}
