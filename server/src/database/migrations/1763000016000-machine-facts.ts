import type { MigrationInterface, QueryRunner } from 'typeorm'

const NEW_FACTS = ['energy', 'alarm', 'maintenance'] as const

interface Permission {
  kind: string
  target: string
  actions: string[]
}

/** Energy, alarms and maintenance were judged as equipment is: whose role names equipment keeps seeing them. */
export class MachineFacts1763000016000 implements MigrationInterface {
  name = 'MachineFacts1763000016000'

  async up(runner: QueryRunner): Promise<void> {
    const roles = (await runner.query('SELECT id, document FROM access_role')) as {
      id: string
      document: { permissions: Permission[] }
    }[]
    for (const { id, document } of roles) {
      const named = new Set(document.permissions.map(({ kind, target }) => `${kind}:${target}`))
      const known = document.permissions.find(({ kind, target }) => kind === 'dataset' && target === 'equipment')
      if (!known) continue
      const more = NEW_FACTS.filter((target) => !named.has(`dataset:${target}`)).map((target) => ({ ...known, target }))
      const permissions = [...document.permissions, ...more]
      await runner.query('UPDATE access_role SET document = $2, changed_at = now() WHERE id = $1', [
        id,
        JSON.stringify({ ...document, permissions }),
      ])
    }
    await runner.query('UPDATE access_version SET version = version + 1')
  }

  async down(runner: QueryRunner): Promise<void> {
    const roles = (await runner.query('SELECT id, document FROM access_role')) as {
      id: string
      document: { permissions: Permission[] }
    }[]
    for (const { id, document } of roles) {
      const permissions = document.permissions.filter(
        ({ kind, target }) => kind !== 'dataset' || !(NEW_FACTS as readonly string[]).includes(target),
      )
      await runner.query('UPDATE access_role SET document = $2 WHERE id = $1', [
        id,
        JSON.stringify({ ...document, permissions }),
      ])
    }
  }
}
