import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Columns that are sensitive wherever they occur: shown as they are only to those who work with them. */
const READY_MASKS = [
  {
    id: 'C-01',
    name: { zh: '订单客户', en: 'customer of an order' },
    fact: 'order',
    column: 'customer',
    mask: { kind: 'partial' },
    visibleTo: ['admin', 'manager', 'analyst', 'executive', 'plant-it', 'quality', 'auditor'],
    enabled: true,
  },
  {
    id: 'C-02',
    name: { zh: '检验员姓名', en: 'name of an inspector' },
    fact: 'inspection',
    column: 'inspector',
    mask: { kind: 'partial' },
    visibleTo: ['admin', 'quality', 'auditor'],
    enabled: true,
  },
  {
    id: 'C-03',
    name: { zh: '采购价格', en: 'purchase price' },
    fact: 'receipt',
    column: 'price',
    mask: { kind: 'hide' },
    visibleTo: ['admin', 'executive', 'auditor'],
    enabled: true,
  },
]

export class Rights1763000008000 implements MigrationInterface {
  name = 'Rights1763000008000'

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['access_role', 'access_group', 'access_profile', 'access_row_rule', 'access_column_rule'])
      await runner.query(`CREATE TABLE ${table} (
        id text PRIMARY KEY,
        document jsonb NOT NULL,
        changed_at timestamptz NOT NULL DEFAULT now()
      )`)
    await runner.query(`CREATE TABLE access_grant (
      id uuid PRIMARY KEY,
      subject_kind text NOT NULL CHECK (subject_kind IN ('user', 'group')),
      subject text NOT NULL,
      role text NOT NULL,
      scope jsonb NOT NULL,
      from_at timestamptz,
      until_at timestamptz,
      granted_by text NOT NULL,
      granted_at timestamptz NOT NULL DEFAULT now(),
      reason text NOT NULL
    )`)
    await runner.query('CREATE INDEX access_grant_subject ON access_grant (subject_kind, subject)')
    await runner.query(`CREATE TABLE access_folder (
      id text PRIMARY KEY,
      document jsonb NOT NULL,
      changed_at timestamptz NOT NULL DEFAULT now()
    )`)
    await runner.query(`CREATE TABLE access_object (
      kind text NOT NULL,
      id text NOT NULL,
      folder text NOT NULL,
      PRIMARY KEY (kind, id)
    )`)
    // Grows with every change, so that another process sees that what it holds is old.
    await runner.query(
      'CREATE TABLE access_version (only_row boolean PRIMARY KEY CHECK (only_row), version bigint NOT NULL)',
    )
    await runner.query('INSERT INTO access_version VALUES (true, 1)')
    for (const rule of READY_MASKS)
      await runner.query('INSERT INTO access_column_rule (id, document) VALUES ($1, $2)', [
        rule.id,
        JSON.stringify(rule),
      ])
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['version', 'object', 'folder', 'grant', 'column_rule', 'row_rule', 'profile', 'group', 'role'])
      await runner.query(`DROP TABLE access_${table}`)
  }
}
